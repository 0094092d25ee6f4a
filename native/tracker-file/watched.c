// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verbs of a user's tracker, compiled to be watched, see watch.h. The compiler is
 * told to include the user's file first.
 */
#include "swiotlb/types.h"

#include "tracker-file/verbs.h"
#include "trackers/defaults.h"

void watched_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	watch_begin();
	watch_enter(mem);
	tracker_init(mem, params);
}

/* Of a pool that is being made, or goes: nothing says which allocator's it is. */
void watched_init_area(struct tracker_mem *t, struct io_tlb_area *area, bool transient)
{
	watch_enter_area(area);
	tracker_init_area(t, area, transient);
	watch_enter_area(NULL);
}

void watched_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
	watch_enter_area(area);
	tracker_retire_area(t, area);
	watch_enter_area(NULL);
}

unsigned long watched_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
				 struct io_tlb_area *area, unsigned int nslots, unsigned long used)
{
	watch_enter(mem);
	return tracker_add_locked(t, mem, area, nslots, used);
}

void watched_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
		 unsigned long token)
{
	watch_enter(mem);
	tracker_add(t, mem, nslots, token);
}

unsigned long watched_sub_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
				 struct io_tlb_area *area, unsigned int nslots, unsigned long used)
{
	watch_enter(mem);
	return tracker_sub_locked(t, mem, area, nslots, used);
}

void watched_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
		 unsigned long token)
{
	watch_enter(mem);
	tracker_sub(t, mem, nslots, token);
}

void watched_sample(struct io_tlb_mem *mem)
{
	watch_enter(mem);
	watch_sampling(true);
	tracker_sample(mem);
	watch_sampling(false);
}

int watched_enable(struct io_tlb_mem *mem, bool on)
{
	watch_enter(mem);
	return tracker_enable(mem, on);
}

int watched_set_tolerance(struct io_tlb_mem *mem, unsigned long slots)
{
	watch_enter(mem);
	return tracker_set_tolerance(mem, slots);
}

unsigned long watched_used(struct io_tlb_mem *mem)
{
	watch_enter(mem);
	return tracker_used(mem);
}

unsigned long watched_hiwater(struct io_tlb_mem *mem)
{
	watch_enter(mem);
	return tracker_hiwater(mem);
}

/* One that the file has not follows from the two that are watched. */
#ifdef tracker_lower
unsigned long watched_lower(struct io_tlb_mem *mem)
{
	watch_enter(mem);
	return tracker_lower(mem);
}
#endif

void watched_reset(struct io_tlb_mem *mem)
{
	watch_enter(mem);
	tracker_reset(mem);
}

struct tracker_bounds watched_bounds(struct io_tlb_mem *mem)
{
	watch_enter(mem);
	return tracker_bounds(mem);
}
