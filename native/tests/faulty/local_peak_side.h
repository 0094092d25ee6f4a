/* SPDX-License-Identifier: GPL-2.0-only */
/* local-peak, promising that it is never off on one side: PROMISED is under or over. */
#ifndef TESTS_FAULTY_LOCAL_PEAK_SIDE_H
#define TESTS_FAULTY_LOCAL_PEAK_SIDE_H

#define LAB_INSTRUMENTED 1
#include "swiotlb/swiotlb.h"

#define tracker_bounds(mem) local_peak_bounds(mem)
#include "trackers/local_peak.h"
#undef tracker_bounds

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	struct tracker_bounds bounds = local_peak_bounds(mem);

	bounds.PROMISED = 0;
	return bounds;
}

#endif /* TESTS_FAULTY_LOCAL_PEAK_SIDE_H */
