// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replay: recorded operations one after another on this thread.
 *
 * Where the record says which slot the kernel chose, the search is run and its
 * answer compared; a mapping that it placed elsewhere is moved to where the
 * kernel had it, so that one difference does not cause the next.
 */
#include <stdlib.h>

#include "engine/step.h"

#define LOOK_EVERY 16384

/* A mapping that is live: open addressing, linear probing, by id. */
struct replay_entry {
	uint64_t id;
	phys_addr_t tlb_addr;
	uint64_t size;
	uint32_t min_align_mask;
	uint32_t nslots;
	uint8_t state; /* 0 never used, 1 in use, 2 given up */
	bool failed;
	bool alloc; /* by LAB_OP_ALLOC, so LAB_OP_FREE ends it */
};

struct replay_run {
	struct lab_instance in;
	struct device dev;
	struct lab_replay_result *result;
	struct replay_entry *table;
	size_t mask;
	uint64_t used;
	bool settle_by_hand;
	double *full; /* where the next "buffer is full" is noted */
};

static struct replay_entry *replay_find(struct replay_run *run, uint64_t id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ULL) >> 20 & run->mask;

	for (; run->table[i].state; i = (i + 1) & run->mask)
		if (run->table[i].state == 1 && run->table[i].id == id)
			return &run->table[i];
	return NULL;
}

/* The table has room for every map of the trace, given up places included. */
static struct replay_entry *replay_insert(struct replay_run *run, uint64_t id)
{
	size_t i = (id * 0x9e3779b97f4a7c15ULL) >> 20 & run->mask;

	while (run->table[i].state == 1)
		i = (i + 1) & run->mask;
	run->table[i] = (struct replay_entry){ .id = id, .state = 1 };
	return &run->table[i];
}

static void replay_note_full(struct device *dev, size_t size, unsigned long total,
			     unsigned long used)
{
	struct replay_run *run =
		(struct replay_run *)((char *)dev - offsetof(struct replay_run, dev));
	struct lab_accuracy *a = &run->result->accuracy;

	if (!a->full++) {
		a->full_size = size;
		a->full_total = total;
		a->full_used = used;
	}
	if (run->full) {
		run->full[0] = (double)size;
		run->full[1] = (double)total;
		run->full[2] = (double)used;
	}
}

/* Takes exactly the slots that the record names, or else those from @slot on. */
static bool replay_take(struct replay_run *run, const struct lab_op *op, struct replay_entry *e,
			long slot)
{
	return slot >= 0 && !run->in.ops->place(&run->dev, (unsigned int)slot, op->orig, op->size,
						(unsigned int)op->alloc_align_mask, &e->tlb_addr);
}

/* The next search begins where the kernel's does: behind what it took. */
static void replay_set_index(struct replay_run *run, uint64_t behind)
{
	uint64_t area_nslabs = run->in.pool.nslabs / run->in.pool.nareas;

	run->in.ops->set_area_index(run->in.mem, (unsigned int)((behind - 1) / area_nslabs),
				    (unsigned int)(behind % area_nslabs));
}

/*
 * Moves a mapping to where the record has it, or leaves it where it is when
 * those slots are taken. It is unmapped first: never is it counted twice.
 */
static void replay_move(struct replay_run *run, const struct lab_op *op, struct replay_entry *e,
			long slot)
{
	run->result->misplaced++;
	run->in.ops->unmap(&run->dev, e->tlb_addr, e->size, DMA_TO_DEVICE, 0);
	if (replay_take(run, op, e, (long)op->expect - 1)) {
		replay_set_index(run, op->expect - 1 + e->nslots);
		return;
	}
	run->result->unmovable++;
	/* Cannot fail: these slots were given back two lines above. */
	replay_take(run, op, e, slot);
}

/* Notes what became of a map or alloc; @nslots is what it asks for. */
static void replay_placed(struct replay_run *run, const struct lab_op *op, struct replay_entry *e,
			  uint32_t nslots, int32_t *out)
{
	struct lab_accuracy *a = &run->result->accuracy;
	struct swiotlb_placement p;

	if (e->tlb_addr == DMA_MAPPING_ERROR) {
		e->failed = true;
		a->failed_maps++;
		a->failed_slots += nslots;
		a->demand_peak = max(a->demand_peak, run->used + nslots);
		out[0] = -1;
		return;
	}
	e->nslots = nslots;
	run->used += nslots;
	a->truth_high = max(a->truth_high, run->used);
	a->demand_peak = max(a->demand_peak, run->used);
	run->in.ops->placement(&run->dev, e->tlb_addr, &p);
	a->spills += (uint64_t)p.slot / (run->in.pool.nslabs / run->in.pool.nareas) !=
		     (op->cpu & (run->in.pool.nareas - 1));
	out[0] = (int32_t)p.slot;
	out[1] = (int32_t)p.nslots;
	out[2] = (int32_t)p.offset;
	out[3] = (int32_t)p.pad;
	out[4] = (int32_t)p.pool;
	if (op->expect && op->expect - 1 != (uint64_t)p.slot)
		replay_move(run, op, e, p.slot);
}

static void replay_map(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	struct replay_entry *e = replay_insert(run, op->id);
	uint32_t nslots;

	e->size = op->size;
	e->min_align_mask = (uint32_t)op->min_align_mask;
	nslots = (uint32_t)nr_slots(swiotlb_alloc_size(&run->dev, op->orig, op->size,
						       (unsigned int)op->alloc_align_mask));
	run->result->accuracy.maps++;
	e->tlb_addr = run->in.ops->map(&run->dev, op->cpu, op->orig, op->size,
				       (unsigned int)op->alloc_align_mask, DMA_TO_DEVICE, 0);
	if (e->tlb_addr == DMA_MAPPING_ERROR && op->expect) {
		run->result->misplaced++;
		run->result->unmovable += !replay_take(run, op, e, (long)op->expect - 1);
	}
	replay_placed(run, op, e, nslots, out);
}

static void replay_alloc(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	struct replay_entry *e = replay_insert(run, op->id);

	e->size = op->size;
	e->min_align_mask = (uint32_t)op->min_align_mask;
	e->alloc = true;
	run->result->accuracy.maps++;
	e->tlb_addr = run->in.ops->alloc(&run->dev, op->cpu, op->size);
	replay_placed(run, op, e, (uint32_t)nr_slots(op->size), out);
}

static bool replay_unmap(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	struct replay_entry *e = replay_find(run, op->id);

	if (!e || e->alloc != (op->kind == LAB_OP_FREE))
		return false;
	e->state = 2;
	out[0] = -2;
	if (e->failed)
		return true;
	run->dev.min_align_mask = e->min_align_mask;
	if (!e->alloc)
		run->in.ops->unmap(&run->dev, e->tlb_addr, e->size, DMA_TO_DEVICE, 0);
	else if (!run->in.ops->free(&run->dev, e->tlb_addr))
		return false;
	run->used -= e->nslots;
	run->result->accuracy.unmaps++;
	out[1] = (int32_t)e->nslots;
	return true;
}

static bool replay_place(struct replay_run *run, const struct lab_op *op)
{
	struct replay_entry *e = replay_insert(run, op->id);

	if (!replay_take(run, op, e, (long)op->expect - 1))
		return false;
	e->size = op->size;
	e->min_align_mask = (uint32_t)op->min_align_mask;
	e->nslots = (uint32_t)nr_slots(swiotlb_alloc_size(&run->dev, op->orig, op->size,
							  (unsigned int)op->alloc_align_mask));
	run->used += e->nslots;
	run->result->accuracy.truth_high = max(run->result->accuracy.truth_high, run->used);
	run->result->accuracy.demand_peak = max(run->result->accuracy.demand_peak, run->used);
	return true;
}

/* The truth begins anew, with what is in use. */
static void replay_reset(struct replay_run *run)
{
	run->in.ops->write_hiwater(run->in.mem, 0);
	run->result->accuracy.truth_high = run->used;
}

static bool replay_op(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	run->dev.min_align_mask = (uint32_t)op->min_align_mask;
	run->dev.seg_boundary_mask = op->seg_boundary_mask ? op->seg_boundary_mask : DMA_BIT_ALL;
	out[0] = -3;
	switch (op->kind) {
	case LAB_OP_MAP:
		if (!op->size || op->size > UINT32_MAX || replay_find(run, op->id))
			return false;
		replay_map(run, op, out);
		return true;
	case LAB_OP_UNMAP:
	case LAB_OP_FREE:
		return replay_unmap(run, op, out);
	case LAB_OP_RESET:
		replay_reset(run);
		return true;
	case LAB_OP_SET_INDEX:
		if (op->cpu >= run->in.pool.nareas ||
		    op->size >= run->in.pool.nslabs / run->in.pool.nareas)
			return false;
		run->in.ops->set_area_index(run->in.mem, op->cpu, (unsigned int)op->size);
		return true;
	case LAB_OP_PLACE:
		return op->size && op->size <= UINT32_MAX && !replay_find(run, op->id) &&
		       replay_place(run, op);
	case LAB_OP_SETTLE:
		run->in.ops->run_work(run->in.mem);
		return true;
	case LAB_OP_ALLOC:
		/* Restricted pools never grow. */
		if (!op->size || op->size > UINT32_MAX || run->in.pool.can_grow ||
		    replay_find(run, op->id))
			return false;
		replay_alloc(run, op, out);
		return true;
	default:
		return false;
	}
}

static void replay_hash(struct replay_run *run)
{
	struct lab_replay_result *r = run->result;
	struct swiotlb_hash hash;

	run->in.ops->hash(run->in.mem, &hash);
	r->hashes[r->nr_hashes++] = hash.list;
	r->hashes[r->nr_hashes++] = hash.state;
}

/* For the others it means nothing, or something else. */
static bool has_cpu(const struct lab_op *op)
{
	return op->kind == LAB_OP_MAP || op->kind == LAB_OP_UNMAP || op->kind == LAB_OP_ALLOC ||
	       op->kind == LAB_OP_FREE;
}

static unsigned int highest_cpu(const struct lab_op *ops, size_t n)
{
	unsigned int highest = 0;

	for (size_t i = 0; i < n; i++)
		if (has_cpu(&ops[i]))
			highest = max(highest, ops[i].cpu);
	return highest;
}

static int replay_all(struct replay_run *run, const struct lab_op *ops, size_t n,
		      uint64_t sample_every, uint64_t hash_every, struct lab_control *control)
{
	struct lab_replay_result *r = run->result;
	const unsigned int cpus = highest_cpu(ops, n) + 1;

	for (size_t i = 0; i < n; i++) {
		if (i % LOOK_EVERY == 0) {
			if (lab_stopped(control)) {
				r->accuracy.cancelled = true;
				return 0;
			}
			if (control->progress)
				control->progress(control->ctx, &(struct lab_progress){ i, n });
		}
		if (has_cpu(&ops[i]))
			smp_set(ops[i].cpu, cpus);
		run->full = r->full ? r->full + 3 * i : NULL;
		if (!replay_op(run, &ops[i], r->placements + i * LAB_PLACEMENT_WORDS)) {
			r->bad_op = i;
			return -EINVAL;
		}
		/* What the operation put off is done before the next one begins. */
		if (run->in.pool.can_grow && !run->settle_by_hand)
			run->in.ops->run_work(run->in.mem);
		if (sample_every && i % sample_every == sample_every - 1)
			run->in.ops->sample(run->in.mem);
		if (r->used) {
			r->used[i] = (double)run->in.ops->used(run->in.mem);
			r->hiwater[i] = (double)run->in.ops->hiwater(run->in.mem);
		}
		if (r->hashes && i % hash_every == hash_every - 1)
			replay_hash(run);
	}
	if (r->hashes)
		replay_hash(run);
	return 0;
}

static bool settles_by_hand(const struct lab_op *ops, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ops[i].kind == LAB_OP_SETTLE)
			return true;
	return false;
}

static int replay_memory(struct replay_run *run, size_t n, bool trail, uint64_t hash_every)
{
	struct lab_replay_result *r = run->result;
	size_t places = roundup_pow_of_two(2 * n + 2);

	run->table = calloc(places, sizeof(*run->table));
	run->mask = places - 1;
	r->placements = calloc(n + 1, LAB_PLACEMENT_WORDS * sizeof(*r->placements));
	if (trail) {
		r->used = calloc(n + 1, sizeof(*r->used));
		r->hiwater = calloc(n + 1, sizeof(*r->hiwater));
		r->full = calloc(3 * n + 1, sizeof(*r->full));
	}
	if (hash_every) {
		r->hashes = calloc(2 * (n / hash_every + 1), sizeof(*r->hashes));
		if (!r->hashes)
			return -ENOMEM;
	}
	return run->table && r->placements && (!trail || (r->used && r->hiwater && r->full)) ?
		       0 :
		       -ENOMEM;
}

int lab_replay(const struct lab_pool *pool, const struct lab_variant *variant,
	       const struct lab_op *ops, size_t nr_ops, uint64_t sample_every, bool trail,
	       uint64_t hash_every, struct lab_control *control, struct lab_replay_result *result)
{
	struct replay_run run = {
		.dev.buffer_full = replay_note_full,
		.result = result,
		.settle_by_hand = settles_by_hand(ops, nr_ops),
	};
	int err;

	*result = (struct lab_replay_result){ 0 };
	err = instance_open(pool, variant, 0, &run.in);
	if (err)
		return err;
	run.dev.dma_io_tlb_mem = run.in.mem;
	err = replay_memory(&run, nr_ops, trail, hash_every);
	if (!err)
		err = replay_all(&run, ops, nr_ops, sample_every, hash_every, control);
	if (!err)
		err = instance_starved(&run.in);
	if (!err) {
		result->accuracy.truth_low = result->accuracy.truth_high;
		instance_report(&run.in, &result->accuracy);
	}
	free(run.table);
	instance_close(&run.in);
	return err;
}

void lab_replay_result_free(struct lab_replay_result *result)
{
	free(result->placements);
	free(result->used);
	free(result->hiwater);
	free(result->full);
	free(result->hashes);
	*result = (struct lab_replay_result){ 0 };
}
