// SPDX-License-Identifier: GPL-2.0-only
/* Recorded operations in virtual time: each CPU does its own, in their order. */
#include <math.h>
#include <stdlib.h>

#include "virtual/machine/recorded_plan.h"

static struct recorded_run *recorded_of(struct machine *m)
{
	return (struct recorded_run *)((char *)run_of(m) - offsetof(struct recorded_run, run));
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

	recorded_device(cpu, op);
	wanted = recorded_slots(cpu, op);
	run_begin_work(&r->run, v, r->run.map_work);
	v->change = wanted;
	a->maps++;
	if (op->kind == LAB_OP_ALLOC)
		o->tlb_addr = ops->alloc(&cpu->dev, op->cpu, op->size);
	else
		o->tlb_addr = ops->map(&cpu->dev, op->cpu, op->orig, op->size,
				       (unsigned int)op->alloc_align_mask, op_direction(op->dir),
				       0);
	o->took = v->now - begun;
	run_note(v, LAB_EVENT_MAP, begun, o->tlb_addr == DMA_MAPPING_ERROR ? 0 : wanted);
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

/* @map: what @o undoes. Of a map that failed there is nothing to undo. */
static void do_unmap(struct recorded_run *r, struct vcpu *v, const struct lab_op *op,
		     struct recorded_op *o, const struct lab_op *map_op, struct recorded_op *map)
{
	struct virtual_run *run = &r->run;
	struct recorded_cpu *cpu = &r->cpus[v->id];
	u64 begun = v->now;

	if (!map->nslots) {
		r->result->skipped++;
		return;
	}
	recorded_device(cpu, map_op);
	truth_unmap_begin(&run->truth, map->nslots);
	run_begin_work(run, v, run->unmap_work);
	v->change = -(long)map->nslots;
	if (op->kind == LAB_OP_FREE)
		run->in.ops->free(&cpu->dev, map->tlb_addr);
	else
		run->in.ops->unmap(&cpu->dev, map->tlb_addr, map_op->size,
				   op_direction(map_op->dir), op_unmap_attrs(op->flags));
	truth_unmap_end(&run->truth, map->nslots);
	run_note(v, LAB_EVENT_UNMAP, begun, map->nslots);
	run->result->accuracy.unmaps++;
	o->took = v->now - begun;
	histogram_add(&run->result->unmap_ns, to_ns(o->took));
	if (map_op->kind != LAB_OP_PLACE)
		histogram_add(&run->result->pair_ns, to_ns(map->took + o->took));
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

/* An operation of the epoch has ended. Whoever ends the last one makes the reset. */
static void end_op(struct recorded_run *r, struct vcpu *v)
{
	struct machine *m = &r->run.machine;
	struct line_stats lines[LAB_NR_LINE_CLASSES];
	struct site_stats sites[2][LAB_NR_SITES];
	u64 spent[LAB_NR_SPENT];
	u64 begun;

	r->epoch_end = max(r->epoch_end, v->now);
	if (--r->left[r->epoch])
		return;
	if (r->epoch + 1 == r->nr_epochs)
		return;
	idle_until(v, r->epoch_end);
	machine_sync(m, v);
	/* No part of an operation; and nobody else is in one. */
	begun = v->now;
	memcpy(spent, v->spent, sizeof(spent));
	memcpy(lines, m->lines.stats, sizeof(lines));
	memcpy(sites, m->sites, sizeof(sites));
	do
		recorded_reset(r);
	while (r->epoch + 1 < r->nr_epochs && !r->left[r->epoch]);
	memcpy(v->spent, spent, sizeof(spent));
	memcpy(m->lines.stats, lines, sizeof(lines));
	memcpy(m->sites, sites, sizeof(sites));
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
		do_unmap(r, v, op, o, &r->recorded->ops[o->partner], map);
		o->done = v->now;
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
	run_leave(&r->run, v);
	run_account(&r->run, v, begun, nothing);
}

static int execute(struct recorded_run *r, struct lab_control *control)
{
	struct lab_virtual_result *result = r->run.result;
	struct lab_accuracy *a = &result->accuracy;
	int err = run_execute(&r->run, control);

	if (err)
		return err;
	run_report_lines(&r->run);
	result->pairs = (a->maps + a->unmaps + 1) / 2;
	result->ns_per_pair =
		result->pairs ? (double)r->run.busy_ps / 1000 / (double)result->pairs : 0;
	result->pairs_per_second =
		result->virtual_ns > 0 ? (double)result->pairs / result->virtual_ns * 1e9 : 0;
	return recorded_work(r);
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
		.events = setup->events,
		.program = cpu_program,
	};
	struct recorded_run *r;
	int err, unwritten;

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
		err = recorded_plan(r);
		if (!err)
			err = execute(r, control);
		unwritten = run_close(&r->run);
		err = err ? err : unwritten;
	}
	free(r->ops);
	free(r->cpus);
	free(r->left);
	free(r);
	return err;
}
