// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes what was found short enough to read: operations are left out, those of a
 * load first, mappings made smaller and changes of CPU taken back for as long as
 * the same thing is still found. Where the recorded schedule no longer shows it,
 * some others are drawn.
 */
#include <stdlib.h>

#include "virtual/schedule/schedule.h"
#include "virtual/schedule/simplify.h"

/* Schedules that are drawn for a scenario which the recorded one fails on. */
#define DRAWN_PER_SCENARIO 200
/*
 * Accesses of all schedules together, operations of loads, and slots of pools, of which so
 * many are made and looked at in the time of one access: so that shrinking ends.
 */
#define ACCESSES_IN_ALL (20UL << 20)
#define SLOTS_PER_ACCESS 64
/* Schedules between two words of progress. */
#define TELL_EVERY 64

/* Of swiotlb_layout_index(). */
#define LAYOUT_BITS 3

struct shrink {
	struct schedule_runner *runner;
	const struct schedule_subject *subject;
	struct lab_control *control;
	struct lab_check_result *best;
	u32 layouts;
	u32 finding;
	u64 seed;
	const struct lab_progress *progress;
	u64 runs;
	u64 accesses;
	int err;
};

/* Changes of CPU in a schedule: what a reader has to follow. */
static size_t switches(const u8 *choices, size_t n)
{
	size_t count = 0;

	for (size_t i = 1; i < n; i++)
		count += choices[i] != choices[i - 1];
	return count;
}

/* Who hears nothing for long believes that a schedule hangs. */
static void tell_progress(struct shrink *s)
{
	if (s->runs++ % TELL_EVERY == 0 && s->control->progress)
		s->control->progress(s->control->ctx, s->progress);
}

/* One schedule. Return: whether it shows it. */
static bool shows(struct shrink *s, const struct lab_scenario *scenario,
		  struct schedule_policy *policy, struct schedule_outcome *outcome)
{
	tell_progress(s);
	s->err = schedule_run(s->runner, s->subject, scenario, policy, outcome);
	s->accesses +=
		outcome->nr_choices + scenario->load + scenario->pool.nslabs / SLOTS_PER_ACCESS;
	return !s->err && outcome->findings & s->finding;
}

/* @scenario with this outcome is the best there is. */
static void adopt(struct shrink *s, const struct lab_scenario *scenario,
		  const struct schedule_outcome *outcome)
{
	struct lab_check_result *best = s->best, kept = outcome->numbers;

	kept.totals = best->totals;
	kept.finding = best->finding;
	kept.seed = best->seed;
	kept.choices = malloc(outcome->nr_choices + 1);
	if (!kept.choices || scenario_copy(scenario, &kept.scenario)) {
		free(kept.choices);
		s->err = -ENOMEM;
		return;
	}
	memcpy(kept.choices, outcome->choices, outcome->nr_choices);
	kept.nr_choices = outcome->nr_choices;
	lab_check_result_free(best);
	*best = kept;
}

static bool give_up(const struct shrink *s)
{
	return s->err || s->accesses >= ACCESSES_IN_ALL || lab_stopped(s->control);
}

/* Return: whether @scenario shows it too; then it is the best. */
static bool try_scenario(struct shrink *s, const struct lab_scenario *scenario)
{
	struct schedule_policy policy =
		schedule_policy_recorded(s->best->choices, s->best->nr_choices);
	const enum schedule_kind other = schedule_seed_is_held(s->seed) ? SCHEDULE_HELD :
									  SCHEDULE_PRIORITY;
	struct schedule_outcome outcome;
	bool found = shows(s, scenario, &policy, &outcome);

	for (u64 i = 0; !found && i < DRAWN_PER_SCENARIO && !give_up(s); i++) {
		policy = schedule_policy_drawn(i % 2 ? other : SCHEDULE_UNIFORM, s->seed + i,
					       20 * (scenario->nr_ops - scenario->load));
		found = shows(s, scenario, &policy, &outcome);
	}
	if (found)
		adopt(s, scenario, &outcome);
	return found && !s->err;
}

static bool try_change(struct shrink *s, enum scenario_change change, size_t at)
{
	struct lab_scenario scenario;
	bool better;

	if (scenario_copy(&s->best->scenario, &scenario)) {
		s->err = -ENOMEM;
		return false;
	}
	better = scenario_simplify(&scenario, s->layouts, change, at) && try_scenario(s, &scenario);
	free(scenario.ops);
	return better;
}

/* Where the load's last @maps maps begin; 0 if it has no more. */
static size_t last_maps(const struct lab_scenario *scenario, size_t maps)
{
	size_t at = scenario->load;

	while (at && maps)
		maps -= scenario->ops[--at].kind == LAB_OP_MAP;
	return maps ? 0 : at;
}

/* Without the operations from @from to @to, by the recorded schedule alone. */
static bool try_without(struct shrink *s, size_t from, size_t to)
{
	struct schedule_policy policy =
		schedule_policy_recorded(s->best->choices, s->best->nr_choices);
	struct schedule_outcome outcome;
	struct lab_scenario scenario;
	bool better;

	s->err = scenario_copy(&s->best->scenario, &scenario);
	if (s->err)
		return false;
	scenario_leave_out(&scenario, from, to);
	better = shows(s, &scenario, &policy, &outcome);
	if (better)
		adopt(s, &scenario, &outcome);
	free(scenario.ops);
	return better && !s->err;
}

/*
 * As few of the load's last maps as will do, and of them what can be left out one by
 * one. What stays makes the state in which the recorded schedule shows it, so no
 * other is drawn.
 */
static void shrink_load(struct shrink *s)
{
	const struct lab_scenario *best = &s->best->scenario;

	if (!best->load || try_change(s, NO_LOAD, 0))
		return;
	for (size_t maps = 1; !give_up(s); maps++) {
		size_t at = last_maps(best, maps);

		if (!at || try_without(s, 0, at))
			break;
	}
	for (size_t at = 0; at < best->load && !give_up(s);)
		if (!try_without(s, at, at + 1))
			at++;
}

static bool shrink_operations(struct shrink *s)
{
	bool better = false;

	for (size_t i = s->best->scenario.load; i < s->best->scenario.nr_ops && !give_up(s);) {
		if (try_change(s, LEAVE_OUT, i))
			better = true;
		else
			i++;
	}
	for (size_t i = s->best->scenario.load; i < s->best->scenario.nr_ops && !give_up(s);) {
		if (try_change(s, HALVE, i))
			better = true;
		else
			i++;
	}
	for (size_t bit = 0; bit < LAYOUT_BITS && !give_up(s); bit++)
		better |= try_change(s, PLAIN_LAYOUT, bit);
	for (enum scenario_change change = NO_LOOK; change <= NO_WATCH; change++)
		while (!give_up(s) && try_change(s, change, 0))
			better = true;
	return better;
}

/* The schedule with the run of choices from @at on moved behind the next run. */
static bool try_later(struct shrink *s, size_t at)
{
	const struct lab_check_result *best = s->best;
	size_t end = at, next, n = best->nr_choices;
	struct schedule_policy policy;
	struct schedule_outcome outcome;
	bool better;
	u8 *choices;

	while (end < n && best->choices[end] == best->choices[at])
		end++;
	for (next = end; next < n && best->choices[next] == best->choices[end];)
		next++;
	if (end == n)
		return false;
	choices = malloc(n);
	if (!choices) {
		s->err = -ENOMEM;
		return false;
	}
	memcpy(choices, best->choices, n);
	memcpy(choices + at, best->choices + end, next - end);
	memcpy(choices + at + next - end, best->choices + at, end - at);
	policy = schedule_policy_recorded(choices, n);
	better = shows(s, &best->scenario, &policy, &outcome) &&
		 switches(outcome.choices, outcome.nr_choices) <
			 switches(best->choices, best->nr_choices);
	if (better) {
		struct lab_scenario scenario;

		/* What is replaced must not be what it is replaced with. */
		s->err = scenario_copy(&best->scenario, &scenario);
		if (!s->err) {
			adopt(s, &scenario, &outcome);
			free(scenario.ops);
		}
	}
	free(choices);
	return better && !s->err;
}

static void shrink_switches(struct shrink *s)
{
	for (size_t at = 0; at < s->best->nr_choices && !give_up(s);) {
		if (try_later(s, at)) {
			at = 0;
			continue;
		}
		while (++at < s->best->nr_choices &&
		       s->best->choices[at] == s->best->choices[at - 1])
			;
	}
}

/* The operations in the order in which they began; the schedule is the same. */
static void sort_operations(struct shrink *s)
{
	struct lab_check_result *best = s->best;
	struct schedule_policy policy = schedule_policy_recorded(best->choices, best->nr_choices);
	struct lab_scenario scenario;
	struct schedule_outcome outcome;

	if (!shows(s, &best->scenario, &policy, &outcome))
		return;
	s->err = scenario_copy(&best->scenario, &scenario);
	if (s->err)
		return;
	/* What a deadlock kept from beginning comes last, in its old order. */
	for (size_t i = 0; i < outcome.nr_begun; i++)
		scenario.ops[i] = best->scenario.ops[outcome.begun[i]];
	for (size_t i = 0, n = outcome.nr_begun; i < best->scenario.nr_ops; i++) {
		bool begun = false;

		for (size_t k = 0; k < outcome.nr_begun; k++)
			begun |= outcome.begun[k] == i;
		if (!begun)
			scenario.ops[n++] = best->scenario.ops[i];
	}
	adopt(s, &scenario, &outcome);
	free(scenario.ops);
}

int schedule_shrink(struct schedule_runner *runner, const struct schedule_subject *subject,
		    u32 layouts, struct lab_control *control, const struct lab_progress *progress,
		    struct lab_check_result *result)
{
	struct shrink s = {
		.runner = runner,
		.subject = subject,
		.control = control,
		.best = result,
		.layouts = layouts,
		.finding = result->finding,
		.seed = result->seed,
		.progress = progress,
	};

	shrink_load(&s);
	if (!give_up(&s))
		(void)try_change(&s, SMALL_POOL, 0);
	while (shrink_operations(&s) && !give_up(&s))
		;
	shrink_switches(&s);
	if (!s.err)
		sort_operations(&s);
	return s.err;
}
