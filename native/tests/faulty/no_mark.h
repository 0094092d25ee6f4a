/* SPDX-License-Identifier: GPL-2.0-only */
/* What is left of a tracker that keeps no mark and promises nothing: it is its other verbs that fail. */
#ifndef TESTS_FAULTY_NO_MARK_H
#define TESTS_FAULTY_NO_MARK_H

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
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED, .over = TRACKER_UNBOUNDED };
}

#endif /* TESTS_FAULTY_NO_MARK_H */
