// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole operations, one after another; but now and then a CPU is held in the midst of one
 * until the others are through with a few of theirs. So a walk that is slow meets what has
 * changed before it and behind it. With priorities a CPU that lost its own waits until all
 * others are done or wait, and what they do last hides what it missed.
 */
#include "virtual/schedule/policy.h"

#define NEVER_HELD UINT64_MAX
/* Behind a read, but for one operation in so many, ... */
#define ACCESS_EVERY 4
/* ... of which one in so many is held before any of its accesses. */
#define HELD_EVERY 2
/* It is about as long as the last one, but for one in so many: that long at most. */
#define LONG_EVERY 4
#define LONG_ACCESSES 64
/* For so many operations of the others: half of the times two, for one down and one up. */
#define MOST_OPERATIONS 4
/* Of who is chosen meanwhile, one in so many is any. */
#define ANY_EVERY 4

struct schedule_hold schedule_hold_begin(void)
{
	/* Nothing has ended so often: whoever comes first is chosen, too. */
	return (struct schedule_hold){
		.at = NEVER_HELD,
		.at_read = NEVER_HELD,
		.begun.ended = UINT64_MAX,
		.accesses = LONG_ACCESSES,
	};
}

static u32 not_held(const struct schedule_hold *h, u32 mask, u64 ended)
{
	u32 free = 0;

	for (u32 i = 0; i < SCHEDULE_MAX_CPUS; i++)
		if (mask >> i & 1 && h->until[i] <= ended)
			free |= 1U << i;
	return free;
}

static void hold(struct schedule_hold *h, struct random *random, const struct schedule_moment *now)
{
	u64 operations = 2;

	if (random_below(random, 2))
		operations = 1 + random_below(random, MOST_OPERATIONS);
	h->until[now->running] = now->ended + operations;
	h->at = h->at_read = NEVER_HELD;
	h->whole = false;
	h->turn = 0;
}

/*
 * When the CPU that was chosen is held. What was read is what grows old: mostly it has just
 * read something.
 */
static void draw_moment(struct schedule_hold *h, struct random *random,
			const struct schedule_moment *now)
{
	bool behind_read = random_below(random, ACCESS_EVERY);
	u64 length = random_below(random, LONG_EVERY) ? h->accesses : LONG_ACCESSES;

	h->at = h->at_read = NEVER_HELD;
	if (behind_read && h->reads)
		h->at_read = now->reads + 1 + random_below(random, h->reads);
	else if (!random_below(random, HELD_EVERY))
		h->at = now->accesses + 1 + random_below(random, length);
}

/* What goes down somewhere while one is held goes up somewhere else: by turns, mostly. */
static u32 choose_meanwhile(struct schedule_hold *h, struct random *random, u32 mask,
			    const struct schedule_moment *now)
{
	u32 wanted = h->turn++ % 2 ? mask & ~now->unmaps : mask & now->unmaps;

	if (!wanted || !random_below(random, ANY_EVERY))
		wanted = mask;
	return schedule_choose_any(random, wanted);
}

/* Who was held and may go on; any of @mask else. */
static u32 choose_anew(struct schedule_hold *h, struct random *random, u32 mask, u32 free,
		       const struct schedule_moment *now)
{
	u32 next;

	h->begun = *now;
	for (next = 0; next < SCHEDULE_MAX_CPUS; next++) {
		if (!(free >> next & 1) || !h->until[next])
			continue;
		h->until[next] = 0;
		h->at = h->at_read = NEVER_HELD;
		h->whole = false;
		return next;
	}
	/* Nobody is free where all others wait for one that is held. */
	if (!free)
		free = mask;
	next = mask == free ? schedule_choose_any(random, free) :
			      choose_meanwhile(h, random, free, now);
	h->until[next] = 0;
	h->whole = true;
	draw_moment(h, random, now);
	return next;
}

u32 schedule_hold_choose(struct schedule_hold *h, struct random *random, u32 mask,
			 const struct schedule_moment *now)
{
	bool same = now->ended == h->begun.ended;
	u32 free;

	if (same && (h->at == now->accesses || h->at_read == now->reads))
		hold(h, random, now);
	free = not_held(h, mask, now->ended);
	if (same && free >> now->running & 1)
		return now->running;
	if (!same && h->whole) {
		h->accesses = now->accesses - h->begun.accesses;
		h->reads = now->reads - h->begun.reads;
	}
	return choose_anew(h, random, mask, free, now);
}
