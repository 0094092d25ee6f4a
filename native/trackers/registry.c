// SPDX-License-Identifier: GPL-2.0-only
/* The table of all compiled allocators, from the list of trackers. */
#include "swiotlb/swiotlb.h"

#define TRACKER(id, name, promise, description)                                                    \
	extern const struct swiotlb_ops swiotlb_##id##_ops[SWIOTLB_NR_LAYOUTS];                    \
	extern const struct swiotlb_ops swiotlb_##id##_instrumented_ops[SWIOTLB_NR_LAYOUTS];
#include "trackers/list.h"
#undef TRACKER

const struct swiotlb_tracker swiotlb_trackers[] = {
#define TRACKER(id, name, promise, description)                                                    \
	{ name, promise, swiotlb_##id##_ops, swiotlb_##id##_instrumented_ops },
#include "trackers/list.h"
#undef TRACKER
};

const unsigned int swiotlb_nr_trackers = sizeof(swiotlb_trackers) / sizeof(swiotlb_trackers[0]);
