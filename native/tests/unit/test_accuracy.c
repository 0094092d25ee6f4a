// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every tracker in every layout against the truth, one step after another and
 * with real threads: each keeps its promise, and no invariant breaks.
 */
#include <errno.h>
#include <string.h>

#include "engine/lab_course.h"
#include "engine/lab_trackers.h"
#include "swiotlb/swiotlb.h"
#include "workloads.h"

#define STEPS (20000 / SHORTER)
#define THREAD_STEPS (4000 / SHORTER)

static bool is(uint32_t tracker, const char *name)
{
	return !strcmp(lab_tracker_name(tracker), name);
}

/* Touches nothing global in map and unmap. */
static bool counts_nothing(uint32_t tracker)
{
	return is(tracker, "off") || is(tracker, "per-area") || is(tracker, "sampled") ||
	       is(tracker, "epochs") || is(tracker, "windowed") || is(tracker, "boot-switch-off") ||
	       is(tracker, "boot-switch-indirect-off");
}

/* With a choice of tolerance: none in half of the layouts, one percent in the others. */
static struct lab_variant variant_of(uint32_t tracker, uint32_t layout)
{
	return (struct lab_variant){
		.tracker = tracker,
		.layout = layout,
		.enabled = true,
		.tolerance = layout % 2 ? UINT64_MAX : 0,
	};
}

static bool is_exact(uint32_t tracker)
{
	return !strcmp(lab_tracker_promise(tracker), "exact");
}

static struct lab_accuracy run_serial(uint32_t tracker, uint32_t layout, uint64_t seed)
{
	const struct lab_variant variant = variant_of(tracker, layout);
	const struct lab_workload workload = toggling(8, seed);
	struct lab_control control = { 0 };
	struct lab_accuracy a;

	CHECK_EQ(lab_run_serial(&test_pool, &variant, &workload, STEPS, 100, &control, &a, NULL),
		 0);
	CHECK(!a.cancelled);
	return a;
}

static void test_serial(uint32_t tracker, uint32_t layout)
{
	const struct lab_accuracy a = run_serial(tracker, layout, 1);
	const struct lab_accuracy again = run_serial(tracker, layout, 1);
	const struct lab_accuracy other = run_serial(tracker, layout, 2);

	check_promise(&a);
	CHECK_EQ(a.truth_low, a.truth_high);
	CHECK(a.truth_high > 0);
	CHECK(a.maps + a.unmaps == STEPS);
	CHECK_EQ(a.failed_maps, 0);
	CHECK_EQ(a.full, 0);
	CHECK_EQ(a.demand_peak, a.truth_high);
	if (is_exact(tracker))
		CHECK_EQ(a.hiwater, a.truth_high);
	else if (is(tracker, "per-area"))
		CHECK(a.hiwater >= a.truth_high);
	else if (is(tracker, "sampled"))
		CHECK(a.hiwater > 0 && a.hiwater <= a.truth_high);
	else if (a.unmarked)
		CHECK_EQ(a.hiwater, 0);
	CHECK(!a.unmarked || counts_nothing(tracker));
	/* Same seed, same result; another seed, another one. */
	CHECK(!memcmp(&a, &again, sizeof(a)));
	CHECK(other.truth_high != a.truth_high || other.maps != a.maps || other.used != a.used);
}

/* A tracker decides nothing: whatever it is, the allocator does the same. */
static void test_same_work(void)
{
	const struct lab_accuracy first = run_serial(0, 0, 3);

	for (uint32_t tracker = 0; tracker < lab_nr_trackers(); tracker++) {
		for (uint32_t layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++) {
			const struct lab_accuracy a = run_serial(tracker, layout, 3);

			CHECK_EQ(a.maps, first.maps);
			CHECK_EQ(a.unmaps, first.unmaps);
			CHECK_EQ(a.spills, first.spills);
			CHECK_EQ(a.used, first.used);
			CHECK_EQ(a.truth_high, first.truth_high);
		}
	}
}

/* The kernel's count: an add on map, a sub on unmap, and what raises the mark. */
static void test_locked_counts(void)
{
	for (uint32_t tracker = 0; tracker < lab_nr_trackers(); tracker++) {
		const struct lab_accuracy a = run_serial(tracker, 0, 1);

		CHECK_EQ(a.cmpxchg_retries, 0);
		if (is_exact(tracker))
			CHECK(a.locked >= a.maps + a.unmaps);
		else if (is(tracker, "global-racy"))
			CHECK_EQ(a.locked, a.maps + a.unmaps);
		else if (counts_nothing(tracker))
			CHECK_EQ(a.locked, 0);
		else if (is(tracker, "batched"))
			CHECK(a.locked > 0 && a.locked < a.maps + a.unmaps);
		else
			CHECK(a.locked > 0);
	}
}

static void test_threads(uint32_t tracker, uint32_t layout, bool instrumented)
{
	const struct lab_variant variant = variant_of(tracker, layout);
	const struct lab_workload workload = toggling(2, 5);
	struct lab_control control = { 0 };
	struct lab_accuracy a;

	CHECK_EQ(lab_run_accuracy(&test_pool, &variant, &workload, THREAD_STEPS, 50000,
				  instrumented, &control, &a),
		 0);
	CHECK(!a.cancelled);
	check_promise(&a);
	CHECK_EQ(a.maps + a.unmaps, 2 * THREAD_STEPS);
	CHECK_EQ(a.failed_maps, 0);
	CHECK(a.truth_low > 0);
	/* Each has 16 mappings of at most 33 slots, an offset included. */
	CHECK(a.truth_high <= 2 * 16 * 33);
	CHECK(a.used <= a.truth_high);
	if (is_exact(tracker))
		CHECK(a.hiwater >= a.truth_low && a.hiwater <= a.truth_high);
	if (is(tracker, "per-area"))
		CHECK(a.hiwater >= a.truth_low);
	/* Whether an area merges itself, or the sampler always comes first, is chance. */
	if (!is(tracker, "local-peak") || !instrumented)
		CHECK_EQ(a.locked > 0, instrumented && !counts_nothing(tracker));
}

/* Large I/Os go round the CPUs, one at a time: marks of areas add up to too much. */
static void test_bursts(void)
{
	const struct lab_pool pool = { .nslabs = 8192, .nareas = 8, .start = 0x40000000 };
	const struct lab_size_range small = { .first = 4096, .last = 4096, .step = 1, .weight = 1 };
	struct lab_workload workload = toggling(8, 1);
	struct lab_control control = { 0 };

	workload.load = LAB_STEADY;
	workload.sizes = &small;
	workload.nr_sizes = 1;
	workload.min_align_mask = 0;
	workload.burst =
		(struct lab_burst){ .mappings = 4, .bytes = 256 << 10, .every = 200, .hold = 200 };
	for (uint32_t tracker = 0; tracker < lab_nr_trackers(); tracker++) {
		const struct lab_variant variant = { .tracker = tracker, .enabled = true };
		struct lab_accuracy a;

		CHECK_EQ(lab_run_serial(&pool, &variant, &workload, 20000, 50, &control, &a, NULL),
			 0);
		check_promise(&a);
		/* All small ones and one large one at a time: 8 x 16 x 2 + 4 x 128. */
		CHECK_EQ(a.truth_high, 256 + 512);
		if (is(tracker, "per-area"))
			CHECK_EQ(a.hiwater, 8 * (32 + 512));
	}
}

/* The course of a run has its peak and its end in it, and changes nothing of it. */
static void test_course(uint64_t steps)
{
	const struct lab_workload workload = toggling(8, 1);

	for (uint32_t tracker = 0; tracker < lab_nr_trackers(); tracker++) {
		const struct lab_variant variant = variant_of(tracker, 0);
		struct lab_control control = { 0 };
		struct lab_accuracy a, without;
		struct lab_course course = { 0 };
		double peak = 0, areas = 0;

		CHECK_EQ(lab_run_serial(&test_pool, &variant, &workload, steps, 100, &control,
					&without, NULL),
			 0);
		CHECK_EQ(lab_run_serial(&test_pool, &variant, &workload, steps, 100, &control, &a,
					&course),
			 0);
		CHECK_EQ(a.hiwater, without.hiwater);
		CHECK_EQ(a.lower, without.lower);
		CHECK_EQ(a.locked, without.locked);
		CHECK_EQ(a.truth_high, without.truth_high);
		CHECK_EQ(course.parts, min(steps, (uint64_t)LAB_COURSE_PARTS));
		for (size_t i = 0; i < course.parts; i++) {
			CHECK(course.used_low[i] >= 0);
			CHECK(course.used_low[i] <= course.used_high[i]);
			peak = max(peak, course.used_high[i]);
		}
		CHECK_EQ((uint64_t)peak, a.truth_high);
		/* Epochs end when somebody asks for the mark. */
		if (!is(tracker, "epochs"))
			CHECK_EQ((uint64_t)course.mark[course.parts - 1], a.hiwater);
		if (a.lower == UINT64_MAX)
			CHECK(course.lower[course.parts - 1] < 0);
		else if (!is(tracker, "epochs"))
			CHECK_EQ((uint64_t)course.lower[course.parts - 1], a.lower);
		CHECK_EQ(course.rows * course.areas_per_row, test_pool.nareas);
		for (size_t row = 0; row < course.rows; row++) {
			double most = 0;

			for (size_t i = 0; i < course.columns; i++)
				most = max(most, course.area_high[row * course.columns + i]);
			CHECK(most <= (double)(test_pool.nslabs / test_pool.nareas));
			areas += most;
		}
		for (size_t i = 0; i < course.columns; i++) {
			CHECK(course.shortest_run[i] <= course.longest_run[i]);
			CHECK(course.longest_run[i] <= min(course.free[i], 128.0));
			/* Something is free, so that there is a run of it. */
			CHECK(course.longest_run[i] > 0);
		}
		CHECK_EQ((uint64_t)course.free[course.columns - 1],
			 test_pool.nslabs - (uint64_t)a.used);
		/* Each by itself, they were at least as full as all were at once. */
		CHECK(areas >= peak);
		if (is(tracker, "per-area"))
			CHECK_EQ((uint64_t)areas, a.hiwater);
		lab_course_free(&course);
	}
}

/* A pool that is too small: what failed is counted, and is the demand. */
static void test_full(void)
{
	const struct lab_pool pool = { .nslabs = 256, .nareas = 2, .start = 0x40000000 };
	const struct lab_workload workload = toggling(2, 1);

	for (uint32_t tracker = 0; tracker < lab_nr_trackers(); tracker++) {
		const struct lab_variant variant = { .tracker = tracker, .enabled = true };
		struct lab_control control = { 0 };
		struct lab_accuracy a;

		CHECK_EQ(lab_run_serial(&pool, &variant, &workload, STEPS, 10, &control, &a, NULL),
			 0);
		check_promise(&a);
		CHECK(a.failed_maps > 0);
		CHECK(a.failed_slots >= a.failed_maps);
		CHECK_EQ(a.full, a.failed_maps);
		CHECK_EQ(a.full_total, 256);
		CHECK(a.full_used <= 256);
		CHECK(a.truth_high <= 256);
		CHECK(a.demand_peak > a.truth_high);
		CHECK(a.spills > 0);
	}
}

static void stop_at_once(void *ctx, const struct lab_progress *progress)
{
	lab_stop(ctx);
}

static void test_cancel(void)
{
	const struct lab_variant variant = { .tracker = 1 };
	const struct lab_workload workload = toggling(4, 1);
	struct lab_control control = { .progress = stop_at_once };
	struct stopper stopper;
	struct lab_accuracy a;

	control.ctx = &control;
	CHECK_EQ(lab_run_serial(&test_pool, &variant, &workload, 1ULL << 40, 0, &control, &a, NULL),
		 0);
	CHECK(a.cancelled);
	CHECK(a.maps + a.unmaps < 1 << 20);
	CHECK_SOUND(a.broken);

	control = (struct lab_control){ 0 };
	stop_later(&stopper, &control, 20);
	CHECK_EQ(lab_run_serial(&test_pool, &variant, &workload, 1ULL << 40, 0, &control, &a, NULL),
		 0);
	CHECK_EQ(pthread_join(stopper.thread, NULL), 0);
	CHECK(a.cancelled);
	CHECK_SOUND(a.broken);

	control = (struct lab_control){ .stop = 1 };
	CHECK_EQ(lab_run_accuracy(&test_pool, &variant, &workload, 100000, 0, false, &control, &a),
		 0);
	CHECK(a.cancelled);
	CHECK(a.maps + a.unmaps < 100000);
	CHECK_SOUND(a.broken);
	CHECK_EQ(a.truth_high, 0); /* not computed */

	control = (struct lab_control){ .progress = stop_at_once };
	control.ctx = &control;
	CHECK_EQ(lab_run_accuracy(&test_pool, &variant, &workload, 100000, 0, false, &control, &a),
		 0);
	CHECK(a.cancelled);
	CHECK(a.maps + a.unmaps < 4 * 100000);
}

static void test_refused(void)
{
	const struct lab_workload good = toggling(2, 1);
	const struct lab_size_range backwards = {
		.first = 8192, .last = 4096, .step = 1, .weight = 1
	};
	const struct lab_size_range weightless = { .first = 4096, .last = 4096, .step = 1 };
	struct lab_variant variant = { .tracker = lab_nr_trackers() };
	struct lab_control control = { 0 };
	struct lab_workload w = good;
	struct lab_accuracy a;

#define REFUSED()                                                                                  \
	CHECK_EQ(lab_run_serial(&test_pool, &variant, &w, 10, 0, &control, &a, NULL), -EINVAL)
	REFUSED();
	variant = (struct lab_variant){ .layout = SWIOTLB_NR_LAYOUTS };
	REFUSED();
	variant.layout = 0;
#define REFUSED_WITH(field, value)                                                                 \
	do {                                                                                       \
		w = good;                                                                          \
		w.field = (value);                                                                 \
		REFUSED();                                                                         \
	} while (0)
	REFUSED_WITH(cpus, 0);
	REFUSED_WITH(in_flight, 0);
	REFUSED_WITH(nr_sizes, 0);
	REFUSED_WITH(orig_align, 0);
	w = good;
	w.nr_sizes = 1;
	w.sizes = &backwards;
	REFUSED();
	w.sizes = &weightless;
	REFUSED();
	w = good;
	CHECK_EQ(lab_run_accuracy(&test_pool, &variant, &w, 0, 0, false, &control, &a), -EINVAL);
}

int main(void)
{
	const unsigned int before = threads_at_start();

	for (uint32_t tracker = 0; tracker < lab_nr_trackers(); tracker++) {
		for (uint32_t layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++) {
			test_serial(tracker, layout);
			test_threads(tracker, layout, layout % 2);
		}
	}
	test_same_work();
	test_locked_counts();
	test_bursts();
	test_course(STEPS);
	test_course(7);
	test_full();
	test_cancel();
	test_refused();
	check_threads(before);
	return 0;
}
