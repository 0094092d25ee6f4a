/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One schedule of a small scenario: before each access that others may race
 * with, a policy says which CPU goes on. There is no time here and nothing
 * costs anything; what counts is the order.
 */
#ifndef VIRTUAL_SCHEDULE_H
#define VIRTUAL_SCHEDULE_H

#include "engine/random.h"
#include "virtual/coroutine.h"
#include "virtual/lab_check.h"
#include "swiotlb/swiotlb.h"

/* The CPUs that map nothing: they come behind the others, in this order. */
enum schedule_role {
	ROLE_SWITCH,
	ROLE_SAMPLER,
	ROLE_WORKER,
	ROLE_RESET,
	ROLE_TOLERANCE,
	ROLE_READER,
	NR_ROLES,
};

#define SCHEDULE_MAX_CPUS (LAB_CHECK_MAX_CPUS + NR_ROLES)
#define SCHEDULE_MAX_CHANGES 4

enum schedule_kind { SCHEDULE_UNIFORM, SCHEDULE_PRIORITY, SCHEDULE_RECORDED };

/**
 * struct schedule_policy - who goes on
 * @random: what it draws from
 * @priority: by CPU, the highest goes on
 * @change: accesses before which the CPU that runs gets the lowest priority
 * @lowest: the lowest priority given so far
 * @choices: the recorded ones
 * @at: the next of these
 */
struct schedule_policy {
	enum schedule_kind kind;
	struct random random;
	int priority[SCHEDULE_MAX_CPUS];
	u64 change[SCHEDULE_MAX_CHANGES];
	unsigned int nr_changes;
	int lowest;
	const u8 *choices;
	size_t nr_choices;
	size_t at;
};

/**
 * struct schedule_subject - the allocator under test: any, also one that is in no list
 * @ops: by layout; those of layouts that no scenario has need not be there
 */
struct schedule_subject {
	const struct swiotlb_ops *ops;
	unsigned long batch;
	unsigned long tolerance;
	bool enabled;
};

/* What to run schedules with; one run at a time. */
struct schedule_runner;

/**
 * struct schedule_outcome - what one schedule showed
 * @findings: enum lab_finding, all of them
 * @until: enum tracker_until, as the tracker says
 * @past: what of these came to pass, so that the mark was not judged
 * @choices: the schedule, valid until the runner's next run
 * @begun: operations in the order in which they began, likewise
 */
struct schedule_outcome {
	u32 findings;
	u32 until;
	u32 past;
	struct lab_check_result numbers;
	const u8 *choices;
	size_t nr_choices;
	const u32 *begun;
	size_t nr_begun;
};

/* 0, -ENOMEM, or -ENOTSUP where stacks cannot be switched; see coroutine_adopt(). */
int schedule_runner_create(struct schedule_runner **runner);
void schedule_runner_destroy(struct schedule_runner *runner);

/* Ready to draw from @seed, for a schedule of about @accesses. */
struct schedule_policy schedule_policy_drawn(enum schedule_kind kind, u64 seed, u64 accesses);
struct schedule_policy schedule_policy_recorded(const u8 *choices, size_t nr_choices);

/* Sets the data races of @totals: all that the runner has met, LAB_CHECK_MAX_RACES at most. */
void schedule_races(const struct schedule_runner *runner, struct lab_check_totals *totals);

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
 * @result: has the finding, which must still be found, the seed, for the schedules
 *	that are drawn when the recorded one no longer shows it, and a scenario and
 *	choices that show it; these two are replaced
 */
int schedule_shrink(struct schedule_runner *runner, const struct schedule_subject *subject,
		    u32 layouts, struct lab_control *control, struct lab_check_result *result);

#endif /* VIRTUAL_SCHEDULE_H */
