/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every run in virtual time has: the allocator, the machine, the truth, and
 * a sampler. What the CPUs do is the business of who runs it: the steps of a
 * workload (steps.c), or recorded operations (recorded.c).
 */
#ifndef VIRTUAL_RUN_H
#define VIRTUAL_RUN_H

#include "engine/histogram.h"
#include "engine/step.h"
#include "virtual/machine/machine.h"
#include "virtual/truth.h"

/**
 * struct run_plan - what run_open() makes a run of
 * @cpus: CPUs that run @program; what the topology multiplies out to
 * @events: where the log goes
 */
struct run_plan {
	const struct lab_pool *pool;
	const struct lab_variant *variant;
	const struct lab_virtual *setup;
	u32 cpus;
	bool copy;
	u64 seed;
	struct lab_events *events;
	void (*program)(struct machine *m, struct vcpu *cpu);
};

/**
 * struct virtual_run - one run
 * @lines_begun: what was counted of the lines before anything was measured;
 *	@sites_begun likewise
 * @map_work: fixed work of a map outside the lock; @unmap_work likewise
 * @looked: memory of the allocator, to put back what a look at the mark did
 * @end: virtual time at which it ends, at the latest
 * @total: steps or operations, for the progress; 0 when time decides
 * @cpus: CPUs that run the program
 * @working: those of them that have not ended
 * @asleep: those of them that sleep between two operations
 * @rested: syncs at the last look at which nobody was in an operation
 * @told_ns: what a tracker's clock says while no program runs: the beginning, or when
 *	the last one ended
 * @busy_ps: time of all CPUs that was measured and spent in the allocator
 * @stop: every CPU is to end before its next operation
 */
struct virtual_run {
	struct machine machine;
	struct lab_instance in;
	struct truth truth;
	const struct lab_virtual *setup;
	struct lab_virtual_result *result;
	struct line_stats lines_begun[LAB_NR_LINE_CLASSES];
	struct site_stats sites_begun[2][LAB_NR_SITES];
	u64 map_work;
	u64 unmap_work;
	u64 sample_period;
	char *looked;
	u64 end;
	u64 total;
	u32 cpus;
	u32 working;
	u32 asleep;
	u64 rested;
	u64 told_ns;
	u64 busy_ps;
	bool stop;
};

static inline struct virtual_run *run_of(struct machine *m)
{
	return (struct virtual_run *)((char *)m - offsetof(struct virtual_run, machine));
}

/* CPUs do not begin at the same moment: within this time, drawn from the seed. */
#define BEGIN_WITHIN_PS 1000000

/* @run is all zero. 0, or -EINVAL or -ENOMEM with nothing to close. */
int run_open(struct virtual_run *run, const struct run_plan *plan,
	     struct lab_virtual_result *result);
/* 0, or why the log could not be written. */
int run_close(struct virtual_run *run);

/**
 * run_execute() - all programs, to their end or until it is stopped
 *
 * Fills in the result but for what only the programs know: maps, pairs, who was told
 * of a full buffer, and when what is measured of lines and sites ends.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int run_execute(struct virtual_run *run, struct lab_control *control);

/* A map or an unmap of @nslots, which began at @begun, ends: for the log. */
void run_note(struct vcpu *v, enum lab_event_kind kind, u64 begun, u32 nslots);

/* What was counted of lines and sites until now is not measured. */
void run_measure_lines(struct virtual_run *run);

/* What was counted of them since then is the result's. */
void run_report_lines(struct virtual_run *run);

/* What a CPU spent since @begun, when it had spent @spent, is measured. */
void run_account(struct virtual_run *run, const struct vcpu *v, u64 begun,
		 const u64 spent[LAB_NR_SPENT]);

/* A CPU ends: nothing more is to come from it. */
void run_leave(struct virtual_run *run, struct vcpu *v);

/* @mean of work, drawn anew. */
static inline u64 jittered(struct vcpu *v, u64 mean)
{
	return paced(mean, PACE_MEAN - JITTER + (random_next(&v->jitter) >> 32) % (2 * JITTER + 1));
}

/*
 * An operation begins: all that it does by itself, outside of locks and under them, takes
 * as much longer or less long as what is drawn here, and @work of it is done.
 */
static inline void run_begin_work(const struct virtual_run *run, struct vcpu *v, u64 work)
{
	v->pace = (u32)jittered(v, PACE_MEAN);
	v->walk = paced(run->machine.lines.costs.walk, v->pace);
	vcpu_spend(v, LAB_SPENT_OTHER, paced(work, v->pace));
}

static inline u64 to_ns(u64 ps)
{
	return (ps + 500) / 1000;
}

#endif /* VIRTUAL_RUN_H */
