// SPDX-License-Identifier: GPL-2.0-only
/* A run in virtual time: set up, driven to its end, reported. */
#include "virtual/machine/run.h"

#include <stdlib.h>

#include "engine/instrument_counts.h"

/*
 * After a stop the operations under way may end, but for no longer than this
 * many syncs: with a full pool and many areas a map takes its time.
 */
#define STOP_SYNCS (1UL << 16)
/* Nobody ends an operation in this many syncs: they run in circles. */
#define STUCK_SYNCS (1UL << 26)

/*
 * What whoever reads the mark now would see. The look takes no time and leaves nothing
 * behind: it is no part of the run.
 */
static u64 look_at_mark(struct virtual_run *run, u64 at)
{
	const struct instrument_engine *engine = instrument_engine;
	const struct instrument_counts counts = instrument_counts;
	const enum instrument_section section = instrument_section_now;
	const u64 told = run->told_ns;
	u64 mark;

	line_table_save(&run->machine.lines, run->looked);
	run->told_ns = at / 1000;
	instrument_engine = NULL;
	mark = run->in.ops->hiwater(run->in.mem);
	instrument_engine = engine;
	instrument_counts = counts;
	instrument_section_now = section;
	run->told_ns = told;
	line_table_restore(&run->machine.lines, run->looked);
	return mark;
}

static noinline void log_counted(struct virtual_run *run, const struct vcpu *v)
{
	struct event_log *log = run->machine.log;
	/* The area's lock is the one that was taken last. */
	u64 offset = (uintptr_t)v->locked - run->machine.lines.region[LINES_AREAS].base;

	event_mark(log, v->now, look_at_mark(run, v->now));
	event_used(log, v->now, (u32)(offset / run->in.ops->area_bytes), v->change,
		   run->truth.used);
}

static void note_counted(struct machine *m, struct vcpu *v)
{
	struct virtual_run *run = run_of(m);

	truth_count(&run->truth, v->change);
	if (unlikely(m->log))
		log_counted(run, v);
}

void run_note(struct vcpu *v, enum lab_event_kind kind, u64 begun, u32 nslots)
{
	if (unlikely(v->track))
		event_operation(v->track, kind, begun, v->now, nslots);
}

static int open_log(struct virtual_run *run, struct lab_events *events)
{
	struct machine *m = &run->machine;

	if (!events || events->fd < 0)
		return 0;
	m->log = event_log_open(events, m->nr, run->in.pool.nareas);
	run->looked = malloc(line_table_saved_bytes(&m->lines));
	if (!m->log || !run->looked)
		return -ENOMEM;
	for (u32 i = 0; i < m->nr; i++)
		m->cpus[i].track = event_track(m->log, i);
	return 0;
}

void run_account(struct virtual_run *run, const struct vcpu *v, u64 begun,
		 const u64 spent[LAB_NR_SPENT])
{
	struct lab_virtual_result *r = run->result;

	for (int i = 0; i < LAB_NR_SPENT; i++)
		r->spent_ns[i] += (double)(v->spent[i] - spent[i]) / 1000;
	run->busy_ps += v->now - begun - (v->spent[LAB_SPENT_THINK] - spent[LAB_SPENT_THINK]);
}

void run_leave(struct virtual_run *run, struct vcpu *v)
{
	struct lab_virtual_result *r = run->result;

	/* Its last unlock is part of the run. */
	machine_sync(&run->machine, v);
	r->virtual_ns = max(r->virtual_ns, (double)v->now / 1000);
	run->working--;
}

/* Looks every period, until nobody works any more, or everybody waits. */
static void sampler_program(struct machine *m, struct vcpu *v)
{
	struct virtual_run *run = run_of(m);
	u64 next = v->now;

	while (!run->stop && run->working > m->waiting) {
		run->in.ops->sample(run->in.mem);
		if (run->asleep + m->waiting >= run->working)
			run->rested = m->syncs;
		/* Looks that take longer than the period are made without a pause. */
		next += run->sample_period;
		v->now = next = max(v->now, next);
		machine_sync(m, v);
	}
}

void run_measure_lines(struct virtual_run *run)
{
	memcpy(run->lines_begun, run->machine.lines.stats, sizeof(run->lines_begun));
	memcpy(run->sites_begun, run->machine.sites, sizeof(run->sites_begun));
}

static void look(struct virtual_run *run, struct lab_control *control)
{
	struct lab_progress progress = { min(run->result->steps, run->total), run->total };

	if (lab_stopped(control))
		run->stop = true;
	if (!run->total) {
		u64 first = run->machine.order[1] >> CPU_BITS;

		progress.done = min(first, run->end) / 1000;
		progress.total = run->end / 1000;
	}
	if (control->progress)
		control->progress(control->ctx, &progress);
}

/* Return: whether all programs have ended, so that the allocator is at rest. */
static bool drive(struct virtual_run *run, struct lab_control *control)
{
	struct machine *m = &run->machine;
	u64 steps = 0, syncs = 0;
	u64 next_report = 0;

	while (machine_run(m)) {
		if (m->syncs - syncs > (run->stop ? STOP_SYNCS : STUCK_SYNCS)) {
			run->result->deadlocked = !run->stop;
			return false;
		}
		if (run->result->steps != steps && !run->stop) {
			steps = run->result->steps;
			syncs = m->syncs;
		}
		syncs = max(syncs, run->rested);
		if (m->syncs < next_report && !lab_stopped(control))
			continue;
		next_report = m->syncs + 64 * PAUSE_EVERY;
		if (!run->stop) {
			look(run, control);
			syncs = run->stop ? m->syncs : syncs;
		}
	}
	/* CPUs that waited for one which was stopped wait for ever, and that is no fault. */
	run->result->deadlocked = m->deadlocked && !run->stop;
	return !m->deadlocked && !m->unknown_lock;
}

/* With what the mark says behind the last operation. */
static int close_log(struct virtual_run *run)
{
	struct event_log *log = run->machine.log;
	u64 at = 0;

	if (log && run->looked) {
		for (u32 i = 0; i < run->cpus; i++)
			at = max(at, run->machine.cpus[i].now);
		event_mark(log, at, look_at_mark(run, at));
	}
	free(run->looked);
	return log ? event_log_close(log) : 0;
}

int run_open(struct virtual_run *run, const struct run_plan *plan,
	     struct lab_virtual_result *result)
{
	const struct lab_virtual *setup = plan->setup;
	const bool bitmap = plan->variant->layout & 4;
	struct machine *m = &run->machine;
	int err;

	run->setup = setup;
	run->result = result;
	run->cpus = run->working = plan->cpus;
	run->map_work = cost_ps(setup->costs.map[bitmap]);
	run->unmap_work = cost_ps(setup->costs.unmap[bitmap]);
	run->sample_period = cost_ps(setup->sample_period_ns);
	run->end = setup->duration_ns > 0 ? cost_ps(setup->duration_ns) : TIME_MAX / 2;
	smp_set(0, plan->cpus);
	smp_tell_time(&run->told_ns);
	err = instance_open(plan->pool, plan->variant,
			    (plan->copy ? INSTANCE_COPY : 0) | INSTANCE_INSTRUMENTED, &run->in);
	if (err) {
		smp_tell_time(NULL);
		return err;
	}
	err = truth_init(&run->truth);
	if (!err)
		err = machine_init(m, plan->cpus + (setup->sample_period_ns > 0), run->in.mem,
				   bitmap, setup);
	if (!err)
		err = open_log(run, plan->events);
	if (err) {
		run_close(run);
		return err;
	}
	m->counted = note_counted;
	m->area_bytes = run->in.ops->area_bytes;
	for (u32 i = 0; i < m->nr; i++) {
		struct vcpu *v = &m->cpus[i];

		v->jitter = random_stream(plan->seed, ((u64)1 << 32) + i);
		v->program = i < plan->cpus ? plan->program : sampler_program;
		if (i >= plan->cpus)
			continue;
		machine_place(m, i, &setup->topology);
		v->now = random_below(&v->jitter, BEGIN_WITHIN_PS);
	}
	return 0;
}

int run_close(struct virtual_run *run)
{
	int err = close_log(run);

	machine_free(&run->machine);
	truth_free(&run->truth);
	instance_close(&run->in);
	smp_tell_time(NULL);
	return err;
}

/*
 * Left in the middle of an operation, nothing need be in order; and the check of a
 * large pool takes longer than whoever stopped the run wants to wait.
 */
static void report_allocator(struct virtual_run *run, bool check)
{
	if (check)
		instance_report(&run->in, &run->result->accuracy);
	else
		instance_marks(&run->in, &run->result->accuracy);
}

void run_report_lines(struct virtual_run *run)
{
	for (int i = 0; i < LAB_NR_LINE_CLASSES; i++) {
		const struct line_stats *s = &run->machine.lines.stats[i];
		const struct line_stats *b = &run->lines_begun[i];

		run->result->lines[i] = (struct lab_line_stats){
			.accesses = s->accesses - b->accesses,
			.from_core = s->from_core - b->from_core,
			.from_socket = s->from_socket - b->from_socket,
			.waited_ns = (double)(s->waited - b->waited) / 1000,
			.queued_ns = (double)(s->queued - b->queued) / 1000,
		};
	}
	for (int unmap = 0; unmap < 2; unmap++) {
		for (int i = 0; i < LAB_NR_SITES; i++) {
			const struct site_stats *s = &run->machine.sites[unmap][i];
			const struct site_stats *b = &run->sites_begun[unmap][i];

			run->result->sites[unmap][i] = (struct lab_site_stats){
				.count = s->count - b->count,
				.ns = (double)(s->ps - b->ps) / 1000,
			};
		}
	}
}

static void report(struct virtual_run *run, bool at_rest, struct lab_control *control)
{
	struct lab_virtual_result *r = run->result;
	const struct machine *m = &run->machine;

	for (int i = 0; i < LAB_NR_LINE_CLASSES; i++)
		r->accesses += m->lines.stats[i].accesses;
	r->truth = (uint64_t)run->truth.peak;
	r->accuracy.truth_low = (uint64_t)run->truth.low;
	r->accuracy.truth_high = (uint64_t)run->truth.high;
	r->accuracy.demand_peak = (uint64_t)run->truth.demand;
	r->accuracy.cancelled = lab_stopped(control);
	r->ns_per_pair = r->pairs ? (double)run->busy_ps / 1000 / (double)r->pairs : 0;
	r->locks = m->lock_takes;
	r->locks_waited = m->lock_waits;
	r->switches = m->switches;
	report_allocator(run, at_rest && !r->accuracy.cancelled);
}

int run_execute(struct virtual_run *run, struct lab_control *control)
{
	bool at_rest;

	counts_begin();
	at_rest = drive(run, control);
	counts_end(&run->result->accuracy);
	for (u32 i = 0; i < run->machine.nr; i++)
		run->told_ns = max(run->told_ns, DIV_ROUND_UP(run->machine.cpus[i].now, 1000));
	if (run->machine.unknown_lock)
		return -EINVAL;
	if (run->machine.lines.out_of_memory || run->truth.out_of_memory)
		return -ENOMEM;
	report(run, at_rest, control);
	return 0;
}
