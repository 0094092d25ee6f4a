/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is timed on this host: single instructions, lines between two cores,
 * copies, and the allocator itself. One sample a call, in nanoseconds; who wants
 * a figure takes many.
 */
#ifndef VIRTUAL_PROBE_H
#define VIRTUAL_PROBE_H

#include "engine/clock.h"
#include "engine/pinned_threads.h"
#include "virtual/lab_calibrate.h"

#define PROBE_LOOPS 2000

static inline double elapsed_ns(uint64_t begin)
{
	return (double)(ticks_after() - begin) / ticks_per_ns();
}

double probe_own(void);
double probe_atomic(void);
double probe_lock(void);
double probe_clock(void);

/* @buffer: PROBE_COPY_BUFFER bytes, whose halves are copied from and to in turn. */
#define PROBE_COPY_BUFFER (16UL << 20)
double probe_copy(char *buffer, size_t bytes, size_t *at);

/* Of two threads that pass a line to and fro: one way. */
double probe_handoff(struct pinned_threads *team);
/* Of two threads that do nothing but add to one line: one addition of either. */
double probe_contended(struct pinned_threads *team);
/*
 * Of two threads that each add to one line, and then leave it alone for longer than it
 * needs to get to the other one and back: what an addition takes above one to an own
 * line. NaN where one of them was seen to add too seldom.
 */
double probe_taken(struct pinned_threads *team);
/* Of two threads that do nothing but take a ticket lock: one taking of either. */
double probe_ticket(struct pinned_threads *team);

/*
 * Beside one that adds to a line all the time; NaN where it was seen that it did not.
 * The first: a read of a line at @place, some time after an addition. The second: how
 * often the line of an addition was still there @delay steps later, 0 to 1.
 */
double probe_beside(struct pinned_threads *team, enum lab_place place);
double probe_kept(struct pinned_threads *team, unsigned int delay);
/* What so many steps take. */
double probe_delay(unsigned int delay);

/**
 * struct probe_alloc - the plain allocator, one thread, no tracker
 * @map, @unmap: one operation
 */
struct probe_alloc {
	double map;
	double unmap;
};

/* The workload that it is timed with, 4 KiB mappings; @sizes must outlive it. */
struct lab_workload probe_workload(uint32_t in_flight, struct lab_size_range *sizes);
struct lab_pool probe_pool(void);
/* 0, -EINVAL or -ENOMEM. */
int probe_allocator(uint32_t in_flight, bool bitmap, struct probe_alloc *sample);

#endif /* VIRTUAL_PROBE_H */
