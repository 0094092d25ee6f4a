/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * off - no tracking at all, as a kernel without debugfs.
 *
 * Map and unmap do nothing for it. Used is the sum of the areas, read without
 * locks. There is no mark.
 *
 * Compiled with OFF_AREA_WORDS it is the baseline of trackers that have as many
 * words in each area: nobody reads them, but an area takes as much of a line.
 */
#include "trackers/tracker.h"

struct tracker_area {
#ifdef OFF_AREA_WORDS
	unsigned long unused[OFF_AREA_WORDS];
#endif
};
struct tracker_mem {
};

#include "swiotlb/types.h"

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return 0;
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED,
					.over = TRACKER_UNBOUNDED,
					.until = TRACKER_UNTIL_TRANSIENT,
					.unmarked = true };
}
