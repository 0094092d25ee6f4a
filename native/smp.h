/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPU this is, for a tracker that keeps words for each, and what time it is. The
 * engines say it: several of their CPUs may run on one thread, and the machine's own
 * number and clock mean nothing to them. And how a CPU waits for another. Include
 * kernel.h, never this file.
 */
#ifndef SMP_H
#define SMP_H

#include <stddef.h>
#include <stdint.h>

/* A thread's own words; why so, see INSTRUMENT_TLS in instrument_engine.h. */
#ifdef __GLIBC__
#define SMP_TLS _Thread_local __attribute__((tls_model("initial-exec")))
#else
#define SMP_TLS _Thread_local
#endif

/*
 * No CPU has a number from here on, so that an array with a word for each can be declared.
 * Another is given only where it is asked what a tracker takes in a kernel.
 */
#ifndef NR_CPUS
#define NR_CPUS 1024
#endif

/**
 * struct smp - what an engine says of the thread it runs on
 * @id: the CPU whose operation runs, below @nr
 * @nr: CPUs of the run; 0 where no engine has said anything
 * @told_ns: the time, in nanoseconds, for as long as an engine tells it; NULL where
 *	the processor's counter is the clock
 */
struct smp {
	unsigned int id;
	unsigned int nr;
	const uint64_t *told_ns;
};

/* Shown to trackers that are loaded at run time. */
extern SMP_TLS struct smp smp_here __attribute__((visibility("default")));

/* What follows on this thread is done by CPU @id of @nr. Numbers from NR_CPUS on wrap. */
static inline void smp_set(unsigned int id, unsigned int nr)
{
	smp_here.id = id % NR_CPUS;
	smp_here.nr = nr < NR_CPUS ? nr : NR_CPUS;
}

/* The time on this thread is what @ns points to, until the next call; NULL: the counter. */
static inline void smp_tell_time(const uint64_t *ns)
{
	smp_here.told_ns = ns;
}

static inline unsigned int smp_nr(void)
{
	return smp_here.nr ? smp_here.nr : NR_CPUS;
}

/* A loop that waits for another CPU leaves it the processor's means. */
static inline void cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield" ::: "memory");
#endif
}

#endif /* SMP_H */
