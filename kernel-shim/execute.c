// SPDX-License-Identifier: GPL-2.0-only
/* One operation of a log: whether it makes sense, what the kernel code does, and what is answered. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

/* Sizes in slots are 32 bits wide in the kernel; far above every size that it can serve. */
#define MAX_SIZE (1ULL << 40)

static void check_op(const struct op *op)
{
	if (op->kind > OP_FREE && op->kind != OP_SYNC)
		bad("operation kind %d, expected 0 to 7 or 9", op->kind);
	if (op->dir > DIR_FROM_DEVICE)
		bad("direction %d, expected 0 to 3", op->dir);
	if (op->kind != OP_MAP && op->kind != OP_PLACE && op->kind != OP_ALLOC)
		return;
	if (op->cpu > INT32_MAX)
		bad("cpu %" PRIu32 ", expected less than 2^31", op->cpu);
	if (!op->size || op->size > MAX_SIZE)
		bad("size %" PRIu64 ", expected 1 to %llu bytes", op->size, MAX_SIZE);
	if (op->am > INT32_MAX || op->am & (op->am + 1))
		bad("alloc_align_mask %" PRIx64 ", expected 2^n - 1 below 2^31", op->am);
	if (op->mam > UINT32_MAX)
		bad("min_align_mask %" PRIx64 ", expected 32 bits", op->mam);
	if (op->bm & (op->bm + 1) || (op->bm && op->bm < 2047))
		bad("seg_boundary_mask %" PRIx64 ", expected 0 or 2^n - 1 of at least 7ff", op->bm);
}

static void describe(struct live *live, struct record *r)
{
	struct ks_mapping m;

	run.ks->describe(run.dev, live->addr, &m);
	r->slot = m.slot;
	r->nslots = m.nslots;
	r->offset = m.offset;
	r->pad = m.pad;
	r->pool = m.pool;
	live->nslots = m.nslots;
	live->pool = m.pool;
	live->slots_at = live->addr - m.offset - (uint64_t)m.pad * 2048;
}

/* What is not known goes to the device, so that only the map copies. */
static int direction(uint8_t dir)
{
	switch (dir) {
	case DIR_BIDIRECTIONAL:
		return KS_BIDIRECTIONAL;
	case DIR_FROM_DEVICE:
		return KS_FROM_DEVICE;
	default:
		return KS_TO_DEVICE;
	}
}

static void do_map(const struct op *op, struct record *r)
{
	struct ks_full before, after;
	struct live *live;

	if (ids_find(&run.ids, op->id))
		bad("id %" PRIu64 " is live already", op->id);
	live = ids_add(&run.ids, op->id);
	if (!live) {
		fprintf(stderr, "out of memory\n");
		exit(1);
	}
	live->size = op->size;
	live->min_align = op->mam;
	live->boundary = op->bm;
	live->orig = op->orig;
	live->dir = op->dir;
	run.ks->device_masks(run.dev, op->mam, op->bm);
	if (op->kind == OP_ALLOC) {
		if (!run.restricted)
			bad("alloc: the pool is not a restricted one");
		live->alloc = true;
		live->addr = run.ks->alloc(run.dev, op->cpu, op->size);
		if (live->addr == KS_FAILED)
			r->slot = SLOT_FAILED;
		else
			describe(live, r);
		return;
	}
	if (op->kind == OP_PLACE) {
		live->addr = run.ks->place(run.dev, op->orig, op->size, op->am, op->expect - 1);
		if (live->addr == KS_FAILED)
			bad("place: the kernel cannot take slot %" PRIu64 " for this request",
			    op->expect - 1);
		describe(live, r);
		return;
	}
	run.ks->full(&before);
	live->addr =
		run.ks->map(run.dev, op->cpu, op->orig, op->size, op->am, direction(op->dir), 0);
	if (live->addr != KS_FAILED) {
		describe(live, r);
		if (run.copies)
			data_mapped(live, r);
		return;
	}
	r->slot = SLOT_FAILED;
	run.ks->full(&after);
	if (after.count != before.count) {
		r->flags = 1;
		r->size = after.size;
		r->total = after.total;
		r->full_used = after.used;
	}
}

static void do_unmap(const struct op *op, struct record *r)
{
	struct live *live = ids_find(&run.ids, op->id);

	if (!live)
		bad("unmap of id %" PRIu64 ", which is not live", op->id);
	if (live->alloc != (op->kind == OP_FREE))
		bad("id %" PRIu64 " is from %s", op->id,
		    live->alloc ? "an alloc, expected a free" : "a map, expected an unmap");
	r->slot = SLOT_UNMAP;
	if (live->addr != KS_FAILED) {
		uint64_t used = run.ks->used();

		run.ks->device_masks(run.dev, live->min_align, live->boundary);
		if (!live->alloc)
			run.ks->unmap(run.dev, op->cpu, live->addr, live->size,
				      direction(live->dir),
				      op->flags & OP_NO_COPY ? KS_SKIP_CPU_SYNC : 0);
		else if (!run.ks->release(run.dev, live->addr, live->size))
			bad("free of id %" PRIu64 ": not an address of the pool", op->id);
		/* The kernel's own answer; not each of them counts transient pools as used. */
		if (run.copies && !live->alloc)
			data_unmapped(live, r);
		r->nslots = live->pool < 0 ? live->nslots : (int32_t)(used - run.ks->used());
	}
	ids_remove(&run.ids, live);
}

static void do_sync(const struct op *op, struct record *r)
{
	struct live *live = ids_find(&run.ids, op->id);

	if (!live || live->alloc)
		bad("sync of id %" PRIu64 ", which is no live map", op->id);
	if (op->dir < DIR_TO_DEVICE)
		bad("sync: direction %d, expected 2 or 3", op->dir);
	if (!op->size || op->orig > live->size || op->size > live->size - op->orig)
		bad("sync of %" PRIu64 " bytes from %" PRIu64 ", expected a part of %" PRIu64,
		    op->size, op->orig, live->size);
	if (live->addr == KS_FAILED)
		return;
	run.ks->device_masks(run.dev, live->min_align, live->boundary);
	if (run.copies)
		data_before_sync(live, op);
	run.ks->sync(run.dev, live->addr + op->orig, op->size, direction(live->dir),
		     op->dir == DIR_TO_DEVICE);
	if (run.copies)
		data_synced(live, op, r);
}

void execute(const struct op *op, struct record *r)
{
	int rc;

	memset(r, 0, sizeof(*r));
	r->slot = SLOT_OTHER;
	check_op(op);
	run.in_kernel = 1;
	switch (op->kind) {
	case OP_MAP:
	case OP_PLACE:
	case OP_ALLOC:
		do_map(op, r);
		break;
	case OP_UNMAP:
	case OP_FREE:
		do_unmap(op, r);
		break;
	case OP_SYNC:
		do_sync(op, r);
		break;
	case OP_RESET:
		rc = run.ks->write_hiwater(0);
		if (rc && run.counters)
			bad("the kernel refused to reset its hiwater: error %d", rc);
		break;
	case OP_INDEX:
		if (op->size > UINT32_MAX || run.ks->set_index(op->cpu, op->size))
			bad("area %" PRIu32 ", index %" PRIu64 ": no such slot", op->cpu, op->size);
		break;
	case OP_SETTLE:
		run.ks->settle();
		break;
	}
	if (!run.settle_by_hand)
		run.ks->settle();
	r->used = run.ks->used();
	r->hiwater = run.ks->hiwater();
	run.in_kernel = 0;
	run.done++;
}

void checksum(struct record *r)
{
	memset(r, 0, sizeof(*r));
	r->slot = SLOT_CHECKSUM;
	r->used = run.ks->list_hash();
	r->hiwater = run.ks->state_hash();
	r->size = run.done;
	if (run.copies)
		r->total = data_checksum();
}

bool checksum_due(void)
{
	return run.checksum_every && run.done % run.checksum_every == 0;
}
