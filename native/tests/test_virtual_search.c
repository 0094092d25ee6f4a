// SPDX-License-Identifier: GPL-2.0-only
/*
 * The schedule search finds what is known to be wrong with the trackers, shows
 * it again from its record, and finds nothing where a promise holds.
 */
#include "engine/virtual/virtual.h"
#include "rig.h"

/* One thread: the thread sanitizer has little to see, and takes its time for it. */
#ifdef __SANITIZE_THREAD__
#define SEEDS 300
#else
#define SEEDS 1500
#endif

static struct lab_check_result search(const char *tracker, uint32_t wanted, enum lab_policy policy,
				      bool late_switch)
{
	const struct lab_variant variant = {
		.tracker = tracker_number(tracker),
		.enabled = true,
	};
	const struct lab_check check = {
		.seed = 1,
		.seeds = SEEDS,
		.policy = policy,
		.wanted = wanted,
		.late_switch = late_switch,
	};
	struct lab_control control = { 0 };
	struct lab_check_result result, again, replayed;

	CHECK_EQ(lab_run_check(&variant, &check, &control, &result), 0);
	if (!result.finding)
		return result;

	/* The same seed finds the same, byte for byte. */
	CHECK_EQ(lab_run_check(&variant, &check, &control, &again), 0);
	CHECK_EQ(again.seed, result.seed);
	CHECK_EQ(again.nr_choices, result.nr_choices);
	CHECK_EQ(memcmp(again.choices, result.choices, result.nr_choices), 0);
	CHECK_EQ(again.scenario.nr_ops, result.scenario.nr_ops);
	CHECK_EQ(memcmp(again.scenario.ops, result.scenario.ops,
			result.scenario.nr_ops * sizeof(struct lab_op)),
		 0);
	lab_check_result_free(&again);

	/* The record shows it by itself. */
	CHECK_EQ(lab_check_replay(&variant, &result, &replayed), 0);
	CHECK(replayed.finding & result.finding);
	CHECK_EQ(replayed.hiwater, result.hiwater);
	CHECK_EQ(replayed.truth, result.truth);
	CHECK_EQ(replayed.accesses, result.nr_choices);
	return result;
}

static void report(const char *tracker, const char *what, const struct lab_check_result *r)
{
	printf("%s %s: seed %" PRIu64 ", %zu operations, %zu accesses, mark %" PRIu64
	       ", truth %" PRIu64 " [%" PRIu64 " - %" PRIu64 "], %" PRIu64 " schedules\n",
	       tracker, what, r->seed, r->scenario.nr_ops, r->nr_choices, r->hiwater, r->truth,
	       r->low, r->high, r->schedules);
}

static void expect(const char *tracker, const char *what, uint32_t wanted, enum lab_policy policy,
		   size_t most_ops)
{
	struct lab_check_result r = search(tracker, wanted, policy, false);

	CHECK(r.finding & wanted);
	CHECK(r.scenario.nr_ops <= most_ops);
	report(tracker, what, &r);
	lab_check_result_free(&r);
}

/* Two maps at once: the lower mark is stored last. */
static void racy_misses_a_peak(void)
{
	expect("global-racy", "misses a peak", LAB_FIND_BELOW_TRUTH, LAB_POLICY_UNIFORM, 3);
	expect("global-racy", "misses a peak", LAB_FIND_BELOW_TRUTH, LAB_POLICY_PRIORITY, 3);
}

/* Two areas, one after the other. */
static void per_area_overstates(void)
{
	expect("per-area", "overstates", LAB_FIND_ABOVE_TRUTH, LAB_POLICY_BOTH, 3);
}

/* Slots are taken again before they were subtracted. */
static void global_atomic_exceeds_the_pool(void)
{
	struct lab_check_result r =
		search("global-atomic", LAB_FIND_ABOVE_POOL, LAB_POLICY_BOTH, false);

	CHECK(r.finding & LAB_FIND_ABOVE_POOL);
	CHECK(r.hiwater > r.scenario.pool.nslabs);
	CHECK(r.truth <= r.scenario.pool.nslabs);
	CHECK(r.scenario.nr_ops <= 8);
	report("global-atomic", "exceeds the pool", &r);
	lab_check_result_free(&r);
}

static void every_promise_holds(void)
{
	for (uint32_t i = 0; i < swiotlb_nr_trackers; i++) {
		const char *name = swiotlb_trackers[i].name;
		struct lab_check_result r = search(name, LAB_FIND_PROMISE, LAB_POLICY_BOTH, false);

		if (r.finding)
			report(name, "breaks a promise", &r);
		CHECK_EQ(r.finding, 0);
		CHECK_EQ(r.schedules, SEEDS);
		CHECK(!r.cancelled);
	}
}

static void switching_on_in_the_midst_holds(void)
{
	struct lab_check_result r = search("switchable", LAB_FIND_PROMISE, LAB_POLICY_BOTH, true);

	if (r.finding)
		report("switchable", "breaks a promise", &r);
	CHECK_EQ(r.finding, 0);
}

static void a_stopped_search_ends(void)
{
	const struct lab_variant variant = { 0 };
	const struct lab_check check = { .seeds = UINT64_MAX, .wanted = LAB_FIND_PROMISE };
	struct lab_control control = { .stop = 1 };
	struct lab_check_result r;

	CHECK_EQ(lab_run_check(&variant, &check, &control, &r), 0);
	CHECK(r.cancelled);
	CHECK_EQ(r.schedules, 0);
}

int main(void)
{
	racy_misses_a_peak();
	per_area_overstates();
	global_atomic_exceeds_the_pool();
	every_promise_holds();
	switching_on_in_the_midst_holds();
	a_stopped_search_ends();
	return 0;
}
