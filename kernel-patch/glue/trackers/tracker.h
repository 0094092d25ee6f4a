/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker file includes first: the words that it is written in, beside those
 * that every kernel file has.
 */
#ifndef TRACKER_H
#define TRACKER_H

#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/swiotlb.h>

#include "promise.h"

/* Processors fetch lines in pairs: what must not disturb each other is this far apart. */
#ifndef CACHE_LINE_PAIR
#define CACHE_LINE_PAIR (2 * SMP_CACHE_BYTES)
#endif

/* For every step, not only powers of two. */
#define round_up_to(x, step) roundup(x, step)

/* Says which plain accesses others may race with; nothing asks for it here. */
#define instrument_read(ptr, size) ((void)0)
#define instrument_write(ptr, size) ((void)0)

/* How many of get_cycles() so many nanoseconds are; 1 at least. */
#include <linux/math64.h>
#include <linux/timex.h>
#if defined(CONFIG_X86)
#include <asm/tsc.h>
#elif defined(CONFIG_ARM64)
#include <asm/arch_timer.h>
#endif
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

#ifdef CONFIG_PREEMPT_RT
#error "not with PREEMPT_RT: a tracker was never tried where a spin lock may sleep"
#endif

#endif /* TRACKER_H */
