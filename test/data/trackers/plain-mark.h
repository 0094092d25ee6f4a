/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tracker but for its map: used in an atomic word, and an exact mark in a word that
 * is no atomic one. Nothing is planted here.
 */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t used;
	long mark;
};

#include "swiotlb/types.h"

#include "atomic-count.h"

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)LOAD(mem_tracker(mem)->mark);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	STORE(mem_tracker(mem)->mark, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
}
