/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of schedules: CPUs and their roles, what is searched, and what came out. */
#ifndef VIRTUAL_SCHEDULE_TYPES_H
#define VIRTUAL_SCHEDULE_TYPES_H

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
/**
 * struct schedule_subject - the allocator under test: any, also one that is in no list
 * @ops: by layout; those of layouts that no scenario has need not be there
 */
struct schedule_subject {
	const struct swiotlb_ops *ops;
	unsigned long batch;
	unsigned long tolerance;
	unsigned long stretch_ns;
	bool enabled;
};

/* What to run schedules with; one run at a time. */
struct schedule_runner;

/**
 * struct schedule_outcome - what one schedule showed
 * @findings: enum lab_finding, all of them
 * @until: enum tracker_until, as the tracker says
 * @past: what of these came to pass, so that the mark was not judged
 * @most_used: slots in use at once, at most
 * @choices: the schedule, valid until the runner's next run
 * @begun: operations in the order in which they began, likewise
 */
struct schedule_outcome {
	u32 findings;
	u32 until;
	u32 past;
	u64 most_used;
	struct lab_check_result numbers;
	const u8 *choices;
	size_t nr_choices;
	const u32 *begun;
	size_t nr_begun;
};

#endif /* VIRTUAL_SCHEDULE_TYPES_H */
