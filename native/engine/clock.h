/* SPDX-License-Identifier: GPL-2.0-only */
/* Time stamps: the processor's counter where there is one, else the clock. */
#ifndef ENGINE_CLOCK_H
#define ENGINE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield" ::: "memory");
#endif
}

/* For timing chunks: cheap, may move by some instructions. */
static inline uint64_t ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return clock_ns();
#endif
}

/* Not after anything that follows. */
static inline uint64_t ticks_before(void)
{
#if defined(__x86_64__)
	uint64_t t = __builtin_ia32_rdtsc();

	__builtin_ia32_lfence();
	return t;
#else
	return clock_ns();
#endif
}

/* Not before anything that precedes is done and visible to other CPUs. */
static inline uint64_t ticks_after(void)
{
#if defined(__x86_64__)
	unsigned int cpu;

	__builtin_ia32_mfence();
	return __builtin_ia32_rdtscp(&cpu);
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return clock_ns();
#endif
}

/* Ticks in a nanosecond; measured once, over some milliseconds. */
double ticks_per_ns(void);

#endif /* ENGINE_CLOCK_H */
