// SPDX-License-Identifier: GPL-2.0-only
/* Recorded operations in virtual time: each CPU does its own, in their order. */
#include <math.h>
#include <stdlib.h>

#include "engine/virtual/run.h"

/**
 * struct recorded_op - what is known of one operation
 * @partner: of an unmap, the map; NO_OP for none
 * @next: the next operation of its CPU
 * @epoch: resets before it
 * @nslots: of a map: what it took, 0 when it failed
 * @waiter: of a map: the CPU that waits for its end, plus one
 * @done: of a map: when it ended; NEVER before that
 * @took: of a map: how long it took
 */
struct recorded_op {
	u32 partner;
	u32 next;
	u32 epoch;
	u32 nslots;
	u32 waiter;
	phys_addr_t tlb_addr;
	u64 done;
	u64 took;
};

#define NO_OP UINT32_MAX

/**
 * struct recorded_cpu - what one CPU has
 * @first: its first operation
 * @offset: how late its clock is
 * @due: the latest time so far that an operation of it was due
 * @stays: waits for a reset
 */
struct recorded_cpu {
	struct device dev;
	struct recorded_run *owner;
	u32 first;
	u64 offset;
	u64 due;
	bool stays;
};

/**
 * struct recorded_run - one run
 * @left: by epoch: operations that have not ended
 * @epoch: resets that were done
 * @epoch_end: when the last of its operations so far ended
 */
struct recorded_run {
	struct virtual_run run;
	const struct lab_recorded *recorded;
	struct lab_recorded_result *result;
	struct recorded_op *ops;
	struct recorded_cpu *cpus;
	size_t *left;
	u32 nr_epochs;
	u32 epoch;
	u64 epoch_end;
	double first_ns;
};

static struct recorded_run *recorded_of(struct machine *m)
{
	return (struct recorded_run *)((char *)run_of(m) - offsetof(struct recorded_run, run));
}

static bool op_maps(u32 kind)
{
	return kind == LAB_OP_MAP || kind == LAB_OP_ALLOC || kind == LAB_OP_PLACE;
}

static bool op_unmaps(u32 kind)
{
	return kind == LAB_OP_UNMAP || kind == LAB_OP_FREE;
}

/* Done by a CPU in virtual time. */
static bool op_timed(u32 kind)
{
	return kind == LAB_OP_MAP || kind == LAB_OP_ALLOC || op_unmaps(kind);
}

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

static u32 wanted_slots(const struct recorded_cpu *cpu, const struct lab_op *op)
{
	if (op->kind == LAB_OP_ALLOC)
		return (u32)nr_slots(op->size);
	return (u32)nr_slots(swiotlb_alloc_size(&cpu->dev, op->orig, op->size,
						(unsigned int)op->alloc_align_mask));
}

static void set_device(struct recorded_cpu *cpu, const struct lab_op *op)
{
	cpu->dev.min_align_mask = (u32)op->min_align_mask;
	cpu->dev.seg_boundary_mask = op->seg_boundary_mask ? op->seg_boundary_mask : DMA_BIT_ALL;
}

static void do_map(struct recorded_run *r, struct vcpu *v, const struct lab_op *op,
		   struct recorded_op *o)
{
	struct lab_accuracy *a = &r->run.result->accuracy;
	struct recorded_cpu *cpu = &r->cpus[v->id];
	const struct swiotlb_ops *ops = r->run.in.ops;
	const struct lab_pool *pool = &r->run.in.pool;
	u64 begun = v->now, moment = truth_map_begin(&r->run.truth);
	u32 wanted;

	set_device(cpu, op);
	wanted = wanted_slots(cpu, op);
	vcpu_spend(v, LAB_SPENT_OTHER, jittered(v, r->run.map_work));
	v->change = wanted;
	a->maps++;
	if (op->kind == LAB_OP_ALLOC)
		o->tlb_addr = ops->alloc(&cpu->dev, op->cpu, op->size);
	else
		o->tlb_addr = ops->map(&cpu->dev, op->cpu, op->orig, op->size,
				       (unsigned int)op->alloc_align_mask, DMA_TO_DEVICE, 0);
	o->took = v->now - begun;
	if (o->tlb_addr == DMA_MAPPING_ERROR) {
		a->failed_maps++;
		a->failed_slots += wanted;
		truth_map_end(&r->run.truth, moment, 0, wanted);
		return;
	}
	o->nslots = wanted;
	truth_map_end(&r->run.truth, moment, wanted, 0);
	a->spills +=
		((o->tlb_addr - pool->start) >> IO_TLB_SHIFT) / (pool->nslabs / pool->nareas) !=
		(op->cpu & (pool->nareas - 1));
	r->run.result->bytes += op->size;
	histogram_add(&r->run.result->map_ns, to_ns(o->took));
}

/* @map: what it undoes. Of a map that failed there is nothing to undo. */
static void do_unmap(struct recorded_run *r, struct vcpu *v, const struct lab_op *op,
		     const struct lab_op *map_op, struct recorded_op *map)
{
	struct virtual_run *run = &r->run;
	struct recorded_cpu *cpu = &r->cpus[v->id];
	u64 begun = v->now;

	if (!map->nslots) {
		r->result->skipped++;
		return;
	}
	set_device(cpu, map_op);
	truth_unmap_begin(&run->truth, map->nslots);
	vcpu_spend(v, LAB_SPENT_OTHER, jittered(v, run->unmap_work));
	v->change = -(long)map->nslots;
	if (op->kind == LAB_OP_FREE)
		run->in.ops->free(&cpu->dev, map->tlb_addr);
	else
		run->in.ops->unmap(&cpu->dev, map->tlb_addr, map_op->size, DMA_TO_DEVICE, 0);
	truth_unmap_end(&run->truth, map->nslots);
	run->result->accuracy.unmaps++;
	histogram_add(&run->result->unmap_ns, to_ns(v->now - begun));
	if (map_op->kind != LAB_OP_PLACE)
		histogram_add(&run->result->pair_ns, to_ns(map->took + v->now - begun));
}

/* Time that no operation takes. */
static void idle_until(struct vcpu *v, u64 at)
{
	if (at > v->now)
		vcpu_spend(v, LAB_SPENT_THINK, at - v->now);
}

static void note_wait(struct recorded_run *r, const struct vcpu *v, u64 begun)
{
	double ns = (double)(v->now - begun) / 1000;

	/* Woken at its own time, it did not wait. */
	if (v->now == begun)
		return;
	r->result->waits++;
	r->result->waited_ns += ns;
	r->result->longest_wait_ns = max(r->result->longest_wait_ns, ns);
}

/* Until machine_wake(), which sets the clock. */
static void park(struct recorded_run *r, struct vcpu *v)
{
	u64 begun = v->now;

	machine_park(&r->run.machine, v);
	v->spent[LAB_SPENT_THINK] += v->now - begun;
	note_wait(r, v, begun);
}

/*
 * After a sync everybody has come as far as this CPU's clock; a map that has
 * ended in the order of calls may still end later by the clock.
 */
static void await_map(struct recorded_run *r, struct vcpu *v, struct recorded_op *map)
{
	u64 begun = v->now;

	machine_sync(&r->run.machine, v);
	if (map->done == NEVER) {
		map->waiter = v->id + 1;
		park(r, v);
	} else if (map->done > v->now) {
		idle_until(v, map->done);
		note_wait(r, v, begun);
	}
}

static void await_reset(struct recorded_run *r, struct vcpu *v, u32 epoch)
{
	while (r->epoch < epoch) {
		machine_sync(&r->run.machine, v);
		if (r->epoch >= epoch)
			return;
		r->cpus[v->id].stays = true;
		park(r, v);
	}
}

/* The truth begins anew, with what is in use. Nobody is in an operation. */
static void reset(struct recorded_run *r)
{
	struct truth *t = &r->run.truth;

	r->run.in.ops->write_hiwater(r->run.in.mem, 0);
	t->peak = t->used;
	t->low = t->low_used;
	t->high = t->high_used;
	r->epoch++;
}

/* An operation of the epoch has ended. Whoever ends the last one makes the reset. */
static void end_op(struct recorded_run *r, struct vcpu *v)
{
	struct machine *m = &r->run.machine;
	u64 spent[LAB_NR_SPENT];
	u64 begun;

	r->epoch_end = max(r->epoch_end, v->now);
	if (--r->left[r->epoch])
		return;
	if (r->epoch + 1 == r->nr_epochs)
		return;
	idle_until(v, r->epoch_end);
	machine_sync(m, v);
	/* No part of an operation. */
	begun = v->now;
	memcpy(spent, v->spent, sizeof(spent));
	do
		reset(r);
	while (r->epoch + 1 < r->nr_epochs && !r->left[r->epoch]);
	memcpy(v->spent, spent, sizeof(spent));
	v->spent[LAB_SPENT_THINK] += v->now - begun;
	r->epoch_end = v->now;
	for (u32 i = 0; i < r->run.cpus; i++) {
		if (!r->cpus[i].stays)
			continue;
		r->cpus[i].stays = false;
		machine_wake(m, &m->cpus[i], v->now);
	}
}

/*
 * Until the recorded time, if there is one. A task may lose its CPU between the
 * beginning of an operation and the event that says so; then the next operation
 * was recorded with an earlier time, and is not late by that.
 */
static void keep_pace(struct recorded_run *r, struct vcpu *v, u32 i)
{
	double ns = r->recorded->at_ns ? r->recorded->at_ns[i] - r->first_ns : NAN;
	struct recorded_cpu *cpu = &r->cpus[v->id];
	u64 at;

	if (isnan(ns))
		return;
	at = max(cost_ps(ns) + cpu->offset, cpu->due);
	cpu->due = at;
	if (at > v->now) {
		idle_until(v, at);
		r->run.asleep++;
		machine_sync(&r->run.machine, v);
		r->run.asleep--;
	}
	ns = (double)(v->now - at) / 1000;
	r->result->late_ns += ns;
	r->result->latest_ns = max(r->result->latest_ns, ns);
}

static void do_op(struct recorded_run *r, struct vcpu *v, u32 i)
{
	const struct lab_op *op = &r->recorded->ops[i];
	struct recorded_op *o = &r->ops[i];
	struct machine *m = &r->run.machine;

	await_reset(r, v, o->epoch);
	if (op->kind == LAB_OP_SET_INDEX) {
		r->run.in.ops->set_area_index(r->run.in.mem, op->cpu, (unsigned int)op->size);
		end_op(r, v);
		return;
	}
	if (op_unmaps(op->kind)) {
		struct recorded_op *map = &r->ops[o->partner];

		await_map(r, v, map);
		do_unmap(r, v, op, &r->recorded->ops[o->partner], map);
	} else {
		do_map(r, v, op, o);
		o->done = v->now;
		if (o->waiter)
			machine_wake(m, &m->cpus[o->waiter - 1], v->now);
	}
	r->run.result->steps++;
	end_op(r, v);
}

static void cpu_program(struct machine *m, struct vcpu *v)
{
	static const u64 nothing[LAB_NR_SPENT];
	struct recorded_run *r = recorded_of(m);
	u64 begun = v->now;

	for (u32 i = r->cpus[v->id].first; i != NO_OP; i = r->ops[i].next) {
		if (v->now >= r->run.end)
			r->run.result->out_of_time = r->run.stop = true;
		if (r->run.stop)
			break;
		keep_pace(r, v, i);
		do_op(r, v, i);
	}
	run_account(&r->run, v, begun, nothing);
	r->run.working--;
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

		set_device(cpu, op);
		if (!op->expect ||
		    r->run.in.ops->place(&cpu->dev, (unsigned int)(op->expect - 1), op->orig,
					 op->size, (unsigned int)op->alloc_align_mask,
					 &o->tlb_addr)) {
			r->result->bad_op = i;
			return -EINVAL;
		}
		o->nslots = wanted_slots(cpu, op);
		o->done = 0;
		truth_count(&r->run.truth, o->nslots);
		truth_map_end(&r->run.truth, moment, o->nslots, 0);
	}
	while (r->epoch + 1 < r->nr_epochs && !r->left[r->epoch])
		reset(r);
	return 0;
}

static int prepare(struct recorded_run *r)
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

static int execute(struct recorded_run *r, struct lab_control *control)
{
	struct lab_virtual_result *result = r->run.result;
	struct lab_accuracy *a = &result->accuracy;
	int err = run_execute(&r->run, control);

	if (err)
		return err;
	result->pairs = result->line_pairs = (a->maps + a->unmaps + 1) / 2;
	result->ns_per_pair =
		result->pairs ? (double)r->run.busy_ps / 1000 / (double)result->pairs : 0;
	result->pairs_per_second =
		result->virtual_ns > 0 ? (double)result->pairs / result->virtual_ns * 1e9 : 0;
	return 0;
}

int lab_replay_virtual(const struct lab_pool *pool, const struct lab_variant *variant,
		       const struct lab_recorded *recorded, const struct lab_virtual *setup,
		       struct lab_control *control, struct lab_recorded_result *result)
{
	const struct lab_virtual machine = {
		.topology = setup->topology,
		.costs = setup->costs,
		.sample_period_ns = setup->sample_period_ns,
	};
	const struct lab_topology *t = &setup->topology;
	const struct run_plan plan = {
		.pool = pool,
		.variant = variant,
		.setup = &machine,
		.cpus = t->sockets * t->cores * t->threads,
		.copy = recorded->copy,
		.seed = recorded->seed,
		.program = cpu_program,
	};
	struct recorded_run *r;
	int err;

	*result = (struct lab_recorded_result){ .bad_op = recorded->nr_ops };
	if (lab_recorded_check(pool, recorded, setup) || recorded->nr_ops >= NO_OP)
		return -EINVAL;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->recorded = recorded;
	r->result = result;
	err = run_open(&r->run, &plan, &result->run);
	if (!err) {
		err = prepare(r);
		if (!err)
			err = execute(r, control);
		run_close(&r->run);
	}
	free(r->ops);
	free(r->cpus);
	free(r->left);
	free(r);
	return err;
}
