// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of all compiled allocators, from the list of trackers, and that of the
 * baselines, from the list that native/sources.cjs makes.
 */
#include "swiotlb/swiotlb.h"

#define DECLARE_ALLOCATOR(id)                                                                      \
	extern struct swiotlb_ops swiotlb_##id##_ops[SWIOTLB_NR_LAYOUTS];                          \
	extern struct swiotlb_ops swiotlb_##id##_instrumented_ops[SWIOTLB_NR_LAYOUTS];
#define TRACKER(id, name, promise, description) DECLARE_ALLOCATOR(id)
#define BASELINE(id) DECLARE_ALLOCATOR(id)
#include "trackers/list.h"

#include "instances/baselines.h"
#undef TRACKER
#undef BASELINE

const struct swiotlb_tracker swiotlb_trackers[] = {
#define TRACKER(id, name, promise, description)                                                    \
	{ name, promise, swiotlb_##id##_ops, swiotlb_##id##_instrumented_ops },
#include "trackers/list.h"
#undef TRACKER
};

const unsigned int swiotlb_nr_trackers = sizeof(swiotlb_trackers) / sizeof(swiotlb_trackers[0]);

const struct swiotlb_tracker swiotlb_baselines[] = {
#define BASELINE(id) { "off", "none", swiotlb_##id##_ops, swiotlb_##id##_instrumented_ops },
#include "instances/baselines.h"
#undef BASELINE
};

const unsigned int swiotlb_nr_baselines = sizeof(swiotlb_baselines) / sizeof(swiotlb_baselines[0]);
