// SPDX-License-Identifier: GPL-2.0-only
/* The timed part: what each thread does in a slice, in a warm-up, and for latencies. */
#include "engine/bench.h"
#include "engine/clock.h"
#include "engine/histogram.h"

/*
 * The timed loop. Steady: unmap what lies in the place, map anew; toggle: one of
 * the two. A map that fails leaves its place empty.
 */
static void run_steps(const struct bench_run *run, struct lab_cpu *cpu, uint64_t steps,
		      struct slice_part *part)
{
	const struct swiotlb_ops *ops = run->now->in.ops;
	const struct lab_workload *w = &run->loaded.w;
	const enum dma_data_direction dir = (enum dma_data_direction)w->direction;
	const unsigned int align_mask = w->alloc_align_mask;
	const bool steady = w->load == LAB_STEADY;
	uint64_t at = cpu->at, maps = 0, failed = 0, bytes = 0;

	for (uint64_t end = at + steps; at < end; at++) {
		const struct tape_entry *e = &cpu->tape[at % TAPE_LENGTH];
		struct live_mapping *place = &cpu->live[e->place];

		if (place->tlb_addr != DMA_MAPPING_ERROR) {
			ops->unmap(&cpu->dev, place->tlb_addr, place->size, dir, 0);
			if (!steady) {
				place->tlb_addr = DMA_MAPPING_ERROR;
				continue;
			}
		}
		place->tlb_addr = ops->map(&cpu->dev, cpu->id, e->orig, e->size, align_mask, dir,
					   DMA_ATTR_NO_WARN);
		place->size = e->size;
		maps++;
		bytes += e->size;
		failed += place->tlb_addr == DMA_MAPPING_ERROR;
	}
	cpu->at = at;
	part->maps += maps;
	part->failed += failed;
	part->bytes += bytes;
}

/* What is to be done beside the slice counts from here; one thread says so. */
static void slice_opens(struct bench_run *run, unsigned int me)
{
	if (me)
		return;
	run->growth = instance_growth(&run->now->in);
	sampler_open(&run->sampler);
}

/* Before the other threads can give their CPUs away: later work was not in time. */
static void slice_closes(struct bench_run *run, unsigned int me)
{
	struct lab_duty growth;

	if (me)
		return;
	sampler_close(&run->sampler);
	growth = instance_growth(&run->now->in);
	run->growth.due = growth.due - run->growth.due;
	/* What the slice before had left over may have been made in this one. */
	run->growth.made = min(growth.made - run->growth.made, run->growth.due);
}

void bench_slice_member(void *ctx, unsigned int me)
{
	struct bench_run *run = ctx;
	struct slice_part *part = &run->parts[me];
	struct lab_cpu *cpu = &run->now->cpus[me];
	uint64_t deadline, t;
	size_t n = 0;

	smp_set(run->now->cpus[me].id, run->cpus);
	pinned_threads_meet(run->team);
	slice_opens(run, me);
	t = ticks();
	deadline = t + (uint64_t)((double)run->bench->slice_ns * run->ticks_per_ns);
	while (t < deadline && n < CHUNKS_MAX) {
		run_steps(run, cpu, run->now->chunk_steps, part);
		part->chunks[n].begin = t;
		t = ticks();
		part->chunks[n].end = t;
		n++;
	}
	slice_closes(run, me);
	part->nr_chunks = n;
}

/*
 * At least @steps steps, and as many more as it takes to map @lap bytes: the
 * search moves on with every map, so that then all of the CPU's area has been
 * used once. In short bites, because it can be stopped between them only.
 */
void bench_warm_member(void *ctx, unsigned int me)
{
	struct bench_run *run = ctx;
	struct slice_part *part = &run->parts[me];
	uint64_t done;

	smp_set(run->now->cpus[me].id, run->cpus);
	pinned_threads_meet(run->team);
	for (done = 0; done < run->steps || part->bytes < run->lap; done += WARM_BITE) {
		if (lab_stopped(run->control))
			break;
		run_steps(run, &run->now->cpus[me], WARM_BITE, part);
	}
}

/* Each operation by itself: what it costs includes reading the time stamp. */
void bench_latency_member(void *ctx, unsigned int me)
{
	struct bench_run *run = ctx;
	const struct swiotlb_ops *ops = run->now->in.ops;
	const struct lab_workload *w = &run->loaded.w;
	const enum dma_data_direction dir = (enum dma_data_direction)w->direction;
	struct slice_part *part = &run->parts[me];
	struct lab_cpu *cpu = &run->now->cpus[me];
	const double ns = 1 / run->ticks_per_ns;

	smp_set(run->now->cpus[me].id, run->cpus);
	pinned_threads_meet(run->team);
	for (uint64_t i = 0; i < run->steps; i++) {
		const struct tape_entry *e = &cpu->tape[cpu->at++ % TAPE_LENGTH];
		struct live_mapping *place = &cpu->live[e->place];
		bool was_live = place->tlb_addr != DMA_MAPPING_ERROR;
		uint64_t t0 = ticks(), t1 = t0, t2;

		if (was_live) {
			ops->unmap(&cpu->dev, place->tlb_addr, place->size, dir, 0);
			t1 = ticks();
			histogram_add(&part->unmap, (uint64_t)((double)(t1 - t0) * ns));
			place->tlb_addr = DMA_MAPPING_ERROR;
			if (w->load == LAB_TOGGLE)
				continue;
		}
		place->tlb_addr = ops->map(&cpu->dev, cpu->id, e->orig, e->size,
					   w->alloc_align_mask, dir, DMA_ATTR_NO_WARN);
		t2 = ticks();
		place->size = e->size;
		if (place->tlb_addr == DMA_MAPPING_ERROR)
			continue;
		histogram_add(&part->map, (uint64_t)((double)(t2 - t1) * ns));
		if (was_live)
			histogram_add(&part->pair, (uint64_t)((double)(t2 - t0) * ns));
	}
}
