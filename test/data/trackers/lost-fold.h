/* SPDX-License-Identifier: GPL-2.0-only */
/* What an area holds back is folded outside the area's lock. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
	long aside;
};

struct tracker_mem {
	atomic_long_t used;
};

#include "swiotlb/types.h"

#define BATCH 3

static inline void fold(struct tracker_mem *t, struct io_tlb_area *area, long n)
{
	long aside = LOAD(area->tracker.aside) + n;

	if (aside > -BATCH && aside < BATCH) {
		STORE(area->tracker.aside, aside);
		return;
	}
	STORE(area->tracker.aside, 0);
	atomic_long_add(aside, &t->used);
}

#define tracker_add_locked tracker_add_locked
static inline unsigned long tracker_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
#ifdef SOUND
	fold(t, area, nslots);
#endif
	return (unsigned long)area;
}

#define tracker_sub_locked tracker_sub_locked
static inline unsigned long tracker_sub_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	fold(t, area, -(long)nslots);
	return 0;
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
#ifndef SOUND
	fold(t, (struct io_tlb_area *)token, nslots);
#endif
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	long used = atomic_long_read(&mem_tracker(mem)->used);
	struct io_tlb_area *area;
	struct area_walk walk;

	for_each_area(mem, area, walk)
		used += LOAD(area->tracker.aside);
	return (unsigned long)used;
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
	return (struct tracker_bounds){ TRACKER_UNBOUNDED, TRACKER_UNBOUNDED,
					TRACKER_UNTIL_TRANSIENT };
}
