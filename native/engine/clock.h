/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time stamps: the processor's counter where the kernel trusts it as its clock, so
 * that it is the same and runs alike on all CPUs; else the clock. See cycles.h.
 */
#ifndef ENGINE_CLOCK_H
#define ENGINE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "kernel.h"

/*
 * Looks at what the kernel keeps its time by, and how fast that runs; some
 * milliseconds, once. To be called before any of what follows, by any thread.
 */
void ticks_init(void);
/* Ticks in a nanosecond. */
double ticks_per_ns(void);
/* Where ticks come from: "tsc", "cntvct_el0", or "clock_gettime". */
const char *ticks_source(void);

/* Not after anything that follows. */
static inline uint64_t counter_ticks_before(void)
{
#if defined(__x86_64__)
	uint64_t t = __builtin_ia32_rdtsc();

	__builtin_ia32_lfence();
	return t;
#else
	uint64_t t = counter_ticks();

	__asm__ __volatile__("isb" ::: "memory");
	return t;
#endif
}

/* Not before anything that precedes is done and visible to other CPUs. */
static inline uint64_t counter_ticks_after(void)
{
#if defined(__x86_64__)
	unsigned int cpu;

	__builtin_ia32_mfence();
	return __builtin_ia32_rdtscp(&cpu);
#else
	__asm__ __volatile__("dsb ish\n\tisb" ::: "memory");
	return counter_ticks();
#endif
}

/* For timing chunks: cheap, may move by some instructions. */
static inline uint64_t ticks(void)
{
	return counter_read();
}

/* Not after anything that follows. */
static inline uint64_t ticks_before(void)
{
	return ticks_of_processor ? counter_ticks_before() : clock_ns();
}

/* Not before anything that precedes is done and visible to other CPUs. */
static inline uint64_t ticks_after(void)
{
	if (ticks_of_processor)
		return counter_ticks_after();
	smp_mb();
	return clock_ns();
}

#endif /* ENGINE_CLOCK_H */
