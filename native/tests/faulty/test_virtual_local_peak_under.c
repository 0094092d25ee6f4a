// SPDX-License-Identifier: GPL-2.0-only
/*
 * local-peak, promising that it is never under. It can be: two areas that rise and fall
 * between two merges count one at a time.
 */
#define LAB_INSTRUMENTED 1
#include "swiotlb/swiotlb.h"

#define tracker_bounds(mem) local_peak_bounds(mem)
#include "trackers/local_peak.h"
#undef tracker_bounds

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	struct tracker_bounds bounds = local_peak_bounds(mem);

	bounds.under = 0;
	return bounds;
}

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
