// SPDX-License-Identifier: GPL-2.0-only
/* The steps of a workload in virtual time. */
#include <stdlib.h>

#include "virtual/machine/run.h"

/**
 * struct progress - a CPU at the moment at which the measurement began
 * @begun: its clock
 * @spent: what it had spent until then
 */
struct progress {
	u64 begun;
	u64 spent[LAB_NR_SPENT];
};

/*
 * All CPUs are measured over the same stretch of time: from when the last of them
 * has warmed up until all together have made the steps that were asked for. None
 * has ended before, so that each meets the others all the time.
 */
enum stretch { WARM_UP, MEASURED, OVER };

/**
 * struct steps_run - one run of a workload
 * @stretch: which of them this is; @measured: steps in the second
 * @warm: CPUs whose warm-up has ended
 * @half_ps: what the CPUs had spent in the allocator when the first half of the
 *	measured steps was done
 * @burst_turn: as in an accuracy run
 * @window_ps, @window_steps: time and steps in each part of the run
 */
struct steps_run {
	struct virtual_run run;
	struct loaded_workload loaded;
	struct lab_cpu *cpus;
	struct progress *progress;
	u64 think;
	enum stretch stretch;
	u64 measured;
	u32 warm;
	u64 half_ps;
	u64 half_steps;
	u64 burst_turn;
	u64 window_ps[LAB_VIRTUAL_WINDOWS];
	u64 window_steps[LAB_VIRTUAL_WINDOWS];
};

static struct steps_run *steps_of(struct machine *m)
{
	return (struct steps_run *)((char *)run_of(m) - offsetof(struct steps_run, run));
}

/* Return: the time it took, 0 if it failed. */
static u64 run_map(struct steps_run *s, struct vcpu *v, struct live_mapping *place,
		   phys_addr_t orig, uint32_t size)
{
	struct lab_virtual_result *r = s->run.result;
	struct lab_cpu *cpu = &s->cpus[v->id];
	u64 begun = v->now, moment = truth_map_begin(&s->run.truth);
	uint32_t wanted = mapping_nslots(&cpu->dev, &s->loaded.w, orig, size);
	uint32_t nslots;

	run_begin_work(&s->run, v, s->run.map_work);
	v->change = wanted;
	nslots = cpu_map(&s->run.in, &s->loaded.w, cpu, place, orig, size, &r->accuracy);
	truth_map_end(&s->run.truth, moment, nslots, nslots ? 0 : wanted);
	run_note(v, LAB_EVENT_MAP, begun, nslots);
	if (!nslots)
		return 0;
	if (s->stretch == MEASURED) {
		r->bytes += size;
		histogram_add(&r->map_ns, to_ns(v->now - begun));
	}
	return v->now - begun;
}

/* Return: the time it took, 0 if there was nothing. */
static u64 run_unmap(struct steps_run *s, struct vcpu *v, struct live_mapping *place)
{
	struct lab_virtual_result *r = s->run.result;
	u64 begun = v->now;

	if (place->tlb_addr == DMA_MAPPING_ERROR)
		return 0;
	truth_unmap_begin(&s->run.truth, place->nslots);
	run_begin_work(&s->run, v, s->run.unmap_work);
	v->change = -(long)place->nslots;
	cpu_unmap(&s->run.in, &s->loaded.w, &s->cpus[v->id], place, &r->accuracy);
	truth_unmap_end(&s->run.truth, place->nslots);
	run_note(v, LAB_EVENT_UNMAP, begun, place->nslots);
	if (s->stretch == MEASURED) {
		r->pairs++;
		histogram_add(&r->unmap_ns, to_ns(v->now - begun));
	}
	return v->now - begun;
}

static void run_step(struct steps_run *s, struct vcpu *v)
{
	struct lab_cpu *cpu = &s->cpus[v->id];
	const struct tape_entry *e = &cpu->tape[cpu->at++ % TAPE_LENGTH];
	struct live_mapping *place = &cpu->live[e->place];
	bool was_live = place->tlb_addr != DMA_MAPPING_ERROR;
	u64 unmap = run_unmap(s, v, place), map = 0;

	/* With many CPUs nothing else brings the next line of this one's tape in time. */
	__builtin_prefetch(e + 4);
	if (s->loaded.w.load == LAB_STEADY || !was_live)
		map = run_map(s, v, place, e->orig, e->size);
	if (map && unmap && s->stretch == MEASURED)
		histogram_add(&s->run.result->pair_ns, to_ns(map + unmap));
	s->run.result->steps++;
}

/* This CPU's turn for a large I/O: begin it, or end the one it began. */
static void run_burst(struct steps_run *s, struct vcpu *v, struct burst_clock *clock)
{
	const struct lab_workload *w = &s->loaded.w;
	const struct lab_cpu *cpu = &s->cpus[v->id];
	struct live_mapping *places = burst_places(&s->loaded, cpu);
	u64 turn = s->burst_turn;

	if (!burst_due(clock, w, turn, v->id, cpu->at))
		return;
	for (unsigned int i = 0; i < w->burst.mappings; i++) {
		if (turn % 2)
			run_unmap(s, v, &places[i]);
		else
			run_map(s, v, &places[i], burst_orig(&s->loaded, v->id, i),
				(uint32_t)w->burst.bytes);
	}
	s->burst_turn = turn + 1;
}

/* The time that all CPUs have spent in the allocator since the measurement began. */
static u64 busy_ps(const struct steps_run *s)
{
	u64 busy = 0;

	for (u32 i = 0; i < s->run.cpus; i++) {
		const struct vcpu *v = &s->run.machine.cpus[i];
		const struct progress *p = &s->progress[i];

		busy += v->now - p->begun - (v->spent[LAB_SPENT_THINK] - p->spent[LAB_SPENT_THINK]);
	}
	return busy;
}

static void measurement_begins(struct steps_run *s)
{
	for (u32 i = 0; i < s->run.cpus; i++) {
		const struct vcpu *v = &s->run.machine.cpus[i];

		s->progress[i].begun = v->now;
		memcpy(s->progress[i].spent, v->spent, sizeof(v->spent));
	}
	run_measure_lines(&s->run);
	s->stretch = MEASURED;
}

static void report_times(struct steps_run *s)
{
	const u64 second = s->measured - s->half_steps;
	struct lab_virtual_result *r = s->run.result;
	u64 span = 0;

	for (u32 i = 0; i < s->run.cpus; i++) {
		const struct vcpu *v = &s->run.machine.cpus[i];
		const struct progress *p = &s->progress[i];

		run_account(&s->run, v, p->begun, p->spent);
		span += v->now - p->begun;
	}
	if (span)
		r->pairs_per_second = (double)r->pairs * s->run.cpus / (double)span * 1e12;
	if (!s->half_steps || !second)
		return;
	r->half_ns[0] = (double)s->half_ps / 1000 / (double)s->half_steps;
	r->half_ns[1] = (double)(s->run.busy_ps - s->half_ps) / 1000 / (double)second;
}

static void measurement_ends(struct steps_run *s)
{
	if (s->stretch == MEASURED) {
		report_times(s);
		run_report_lines(&s->run);
	}
	s->stretch = OVER;
}

/* A step has been made in the stretch that is measured. */
static void measured_step(struct steps_run *s)
{
	const u64 total = s->run.setup->steps * s->run.cpus;

	s->measured++;
	if (s->measured == total / 2) {
		s->half_ps = busy_ps(s);
		s->half_steps = s->measured;
	}
	if (s->measured == total)
		measurement_ends(s);
}

static bool goes_on(struct steps_run *s, const struct vcpu *v)
{
	if (s->stretch != OVER && (s->run.stop || v->now >= s->run.end)) {
		s->run.result->out_of_time = s->run.setup->steps > 0 && !s->run.stop;
		measurement_ends(s);
	}
	return s->stretch != OVER;
}

static void note_window(struct steps_run *s, const struct vcpu *v, u64 at, u64 begun)
{
	const u64 of_each = s->run.total / s->run.cpus;
	u64 window;

	/* A fast CPU makes more steps than its share. */
	if (at >= of_each)
		return;
	window = at * LAB_VIRTUAL_WINDOWS / of_each;
	s->window_ps[window] += v->now - begun;
	s->window_steps[window]++;
}

static void cpu_program(struct machine *m, struct vcpu *v)
{
	struct steps_run *s = steps_of(m);
	struct burst_clock clock = BURST_CLOCK_INIT;
	u64 at, begun;

	while (goes_on(s, v)) {
		if (s->cpus[v->id].at == s->run.setup->warm_steps && ++s->warm == s->run.cpus)
			measurement_begins(s);
		at = s->cpus[v->id].at;
		begun = v->now;
		run_step(s, v);
		if (s->loaded.w.burst.mappings)
			run_burst(s, v, &clock);
		note_window(s, v, at, begun);
		if (s->think)
			vcpu_spend(v, LAB_SPENT_THINK, jittered(v, s->think));
		if (s->stretch == MEASURED)
			measured_step(s);
	}
	run_leave(&s->run, v);
}

static int run_steps(struct steps_run *s, struct lab_control *control)
{
	const struct lab_virtual *setup = s->run.setup;
	struct lab_virtual_result *r = s->run.result;
	int err;

	s->cpus = cpus_alloc(&s->loaded, s->run.in.mem);
	s->progress = calloc(s->run.cpus, sizeof(*s->progress));
	if (!s->cpus || !s->progress)
		return -ENOMEM;
	s->think = cost_ps(setup->think_ns);
	s->run.total = (setup->steps ? setup->steps + setup->warm_steps : 0) * s->run.cpus;
	err = run_execute(&s->run, control);
	if (err)
		return err;
	for (int i = 0; i < LAB_VIRTUAL_WINDOWS; i++)
		if (s->window_steps[i])
			r->window_ns[i] =
				(double)s->window_ps[i] / 1000 / (double)s->window_steps[i];
	cpus_report_full(s->cpus, s->run.cpus, &r->accuracy);
	return 0;
}

int lab_run_virtual(const struct lab_pool *pool, const struct lab_variant *variant,
		    const struct lab_workload *workload, const struct lab_virtual *setup,
		    struct lab_control *control, struct lab_virtual_result *result)
{
	const struct run_plan plan = {
		.pool = pool,
		.variant = variant,
		.setup = setup,
		.cpus = workload->cpus,
		.copy = workload->copy,
		.seed = workload->seed,
		.events = setup->events,
		.program = cpu_program,
	};
	struct steps_run *s;
	int err;

	*result = (struct lab_virtual_result){ 0 };
	if (lab_virtual_check(pool, workload, setup))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	err = workload_load(workload, &s->loaded);
	if (err)
		goto free;
	err = run_open(&s->run, &plan, result);
	if (!err) {
		int unwritten;

		err = run_steps(s, control);
		unwritten = run_close(&s->run);
		err = err ? err : unwritten;
	}
	free(s->progress);
	cpus_free(s->cpus);
	workload_unload(&s->loaded);
free:
	free(s);
	return err;
}
