/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The clock of a tracker: the processor's counter, or the time that an engine tells.
 * Include kernel.h, never this file.
 *
 * A kernel has two clocks that it can read in the midst of a map. sched_clock() is
 * in nanoseconds, but in a guest it is mostly a read of a paravirtual page, 20 to
 * 30 ns. get_cycles() is the bare counter, some 8 ns. A tracker compares times and
 * seldom needs to know what they are in, so the word here is get_cycles(), and
 * ns_to_cycles() is for what is set once, as a kernel does it by tsc_khz or by the
 * frequency of the architected timer.
 */
#ifndef CYCLES_H
#define CYCLES_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "smp.h"

#pragma GCC visibility push(default)

/*
 * Whether the kernel keeps its own time by the processor's counter, so that it is the
 * same and runs alike on all CPUs; set before the first counter is read.
 */
extern bool ticks_of_processor;

/* What get_cycles() counts in @ns on this thread; some milliseconds, the first time. */
uint64_t counted_in(uint64_t ns);

#pragma GCC visibility pop

/* The processor's counter, trusted or not; may move by some instructions. */
static __attribute__((always_inline)) inline uint64_t counter_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	uint64_t t;

	__asm__ __volatile__("mrs %0, cntvct_el0" : "=r"(t));
	return t;
#endif
}

static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* Where no engine tells the time. */
static inline uint64_t counter_read(void)
{
	return ticks_of_processor ? counter_ticks() : clock_ns();
}

/* The time of this thread: what an engine told last, in nanoseconds, or the counter. */
static __attribute__((always_inline)) inline uint64_t cycles_here(void)
{
	const uint64_t *told = smp_here.told_ns;

	return __builtin_expect(told != NULL, 0) ? *told : counter_read();
}

#endif /* CYCLES_H */
