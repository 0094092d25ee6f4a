/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One schedule of a small scenario: before each access that others may race
 * with, a policy says which CPU goes on. There is no time here and nothing
 * costs anything; what counts is the order.
 */
#ifndef VIRTUAL_SCHEDULE_H
#define VIRTUAL_SCHEDULE_H

#include "virtual/schedule/policy.h"
#include "virtual/schedule/types.h"

/* 0, -ENOMEM, or -ENOTSUP where stacks cannot be switched; see coroutine_adopt(). */
int schedule_runner_create(struct schedule_runner **runner);
void schedule_runner_destroy(struct schedule_runner *runner);

/* Sets the data races of @totals: all that the runner has met, LAB_CHECK_MAX_RACES at most. */
void schedule_races(const struct schedule_runner *runner, struct lab_check_totals *totals);

/* From now on what is done in a schedule is kept, the latest's. 0 or -ENOMEM. */
int schedule_want_steps(struct schedule_runner *runner);
/* Hands it over to @result, and keeps nothing of it any more. */
void schedule_take_steps(struct schedule_runner *runner, struct lab_check_result *result);

/* Return: 0, -EINVAL for a scenario that makes no sense, or -ENOMEM. */
int schedule_run(struct schedule_runner *runner, const struct schedule_subject *subject,
		 const struct lab_scenario *scenario, struct schedule_policy *policy,
		 struct schedule_outcome *outcome);

/* The search itself, for a subject of any origin; see lab_run_check(). */
int schedule_search(const struct schedule_subject *subject, const struct lab_check *check,
		    struct lab_control *control, struct lab_check_result *result);

/* What can happen beside the maps, and what the promise ends with. 0 or an error. */
int schedule_traits(const struct schedule_subject *subject, u32 layout, struct lab_traits *traits);

/*
 * The scenario of a seed, with some of @beside and one of @layouts; its operations
 * are the caller's to free. 0 or -ENOMEM.
 */
int scenario_draw(u64 seed, u32 beside, u32 layouts, struct lab_scenario *scenario);
int scenario_copy(const struct lab_scenario *from, struct lab_scenario *to);

/**
 * schedule_shrink() - fewer operations, smaller, with fewer switches
 * @layouts: those that it may have, a bit each
 * @progress: how far the search is; told of every now and then, as it takes its time
 * @result: has the finding, which must still be found, the seed, for the schedules
 *	that are drawn when the recorded one no longer shows it, and a scenario and
 *	choices that show it; these two are replaced
 *
 * Return: 0 or a negative errno value; @result is whole after either.
 */
int schedule_shrink(struct schedule_runner *runner, const struct schedule_subject *subject,
		    u32 layouts, struct lab_control *control, const struct lab_progress *progress,
		    struct lab_check_result *result);

#endif /* VIRTUAL_SCHEDULE_H */
