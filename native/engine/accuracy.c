// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accuracy with real threads: every operation is logged by its own thread, and
 * the truth is computed when all have ended. Not for timing.
 */
#include <stdlib.h>

#include "engine/clock.h"
#include "engine/envelope.h"
#include "engine/instrument_counts.h"
#include "engine/sampler.h"
#include "engine/step.h"
#include "engine/pinned_threads.h"

#define LOOK_EVERY 256

struct accuracy_run {
	struct lab_instance in;
	struct loaded_workload loaded;
	struct lab_cpu *cpus;
	struct pinned_threads *team;
	struct op_log *logs;
	struct lab_accuracy *tallies; /* one per thread */
	struct lab_control *control;
	struct sampler sampler;
	struct lab_duty growth;
	uint64_t steps;
	size_t log_capacity;
	/* How often a large I/O was begun or ended: even, none is under way. */
	uint64_t burst_turn __attribute__((aligned(128)));
};

/* A map or an unmap with its two time stamps in this thread's log. */
static void logged_map(struct accuracy_run *run, unsigned int me, struct live_mapping *place,
		       phys_addr_t orig, uint32_t size)
{
	struct op_log *log = &run->logs[me];
	struct logged_op *op = &log->ops[log->count++];
	struct lab_accuracy *tally = &run->tallies[me];
	uint64_t failed = tally->failed_slots;

	op->before = ticks_before();
	op->nslots = (int32_t)cpu_map(&run->in, &run->loaded.w, &run->cpus[me], place, orig, size,
				      tally);
	op->after = ticks_after();
	op->failed = (uint32_t)(tally->failed_slots - failed);
}

static void logged_unmap(struct accuracy_run *run, unsigned int me, struct live_mapping *place)
{
	struct op_log *log = &run->logs[me];
	struct logged_op *op = &log->ops[log->count];

	if (place->tlb_addr == DMA_MAPPING_ERROR)
		return;
	log->count++;
	op->before = ticks_before();
	op->nslots = -(int32_t)cpu_unmap(&run->in, &run->loaded.w, &run->cpus[me], place,
					 &run->tallies[me]);
	op->after = ticks_after();
	op->failed = 0;
}

/* This CPU's turn for a large I/O: begin it, or end the one it began. */
static void accuracy_burst(struct accuracy_run *run, unsigned int me, struct burst_clock *clock)
{
	const struct lab_workload *w = &run->loaded.w;
	uint64_t turn = __atomic_load_n(&run->burst_turn, __ATOMIC_ACQUIRE);
	const struct lab_cpu *cpu = &run->cpus[me];
	struct live_mapping *places = burst_places(&run->loaded, cpu);

	if (!burst_due(clock, w, turn, me, cpu->at))
		return;
	for (unsigned int i = 0; i < w->burst.mappings; i++) {
		if (turn % 2)
			logged_unmap(run, me, &places[i]);
		else
			logged_map(run, me, &places[i], burst_orig(&run->loaded, me, i),
				   (uint32_t)w->burst.bytes);
	}
	/* Release: whoever's turn is next begins after these unmaps. */
	__atomic_store_n(&run->burst_turn, turn + 1, __ATOMIC_RELEASE);
}

/* From one thread only; the others go at its pace. */
static void accuracy_progress(const struct accuracy_run *run, uint64_t steps)
{
	const struct lab_progress progress = { steps, run->steps };

	if (run->control->progress)
		run->control->progress(run->control->ctx, &progress);
}

static void accuracy_member(void *ctx, unsigned int me)
{
	struct accuracy_run *run = ctx;
	const struct lab_workload *w = &run->loaded.w;
	struct lab_cpu *cpu = &run->cpus[me];
	struct burst_clock clock = BURST_CLOCK_INIT;
	struct op_log *log = &run->logs[me];

	smp_set(cpu->id, w->cpus);
	pinned_threads_meet(run->team);
	if (!me)
		sampler_open(&run->sampler);
	counts_begin();
	while (cpu->at < run->steps) {
		const struct tape_entry *e = &cpu->tape[cpu->at++ % TAPE_LENGTH];
		struct live_mapping *place = &cpu->live[e->place];
		bool was_live = place->tlb_addr != DMA_MAPPING_ERROR;

		if (cpu->at % LOOK_EVERY == 0) {
			if (lab_stopped(run->control))
				break;
			if (!me)
				accuracy_progress(run, cpu->at);
		}
		/* A step and the two ends of a large I/O must still fit. */
		if (log->count + 2 + 2 * w->burst.mappings > run->log_capacity)
			break;
		logged_unmap(run, me, place);
		if (w->load == LAB_STEADY || !was_live)
			logged_map(run, me, place, e->orig, e->size);
		if (w->burst.mappings)
			accuracy_burst(run, me, &clock);
	}
	counts_end(&run->tallies[me]);
	if (!me) {
		sampler_close(&run->sampler);
		run->growth = instance_growth(&run->in);
	}
}

static int accuracy_alloc(struct accuracy_run *run)
{
	const struct lab_workload *w = &run->loaded.w;

	run->log_capacity = run->steps * 2 + (size_t)w->burst.mappings * 4 + run->steps / 2;
	run->logs = calloc(w->cpus, sizeof(*run->logs));
	run->tallies = calloc(w->cpus, sizeof(*run->tallies));
	run->cpus = cpus_alloc(&run->loaded, run->in.mem);
	if (!run->logs || !run->tallies || !run->cpus)
		return -ENOMEM;
	for (unsigned int i = 0; i < w->cpus; i++) {
		run->logs[i].ops = calloc(run->log_capacity, sizeof(*run->logs[i].ops));
		if (!run->logs[i].ops)
			return -ENOMEM;
	}
	return 0;
}

static void accuracy_free(struct accuracy_run *run)
{
	for (unsigned int i = 0; run->logs && i < run->loaded.w.cpus; i++)
		free(run->logs[i].ops);
	free(run->logs);
	free(run->tallies);
	cpus_free(run->cpus);
}

static void accuracy_sum(const struct accuracy_run *run, struct lab_accuracy *result)
{
	for (unsigned int i = 0; i < run->loaded.w.cpus; i++) {
		const struct lab_accuracy *t = &run->tallies[i];

		result->maps += t->maps;
		result->unmaps += t->unmaps;
		result->failed_maps += t->failed_maps;
		result->failed_slots += t->failed_slots;
		result->spills += t->spills;
		result->locked += t->locked;
		result->cmpxchg_retries += t->cmpxchg_retries;
	}
}

int lab_run_accuracy(const struct lab_pool *pool, const struct lab_variant *variant,
		     const struct lab_workload *workload, uint64_t steps, uint64_t sample_period_ns,
		     bool instrumented, struct lab_control *control, struct lab_accuracy *result)
{
	struct accuracy_run run = { .control = control, .steps = steps };
	struct envelope truth = { 0 };
	int err;

	*result = (struct lab_accuracy){ 0 };
	ticks_init();
	if (!steps || steps > SIZE_MAX / 128)
		return -EINVAL;
	smp_set(0, workload->cpus);
	err = workload_load(workload, &run.loaded);
	if (err)
		return err;
	err = instance_open(pool, variant,
			    (workload->copy ? INSTANCE_COPY : 0) |
				    (instrumented ? INSTANCE_INSTRUMENTED : 0) | INSTANCE_THREADS,
			    &run.in);
	if (err)
		goto unload;
	err = accuracy_alloc(&run);
	if (!err)
		err = pinned_threads_create(workload->cpus, false, &run.team);
	if (err)
		goto close;
	err = instance_enter(&run.in, run.team);
	if (!err)
		err = sampler_start(&run.sampler, sample_period_ns);
	if (!err) {
		sampler_begin(&run.sampler, &run.in);
		pinned_threads_run(run.team, accuracy_member, &run);
		result->looks = sampler_end(&run.sampler);
		result->looks.made = min(result->looks.made, result->looks.due);
		result->growth = run.growth;
		sampler_stop(&run.sampler);
		accuracy_sum(&run, result);
		result->cancelled = lab_stopped(control);
		/* Nobody waits for the truth of a run that was stopped. */
		if (!result->cancelled)
			err = envelope_compute(run.logs, workload->cpus, &truth);
	}
	instance_settle(&run.in);
	if (!err)
		err = instance_starved(&run.in);
	if (!err) {
		result->truth_low = truth.low;
		result->truth_high = truth.high;
		result->demand_peak = truth.demand;
		instance_report(&run.in, result);
		cpus_report_full(run.cpus, workload->cpus, result);
	}
	pinned_threads_destroy(run.team);
close:
	accuracy_free(&run);
	instance_close(&run.in);
unload:
	workload_unload(&run.loaded);
	return err;
}
