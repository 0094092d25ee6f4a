// SPDX-License-Identifier: GPL-2.0-only
/* The one symbol that the shared object shows. */
#include "tracker-file/tracker_object.h"

#include "tracker-file/coverage.h"

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

extern struct swiotlb_ops swiotlb_tracker_file_ops[SWIOTLB_NR_LAYOUTS];
extern struct swiotlb_ops swiotlb_tracker_file_instrumented_ops[SWIOTLB_NR_LAYOUTS];
extern struct swiotlb_ops swiotlb_tracker_file_baseline_ops[SWIOTLB_NR_LAYOUTS];
extern struct swiotlb_ops swiotlb_tracker_file_baseline_instrumented_ops[SWIOTLB_NR_LAYOUTS];

#ifdef TRACKER_SEARCHED_ONLY
/* Nothing will be timed or measured against: the rest was not made. */
#define swiotlb_tracker_file_ops swiotlb_tracker_file_instrumented_ops
#define swiotlb_tracker_file_baseline_ops swiotlb_tracker_file_instrumented_ops
#define swiotlb_tracker_file_baseline_instrumented_ops swiotlb_tracker_file_instrumented_ops
#endif

extern const struct tracker_object tracker_object __attribute__((visibility("default")));
const struct tracker_object tracker_object = {
	.ops_size = sizeof(struct swiotlb_ops),
	.compiler = COMPILER,
	.ops = swiotlb_tracker_file_ops,
	.instrumented = swiotlb_tracker_file_instrumented_ops,
	.baseline_ops = swiotlb_tracker_file_baseline_ops,
	.baseline_instrumented = swiotlb_tracker_file_baseline_instrumented_ops,
	.blocks = coverage_blocks,
	.ran = coverage_ran,
};
