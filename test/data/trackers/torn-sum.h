/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mark is raised with care, under the area's lock, but to a sum of words that change
 * while they are read: a mapping that goes here and one that comes there are counted both.
 */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
	long used;
};

struct tracker_mem {
	atomic_long_t used;
	atomic_long_t mark;
};

#include "swiotlb/types.h"

static inline long sum_of_areas(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	struct area_walk walk;
	long sum = 0;

	for_each_area(mem, area, walk)
		sum += LOAD(area->tracker.used);
	return sum;
}

#define tracker_add_locked tracker_add_locked
static inline unsigned long tracker_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	long sum = atomic_long_add_return(nslots, &t->used);

	STORE(area->tracker.used, (long)used);
#ifndef SOUND
	sum = sum_of_areas(mem);
#endif
	RAISE(t->mark, sum);
	return 0;
}

#define tracker_sub_locked tracker_sub_locked
static inline unsigned long tracker_sub_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	atomic_long_sub(nslots, &t->used);
	STORE(area->tracker.used, (long)used);
	return 0;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)sum_of_areas(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->mark);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->mark, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET | TRACKER_UNTIL_TRANSIENT };
}
