/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * local-peak - mimalloc's way of today: each area keeps what it has changed since
 * it was last merged, and the peak of that; a merge adds the one to the total, and
 * takes the total before it plus the other as the mark, if that is more.
 *
 * Source: microsoft/mimalloc, src/stats.c, mi_stat_count_add_mt(), with a comment on
 * why, since pull request #1112 of July 2025. Before, it added up the threads' peaks,
 * as per-area adds up those of the areas, and gave that up because it overestimates.
 * It says itself that peaks do not really work across threads.
 *
 * What is different here: a thread of mimalloc merges its own when it ends, whenever
 * it has come to the slow path 10000 times since (each is for many allocations), and
 * when it asks for the statistics. An area does so after LOCAL_PEAK_MERGE operations; the
 * sampler, which asks, merges all; and the area of a transient pool is merged when it
 * goes, as a thread is that ends.
 *
 * It promises nothing, and no bound could be given but the pool:
 *
 *   Under: two areas that both rise and fall before they are merged count one at a
 *   time. Each is merged with its own peak, but of the other only what is left.
 *   Over: an area that is merged behind another is taken together with what that
 *   one has now, though its own peak may have been long before.
 *
 * It is exact as long as one area alone moves between two merges. What has not been
 * merged is not in the mark.
 */
#include "trackers/tracker.h"

#define LOCAL_PEAK_MERGE 256

/**
 * struct tracker_area - since the last merge; under the area's lock
 * @holds: slots that it took, less those that it gave back
 * @peak: the most that this was
 * @operations: maps and unmaps
 */
struct tracker_area {
	int holds;
	int peak;
	unsigned int operations;
};

/**
 * struct tracker_mem - what has been merged
 * @total_used: slots
 * @used_hiwater: the report
 */
struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
};

#include "swiotlb/types.h"

/* The area begins anew. Its lock is held. Return: what the total and its peak make. */
static inline long tracker_begin_anew(struct tracker_mem *t, struct io_tlb_area *area)
{
	int holds = area->tracker.holds;
	long before = atomic_long_add_return(holds, &t->total_used) - holds;
	long with_peak = before + area->tracker.peak;

	WRITE_ONCE(area->tracker.holds, 0);
	area->tracker.peak = 0;
	area->tracker.operations = 0;
	return with_peak;
}

/* Behind a call: map and unmap hardly ever need it. The area's lock is held. */
static noinline void tracker_merge(struct tracker_mem *t, struct io_tlb_area *area)
{
	long mark = tracker_begin_anew(t, area);
	long hiwater = atomic_long_read(&t->used_hiwater);

	/* Bounded: each retry means that another merge has raised the mark. */
	while (mark > hiwater && !atomic_long_try_cmpxchg(&t->used_hiwater, &hiwater, mark))
		;
}

static __always_inline void tracker_count(struct tracker_mem *t, struct io_tlb_area *area, int n)
{
	int holds = area->tracker.holds + n;

	WRITE_ONCE(area->tracker.holds, holds);
	if (holds > area->tracker.peak)
		area->tracker.peak = holds;
	if (unlikely(++area->tracker.operations == LOCAL_PEAK_MERGE))
		tracker_merge(t, area);
}

#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	tracker_count(t, area, (int)nslots);
	return 0;
}

#define tracker_sub_locked tracker_sub_locked
static __always_inline unsigned long tracker_sub_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	tracker_count(t, area, -(int)nslots);
	return 0;
}

#define tracker_retire_area tracker_retire_area
static inline void tracker_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
	tracker_merge(t, area);
}

/* Each area under its lock, one after another. */
static inline void tracker_visit(struct io_tlb_mem *mem,
				 void (*visit)(struct tracker_mem *t, struct io_tlb_area *area))
{
	struct io_tlb_area *area;
	struct area_walk walk;

	for_each_area(mem, area, walk) {
		spin_lock_irq(&area->lock);
		visit(mem_tracker(mem), area);
		spin_unlock_irq(&area->lock);
	}
}

#define tracker_sample tracker_sample
static inline void tracker_sample(struct io_tlb_mem *mem)
{
	tracker_visit(mem, tracker_merge);
}

/* An area that is being merged may be seen in both words, or in neither. */
static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	long used = atomic_long_read(&mem_tracker(mem)->total_used);
	struct io_tlb_area *area;
	struct area_walk walk;

	for_each_area(mem, area, walk)
		used += READ_ONCE(area->tracker.holds);
	return (unsigned long)max(used, 0L);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used_hiwater);
}

static inline void tracker_forget(struct tracker_mem *t, struct io_tlb_area *area)
{
	(void)tracker_begin_anew(t, area);
}

/* To what is in use: all areas are merged, and their peaks forgotten, one after another. */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	tracker_visit(mem, tracker_forget);
	atomic_long_set(&t->used_hiwater, max(atomic_long_read(&t->total_used), 0L));
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED,
					.over = TRACKER_UNBOUNDED,
					.until = TRACKER_UNTIL_TRANSIENT };
}
