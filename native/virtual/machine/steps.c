// SPDX-License-Identifier: GPL-2.0-only
/* The steps of a workload in virtual time. */
#include <stdlib.h>

#include "virtual/machine/run.h"

/**
 * struct progress - what one CPU has done
 * @unmaps: since its warm-up
 * @begun: when its warm-up ended; NEVER before that
 * @spent: what it had spent until then
 */
struct progress {
	u64 unmaps;
	u64 begun;
	u64 spent[LAB_NR_SPENT];
};

/**
 * struct steps_run - one run of a workload
 * @warm: CPUs whose warm-up has ended
 * @burst_turn: as in an accuracy run
 * @window_ps, @window_steps: time and steps in each part of the run
 */
struct steps_run {
	struct virtual_run run;
	struct loaded_workload loaded;
	struct lab_cpu *cpus;
	struct progress *progress;
	u64 think;
	u32 warm;
	u64 burst_turn;
	u64 window_ps[LAB_VIRTUAL_WINDOWS];
	u64 window_steps[LAB_VIRTUAL_WINDOWS];
	double pairs_per_ps;
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

	vcpu_spend(v, LAB_SPENT_OTHER, jittered(v, s->run.map_work));
	v->change = wanted;
	nslots = cpu_map(&s->run.in, &s->loaded.w, cpu, place, orig, size, &r->accuracy);
	truth_map_end(&s->run.truth, moment, nslots, nslots ? 0 : wanted);
	run_note(v, LAB_EVENT_MAP, begun, nslots);
	if (!nslots)
		return 0;
	if (s->progress[v->id].begun != NEVER) {
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
	vcpu_spend(v, LAB_SPENT_OTHER, jittered(v, s->run.unmap_work));
	v->change = -(long)place->nslots;
	cpu_unmap(&s->run.in, &s->loaded.w, &s->cpus[v->id], place, &r->accuracy);
	truth_unmap_end(&s->run.truth, place->nslots);
	run_note(v, LAB_EVENT_UNMAP, begun, place->nslots);
	if (s->progress[v->id].begun != NEVER) {
		s->progress[v->id].unmaps++;
		r->line_pairs += s->warm == s->run.cpus;
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
	if (map && unmap && s->progress[v->id].begun != NEVER)
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

static void warm_up_ends(struct steps_run *s, const struct vcpu *v)
{
	struct progress *p = &s->progress[v->id];

	p->begun = v->now;
	memcpy(p->spent, v->spent, sizeof(v->spent));
	/* Lines are everybody's: they are measured when all have warmed up. */
	if (++s->warm == s->run.cpus)
		run_measure_lines(&s->run);
}

static void account(struct steps_run *s, struct vcpu *v)
{
	const struct progress *p = &s->progress[v->id];

	run_account(&s->run, v, p->begun, p->spent);
	if (p->begun == NEVER)
		return;
	s->run.result->pairs += p->unmaps;
	if (v->now > p->begun)
		s->pairs_per_ps += (double)p->unmaps / (double)(v->now - p->begun);
}

static bool goes_on(struct steps_run *s, const struct vcpu *v)
{
	const struct lab_virtual *setup = s->run.setup;

	if (v->now >= s->run.end) {
		s->run.result->out_of_time = setup->steps > 0;
		return false;
	}
	return !s->run.stop &&
	       (!setup->steps || s->cpus[v->id].at < setup->warm_steps + setup->steps);
}

static void note_window(struct steps_run *s, const struct vcpu *v, u64 at, u64 begun)
{
	const u64 of_each = s->run.total / s->run.cpus;
	u64 window;

	if (!of_each)
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
		if (s->cpus[v->id].at == s->run.setup->warm_steps)
			warm_up_ends(s, v);
		at = s->cpus[v->id].at;
		begun = v->now;
		run_step(s, v);
		if (s->loaded.w.burst.mappings)
			run_burst(s, v, &clock);
		note_window(s, v, at, begun);
		if (s->think)
			vcpu_spend(v, LAB_SPENT_THINK, jittered(v, s->think));
	}
	account(s, v);
	s->run.working--;
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
	for (u32 i = 0; i < s->run.cpus; i++)
		s->progress[i].begun = NEVER;
	s->think = cost_ps(setup->think_ns);
	s->run.total = (setup->steps ? setup->steps + setup->warm_steps : 0) * s->run.cpus;
	err = run_execute(&s->run, control);
	if (err)
		return err;
	for (int i = 0; i < LAB_VIRTUAL_WINDOWS; i++)
		if (s->window_steps[i])
			r->window_ns[i] =
				(double)s->window_ps[i] / 1000 / (double)s->window_steps[i];
	r->pairs_per_second = s->pairs_per_ps * 1e12;
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
