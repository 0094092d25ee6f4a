/* SPDX-License-Identifier: GPL-2.0-only */
/* Who makes the next access: at random, by priorities, held now and then, or as recorded. */
#ifndef VIRTUAL_SCHEDULE_POLICY_H
#define VIRTUAL_SCHEDULE_POLICY_H

#include "engine/random.h"
#include "virtual/schedule/types.h"

#define SCHEDULE_MAX_CHANGES 4

enum schedule_kind { SCHEDULE_UNIFORM, SCHEDULE_PRIORITY, SCHEDULE_HELD, SCHEDULE_RECORDED };

/* Of the seeds one in so many is for SCHEDULE_HELD, whatever else is wanted. */
#define SCHEDULE_HELD_EVERY 4

/**
 * struct schedule_moment - where a schedule is
 * @running: the CPU that made the last access
 * @accesses: that were made
 * @reads: how many of them were nothing but reads
 * @ended: what has ended: maps, unmaps, and what happens beside them
 * @unmaps: CPUs that are about to begin an unmap, a bit each
 */
struct schedule_moment {
	u32 running;
	u64 accesses;
	u64 reads;
	u64 ended;
	u32 unmaps;
};

/**
 * struct schedule_hold - one operation after another, but for those in the midst of which a
 * CPU is held until the others are through with a few
 * @until: by CPU, how many operations must have ended before it goes on; 0 if it is not held
 * @at: the access before which the CPU that runs is held, UINT64_MAX for none
 * @at_read: the read behind which it is, likewise
 * @begun: when the CPU that runs was chosen
 * @whole: it began its operation then, and was not held since
 * @accesses, @reads: of the last operation that ran so
 * @turn: how often another was chosen since one was held
 */
struct schedule_hold {
	u64 until[SCHEDULE_MAX_CPUS];
	u64 at;
	u64 at_read;
	struct schedule_moment begun;
	bool whole;
	u64 accesses;
	u64 reads;
	u32 turn;
};

/**
 * struct schedule_policy - who goes on
 * @random: what it draws from
 * @priority: by CPU, the highest goes on
 * @change: accesses before which the CPU that runs gets the lowest priority
 * @lowest: the lowest priority given so far
 * @hold: who is held
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
	struct schedule_hold hold;
	const u8 *choices;
	size_t nr_choices;
	size_t at;
};

/* Ready to draw from @seed, for a schedule of about @accesses. */
struct schedule_policy schedule_policy_drawn(enum schedule_kind kind, u64 seed, u64 accesses);
struct schedule_policy schedule_policy_recorded(const u8 *choices, size_t nr_choices);

/* Whether SCHEDULE_HELD is for @seed. */
bool schedule_seed_is_held(u64 seed);

/* One of the CPUs in @mask. */
u32 schedule_policy_choose(struct schedule_policy *p, u32 mask, const struct schedule_moment *now);

/* policy_held.c */

struct schedule_hold schedule_hold_begin(void);
u32 schedule_hold_choose(struct schedule_hold *h, struct random *random, u32 mask,
			 const struct schedule_moment *now);

/* policy.c, for the above */

/* One of those in @mask, each equally likely. */
u32 schedule_choose_any(struct random *random, u32 mask);

#endif /* VIRTUAL_SCHEDULE_POLICY_H */
