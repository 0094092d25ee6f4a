/* SPDX-License-Identifier: GPL-2.0-only */
/* Variants timed side by side on real threads. */
#ifndef LAB_BENCH_H
#define LAB_BENCH_H

#include "engine/lab.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct lab_bench - what to time
 * @variants: each is timed beside all others, @nr_variants of them
 * @workload: each of its CPUs is a thread
 * @cpu_ids: the CPU number that each thread maps as (it chooses the area);
 *	NULL for 0, 1, 2...
 * @rounds: rounds in each of which every variant is timed once
 * @slice_ns: how long each is timed
 * @latency_rounds: further rounds in which each operation is timed by itself
 * @sample_period_ns: for trackers that sample
 * @realtime: ask for SCHED_FIFO
 */
struct lab_bench {
	struct lab_pool pool;
	const struct lab_variant *variants;
	uint32_t nr_variants;
	struct lab_workload workload;
	const uint32_t *cpu_ids;
	uint32_t rounds;
	uint64_t slice_ns;
	uint32_t latency_rounds;
	uint64_t sample_period_ns;
	bool realtime;
};

#define LAB_COMPLAINT_BYTES 512

/**
 * struct lab_bench_result - what was timed
 * @ns_per_pair: nr_variants x rounds; the threads' mean of each thread's median
 *	chunk, NaN where too little was left of the slice
 * @mean_ns: the same, of the mean of each thread's chunks
 * @pairs: nr_variants x rounds: map+unmap pairs in the slice
 * @failed: maps that failed in it
 * @bytes: bytes mapped in it
 * @seconds: its time, all threads together
 * @looks: by variant, in all slices: of the sampler
 * @growth: likewise, of growth work
 * @dropped_by: by variant: the share of its time that @dropped is of all
 * @line: before each round, those for latencies behind the others, and after the
 *	last; NULL with one thread, and where threads have no CPUs of their own
 * @map_ns, @unmap_ns, @pair_ns: by variant, from the latency rounds
 * @dropped: share of the threads' time in chunks that were dropped because this
 *	or another thread stood still
 * @timer_ns: what reading the time stamp costs; it is in each latency
 * @pinned: every thread was bound to a CPU of its own
 * @realtime: SCHED_FIFO was granted
 * @oversubscribed: there were more threads than CPUs
 * @complaint: with -EINVAL, what was wrong with a library, or empty
 */
struct lab_bench_result {
	double *ns_per_pair;
	double *mean_ns;
	double *pairs;
	double *failed;
	double *bytes;
	double *seconds;
	struct lab_duty *looks;
	struct lab_duty *growth;
	double *dropped_by;
	struct lab_line *line;
	struct lab_histogram *map_ns;
	struct lab_histogram *unmap_ns;
	struct lab_histogram *pair_ns;
	double dropped;
	double timer_ns;
	bool pinned;
	bool realtime;
	bool oversubscribed;
	bool cancelled;
	char complaint[LAB_COMPLAINT_BYTES];
};

int lab_run_bench(const struct lab_bench *bench, struct lab_control *control,
		  struct lab_bench_result *result);
void lab_bench_result_free(struct lab_bench_result *result);

#ifdef __cplusplus
}
#endif

#endif /* LAB_BENCH_H */
