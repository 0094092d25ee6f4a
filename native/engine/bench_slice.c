// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the chunks of a slice say. A chunk that took much longer than the median
 * is one in which the thread stood still (its CPU was taken away); it is
 * dropped, and so are the other threads' chunks of that time, because they ran
 * without their neighbour. Of what is left the median counts, and beside it the
 * mean, which also sees what falls on few chunks, but nothing that makes a chunk
 * as long as a lost CPU does. So it is told by variant what share was dropped.
 */
#include <math.h>
#include <stdlib.h>

#include "engine/bench.h"
#include "engine/median.h"

/* A chunk this many times the median is one in which the thread stood still. */
#define STALL_FACTOR 4
/* Fewer chunks than this say nothing about a slice. */
#define CHUNKS_MIN 8

static void find_stalls(struct bench_run *run, struct slice_part *part)
{
	double typical;

	if (!part->nr_chunks)
		return;
	for (size_t i = 0; i < part->nr_chunks; i++)
		run->sorted[i] = (double)(part->chunks[i].end - part->chunks[i].begin);
	typical = median_of(run->sorted, part->nr_chunks);
	for (size_t i = 0; i < part->nr_chunks; i++)
		part->chunks[i].stalled = (double)(part->chunks[i].end - part->chunks[i].begin) >
					  STALL_FACTOR * typical;
}

/* Whether all of @part's thread was at work during the whole chunk. */
static bool at_work(struct slice_part *part, const struct chunk *chunk)
{
	if (!part->nr_chunks || chunk->begin < part->chunks[0].begin ||
	    chunk->end > part->chunks[part->nr_chunks - 1].end)
		return false;
	while (part->cursor + 1 < part->nr_chunks && part->chunks[part->cursor].end <= chunk->begin)
		part->cursor++;
	for (size_t i = part->cursor; i < part->nr_chunks && part->chunks[i].begin < chunk->end;
	     i++)
		if (part->chunks[i].stalled)
			return false;
	return true;
}

/* One thread's chunks in which every thread was at work, in ticks, or NaN. */
static struct slice_time thread_time(struct bench_run *run, unsigned int me)
{
	const unsigned int n = run->loaded.w.cpus;
	struct slice_part *part = &run->parts[me];
	const struct slice_time none = { NAN, NAN };
	size_t kept = 0;
	double sum = 0;

	for (unsigned int k = 0; k < n; k++)
		run->parts[k].cursor = 0;
	for (size_t i = 0; i < part->nr_chunks; i++) {
		const struct chunk *c = &part->chunks[i];
		bool good = !c->stalled;

		for (unsigned int k = 0; k < n && good; k++)
			good = k == me || at_work(&run->parts[k], c);
		run->now->all_ticks += c->end - c->begin;
		if (good) {
			run->sorted[kept++] = (double)(c->end - c->begin);
			sum += (double)(c->end - c->begin);
		} else {
			run->now->dropped_ticks += c->end - c->begin;
		}
	}
	if (kept < CHUNKS_MIN)
		return none;
	return (struct slice_time){ median_of(run->sorted, kept), sum / (double)kept };
}

/*
 * With more threads than CPUs some thread always stands still, and that is what is
 * measured: the mean chunk of the threads that had a CPU in the slice, waiting
 * included. NaN if none had.
 */
static double oversubscribed_mean(const struct bench_run *run)
{
	double sum = 0;
	unsigned int ran = 0;

	for (unsigned int i = 0; i < run->loaded.w.cpus; i++) {
		const struct slice_part *p = &run->parts[i];

		if (!p->nr_chunks)
			continue;
		sum += (double)(p->chunks[p->nr_chunks - 1].end - p->chunks[0].begin) /
		       (double)p->nr_chunks;
		ran++;
	}
	return ran ? sum / ran : NAN;
}

struct slice_time bench_slice_result(struct bench_run *run)
{
	const unsigned int n = run->loaded.w.cpus;
	/* A toggling step is half a pair. */
	const double steps_per_pair = run->loaded.w.load == LAB_TOGGLE ? 2 : 1;
	const double scale = steps_per_pair / n / run->ticks_per_ns / (double)run->now->chunk_steps;
	struct slice_time sum = { 0, 0 };

	if (run->result->oversubscribed) {
		sum.median = sum.mean = oversubscribed_mean(run) * n;
	} else {
		for (unsigned int i = 0; i < n; i++)
			find_stalls(run, &run->parts[i]);
		for (unsigned int i = 0; i < n; i++) {
			struct slice_time t = thread_time(run, i);

			sum.median += t.median;
			sum.mean += t.mean;
		}
	}
	return (struct slice_time){ sum.median * scale, sum.mean * scale };
}
