// SPDX-License-Identifier: GPL-2.0-only
/* What those see who look at the mark and at what is used, and what of it was promised to them. */
#include "virtual/schedule/schedule_runner.h"

void schedule_watch_mark(struct schedule_runner *r)
{
	const struct instrument_engine *engine = instrument_engine;
	const bool searching = instrument_searching;
	u64 mark;

	/* Nor does it wait for locks: it would come into what they keep apart. */
	if (!r->scenario->watched || r->nr_locks)
		return;
	/* It is as late as it is for whoever reads the time. */
	schedule_cycles(r, r->running);
	instrument_engine = NULL;
	instrument_searching = false;
	mark = r->ops->hiwater(r->mem);
	instrument_searching = searching;
	instrument_engine = engine;
	if (mark < r->mark && !r->resetting)
		r->findings |= LAB_FIND_FELL;
	r->mark = mark;
}

/* Two readings, one behind the other. @promised: that used is not above the mark. */
static void note_read(struct schedule_runner *r, u64 used, u64 mark, bool promised)
{
	if (used <= mark)
		return;
	/* The first, but one against the promise before all others. */
	if (!(r->findings & LAB_FIND_READ_ABOVE) || (promised && !(r->findings & LAB_FIND_READ))) {
		r->read_used = used;
		r->read_hiwater = mark;
	}
	r->findings |= LAB_FIND_READ_ABOVE | (promised ? LAB_FIND_READ : 0);
}

struct tracker_bounds schedule_bounds(struct schedule_runner *r)
{
	const struct instrument_engine *engine = instrument_engine;
	const bool searching = instrument_searching;
	struct tracker_bounds bounds;

	instrument_engine = NULL;
	instrument_searching = true;
	bounds = r->ops->bounds(r->mem);
	instrument_searching = searching;
	instrument_engine = engine;
	return bounds;
}

/* What is promised to a reader now. */
static bool reads_promised(struct schedule_runner *r)
{
	struct tracker_bounds bounds = schedule_bounds(r);

	return bounds.reads && !(bounds.until & r->past);
}

/* The tracker says that so much was in use for certain; nobody resets or turns it meanwhile. */
static void note_lower(struct schedule_runner *r, u64 lower)
{
	if (lower != TRACKER_LOWER_UNKNOWN && !(schedule_bounds(r).until & r->past))
		truth_claim(&r->truth, lower);
}

/*
 * Each is a walk that others can get into, and few of them do. It takes its turn as all
 * do: no look from outside, which would see what a lock keeps others from seeing.
 */
#define LOWER_READS 4

/* Of a mark that is begun anew meanwhile nothing is known: how often it was, before a look. */
struct quiet {
	u32 resets;
	bool so_far;
};

static struct quiet quiet_from(const struct schedule_runner *r)
{
	return (struct quiet){ r->resets, !r->resetting && !r->off };
}

static bool still_quiet(const struct schedule_runner *r, const struct quiet *before)
{
	return before->so_far && !r->resetting && !r->off && before->resets == r->resets;
}

static void read_lower(struct schedule_runner *r)
{
	struct quiet before;
	u64 lower;

	schedule_yield(r);
	before = quiet_from(r);
	schedule_begins(r, LAB_STEP_LOWER, 0);
	lower = r->ops->lower(r->mem);
	schedule_ends(r, lower);
	if (still_quiet(r, &before))
		note_lower(r, lower);
}

/* A promise is about used first: the mark may rise behind a look at it. */
void schedule_read_both(struct schedule_runner *r)
{
	u64 used, mark = UINT64_MAX;

	for (u32 i = 0; i < r->scenario->reads; i++) {
		struct quiet before;

		schedule_yield(r);
		before = quiet_from(r);
		schedule_begins(r, LAB_STEP_USED, 0);
		used = r->ops->used(r->mem);
		schedule_ends(r, used);
		note_read(r, used, mark, false);
		schedule_yield(r);
		schedule_begins(r, LAB_STEP_HIWATER, 0);
		mark = r->ops->hiwater(r->mem);
		schedule_ends(r, mark);
		note_read(r, used, mark, still_quiet(r, &before) && reads_promised(r));
		for (int k = 0; k < LOWER_READS && r->ops->lower_written; k++)
			read_lower(r);
	}
}
