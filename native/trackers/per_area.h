/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * per-area - a mark for each area, raised under the area's own lock; the report
 * is the sum of the marks.
 *
 * Nothing global is touched. The sum is never under the peak: each area's mark
 * is at least its share of it. It is over by whatever the areas did not do at
 * the same time, without bound but the pool. An area is 24 bytes with it, so
 * that areas straddle cache lines. A reader sees used above the mark where it
 * reads an area between the store of its use and that of its mark.
 *
 * What was in use for certain is the largest of the marks: that area had it, when
 * its mark rose, and the others had no less than nothing. It says little.
 */
#include "trackers/tracker.h"

struct tracker_area {
	unsigned long used_hiwater;
};

struct tracker_mem {
};

#include "swiotlb/types.h"

#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	if (used > area->tracker.used_hiwater)
		WRITE_ONCE(area->tracker.used_hiwater, used);
	return 0;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

/* Unlocked, area by area: beside a reset it may mix old marks and new. */
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	unsigned long sum = 0;
	struct area_walk walk;

	for_each_area(mem, area, walk)
		sum += READ_ONCE(area->tracker.used_hiwater);
	return sum;
}

/*
 * Each mark to zero under its area's lock, one after another. It is not one
 * moment, and until an area maps again its live slots are missing in the sum.
 */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	struct area_walk walk;

	for_each_area(mem, area, walk) {
		spin_lock_irq(&area->lock);
		WRITE_ONCE(area->tracker.used_hiwater, 0);
		spin_unlock_irq(&area->lock);
	}
}

#define tracker_lower tracker_lower
static inline unsigned long tracker_lower(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	unsigned long most = 0;
	struct area_walk walk;

	for_each_area(mem, area, walk)
		most = max(most, READ_ONCE(area->tracker.used_hiwater));
	return most;
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = 0,
					.over = TRACKER_UNBOUNDED,
					.until = TRACKER_UNTIL_RESET | TRACKER_UNTIL_TRANSIENT };
}
