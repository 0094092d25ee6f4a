// SPDX-License-Identifier: GPL-2.0-only
/*
 * What trackers are measured against: for each tracker and layout there is an off
 * whose areas are as large, which does what off does and is told to nobody.
 */
#include <limits.h>

#include "engine/lab.h"
#include "engine/lab_trackers.h"
#include "fixture.h"

#define STEPS 20000

static const struct lab_pool pool = { .nslabs = 4096,
				      .nareas = 8,
				      .start = POOL_START,
				      .grow_base = 2 * POOL_START };

static struct lab_accuracy run(uint32_t tracker, uint32_t layout)
{
	const struct lab_size_range sizes = { 2048, 32768, 2048, 1 };
	const struct lab_workload workload = { .cpus = 8,
					       .in_flight = 8,
					       .order = LAB_RANDOM,
					       .load = LAB_TOGGLE,
					       .sizes = &sizes,
					       .nr_sizes = 1,
					       .orig_align = 4096,
					       .seg_boundary_mask = UINT64_MAX,
					       .seed = 1 };
	const struct lab_variant variant = {
		.tracker = tracker, .layout = layout, .enabled = true, .tolerance = UINT64_MAX
	};
	struct lab_control control = { 0 };
	struct lab_accuracy result;

	CHECK_EQ(lab_run_serial(&pool, &variant, &workload, STEPS, 0, &control, &result, NULL), 0);
	CHECK_SOUND(result.broken);
	return result;
}

static void test_baseline(uint32_t tracker, uint32_t layout)
{
	const int64_t number = lab_baseline(tracker, layout);
	const int64_t of_off = lab_baseline(tracker_number("off"), layout);
	struct lab_accuracy off, other;

	CHECK(number >= lab_nr_trackers());
	CHECK_EQ(lab_area_bytes((uint32_t)number, layout), lab_area_bytes(tracker, layout));
	CHECK(!strcmp(lab_tracker_name((uint32_t)number), "off"));
	/* One for each size: where areas have a pair of lines each, that of off. */
	CHECK_EQ(number == of_off,
		 lab_area_bytes(tracker, layout) == lab_area_bytes(tracker_number("off"), layout));
	off = run(tracker_number("off"), layout);
	other = run((uint32_t)number, layout);
	CHECK_EQ(other.maps, off.maps);
	CHECK_EQ(other.used, off.used);
	CHECK_EQ(other.truth_high, off.truth_high);
	CHECK_EQ(other.hiwater, 0);
	CHECK_EQ(other.locked, 0);
}

int main(void)
{
	const struct swiotlb_layout padded = { .padded_areas = true };

	for (uint32_t tracker = 0; tracker < swiotlb_nr_trackers; tracker++) {
		for (uint32_t layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++)
			test_baseline(tracker, layout);
		CHECK_EQ(lab_area_bytes(tracker, swiotlb_layout_index(padded)), CACHE_LINE_PAIR);
	}
	CHECK_EQ(lab_area_bytes(tracker_number("off"), 0), 16);
	CHECK_EQ(lab_area_bytes(tracker_number("per-area"), 0), 24);
	CHECK_EQ(lab_nr_trackers(), swiotlb_nr_trackers);
	CHECK_EQ(lab_baseline(swiotlb_nr_trackers, 0), -EINVAL);
	CHECK_EQ(lab_baseline(0, SWIOTLB_NR_LAYOUTS), -EINVAL);
	return 0;
}
