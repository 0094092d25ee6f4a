/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker file includes first, in a kernel: there the words that it is
 * written in are the kernel's own. What is ours is in promise.h, the same in
 * both builds.
 */
#ifndef TRACKER_H
#define TRACKER_H

#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/swiotlb.h>
#include <linux/timex.h>

#if defined(CONFIG_X86)
#include <asm/tsc.h>
#elif defined(CONFIG_ARM64)
#include <asm/arch_timer.h>
#endif

#include "promise.h"

/* For what the lab keeps apart by the line pair. */
#ifndef CACHE_LINE_PAIR
#define CACHE_LINE_PAIR (2 * SMP_CACHE_BYTES)
#endif

/* For every step, not only powers of two. */
#define round_up_to(x, step) roundup(x, step)

/* Accesses are announced to the lab's engines; nobody listens here. */
#define instrument_read(ptr, size) ((void)0)
#define instrument_write(ptr, size) ((void)0)

/* How many of get_cycles() so many nanoseconds are; 1 at least. */
static inline u64 ns_to_cycles(u64 ns)
{
#if defined(CONFIG_X86)
	return max(mul_u64_u32_div(ns, tsc_khz, 1000000), 1ULL);
#elif defined(CONFIG_ARM64)
	return max(mul_u64_u32_div(ns, arch_timer_get_cntfrq(), 1000000000), 1ULL);
#else
#error "it is not said how fast get_cycles() counts here"
#endif
}

#ifndef CONFIG_DEBUG_FS
#error "a tracker needs CONFIG_DEBUG_FS: without it the kernel has no counters, and no file to read them from"
#endif

#ifdef CONFIG_PREEMPT_RT
#error "not with PREEMPT_RT, where a spin lock may sleep: no tracker was ever tried there"
#endif

#endif /* TRACKER_H */
