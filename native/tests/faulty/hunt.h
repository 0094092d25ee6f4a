/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included behind a tracker with a bug planted in it: an allocator with this
 * tracker, and a hunt for the bug by schedule search. FAULT_BESIDE says what happens
 * beside the maps (enum lab_beside), FOR_EACH_LAYOUT in which layout, if it is not the kernel's.
 *
 * The bugs are made from the trackers' own files, by replacing one kernel word
 * while the file is read, wherever that can express them.
 */
#ifndef TESTS_HUNT_H
#define TESTS_HUNT_H

#define TRACKER_ID faulty
/* Only the layout that is searched is made. */
#ifndef FOR_EACH_LAYOUT
#define FOR_EACH_LAYOUT(DO) DO(packed_kernel_counts, false, false, false)
#endif
#include "swiotlb/instance.h"

#include "check.h"
#include "search.h"
#include "virtual/schedule/schedule.h"

#ifndef HUNT_SEEDS
#define HUNT_SEEDS 5000
#endif
/* What is left after shrinking is short enough to read. */
#define HUNT_MOST_OPS 8

#ifndef FAULT_BESIDE
#define FAULT_BESIDE 0
#endif
#define FAULT_LAYOUT_BIT(layout, ...)                                                              \
	(1U << swiotlb_layout_index((struct swiotlb_layout){ __VA_ARGS__ }))

static const struct schedule_subject faulty_subject = { .ops = INSTANCE_TABLE, .enabled = true };

static inline struct lab_check_result hunt_search_from(uint64_t seed, uint32_t wanted)
{
	struct lab_check check = search_for(wanted, HUNT_SEEDS);
	struct lab_control control = { 0 };
	struct lab_check_result found;

	check.seed = seed;
	check.beside = FAULT_BESIDE;
	check.layouts = FOR_EACH_LAYOUT(FAULT_LAYOUT_BIT);
	CHECK_EQ(schedule_search(&faulty_subject, &check, &control, &found), 0);
	return found;
}

static inline struct lab_check_result hunt_search(uint32_t wanted)
{
	return hunt_search_from(1, wanted);
}

/* In how many of @ranges ranges of HUNT_SEEDS seeds, none of them in two, it is found. */
static inline uint32_t hunt_in_ranges(uint32_t ranges, uint32_t wanted)
{
	uint64_t schedules = 0, worst = 0;
	uint32_t times = 0;

	for (uint32_t i = 0; i < ranges; i++) {
		struct lab_check_result found = hunt_search_from(1 + i * HUNT_SEEDS, wanted);

		times += !!(found.finding & wanted);
		schedules += found.totals.schedules;
		worst = max(worst, found.totals.schedules);
		lab_check_result_free(&found);
	}
	printf("found in %u of %u ranges of %" PRIu64 " seeds, after %" PRIu64
	       " schedules, %" PRIu64 " at most\n",
	       times, ranges, (uint64_t)HUNT_SEEDS, schedules / ranges, worst);
	return times;
}

/* What the search finds of @wanted; 0 for nothing. */
static inline uint32_t hunted(uint32_t wanted)
{
	struct lab_check_result found = hunt_search(wanted);
	uint32_t finding = found.finding;

	lab_check_result_free(&found);
	return finding;
}

/* The bug must be found, as one of @wanted, and shown again from its record. */
static inline int hunt(uint32_t wanted)
{
	struct lab_check_result found = hunt_search(wanted);
	struct schedule_policy policy;
	struct schedule_outcome outcome;
	struct schedule_runner *runner;

	CHECK_EQ(schedule_runner_create(&runner), 0);
	CHECK(found.finding & wanted);
	CHECK(found.scenario.nr_ops - found.scenario.load <= HUNT_MOST_OPS);
	printf("found %#x after %" PRIu64
	       " schedules: %zu operations, %zu of a load, %zu accesses\n",
	       found.finding, found.totals.schedules, found.scenario.nr_ops, found.scenario.load,
	       found.nr_choices);

	policy = schedule_policy_recorded(found.choices, found.nr_choices);
	CHECK_EQ(schedule_run(runner, &faulty_subject, &found.scenario, &policy, &outcome), 0);
	CHECK(outcome.findings & found.finding);
	CHECK_EQ(outcome.nr_choices, found.nr_choices);
	CHECK_EQ(memcmp(outcome.choices, found.choices, found.nr_choices), 0);

	lab_check_result_free(&found);
	schedule_runner_destroy(runner);
	return 0;
}

#endif /* TESTS_HUNT_H */
