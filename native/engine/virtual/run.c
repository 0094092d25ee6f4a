// SPDX-License-Identifier: GPL-2.0-only
/* A workload on the virtual machine. */
#include <stdlib.h>

#include "engine/histogram.h"
#include "engine/instrument_counts.h"
#include "engine/random.h"
#include "engine/step.h"
#include "engine/virtual/machine.h"
#include "engine/virtual/truth.h"

/*
 * After a stop the operations under way may end, but for no longer than this
 * many syncs: with a full pool and many areas a map takes its time.
 */
#define STOP_SYNCS (1UL << 16)
/* Nobody ends an operation in this many syncs: they run in circles. */
#define STUCK_SYNCS (1UL << 26)
/* CPUs do not begin at the same moment: within this time, drawn from the seed. */
#define BEGIN_WITHIN_PS 1000000
/*
 * Fixed work is drawn anew each time from this share below to this share above
 * its mean, in 1/256: CPUs in lockstep would meet, or miss, each other for ever.
 */
#define JITTER 64

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
 * struct virtual_run - one run
 * @end: virtual time at which it ends, at the latest
 * @warm: CPUs whose warm-up has ended
 * @working: CPUs that have not ended
 * @burst_turn: as in an accuracy run
 * @stop: every CPU is to end at its next step
 */
struct virtual_run {
	struct machine machine;
	struct lab_instance in;
	struct loaded_workload loaded;
	struct lab_cpu *cpus;
	struct truth truth;
	const struct lab_virtual *setup;
	struct lab_virtual_result *result;
	struct progress *progress;
	struct line_stats lines_begun[LAB_NR_LINE_CLASSES];
	u64 map_work;
	u64 unmap_work;
	u64 think;
	u64 sample_period;
	u64 end;
	u32 warm;
	u32 working;
	u64 burst_turn;
	bool stop;
	double pairs_per_ps;
	u64 busy_ps;
};

static struct virtual_run *run_of(struct machine *m)
{
	return (struct virtual_run *)((char *)m - offsetof(struct virtual_run, machine));
}

static void note_counted(struct machine *m, struct vcpu *v)
{
	truth_count(&run_of(m)->truth, v->change);
}

static u64 jittered(struct vcpu *v, u64 mean)
{
	return mean * (256 - JITTER + (random_next(&v->jitter) >> 32) % (2 * JITTER + 1)) / 256;
}

static u64 to_ns(u64 ps)
{
	return (ps + 500) / 1000;
}

/* Return: the time it took, 0 if it failed. */
static u64 run_map(struct virtual_run *run, struct vcpu *v, struct live_mapping *place,
		   phys_addr_t orig, uint32_t size)
{
	struct lab_virtual_result *r = run->result;
	struct lab_cpu *cpu = &run->cpus[v->id];
	u64 begun = v->now, moment = truth_map_begin(&run->truth);
	uint32_t wanted = mapping_nslots(&cpu->dev, &run->loaded.w, orig, size);
	uint32_t nslots;

	vcpu_spend(v, LAB_SPENT_OTHER, jittered(v, run->map_work));
	v->change = wanted;
	nslots = cpu_map(&run->in, &run->loaded.w, cpu, place, orig, size, &r->accuracy);
	truth_map_end(&run->truth, moment, nslots, nslots ? 0 : wanted);
	if (!nslots)
		return 0;
	if (run->progress[v->id].begun != NEVER) {
		r->bytes += size;
		histogram_add(&r->map_ns, to_ns(v->now - begun));
	}
	return v->now - begun;
}

/* Return: the time it took, 0 if there was nothing. */
static u64 run_unmap(struct virtual_run *run, struct vcpu *v, struct live_mapping *place)
{
	struct lab_virtual_result *r = run->result;
	u64 begun = v->now;

	if (place->tlb_addr == DMA_MAPPING_ERROR)
		return 0;
	truth_unmap_begin(&run->truth, place->nslots);
	vcpu_spend(v, LAB_SPENT_OTHER, jittered(v, run->unmap_work));
	v->change = -(long)place->nslots;
	cpu_unmap(&run->in, &run->loaded.w, &run->cpus[v->id], place, &r->accuracy);
	truth_unmap_end(&run->truth, place->nslots);
	if (run->progress[v->id].begun != NEVER) {
		run->progress[v->id].unmaps++;
		histogram_add(&r->unmap_ns, to_ns(v->now - begun));
	}
	return v->now - begun;
}

static void run_step(struct virtual_run *run, struct vcpu *v)
{
	struct lab_cpu *cpu = &run->cpus[v->id];
	const struct tape_entry *e = &cpu->tape[cpu->at++ % TAPE_LENGTH];
	struct live_mapping *place = &cpu->live[e->place];
	bool was_live = place->tlb_addr != DMA_MAPPING_ERROR;
	u64 unmap = run_unmap(run, v, place), map = 0;

	if (run->loaded.w.load == LAB_STEADY || !was_live)
		map = run_map(run, v, place, e->orig, e->size);
	if (map && unmap && run->progress[v->id].begun != NEVER)
		histogram_add(&run->result->pair_ns, to_ns(map + unmap));
	run->result->steps++;
}

/* This CPU's turn for a large I/O: begin it, or end the one it began. */
static void run_burst(struct virtual_run *run, struct vcpu *v, struct burst_clock *clock)
{
	const struct lab_workload *w = &run->loaded.w;
	struct lab_cpu *cpu = &run->cpus[v->id];
	u64 turn = run->burst_turn;

	if (!burst_due(clock, w, turn, v->id, cpu->at))
		return;
	for (unsigned int i = 0; i < w->burst.mappings; i++) {
		struct live_mapping *place = &cpu->live[w->in_flight + i];

		if (turn % 2)
			run_unmap(run, v, place);
		else
			run_map(run, v, place, burst_orig(&run->loaded, v->id, i),
				(uint32_t)w->burst.bytes);
	}
	run->burst_turn = turn + 1;
}

static void warm_up_ends(struct virtual_run *run, const struct vcpu *v)
{
	struct progress *p = &run->progress[v->id];

	p->begun = v->now;
	memcpy(p->spent, v->spent, sizeof(v->spent));
	/* Lines are everybody's: they are measured when all have warmed up. */
	if (++run->warm == run->loaded.w.cpus)
		memcpy(run->lines_begun, run->machine.lines.stats, sizeof(run->lines_begun));
}

static void account(struct virtual_run *run, const struct vcpu *v)
{
	const struct progress *p = &run->progress[v->id];
	struct lab_virtual_result *r = run->result;
	u64 time = v->now - p->begun;

	r->virtual_ns = max(r->virtual_ns, (double)v->now / 1000);
	if (p->begun == NEVER)
		return;
	for (int i = 0; i < LAB_NR_SPENT; i++)
		r->spent_ns[i] += (double)(v->spent[i] - p->spent[i]) / 1000;
	run->busy_ps += time - (v->spent[LAB_SPENT_THINK] - p->spent[LAB_SPENT_THINK]);
	r->pairs += p->unmaps;
	if (time)
		run->pairs_per_ps += (double)p->unmaps / (double)time;
}

static bool goes_on(struct virtual_run *run, const struct vcpu *v)
{
	if (v->now >= run->end) {
		run->result->out_of_time = run->setup->steps > 0;
		return false;
	}
	if (run->stop)
		return false;
	return !run->setup->steps ||
	       run->cpus[v->id].at < run->setup->warm_steps + run->setup->steps;
}

static void cpu_program(struct machine *m, struct vcpu *v)
{
	struct virtual_run *run = run_of(m);
	const struct lab_workload *w = &run->loaded.w;
	struct burst_clock clock = BURST_CLOCK_INIT;

	while (goes_on(run, v)) {
		if (run->cpus[v->id].at == run->setup->warm_steps)
			warm_up_ends(run, v);
		run_step(run, v);
		if (w->burst.mappings)
			run_burst(run, v, &clock);
		if (run->think)
			vcpu_spend(v, LAB_SPENT_THINK, jittered(v, run->think));
	}
	account(run, v);
	run->working--;
}

/* Looks every period, until nobody works any more, or everybody waits. */
static void sampler_program(struct machine *m, struct vcpu *v)
{
	struct virtual_run *run = run_of(m);
	u64 next = v->now;

	while (!run->stop && run->working > m->waiting) {
		run->in.ops->sample(run->in.mem);
		/* Looks that take longer than the period are made without a pause. */
		next += run->sample_period;
		v->now = next = max(v->now, next);
		machine_sync(m, v);
	}
}

static void look(struct virtual_run *run, struct lab_control *control)
{
	const struct lab_virtual *s = run->setup;
	struct lab_progress progress = { run->result->steps,
					 (s->steps + s->warm_steps) * run->loaded.w.cpus };

	if (lab_stopped(control))
		run->stop = true;
	if (!s->steps) {
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
		if (m->syncs < next_report && !lab_stopped(control))
			continue;
		next_report = m->syncs + 64 * PAUSE_EVERY;
		if (!run->stop) {
			look(run, control);
			syncs = run->stop ? m->syncs : syncs;
		}
	}
	run->result->deadlocked = m->deadlocked;
	return !m->deadlocked && !m->unknown_lock;
}

static void set_up(struct virtual_run *run, const struct lab_virtual *setup, bool bitmap)
{
	const struct lab_workload *w = &run->loaded.w;
	struct machine *m = &run->machine;

	run->setup = setup;
	run->map_work = cost_ps(setup->costs.map[bitmap]);
	run->unmap_work = cost_ps(setup->costs.unmap[bitmap]);
	run->think = cost_ps(setup->think_ns);
	run->sample_period = cost_ps(setup->sample_period_ns);
	run->end = setup->steps ? TIME_MAX / 2 : cost_ps(setup->duration_ns);
	run->working = w->cpus;
	m->counted = note_counted;
	for (u32 i = 0; i < m->nr; i++) {
		struct vcpu *v = &m->cpus[i];

		v->jitter = random_stream(w->seed, ((u64)1 << 32) + i);
		v->program = i < w->cpus ? cpu_program : sampler_program;
		if (i >= w->cpus)
			continue;
		machine_place(m, i, &setup->topology);
		v->now = random_below(&v->jitter, BEGIN_WITHIN_PS);
		run->progress[i].begun = NEVER;
	}
}

/*
 * Left in the middle of an operation, nothing need be in order; and the check of a
 * large pool takes longer than whoever stopped the run wants to wait.
 */
static void report_allocator(struct virtual_run *run, bool check)
{
	const struct swiotlb_ops *ops = run->in.ops;
	struct lab_accuracy *a = &run->result->accuracy;
	struct tracker_bounds bounds;

	if (check) {
		instance_report(&run->in, a);
		return;
	}
	bounds = ops->bounds(run->in.mem);
	a->used = ops->used(run->in.mem);
	a->hiwater = ops->hiwater(run->in.mem);
	a->nslabs = ops->nslabs(run->in.mem);
	a->bound_under = bounds.under;
	a->bound_over = bounds.over;
}

static void report(struct virtual_run *run, bool at_rest, struct lab_control *control)
{
	struct lab_virtual_result *r = run->result;
	const struct machine *m = &run->machine;

	for (int i = 0; i < LAB_NR_LINE_CLASSES; i++) {
		const struct line_stats *s = &m->lines.stats[i], *b = &run->lines_begun[i];

		r->accesses += s->accesses;
		r->lines[i] = (struct lab_line_stats){
			.accesses = s->accesses - b->accesses,
			.from_core = s->from_core - b->from_core,
			.from_socket = s->from_socket - b->from_socket,
			.waited_ns = (double)(s->waited - b->waited) / 1000,
			.queued_ns = (double)(s->queued - b->queued) / 1000,
		};
	}
	r->truth = (uint64_t)run->truth.peak;
	r->accuracy.truth_low = (uint64_t)run->truth.low;
	r->accuracy.truth_high = (uint64_t)run->truth.high;
	r->accuracy.demand_peak = (uint64_t)run->truth.demand;
	r->accuracy.cancelled = lab_stopped(control);
	r->pairs_per_second = run->pairs_per_ps * 1e12;
	r->ns_per_pair = r->pairs ? (double)run->busy_ps / 1000 / (double)r->pairs : 0;
	r->locks = m->lock_takes;
	r->locks_waited = m->lock_waits;
	r->switches = m->switches;
	report_allocator(run, at_rest && !r->accuracy.cancelled);
	cpus_report_full(run->cpus, run->loaded.w.cpus, &r->accuracy);
}

static int execute(struct virtual_run *run, struct lab_control *control)
{
	bool at_rest;

	counts_begin();
	at_rest = drive(run, control);
	counts_end(&run->result->accuracy);
	if (run->machine.unknown_lock)
		return -EINVAL;
	if (run->machine.lines.out_of_memory || run->truth.out_of_memory)
		return -ENOMEM;
	report(run, at_rest, control);
	return 0;
}

int lab_run_virtual(const struct lab_pool *pool, const struct lab_variant *variant,
		    const struct lab_workload *workload, const struct lab_virtual *setup,
		    struct lab_control *control, struct lab_virtual_result *result)
{
	bool bitmap = variant->layout & 4;
	struct virtual_run *run;
	u32 cpus = workload->cpus;
	int err;

	*result = (struct lab_virtual_result){ 0 };
	if (lab_virtual_check(pool, workload, setup))
		return -EINVAL;
	run = calloc(1, sizeof(*run));
	if (!run)
		return -ENOMEM;
	run->result = result;
	err = workload_load(workload, &run->loaded);
	if (err)
		goto free;
	err = instance_open(pool, variant,
			    (workload->copy ? INSTANCE_COPY : 0) | INSTANCE_INSTRUMENTED, &run->in);
	if (err)
		goto unload;
	run->cpus = cpus_alloc(&run->loaded, run->in.mem);
	run->progress = calloc(cpus, sizeof(*run->progress));
	err = run->cpus && run->progress ? truth_init(&run->truth) : -ENOMEM;
	if (!err)
		err = machine_init(&run->machine, cpus + (setup->sample_period_ns > 0), run->in.mem,
				   bitmap, setup);
	if (!err) {
		set_up(run, setup, bitmap);
		err = execute(run, control);
	}
	machine_free(&run->machine);
	truth_free(&run->truth);
	free(run->progress);
	cpus_free(run->cpus);
	instance_close(&run->in);
unload:
	workload_unload(&run->loaded);
free:
	free(run);
	return err;
}
