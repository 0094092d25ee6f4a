/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a timing run share: bench (rounds and results), bench_memory
 * (what a run needs, and gives back), bench_timed (what the threads do),
 * bench_slice (what their chunks say).
 */
#ifndef ENGINE_BENCH_H
#define ENGINE_BENCH_H

#include "engine/lab_bench.h"
#include "engine/neighbours.h"
#include "engine/sampler.h"
#include "engine/step.h"
#include "engine/pinned_threads.h"

#define CHUNKS_MAX 4096
/* Steps of a warm-up between two looks at the stop flag. */
#define WARM_BITE 64

struct chunk {
	uint64_t begin;
	uint64_t end;
	bool stalled;
};

/* One thread's part of the slice that is being timed. */
struct slice_part {
	struct chunk *chunks;
	size_t nr_chunks;
	size_t cursor; /* a chunk of the time that is being looked at, or one before */
	uint64_t maps;
	uint64_t failed;
	uint64_t bytes;
	struct lab_histogram map, unmap, pair;
} __attribute__((aligned(128)));

struct bench_variant {
	struct lab_instance in;
	struct lab_cpu *cpus;
	uint64_t chunk_steps;
	uint64_t dropped_ticks;
	uint64_t all_ticks;
};

struct bench_run {
	const struct lab_bench *bench;
	struct lab_control *control;
	struct lab_bench_result *result;
	struct loaded_workload loaded;
	struct bench_variant *variants;
	struct pinned_threads *team;
	struct sampler sampler;
	struct neighbours *neighbours; /* NULL: not to be asked */
	struct slice_part *parts;
	double *sorted; /* CHUNKS_MAX numbers to sort */
	double ticks_per_ns;
	unsigned int cpus;    /* one more than the highest number that a thread maps as */
	unsigned int retries; /* slices timed again, of all variants */

	/* The job at hand. */
	struct bench_variant *now;
	uint64_t steps;
	uint64_t lap; /* bytes to map in a warm-up */
	struct lab_duty looks;
	struct lab_duty growth;
};

/**
 * bench_alloc() - room for a run and its result, and an allocator for each variant
 *
 * What there is already is freed by bench_free() and lab_bench_result_free(), whatever is returned.
 *
 * Return: 0 or a negative error, with what complaint the result has room for.
 */
int bench_alloc(struct bench_run *run);
void bench_free(struct bench_run *run);

/**
 * bench_neighbours() - how a line moves between the threads is to be looked at
 *
 * With one thread there is no line that moves; without CPUs of their own, all do. Then
 * nothing is looked at.
 *
 * Return: 0 or -ENOMEM; neighbours_destroy() gives back what there is.
 */
int bench_neighbours(struct bench_run *run);

/* Writes the original memory of @loaded, before it is timed. */
void bench_fill_arena(const struct loaded_workload *loaded);

/* Of one thread, as jobs of a team: @ctx is a struct bench_run. */
void bench_slice_member(void *ctx, unsigned int me);
void bench_warm_member(void *ctx, unsigned int me);
void bench_latency_member(void *ctx, unsigned int me);

/**
 * struct slice_time - nanoseconds of a pair, mean over the threads; NaN for unknown
 * @median: of each thread's chunks
 * @mean: of the same chunks
 */
struct slice_time {
	double median;
	double mean;
};

/* Of the slice just timed. */
struct slice_time bench_slice_result(struct bench_run *run);

#endif /* ENGINE_BENCH_H */
