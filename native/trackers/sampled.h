/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sampled - nothing in map and unmap; a sampler sums the areas now and then.
 *
 * The mark is the largest sum seen. It promises nothing: what rises and falls
 * between two samples is missed, and a sum that is read while slots are freed
 * in one area and taken in another may be one that never was, also a larger.
 */
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	unsigned long used_hiwater;
};

#include "swiotlb/types.h"

/* One sampler at a time. */
#define tracker_sample tracker_sample
static inline void tracker_sample(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long used = mem_areas_used(mem);

	if (used > READ_ONCE(t->used_hiwater))
		WRITE_ONCE(t->used_hiwater, used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return READ_ONCE(mem_tracker(mem)->used_hiwater);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	WRITE_ONCE(mem_tracker(mem)->used_hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED,
					.over = TRACKER_UNBOUNDED,
					.until = TRACKER_UNTIL_TRANSIENT };
}
