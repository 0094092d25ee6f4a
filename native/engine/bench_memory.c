// SPDX-License-Identifier: GPL-2.0-only
/* What a timing run needs before it begins, and gives back: allocators, CPUs, room for its result. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "engine/bench.h"
#include "engine/kernel_library.h"

/*
 * Original memory that nobody has written is one page of zeroes mapped
 * everywhere, which lies in the cache and makes copies look cheap. On huge
 * pages, as the kernel's own mapping of memory is; if there are none, small
 * ones do as well.
 */
void bench_fill_arena(const struct loaded_workload *loaded)
{
	void *arena = (void *)(uintptr_t)loaded->arena_base;
	size_t bytes = loaded->w.cpus * loaded->arena_bytes;

	if (!loaded->arena)
		return;
	(void)madvise(arena, bytes, MADV_HUGEPAGE);
	memset(arena, 0x5a, bytes);
}

int bench_alloc(struct bench_run *run)
{
	const struct lab_bench *b = run->bench;
	const unsigned int cpus = b->workload.cpus;
	const size_t slices = (size_t)b->nr_variants * b->rounds;
	struct lab_bench_result *r = run->result;
	int err;

	run->variants = calloc(b->nr_variants, sizeof(*run->variants));
	run->parts = aligned_alloc(128, cpus * sizeof(*run->parts));
	if (run->parts)
		memset(run->parts, 0, cpus * sizeof(*run->parts));
	run->sorted = calloc(CHUNKS_MAX, sizeof(*run->sorted));
	r->ns_per_pair = calloc(slices + 1, sizeof(double));
	r->mean_ns = calloc(slices + 1, sizeof(double));
	r->pairs = calloc(slices + 1, sizeof(double));
	r->failed = calloc(slices + 1, sizeof(double));
	r->bytes = calloc(slices + 1, sizeof(double));
	r->seconds = calloc(slices + 1, sizeof(double));
	r->looks = calloc(b->nr_variants, sizeof(*r->looks));
	r->growth = calloc(b->nr_variants, sizeof(*r->growth));
	r->dropped_by = calloc(b->nr_variants, sizeof(*r->dropped_by));
	r->map_ns = calloc(b->nr_variants, sizeof(struct lab_histogram));
	r->unmap_ns = calloc(b->nr_variants, sizeof(struct lab_histogram));
	r->pair_ns = calloc(b->nr_variants, sizeof(struct lab_histogram));
	if (!run->variants || !run->parts || !run->sorted || !r->ns_per_pair || !r->mean_ns ||
	    !r->pairs || !r->failed || !r->bytes || !r->seconds || !r->looks || !r->growth ||
	    !r->dropped_by || !r->map_ns || !r->unmap_ns || !r->pair_ns)
		return -ENOMEM;
	for (unsigned int i = 0; i < cpus; i++) {
		run->parts[i].chunks = calloc(CHUNKS_MAX, sizeof(struct chunk));
		if (!run->parts[i].chunks)
			return -ENOMEM;
	}
	for (uint32_t v = 0; v < b->nr_variants; v++) {
		struct bench_variant *variant = &run->variants[v];

		if (b->variants[v].library)
			err = kernel_library_open(b->variants[v].library, &b->pool, &b->workload,
						  &variant->in, r->complaint);
		else
			err = instance_open(&b->pool, &b->variants[v],
					    (b->workload.copy ? INSTANCE_COPY : 0) |
						    INSTANCE_THREADS,
					    &variant->in);
		if (err)
			return err;
		variant->cpus = cpus_alloc(&run->loaded, variant->in.mem);
		if (!variant->cpus)
			return -ENOMEM;
		for (unsigned int i = 0; b->cpu_ids && i < cpus; i++)
			variant->cpus[i].id = b->cpu_ids[i];
	}
	return 0;
}

void bench_free(struct bench_run *run)
{
	for (uint32_t v = 0; run->variants && v < run->bench->nr_variants; v++) {
		cpus_free(run->variants[v].cpus);
		if (run->variants[v].in.mem)
			instance_close(&run->variants[v].in);
	}
	for (unsigned int i = 0; run->parts && i < run->bench->workload.cpus; i++)
		free(run->parts[i].chunks);
	free(run->variants);
	free(run->parts);
	free(run->sorted);
}

int bench_neighbours(struct bench_run *run)
{
	const struct lab_bench *b = run->bench;
	const size_t looks = (size_t)b->rounds + b->latency_rounds + 1;

	if (b->workload.cpus < 2 || !run->result->pinned)
		return 0;
	run->result->line = malloc(looks * sizeof(*run->result->line));
	if (!run->result->line)
		return -ENOMEM;
	/* Those of a run that was stopped stay unseen. */
	for (size_t i = 0; i < looks; i++)
		run->result->line[i] = (struct lab_line){ NAN, NAN, NAN };
	return neighbours_create(run->team, b->workload.cpus, &run->neighbours);
}

void lab_bench_result_free(struct lab_bench_result *result)
{
	free(result->ns_per_pair);
	free(result->mean_ns);
	free(result->pairs);
	free(result->failed);
	free(result->bytes);
	free(result->seconds);
	free(result->looks);
	free(result->growth);
	free(result->dropped_by);
	free(result->line);
	free(result->map_ns);
	free(result->unmap_ns);
	free(result->pair_ns);
	/* Freed once more it does no harm; a complaint, which comes last, can still be read. */
	memset(result, 0, offsetof(struct lab_bench_result, complaint));
}
