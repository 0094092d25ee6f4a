// SPDX-License-Identifier: GPL-2.0-only
/*
 * Timing with real threads. Nothing is shared between the threads in the timed
 * part but the allocator itself.
 *
 * In each round every variant is timed for one slice, in an order drawn anew
 * from the seed, so that what the machine does meanwhile falls on all alike. A
 * thread times chunks of steps; the median of those counts in which every
 * thread was at work (bench_slice.c).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/bench.h"
#include "engine/clock.h"
#include "engine/histogram.h"
#include "engine/random.h"

#define CHUNK_NS 15000
#define WARM_STEPS 512
/* Steps of a chunk while its length is being found, and at most. */
#define FIRST_CHUNK_STEPS 64
#define CHUNK_STEPS_MAX 4096
#define PAUSE_NS 100000
/*
 * A slice in which the CPUs were taken away is timed again, after pauses that double,
 * a few times; and not for ever in a run whose slices are all too short.
 */
#define SLICE_RETRIES 7
#define RUN_RETRIES 64
#define RETRY_PAUSE_NS 1000000L
/* Looks at the neighbours until one succeeds. */
#define LINE_TRIES 3

/* One process times one slice at a time, however many runs there are in it. */
static pthread_mutex_t timing = PTHREAD_MUTEX_INITIALIZER;

/* Runs @job on variant @v, with nothing else of this process being timed. */
static void run_job(struct bench_run *run, uint32_t v, pinned_job job)
{
	const struct timespec pause = { 0, PAUSE_NS };

	for (unsigned int i = 0; i < run->loaded.w.cpus; i++) {
		run->parts[i].nr_chunks = 0;
		run->parts[i].maps = run->parts[i].failed = run->parts[i].bytes = 0;
	}
	run->now = &run->variants[v];
	run->growth = (struct lab_duty){ 0 };
	pthread_mutex_lock(&timing);
	sampler_begin(&run->sampler, &run->now->in);
	pinned_threads_run(run->team, job, run);
	run->looks = sampler_end(&run->sampler);
	pthread_mutex_unlock(&timing);
	/* Others on this machine, the caller's event loop first, get their turn. */
	nanosleep(&pause, NULL);
}

static void add_duty(struct lab_duty *to, struct lab_duty from)
{
	to->exists |= from.exists;
	to->due += from.due;
	to->made += from.made;
}

static void tally_slice(const struct bench_run *run, uint32_t v, size_t at)
{
	struct lab_bench_result *r = run->result;

	for (unsigned int i = 0; i < run->loaded.w.cpus; i++) {
		const struct slice_part *p = &run->parts[i];

		r->pairs[at] += (double)p->maps;
		r->failed[at] += (double)p->failed;
		r->bytes[at] += (double)p->bytes;
		if (p->nr_chunks)
			r->seconds[at] +=
				(double)(p->chunks[p->nr_chunks - 1].end - p->chunks[0].begin) /
				run->ticks_per_ns / 1e9;
	}
	add_duty(&r->looks[v], run->looks);
	add_duty(&r->growth[v], run->growth);
}

static void report_missed(struct bench_run *run)
{
	uint64_t all = 0, dropped = 0;

	for (uint32_t v = 0; v < run->bench->nr_variants; v++) {
		const struct bench_variant *variant = &run->variants[v];
		struct lab_duty *looks = &run->result->looks[v];

		/* Only in all slices together: see sampler_end(). */
		looks->made = min(looks->made, looks->due);
		all += variant->all_ticks;
		dropped += variant->dropped_ticks;
		if (variant->all_ticks)
			run->result->dropped_by[v] =
				(double)variant->dropped_ticks / (double)variant->all_ticks;
	}
	if (all)
		run->result->dropped = (double)dropped / (double)all;
}

static struct slice_time time_slice_once(struct bench_run *run, uint32_t v)
{
	run_job(run, v, bench_slice_member);
	return bench_slice_result(run);
}

static void time_slice(struct bench_run *run, uint32_t v, uint32_t round)
{
	const size_t at = (size_t)v * run->bench->rounds + round;
	struct slice_time t = time_slice_once(run, v);

	for (unsigned int i = 0; isnan(t.median) && i < SLICE_RETRIES &&
				 run->retries < RUN_RETRIES && !lab_stopped(run->control);
	     i++, run->retries++) {
		nanosleep(&(struct timespec){ 0, RETRY_PAUSE_NS << i }, NULL);
		t = time_slice_once(run, v);
	}
	tally_slice(run, v, at);
	run->result->ns_per_pair[at] = t.median;
	run->result->mean_ns[at] = t.mean;
}

/* Before @round, which is behind the last one at the end. */
static void look_at_line(struct bench_run *run, uint64_t round)
{
	if (!run->neighbours)
		return;
	for (unsigned int i = 0; i < LINE_TRIES; i++) {
		if (i)
			nanosleep(&(struct timespec){ 0, RETRY_PAUSE_NS << i }, NULL);
		pthread_mutex_lock(&timing);
		neighbours_probe(run->neighbours, &run->result->line[round]);
		pthread_mutex_unlock(&timing);
		if (!isnan(run->result->line[round].furthest_ns))
			return;
	}
}

static void add_histograms(struct lab_histogram *to, const struct lab_histogram *from)
{
	to->count += from->count;
	for (unsigned int i = 0; i < LAB_HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

static void time_latency(struct bench_run *run, uint32_t v)
{
	/* As many steps as a slice has. */
	run->steps = run->variants[v].chunk_steps * max(run->bench->slice_ns / CHUNK_NS, 1UL);
	for (unsigned int i = 0; i < run->loaded.w.cpus; i++) {
		memset(&run->parts[i].map, 0, sizeof(run->parts[i].map));
		memset(&run->parts[i].unmap, 0, sizeof(run->parts[i].unmap));
		memset(&run->parts[i].pair, 0, sizeof(run->parts[i].pair));
	}
	run_job(run, v, bench_latency_member);
	for (unsigned int i = 0; i < run->loaded.w.cpus; i++) {
		add_histograms(&run->result->map_ns[v], &run->parts[i].map);
		add_histograms(&run->result->unmap_ns[v], &run->parts[i].unmap);
		add_histograms(&run->result->pair_ns[v], &run->parts[i].pair);
	}
}

/* Fills the pools up to the steady state. */
static void warm_up(struct bench_run *run, uint32_t v)
{
	const struct lab_pool *pool = &run->bench->pool;

	run->steps = max((uint64_t)WARM_STEPS, 4UL * run->loaded.w.in_flight);
	/* Bounce memory must not be touched for the first time while it is timed. */
	run->lap = run->loaded.w.copy ? (pool->nslabs / pool->nareas) << IO_TLB_SHIFT : 0;
	run_job(run, v, bench_warm_member);
	run->lap = 0;
}

/*
 * How many steps make a chunk: by the threads' own time stamps, because waking the
 * threads up takes longer than many a chunk. Where a step is long, or the CPUs are
 * taken away meanwhile, a slice has too few of the first chunks; then shorter ones are
 * tried.
 */
static uint64_t chunk_steps(struct bench_run *run, uint32_t v)
{
	const double steps_per_pair = run->loaded.w.load == LAB_TOGGLE ? 2 : 1;
	uint64_t *steps = &run->variants[v].chunk_steps;
	double ns = NAN;

	for (*steps = FIRST_CHUNK_STEPS; *steps && isnan(ns); *steps /= 4)
		ns = time_slice_once(run, v).median / steps_per_pair;
	run->variants[v].all_ticks = 0;
	run->variants[v].dropped_ticks = 0;
	if (isnan(ns))
		return 1;
	return (uint64_t)max(1.0, min((double)CHUNK_STEPS_MAX, CHUNK_NS / ns));
}

static void shuffle(struct random *r, uint32_t *order, uint32_t n)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t k = (uint32_t)random_below(r, i), t = order[i - 1];

		order[i - 1] = order[k];
		order[k] = t;
	}
}

static void run_rounds(struct bench_run *run, uint32_t *order)
{
	const struct lab_bench *b = run->bench;
	uint64_t total = (uint64_t)b->rounds + b->latency_rounds;
	struct random r = random_stream(b->workload.seed, UINT32_MAX);
	uint64_t steps;

	for (uint32_t v = 0; v < b->nr_variants && !lab_stopped(run->control); v++) {
		order[v] = v;
		warm_up(run, v);
	}
	/* Chunks of one length for all, so that none is favoured by the clock. */
	steps = chunk_steps(run, 0);
	for (uint32_t v = 0; v < b->nr_variants; v++)
		run->variants[v].chunk_steps = steps;
	for (uint64_t round = 0; round < total; round++) {
		shuffle(&r, order, b->nr_variants);
		look_at_line(run, round);
		for (uint32_t i = 0; i < b->nr_variants; i++) {
			if (lab_stopped(run->control)) {
				run->result->cancelled = true;
				return;
			}
			if (round < b->rounds)
				time_slice(run, order[i], (uint32_t)round);
			else
				time_latency(run, order[i]);
		}
		if (run->control->progress)
			run->control->progress(run->control->ctx,
					       &(struct lab_progress){ round + 1, total });
	}
	look_at_line(run, total);
}

static double timer_cost(double per_ns)
{
	uint64_t begin = ticks();

	for (int i = 0; i < 1000; i++)
		__asm__ __volatile__("" ::"r"(ticks()));
	return (double)(ticks() - begin) / 1000 / per_ns;
}

static int bench_execute(struct bench_run *run)
{
	const struct lab_bench *b = run->bench;
	struct lab_bench_result *r = run->result;
	uint32_t *order = calloc(b->nr_variants, sizeof(*order));
	struct pinned_threads_facts facts;
	int err;

	if (!order)
		return -ENOMEM;
	err = pinned_threads_create(b->workload.cpus, b->realtime, &run->team);
	if (err)
		goto out;
	facts = pinned_threads_facts(run->team);
	r->pinned = facts.pinned;
	r->realtime = facts.realtime;
	r->oversubscribed = facts.oversubscribed;
	err = bench_neighbours(run);
	for (uint32_t v = 0; v < b->nr_variants && !err; v++)
		err = instance_enter(&run->variants[v].in, run->team);
	if (!err)
		err = sampler_start(&run->sampler, b->sample_period_ns);
	if (!err) {
		run_rounds(run, order);
		sampler_stop(&run->sampler);
		for (uint32_t v = 0; v < b->nr_variants && !err; v++)
			err = instance_starved(&run->variants[v].in);
		report_missed(run);
		r->timer_ns = timer_cost(run->ticks_per_ns);
	}
	neighbours_destroy(run->neighbours);
	pinned_threads_destroy(run->team);
out:
	free(order);
	return err;
}

static unsigned int highest_cpu(const struct lab_bench *b)
{
	unsigned int highest = b->cpu_ids ? 0 : b->workload.cpus - 1;

	for (unsigned int i = 0; b->cpu_ids && i < b->workload.cpus; i++)
		highest = max(highest, b->cpu_ids[i]);
	return highest;
}

int lab_run_bench(const struct lab_bench *bench, struct lab_control *control,
		  struct lab_bench_result *result)
{
	struct bench_run run = {
		.bench = bench,
		.control = control,
		.result = result,
		.ticks_per_ns = ticks_per_ns(),
	};
	int err;

	*result = (struct lab_bench_result){ 0 };
	if (!bench->nr_variants || !bench->slice_ns)
		return -EINVAL;
	run.cpus = highest_cpu(bench) + 1;
	smp_set(0, run.cpus);
	err = workload_load(&bench->workload, &run.loaded);
	if (err)
		return err;
	bench_fill_arena(&run.loaded);
	err = bench_alloc(&run);
	if (!err)
		err = bench_execute(&run);
	bench_free(&run);
	workload_unload(&run.loaded);
	if (err)
		lab_bench_result_free(result);
	return err;
}
