// SPDX-License-Identifier: GPL-2.0-only
/* Recorded operations made ready: which unmap belongs to which map, and which CPU does what. */
#include <math.h>
#include <stdlib.h>

#include "virtual/machine/recorded_plan.h"

static void note_full(struct device *dev, size_t size, unsigned long total, unsigned long used)
{
	struct recorded_cpu *cpu =
		(struct recorded_cpu *)((char *)dev - offsetof(struct recorded_cpu, dev));
	struct lab_accuracy *a = &cpu->owner->run.result->accuracy;

	if (!a->full++) {
		a->full_size = size;
		a->full_total = total;
		a->full_used = used;
	}
}

/* By id, then in the order of the record. */
static int by_id(const void *a, const void *b)
{
	const struct lab_op *x = *(const struct lab_op *const *)a;
	const struct lab_op *y = *(const struct lab_op *const *)b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x > y) - (x < y);
}

/* What one id's operation @op says after @before, which is NULL at the first. */
static bool follows(const struct lab_op *op, const struct lab_op *before)
{
	if (op_maps(op->kind))
		return !before || op_unmaps(before->kind);
	return before && op_maps(before->kind) &&
	       (op->kind == LAB_OP_FREE) == (before->kind == LAB_OP_ALLOC);
}

/* Finds each unmap's map: operations of one id are a map, its unmap, a map... */
static int pair_ops(struct recorded_run *r)
{
	const struct lab_recorded *rec = r->recorded;
	const struct lab_op **sorted = malloc((rec->nr_ops + 1) * sizeof(*sorted));
	const struct lab_op *before = NULL;
	size_t n = 0;

	if (!sorted)
		return -ENOMEM;
	r->result->bad_op = rec->nr_ops;
	for (size_t i = 0; i < rec->nr_ops; i++)
		if (op_maps(rec->ops[i].kind) || op_unmaps(rec->ops[i].kind))
			sorted[n++] = &rec->ops[i];
	qsort(sorted, n, sizeof(*sorted), by_id);
	for (size_t i = 0; i < n; i++) {
		size_t at = (size_t)(sorted[i] - rec->ops);

		if (before && before->id != sorted[i]->id)
			before = NULL;
		if (!follows(sorted[i], before))
			r->result->bad_op = min(r->result->bad_op, at);
		else if (before && !op_maps(sorted[i]->kind))
			r->ops[at].partner = (u32)(before - rec->ops);
		before = sorted[i];
	}
	free(sorted);
	return r->result->bad_op < rec->nr_ops ? -EINVAL : 0;
}

static bool op_sound(const struct recorded_run *r, size_t i)
{
	const struct lab_op *op = &r->recorded->ops[i];
	const struct lab_pool *pool = &r->run.in.pool;

	switch (op->kind) {
	case LAB_OP_MAP:
	case LAB_OP_ALLOC:
		return op->size && op->cpu < r->run.cpus;
	case LAB_OP_UNMAP:
	case LAB_OP_FREE:
		return op->cpu < r->run.cpus;
	case LAB_OP_PLACE:
		return op->size && (!i || op[-1].kind == LAB_OP_PLACE);
	case LAB_OP_SET_INDEX:
		return op->cpu < pool->nareas && op->size < pool->nslabs / pool->nareas;
	case LAB_OP_RESET:
	case LAB_OP_SETTLE:
	case LAB_OP_FAILED:
	case LAB_OP_SYNC:
		return true;
	default:
		return false;
	}
}

/* Which CPU does each, behind which others. From the last to the first. */
static void deal_ops(struct recorded_run *r)
{
	const struct lab_recorded *rec = r->recorded;
	u32 behind = NO_OP; /* the CPU of the next timed operation */
	u32 epoch = r->nr_epochs - 1;

	for (u32 i = 0; i < r->run.cpus; i++)
		r->cpus[i].first = NO_OP;
	for (size_t i = rec->nr_ops; i--;) {
		const struct lab_op *op = &rec->ops[i];

		if (op->kind == LAB_OP_RESET)
			epoch--;
		if (op_timed(op->kind))
			behind = op->cpu;
		else if (op->kind != LAB_OP_SET_INDEX)
			continue;
		if (behind == NO_OP)
			continue;
		r->ops[i].epoch = epoch;
		r->ops[i].next = r->cpus[behind].first;
		r->cpus[behind].first = (u32)i;
		r->left[epoch]++;
	}
}

/* What is there before time begins. */
static int place_ops(struct recorded_run *r)
{
	const struct lab_recorded *rec = r->recorded;
	struct recorded_cpu *cpu = &r->cpus[0];

	for (size_t i = 0; i < rec->nr_ops && rec->ops[i].kind == LAB_OP_PLACE; i++) {
		const struct lab_op *op = &rec->ops[i];
		struct recorded_op *o = &r->ops[i];
		u64 moment = truth_map_begin(&r->run.truth);

		recorded_device(cpu, op);
		if (!op->expect ||
		    r->run.in.ops->place(&cpu->dev, (unsigned int)(op->expect - 1), op->orig,
					 op->size, (unsigned int)op->alloc_align_mask,
					 &o->tlb_addr)) {
			r->result->bad_op = i;
			return -EINVAL;
		}
		o->nslots = recorded_slots(cpu, op);
		o->done = 0;
		truth_count(&r->run.truth, o->nslots);
		if (r->run.machine.log)
			event_used(r->run.machine.log, 0,
				   (u32)((op->expect - 1) /
					 (r->run.in.pool.nslabs / r->run.in.pool.nareas)),
				   o->nslots, r->run.truth.used);
		truth_map_end(&r->run.truth, moment, o->nslots, 0);
	}
	while (r->epoch + 1 < r->nr_epochs && !r->left[r->epoch])
		recorded_reset(r);
	return 0;
}

int recorded_plan(struct recorded_run *r)
{
	const struct lab_recorded *rec = r->recorded;
	const u32 cpus = r->run.cpus;
	int err;

	r->nr_epochs = 1;
	r->first_ns = INFINITY;
	for (size_t i = 0; i < rec->nr_ops; i++) {
		r->nr_epochs += rec->ops[i].kind == LAB_OP_RESET;
		if (rec->at_ns)
			r->first_ns = fmin(r->first_ns, rec->at_ns[i]);
	}
	r->ops = calloc(rec->nr_ops + 1, sizeof(*r->ops));
	r->cpus = calloc(cpus, sizeof(*r->cpus));
	r->left = calloc(r->nr_epochs, sizeof(*r->left));
	if (!r->ops || !r->cpus || !r->left)
		return -ENOMEM;
	for (u32 i = 0; i < cpus; i++) {
		r->cpus[i].owner = r;
		r->cpus[i].dev.dma_io_tlb_mem = r->run.in.mem;
		r->cpus[i].dev.buffer_full = note_full;
		r->cpus[i].offset = r->run.machine.cpus[i].now;
	}
	for (size_t i = 0; i < rec->nr_ops; i++) {
		r->ops[i] = (struct recorded_op){ .partner = NO_OP, .done = NEVER };
		if (op_sound(r, i))
			continue;
		r->result->bad_op = i;
		return -EINVAL;
	}
	err = pair_ops(r);
	if (err)
		return err;
	deal_ops(r);
	r->run.total = rec->nr_ops;
	return place_ops(r);
}
