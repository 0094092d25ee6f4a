/* SPDX-License-Identifier: GPL-2.0-only */
/* sum-on-map - no counter at all: every map sums the areas, and may raise the mark to the sum. */
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	unsigned long hiwater;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	unsigned long used = mem_areas_used(mem);

	if (used > READ_ONCE(t->hiwater))
		WRITE_ONCE(t->hiwater, used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return READ_ONCE(mem_tracker(mem)->hiwater);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	WRITE_ONCE(mem_tracker(mem)->hiwater, 0);
}

/*
 * The areas are read one after the other, without locks: the sum may be one that never was. Those of
 * transient pools are not among them.
 */
static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED,
					.over = TRACKER_UNBOUNDED,
					.until = TRACKER_UNTIL_TRANSIENT };
}
