/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker file includes first, in a kernel: there the words that it is
 * written in are the kernel's own. What is ours is in promise.h, the same in
 * both builds.
 */
#ifndef TRACKER_H
#define TRACKER_H

#include <linux/percpu.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/swiotlb.h>
#include <linux/timex.h>

#include "promise.h"

/* For what the lab keeps apart by the line pair. */
#ifndef CACHE_LINE_PAIR
#define CACHE_LINE_PAIR (2 * SMP_CACHE_BYTES)
#endif

#ifndef CONFIG_DEBUG_FS
#error "a tracker needs CONFIG_DEBUG_FS: without it the kernel has no counters, and no file to read them from"
#endif

#endif /* TRACKER_H */
