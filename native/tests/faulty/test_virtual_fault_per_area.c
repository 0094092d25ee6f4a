// SPDX-License-Identifier: GPL-2.0-only
/*
 * per-area whose mark is raised after the lock was dropped: an unmap that comes
 * first hides the peak. (What is moved is a verb, not a word, so this is not
 * made from the tracker's own file.)
 */
#define LAB_INSTRUMENTED 1
#include "trackers/tracker.h"

struct tracker_area {
	unsigned long used_hiwater;
};

struct tracker_mem {
};

#include "swiotlb/types.h"

#define tracker_add_locked tracker_add_locked
static inline unsigned long tracker_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	return (unsigned long)(uintptr_t)area;
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	struct io_tlb_area *area = (struct io_tlb_area *)(uintptr_t)token;
	unsigned long used = READ_ONCE(area->used);

	if (used > READ_ONCE(area->tracker.used_hiwater))
		WRITE_ONCE(area->tracker.used_hiwater, used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	struct area_walk walk;
	unsigned long sum = 0;

	for_each_area(mem, area, walk)
		sum += READ_ONCE(area->tracker.used_hiwater);
	return sum;
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = 0, .over = TRACKER_UNBOUNDED };
}

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
