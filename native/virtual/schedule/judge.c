// SPDX-License-Identifier: GPL-2.0-only
/* What the tracker says at the end of a schedule, against the truth. */
#include "virtual/schedule/schedule_runner.h"

/*
 * The mark against what is promised, and what the tracker says was in use for certain, where it
 * does not just follow from the mark; @past is what the promise has ended with.
 */
static u32 judge_mark(const struct truth *t, u64 mark, u64 lower,
		      const struct tracker_bounds *bounds, u32 past)
{
	u64 low = (u64)t->low, high = (u64)t->high, truth = (u64)t->peak;
	bool tracks = bounds->under != TRACKER_UNBOUNDED || bounds->over != TRACKER_UNBOUNDED;
	u32 findings = 0;

	if (bounds->under != TRACKER_UNBOUNDED && mark + bounds->under < low)
		findings |= LAB_FIND_UNDER;
	if (bounds->over != TRACKER_UNBOUNDED && mark > high + bounds->over)
		findings |= LAB_FIND_OVER;
	if (lower != TRACKER_LOWER_UNKNOWN && lower > high)
		findings |= LAB_FIND_LOWER;
	if (past) {
		u32 which = past & TRACKER_UNTIL_RESET ? LAB_FIND_RESET : LAB_FIND_TRANSIENT;

		return findings ? which : 0;
	}
	if (tracks && mark < truth)
		findings |= LAB_FIND_BELOW_TRUTH;
	if (mark > truth)
		findings |= LAB_FIND_ABOVE_TRUTH;
	return findings;
}

void schedule_judge(struct schedule_runner *r, struct schedule_outcome *outcome)
{
	const struct swiotlb_ops *ops = r->ops;
	const struct truth *t = &r->truth;
	struct tracker_bounds bounds = schedule_bounds(r);
	const char *broken;
	u64 mark, used, lower;

	/* No CPU's: the time is that of the last access. */
	schedule_cycles(r, r->running);
	mark = ops->hiwater(r->mem);
	used = ops->used(r->mem);
	lower = ops->lower(r->mem);
	if (r->nr_locks)
		schedule_misuse(r, "a lock is held when nobody does anything any more");
	broken = r->broken ? r->broken : ops->check(r->mem);
	outcome->until = bounds.until;
	outcome->past = bounds.until & r->past;
	/* Turned off, it has nothing to say of a mark. */
	if (!r->off)
		r->findings |= judge_mark(t, mark,
					  ops->lower_written ? lower : TRACKER_LOWER_UNKNOWN,
					  &bounds, outcome->past);
	/* It was judged then, whatever came later. */
	if (t->false_claim)
		r->findings |= LAB_FIND_LOWER;
	if (used != (u64)t->used)
		r->findings |= outcome->past & TRACKER_UNTIL_TRANSIENT &&
					       ops->transient_nslabs(r->mem) ?
				       LAB_FIND_TRANSIENT :
				       LAB_FIND_USED;
	if (broken)
		r->findings |= LAB_FIND_BROKEN;
	if (mark > r->scenario->pool.nslabs && !r->scenario->pool.can_grow)
		r->findings |= LAB_FIND_ABOVE_POOL;
	outcome->numbers = (struct lab_check_result){
		.truth = (u64)t->peak,
		.low = (u64)t->low,
		.high = (u64)t->high,
		.used = used,
		.live = (u64)t->used,
		.hiwater = mark,
		.lower = t->false_claim ? (u64)t->false_claim : lower,
		.lower_high = t->false_claim ? (u64)t->false_claim_high : (u64)t->high,
		.bound_under = bounds.under,
		.bound_over = bounds.over,
		.read_used = r->read_used,
		.read_hiwater = r->read_hiwater,
		.broken = broken,
	};
}
