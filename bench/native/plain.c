// SPDX-License-Identifier: GPL-2.0-only
/*
 * The timing without Node: the same allocators, driven by the same engine, from
 * a plain C program. What a run through the addon takes longer than this is
 * what the addon costs.
 *
 * Arguments are KEY=NUMBER; all are required. The first variant is timed twice,
 * as the addon's caller has it. Prints one JSON document: ns per pair by
 * variant and round, null for a slice that was dropped.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lab_bench.h"
#include "engine/lab_trackers.h"

#define MAX_THREADS 256
#define MAX_VARIANTS 16

enum key {
	NSLABS,
	NAREAS,
	START,
	MEM_OFFSET,
	THREADS,
	STRIDE,
	IN_FLIGHT,
	BYTES,
	ORIG_ALIGN,
	DIRECTION,
	COPY,
	SEED,
	ROUNDS,
	SLICE_NS,
	SAMPLE_NS,
	NR_KEYS,
};

static const char *const names[NR_KEYS] = {
	[NSLABS] = "nslabs",	     [NAREAS] = "nareas",     [START] = "start",
	[MEM_OFFSET] = "mem_offset", [THREADS] = "threads",   [STRIDE] = "stride",
	[IN_FLIGHT] = "in_flight",   [BYTES] = "bytes",	      [ORIG_ALIGN] = "orig_align",
	[DIRECTION] = "direction",   [COPY] = "copy",	      [SEED] = "seed",
	[ROUNDS] = "rounds",	     [SLICE_NS] = "slice_ns", [SAMPLE_NS] = "sample_ns",
};

static int usage(const char *wrong)
{
	fprintf(stderr, "plain: %s; expected KEY=NUMBER for each of", wrong);
	for (int i = 0; i < NR_KEYS; i++)
		fprintf(stderr, " %s", names[i]);
	fprintf(stderr, ", then the names of the trackers\n");
	return 2;
}

static bool parse_setting(const char *arg, uint64_t *values, bool *seen)
{
	const char *equals = strchr(arg, '=');
	char *end;

	for (int i = 0; i < NR_KEYS; i++) {
		size_t length = strlen(names[i]);

		if (length != (size_t)(equals - arg) || strncmp(arg, names[i], length) != 0)
			continue;
		errno = 0;
		values[i] = strtoull(equals + 1, &end, 0);
		seen[i] = true;
		return !errno && end != equals + 1 && !*end;
	}
	return false;
}

static bool find_tracker(const char *name, uint32_t *tracker)
{
	for (*tracker = 0; *tracker < lab_nr_trackers(); ++*tracker)
		if (strcmp(lab_tracker_name(*tracker), name) == 0)
			return true;
	return false;
}

static void print_result(const struct lab_bench *bench, const struct lab_bench_result *r)
{
	printf("{\"compiler\":\"%s\",\"pinned\":%s,\"realtime\":%s,\"nsPerPair\":[", lab_compiler(),
	       r->pinned ? "true" : "false", r->realtime ? "true" : "false");
	for (uint32_t v = 0; v < bench->nr_variants; v++) {
		printf("%s[", v ? "," : "");
		for (uint32_t i = 0; i < bench->rounds; i++) {
			double ns = r->ns_per_pair[(size_t)v * bench->rounds + i];

			printf(isnan(ns) ? "%snull" : "%s%.17g", i ? "," : "", ns);
		}
		printf("]");
	}
	printf("]}\n");
}

int main(int argc, char **argv)
{
	struct lab_variant variants[MAX_VARIANTS];
	uint32_t cpu_ids[MAX_THREADS];
	uint64_t values[NR_KEYS] = { 0 };
	bool seen[NR_KEYS] = { false };
	struct lab_bench bench = { .variants = variants, .cpu_ids = cpu_ids, .realtime = true };
	struct lab_bench_result result;
	struct lab_control control = { 0 };
	struct lab_size_range size;
	int err;

	for (int i = 1; i < argc; i++) {
		struct lab_variant variant = { .enabled = true };

		if (strchr(argv[i], '=')) {
			if (!parse_setting(argv[i], values, seen))
				return usage(argv[i]);
			continue;
		}
		if (!find_tracker(argv[i], &variant.tracker))
			return usage(argv[i]);
		if (bench.nr_variants + 2 > MAX_VARIANTS)
			return usage("too many trackers");
		if (!bench.nr_variants)
			variants[bench.nr_variants++] = variant;
		variants[bench.nr_variants++] = variant;
	}
	for (int i = 0; i < NR_KEYS; i++)
		if (!seen[i])
			return usage(names[i]);
	if (values[THREADS] < 1 || values[THREADS] > MAX_THREADS || !bench.nr_variants)
		return usage("threads or trackers out of range");
	for (uint64_t i = 0; i < values[THREADS]; i++)
		cpu_ids[i] = (uint32_t)(i * values[STRIDE]);

	size = (struct lab_size_range){ values[BYTES], values[BYTES], 1, 1 };
	bench.pool = (struct lab_pool){
		.nslabs = values[NSLABS],
		.nareas = (uint32_t)values[NAREAS],
		.start = values[START],
		.mem_offset = (uint32_t)values[MEM_OFFSET],
	};
	bench.workload = (struct lab_workload){
		.cpus = (uint32_t)values[THREADS],
		.in_flight = (uint32_t)values[IN_FLIGHT],
		.order = LAB_FIFO,
		.load = LAB_STEADY,
		.sizes = &size,
		.nr_sizes = 1,
		.orig_align = values[ORIG_ALIGN],
		.seg_boundary_mask = UINT64_MAX,
		.direction = (int)values[DIRECTION],
		.copy = values[COPY] != 0,
		.seed = values[SEED],
	};
	bench.rounds = (uint32_t)values[ROUNDS];
	bench.slice_ns = values[SLICE_NS];
	bench.sample_period_ns = values[SAMPLE_NS];
	err = lab_run_bench(&bench, &control, &result);
	if (err) {
		fprintf(stderr, "plain: %s\n", strerror(-err));
		return 1;
	}
	print_result(&bench, &result);
	lab_bench_result_free(&result);
	return fflush(stdout) ? 1 : 0;
}
