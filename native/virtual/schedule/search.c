// SPDX-License-Identifier: GPL-2.0-only
/* Seed after seed, until one shows what is wanted. */
#include "virtual/schedule/schedule.h"

#include <stdlib.h>

#include "engine/step.h"

/* Seeds between two looks at the stop flag. */
#define LOOK_EVERY 64
/* Of so many seeds one is run twice, and each that shows something. */
#define REPEAT_EVERY 64
/* Where the moments of priority changes are drawn from, at first. */
#define ACCESSES_FIRST 100

/* The numbers of a schedule that showed something; what it owns is copied. */
static int keep(const struct schedule_outcome *outcome, const struct lab_scenario *scenario,
		struct lab_check_result *result)
{
	struct lab_check_result kept = outcome->numbers;

	kept.totals = result->totals;
	kept.choices = malloc(outcome->nr_choices + 1);
	if (!kept.choices)
		return -ENOMEM;
	if (scenario_copy(scenario, &kept.scenario)) {
		free(kept.choices);
		return -ENOMEM;
	}
	memcpy(kept.choices, outcome->choices, outcome->nr_choices);
	kept.nr_choices = outcome->nr_choices;
	*result = kept;
	return 0;
}

static enum schedule_kind kind_of(enum lab_policy policy, u64 seed, u64 i)
{
	if (schedule_seed_is_held(seed))
		return SCHEDULE_HELD;
	if (policy == LAB_POLICY_BOTH)
		return i % 2 ? SCHEDULE_PRIORITY : SCHEDULE_UNIFORM;
	return policy == LAB_POLICY_UNIFORM ? SCHEDULE_UNIFORM : SCHEDULE_PRIORITY;
}

static void count(struct lab_check_totals *totals, const struct lab_scenario *scenario,
		  const struct schedule_outcome *outcome)
{
	totals->schedules++;
	totals->loaded += scenario->load > 0;
	totals->longest = max(totals->longest, (u64)(scenario->nr_ops - scenario->load));
	totals->most_slots = max(totals->most_slots, scenario->pool.nslabs);
	totals->most_areas = max(totals->most_areas, scenario->pool.nareas);
	totals->most_cpus = max(totals->most_cpus, scenario->cpus);
	totals->most_used = max(totals->most_used, outcome->most_used);
	totals->accesses += outcome->nr_choices;
	totals->until |= outcome->until;
	totals->past_reset += !!(outcome->past & TRACKER_UNTIL_RESET);
	totals->past_transient += !!(outcome->past & TRACKER_UNTIL_TRANSIENT);
}

/*
 * Runs the schedule of @outcome, the runner's latest, once more. What a tracker does
 * may hang on nothing else. Return: 0 or an error; whether the two runs differ is in
 * @differ.
 */
static int repeat(struct schedule_runner *runner, const struct schedule_subject *subject,
		  const struct lab_scenario *scenario, const struct schedule_outcome *outcome,
		  struct lab_differ *differ)
{
	const struct schedule_outcome first = *outcome;
	const size_t n = first.nr_choices;
	struct schedule_policy policy;
	struct schedule_outcome second;
	u8 *choices = malloc(n + 1);
	int err;

	if (!choices)
		return -ENOMEM;
	memcpy(choices, first.choices, n);
	policy = schedule_policy_recorded(choices, n);
	err = schedule_run(runner, subject, scenario, &policy, &second);
	*differ = (struct lab_differ){
		.differ = !err && (first.findings != second.findings || n != second.nr_choices ||
				   memcmp(choices, second.choices, n) ||
				   first.numbers.used != second.numbers.used ||
				   first.numbers.hiwater != second.numbers.hiwater ||
				   first.numbers.lower != second.numbers.lower),
		.accesses = { n, second.nr_choices },
		.used = { first.numbers.used, second.numbers.used },
		.hiwater = { first.numbers.hiwater, second.numbers.hiwater },
		.lower = { first.numbers.lower, second.numbers.lower },
		.findings = { first.findings, second.findings },
	};
	free(choices);
	return err;
}

/* What the search ends with, beside an error. */
enum { SEED_FOUND = 1, SEED_DIFFERS };

/* What became of a schedule that was run: keeps it if it showed something. */
static int judge_seed(struct schedule_runner *runner, const struct schedule_subject *subject,
		      const struct lab_check *check, u64 i, const struct lab_scenario *scenario,
		      const struct schedule_outcome *outcome, struct lab_check_result *result)
{
	u32 found = outcome->findings & check->wanted;
	struct lab_differ differ;
	int err;

	if (!found && i % REPEAT_EVERY)
		return 0;
	err = found ? keep(outcome, scenario, result) : 0;
	if (!err)
		err = repeat(runner, subject, scenario, outcome, &differ);
	if (err)
		return err;
	result->seed = check->seed + i;
	if (differ.differ) {
		const struct lab_check_totals totals = result->totals;

		lab_check_result_free(result);
		*result = (struct lab_check_result){
			.totals = totals,
			.seed = check->seed + i,
			.differ = differ,
		};
		return SEED_DIFFERS;
	}
	/* Damage comes first: nothing else can be believed beside it. */
	result->finding = found & LAB_FIND_BROKEN ? LAB_FIND_BROKEN : found & -found;
	return found ? SEED_FOUND : 0;
}

/* One seed. Return: 0, SEED_FOUND, SEED_DIFFERS or an error. */
static int try_seed(struct schedule_runner *runner, const struct schedule_subject *subject,
		    const struct lab_check *check, u64 i, struct lab_check_result *result)
{
	u64 seed = check->seed + i;
	struct schedule_policy policy;
	struct schedule_outcome outcome;
	struct lab_scenario scenario;
	int err = scenario_draw(seed, check->beside, check->layouts, &scenario);

	if (err)
		return err;
	/* About as many accesses as the operations of this scenario make. */
	policy = schedule_policy_drawn(kind_of(check->policy, seed, i), seed,
				       ACCESSES_FIRST + 10 * (scenario.nr_ops - scenario.load));
	err = schedule_run(runner, subject, &scenario, &policy, &outcome);
	if (!err) {
		count(&result->totals, &scenario, &outcome);
		err = judge_seed(runner, subject, check, i, &scenario, &outcome, result);
	}
	free(scenario.ops);
	return err;
}

int schedule_search(const struct schedule_subject *subject, const struct lab_check *check,
		    struct lab_control *control, struct lab_check_result *result)
{
	struct schedule_runner *runner;
	struct lab_traits traits;
	int err;

	*result = (struct lab_check_result){ 0 };
	if (!check->seeds || !check->wanted || check->policy > LAB_POLICY_BOTH || !check->layouts ||
	    check->layouts >= 1U << SWIOTLB_NR_LAYOUTS)
		return -EINVAL;
	err = schedule_traits(subject, (u32)__builtin_ctz(check->layouts), &traits);
	if (err || check->beside & ~traits.beside)
		return err ? err : -EINVAL;
	err = schedule_runner_create(&runner);
	if (err)
		return err;
	for (u64 i = 0; i < check->seeds && !err; i++) {
		if (i % LOOK_EVERY == 0) {
			result->cancelled = lab_stopped(control);
			if (result->cancelled)
				break;
			if (control->progress)
				control->progress(control->ctx,
						  &(struct lab_progress){ i, check->seeds });
		}
		err = try_seed(runner, subject, check, i, result);
	}
	schedule_races(runner, &result->totals);
	if (err == SEED_DIFFERS)
		err = 0;
	if (err == SEED_FOUND)
		err = schedule_shrink(
			runner, subject, check->layouts, control,
			&(struct lab_progress){ result->seed - check->seed, check->seeds }, result);
	schedule_runner_destroy(runner);
	if (err)
		lab_check_result_free(result);
	return err;
}

static int subject_of(const struct lab_variant *variant, struct schedule_subject *subject)
{
	const struct swiotlb_tracker *tracker = find_tracker(variant->tracker);

	if (!tracker)
		return -EINVAL;
	*subject = (struct schedule_subject){
		.ops = tracker->instrumented,
		.batch = variant->batch,
		.tolerance = variant->tolerance,
		.stretch_ns = variant->stretch_ns,
		.enabled = variant->enabled,
	};
	return 0;
}

int lab_run_check(const struct lab_variant *variant, const struct lab_check *check,
		  struct lab_control *control, struct lab_check_result *result)
{
	struct schedule_subject subject;
	int err = subject_of(variant, &subject);

	*result = (struct lab_check_result){ 0 };
	return err ? err : schedule_search(&subject, check, control, result);
}

int lab_check_traits(const struct lab_variant *variant, struct lab_traits *traits)
{
	struct schedule_subject subject;
	int err = subject_of(variant, &subject);

	return err ? err : schedule_traits(&subject, 0, traits);
}

int lab_check_replay(const struct lab_variant *variant, const struct lab_check_result *found,
		     struct lab_check_result *result)
{
	struct schedule_policy policy = schedule_policy_recorded(found->choices, found->nr_choices);
	struct schedule_subject subject;
	struct schedule_outcome outcome;
	struct schedule_runner *runner;
	int err = subject_of(variant, &subject);

	*result = (struct lab_check_result){ 0 };
	if (err)
		return err;
	err = schedule_runner_create(&runner);
	if (err)
		return err;
	err = schedule_want_steps(runner);
	if (!err)
		err = schedule_run(runner, &subject, &found->scenario, &policy, &outcome);
	if (!err) {
		*result = outcome.numbers;
		schedule_take_steps(runner, result);
		result->finding = outcome.findings;
		result->seed = found->seed;
		count(&result->totals, &found->scenario, &outcome);
		schedule_races(runner, &result->totals);
	}
	schedule_runner_destroy(runner);
	return err;
}
