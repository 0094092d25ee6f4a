// SPDX-License-Identifier: GPL-2.0-only
/*
 * The serial engine: the CPUs' steps one after another on this thread, in an
 * order drawn from the seed. At every moment it is known what is in use, so the
 * truth is exact.
 */
#include "engine/course.h"
#include "engine/instrument_counts.h"
#include "engine/random.h"
#include "engine/step.h"

/* Progress and the stop flag are looked at this often, in steps. */
#define LOOK_EVERY 4096

struct serial_run {
	struct lab_instance in;
	struct loaded_workload loaded;
	struct lab_cpu *cpus;
	struct lab_accuracy *result;
	struct course course;
	uint64_t used;
	uint64_t now_ns;

	/* The burst under way or to come: whose it is, and when it changes. */
	unsigned int burst_cpu;
	bool burst_live;
	uint64_t burst_next;
};

static void serial_map(struct serial_run *run, struct lab_cpu *cpu, struct live_mapping *place,
		       phys_addr_t orig, uint32_t size)
{
	uint64_t demand = run->result->failed_slots;
	uint32_t nslots = cpu_map(&run->in, &run->loaded.w, cpu, place, orig, size, run->result);

	demand = run->result->failed_slots - demand;
	run->used += nslots;
	if (nslots)
		course_change(&run->course, place->tlb_addr, nslots);
	run->result->truth_high = max(run->result->truth_high, run->used);
	run->result->demand_peak = max(run->result->demand_peak, run->used + demand);
}

static void serial_unmap(struct serial_run *run, struct lab_cpu *cpu, struct live_mapping *place)
{
	const phys_addr_t tlb_addr = place->tlb_addr;
	const uint32_t nslots = cpu_unmap(&run->in, &run->loaded.w, cpu, place, run->result);

	run->used -= nslots;
	if (nslots)
		course_change(&run->course, tlb_addr, -(int64_t)nslots);
}

static void serial_step(struct serial_run *run, struct lab_cpu *cpu)
{
	const struct tape_entry *e = &cpu->tape[cpu->at++ % TAPE_LENGTH];
	struct live_mapping *place = &cpu->live[e->place];
	bool was_live = place->tlb_addr != DMA_MAPPING_ERROR;

	smp_set(cpu->id, run->loaded.w.cpus);
	serial_unmap(run, cpu, place);
	if (run->loaded.w.load == LAB_STEADY || !was_live)
		serial_map(run, cpu, place, e->orig, e->size);
}

static void serial_burst(struct serial_run *run, uint64_t step)
{
	const struct lab_workload *w = &run->loaded.w;
	struct lab_cpu *cpu = &run->cpus[run->burst_cpu];
	struct live_mapping *places = burst_places(&run->loaded, cpu);

	smp_set(cpu->id, w->cpus);
	for (unsigned int i = 0; i < w->burst.mappings; i++) {
		if (run->burst_live)
			serial_unmap(run, cpu, &places[i]);
		else
			serial_map(run, cpu, &places[i],
				   burst_orig(&run->loaded, run->burst_cpu, i),
				   (uint32_t)w->burst.bytes);
	}
	if (run->burst_live)
		run->burst_cpu = (run->burst_cpu + 1) % w->cpus;
	run->burst_live = !run->burst_live;
	run->burst_next = step + (run->burst_live ? w->burst.hold : w->burst.every);
}

static void serial_steps(struct serial_run *run, uint64_t steps, uint64_t sample_every,
			 struct lab_control *control)
{
	const struct lab_workload *w = &run->loaded.w;
	/* Behind the CPUs' own streams. */
	struct random order = random_stream(w->seed, UINT32_MAX);

	run->burst_next = w->burst.every;
	for (uint64_t step = 0; step < steps; step++) {
		if (step % LOOK_EVERY == 0) {
			if (lab_stopped(control)) {
				run->result->cancelled = true;
				return;
			}
			if (control->progress)
				control->progress(control->ctx,
						  &(struct lab_progress){ step, steps });
		}
		run->now_ns += STEP_NS;
		if (w->burst.mappings && step >= run->burst_next)
			serial_burst(run, step);
		serial_step(run, &run->cpus[random_below(&order, w->cpus)]);
		if (run->in.pool.can_grow)
			run->in.ops->run_work(run->in.mem);
		if (sample_every && step % sample_every == sample_every - 1)
			run->in.ops->sample(run->in.mem);
		course_step(&run->course, step);
	}
}

static int serial_once(const struct lab_pool *pool, const struct lab_variant *variant,
		       const struct lab_workload *workload, uint64_t steps, uint64_t sample_every,
		       struct lab_control *control, struct lab_accuracy *result,
		       struct lab_course *course)
{
	struct serial_run run = { .result = result };
	int err;

	*result = (struct lab_accuracy){ 0 };
	err = workload_load(workload, &run.loaded);
	if (err)
		return err;
	smp_set(0, workload->cpus);
	smp_tell_time(&run.now_ns);
	err = instance_open(pool, variant,
			    (workload->copy ? INSTANCE_COPY : 0) | INSTANCE_INSTRUMENTED, &run.in);
	if (err)
		goto unload;
	err = course_open(&run.course, course, &run.in, steps);
	if (err)
		goto close;
	run.cpus = cpus_alloc(&run.loaded, run.in.mem);
	if (!run.cpus) {
		err = -ENOMEM;
		goto close_course;
	}
	counts_begin();
	serial_steps(&run, steps, sample_every, control);
	counts_end(result);
	result->truth_low = result->truth_high;
	err = instance_starved(&run.in);
	instance_report(&run.in, result);
	cpus_report_full(run.cpus, workload->cpus, result);
	cpus_free(run.cpus);
close_course:
	course_close(&run.course);
close:
	instance_close(&run.in);
unload:
	smp_tell_time(NULL);
	workload_unload(&run.loaded);
	return err;
}

int lab_run_serial(const struct lab_pool *pool, const struct lab_variant *variant,
		   const struct lab_workload *workload, uint64_t steps, uint64_t sample_every,
		   struct lab_control *control, struct lab_accuracy *result,
		   struct lab_course *course)
{
	void (*progress)(void *ctx, const struct lab_progress *progress) = control->progress;
	struct lab_accuracy looked_at;
	int err = serial_once(pool, variant, workload, steps, sample_every, control, result, NULL);

	/* A run of its own: to some trackers it matters that somebody asks for the mark. */
	if (err || !course || result->cancelled)
		return err;
	control->progress = NULL;
	err = serial_once(pool, variant, workload, steps, sample_every, control, &looked_at,
			  course);
	control->progress = progress;
	result->cancelled = looked_at.cancelled;
	return err;
}
