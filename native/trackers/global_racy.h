/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * global-racy - one counter, and a mark that is raised without care, as the
 * page counter and the pids controller do for theirs.
 *
 * The counter is exact. The mark is loaded, compared and stored: of two maps
 * that both set a record, the lower may store last, and the record is lost
 * until it is reached again. It never reports a value that the counter did not
 * have. A reader sees the counter above the mark between the two, and after a
 * lost record for as long as it lasts.
 */
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t total_used;
	long used_hiwater;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	long new_used = atomic_long_add_return(nslots, &t->total_used);

	if (new_used > READ_ONCE(t->used_hiwater))
		WRITE_ONCE(t->used_hiwater, new_used);
}

#define tracker_sub tracker_sub
static __always_inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	atomic_long_sub(nslots, &t->total_used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->total_used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)READ_ONCE(mem_tracker(mem)->used_hiwater);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	WRITE_ONCE(mem_tracker(mem)->used_hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED,
					.over = 0,
					.until = TRACKER_UNTIL_RESET };
}
