/* SPDX-License-Identifier: GPL-2.0-only */
/* Who makes the next access: at random, by priorities, or as recorded. */
#ifndef VIRTUAL_SCHEDULE_POLICY_H
#define VIRTUAL_SCHEDULE_POLICY_H

#include "engine/random.h"
#include "virtual/schedule/types.h"

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

/* Ready to draw from @seed, for a schedule of about @accesses. */
struct schedule_policy schedule_policy_drawn(enum schedule_kind kind, u64 seed, u64 accesses);
struct schedule_policy schedule_policy_recorded(const u8 *choices, size_t nr_choices);

/* One of the CPUs in @mask; @running made the last of @access accesses. */
u32 schedule_policy_choose(struct schedule_policy *p, u32 mask, u32 running, u64 access);

#endif /* VIRTUAL_SCHEDULE_POLICY_H */
