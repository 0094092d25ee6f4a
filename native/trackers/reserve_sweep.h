/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rare part of reserve.h, which alone includes it: what raises the mark, and
 * what sets the chunk. Nothing here is under an area's lock but what says so. A lock
 * that is taken within another finds interrupts disabled.
 */

/* How often a sweep looks whether a group is through before it queues. */
#define RESERVE_POLLS 64

/*
 * Sets the chunk, and what groups may hold, by the distance between @used and the
 * mark. An area keeps between none and four chunks, as large as they were when it last
 * looked: it takes one beyond its need and gives back down to two, on the average it
 * keeps a little less than two. So with 7/16 of an area's share as the chunk, all areas
 * in use together keep three quarters of the distance; a group holds half of its most,
 * and all groups a quarter. Two chunks of half an area are all that an area can use;
 * more would only be kept from the others, and four must fit in 32 bits.
 *
 * The next look is due when a quarter of the distance is gone or gained, or when
 * little of it is left, but not before an area has moved a slot or two on the
 * average: so it costs one area for each slot or two that move. A group asks for one,
 * too, when it was granted slots once for each of its CPUs. @lock is held.
 */
static inline void tracker_set_chunk(struct tracker_mem *t, struct io_tlb_mem *mem, long used,
				     const struct area_totals *look)
{
	long distance = max(t->mark - used, 0L), granted = atomic_long_read(&t->granted);
	long share = (long)(READ_ONCE(mem->nslabs) / look->areas);
	long step = max(distance / 4, 2 * (long)look->areas);
	long chunks = 7 * distance / 16;
	long spare = t->groups > 1 ? distance / (2 * (long)t->groups) : 0;

	WRITE_ONCE(t->chunk, (unsigned int)min(chunks / (long)max(look->sharers, 1U), share / 2));
	WRITE_ONCE(t->most_spare, (unsigned int)spare);
	WRITE_ONCE(t->high, max(t->mark - distance / 16, granted + distance / 16));
	WRITE_ONCE(t->low, min(used, granted) - step);
}

static inline void tracker_look_at(struct area_totals *look, struct io_tlb_area *area)
{
	unsigned long used = READ_ONCE(area->used);

	look->used += (long)used;
	look->sharers += used != 0;
	look->areas++;
}

/*
 * From here on areas keep nothing, and groups, which all have to ask then, an equal
 * part of half of the tolerance. The number of the sweep is written behind that:
 * who reads it and takes an area's lock passes it on. @lock is held.
 */
static inline void tracker_begin_sweep(struct tracker_mem *t)
{
	long groups = (long)t->groups;

	t->allowed = t->tolerance;
	WRITE_ONCE(t->chunk, 0);
	WRITE_ONCE(t->most_spare, groups > 1 ? (unsigned int)(t->allowed / (2 * groups)) : 0);
	t->sweeps += t->sweeps == UINT_MAX ? 2 : 1;
	/* Behind the mark, too: a transient pool's map sees that go, or is seen at the end. */
	smp_mb();
	WRITE_ONCE(t->sweeping, t->sweeps);
}

/*
 * Waits until somebody has left a group with what it may hold. Who has the lock does
 * it before it is dropped: so there mostly is no need to wait for a turn, in a queue
 * of those who all have to go to what is granted.
 */
static inline void group_await_trim(struct tracker_mem *t, struct tracker_group *g)
{
	bool locked = false;

	for (int i = 0; !locked && i < RESERVE_POLLS; i++) {
		if (READ_ONCE(g->trimmed) == t->sweeping)
			return;
		locked = spin_trylock(&g->refill);
	}
	if (!locked)
		spin_lock(&g->refill);
	(void)group_unlock(t, g);
}

/*
 * All areas have been swept. Groups are left next to nothing, for as long as it
 * takes to go to each, and the mark rises if it may. @lock is held.
 */
static inline void tracker_end_sweep(struct tracker_mem *t, struct io_tlb_mem *mem)
{
	long left = t->groups > 1 ? t->allowed / (32 * (long)t->groups) : 0;
	long unused = (left + left / 2) * (long)t->groups, granted, mark;
	struct area_totals swept = { 0 };

	WRITE_ONCE(t->most_spare, (unsigned int)left);
	/* Who gives to a group sees that, or the slots are seen here. */
	smp_mb();
	WRITE_ONCE(t->trimming, t->sweeping);
	for (unsigned int i = 0; i < t->groups; i++) {
		struct tracker_group *g = &t->group[i];

		/* There already; what was found in the group is read behind it. */
		smp_cond_load_acquire(&g->sweeps, VAL == t->sweeping);
		group_await_trim(t, g);
		swept.sharers += g->swept.sharers;
		swept.areas += g->swept.areas;
	}
	/*
	 * Behind what others did, too. A map of a transient pool that has seen the mark
	 * before a reset is in it.
	 */
	granted = atomic_long_add_return(0, &t->granted);
	mark = granted ? granted + t->allowed - unused : 0;
	if (mark > t->mark) {
		WRITE_ONCE(t->mark, mark);
		t->bound = max(t->bound, t->allowed);
		t->tried = 0;
	}
	t->before = 0;
	WRITE_ONCE(t->sweeping, 0);
	tracker_set_chunk(t, mem, granted - unused / 2, &swept);
}

/* Makes an area give back what it does not use. Return: how much that was. */
static inline long area_sweep(struct io_tlb_area *area, struct area_totals *swept)
{
	unsigned int used;
	long unused;

	spin_lock(&area->lock);
	used = (unsigned int)area->used;
	unused = (long)(area->tracker.reserved - used);
	area->tracker.reserved = used;
	WRITE_ONCE(area->tracker.least, used);
	tracker_look_at(swept, area);
	spin_unlock(&area->lock);
	return unused;
}

/*
 * Sweeps the areas of one group, if sweep number @sweep is still under way and has
 * not been through with them. Without @wait not while somebody else is at it.
 */
static void group_sweep(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int number,
			unsigned int sweep, bool wait)
{
	struct tracker_group *g = &t->group[number];
	struct io_tlb_area *area;
	struct area_walk walk;
	unsigned long flags;
	long unused = 0;

	if (READ_ONCE(g->sweeps) == sweep)
		return;
	if (wait)
		spin_lock_irqsave(&g->sweep, flags);
	else if (!spin_trylock_irqsave(&g->sweep, flags))
		return;
	if (g->sweeps != sweep && READ_ONCE(t->sweeping) == sweep) {
		g->swept = (struct area_totals){ 0 };
		for_each_area(mem, area, walk) {
			unsigned int i = walk.number - 1;

			if (tracker_group_number(t, i) == number)
				unused += area_sweep(area, &g->swept);
			else
				/* To where the next group begins. */
				walk.number = round_up_to(i + 1, 1U << RESERVE_GROUP_SHIFT);
		}
		(void)atomic_long_add_return(-unused, &t->granted);
		/* Who reads the number sees all of this. */
		smp_store_release(&g->sweeps, sweep);
	}
	spin_unlock_irqrestore(&g->sweep, flags);
}

/*
 * Does what is left of the sweep under way, its own group first, and ends it unless
 * somebody else has. @lock is held, and dropped in between; @flags are its holder's.
 */
static void tracker_sweep(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned long *flags)
{
	unsigned int own = tracker_group_number(t, raw_smp_processor_id()), sweep = t->sweeping;

	spin_unlock_irqrestore(&t->lock, *flags);
	for (unsigned int i = 0; i < t->groups; i++)
		group_sweep(t, mem, (own + i) % t->groups, sweep, true);
	/* Where the number says that others were there, behind what they did. */
	smp_mb();
	spin_lock_irqsave(&t->lock, *flags);
	if (t->sweeping == sweep)
		tracker_end_sweep(t, mem);
}

/* Makes a group give back what it has to spare. Return: whether the mark is reached then. */
static inline bool group_reclaim(struct tracker_mem *t, struct tracker_group *g)
{
	unsigned long flags;
	bool reached;
	long granted;

	if (atomic_long_read(&g->spare) <= 0)
		return false;
	spin_lock_irqsave(&g->refill, flags);
	granted = group_trim(t, g, 0);
	reached = granted != RESERVE_UNTRIMMED && granted <= READ_ONCE(t->mark);
	(void)group_settle(t, g);
	spin_unlock_irqrestore(&g->refill, flags);
	return reached;
}

/*
 * Makes an area give back what it does not use. Before its lock is dropped: a sweep
 * that has been there must find it in what is granted. Return: whether the mark is
 * reached then.
 */
static inline bool area_reclaim(struct tracker_mem *t, struct io_tlb_area *area)
{
	bool reached = false;
	unsigned long flags;
	long unused;

	spin_lock_irqsave(&area->lock, flags);
	unused = (long)(area->tracker.reserved - (unsigned int)area->used);
	if (unused) {
		area->tracker.reserved = (unsigned int)area->used;
		reached = atomic_long_add_return(-unused, &t->granted) <= READ_ONCE(t->mark);
	}
	spin_unlock_irqrestore(&area->lock, flags);
	return reached;
}

/*
 * Takes back what groups have to spare and then what areas do not use, the own group's
 * first, until what is granted is no more than the mark. Where they keep nothing, as
 * during a sweep, nothing is to be had; and where there are no groups a sweep is soon
 * over, and raises the mark. Return: whether it came to that.
 */
static inline bool tracker_reclaim(struct tracker_mem *t, struct io_tlb_mem *mem)
{
	unsigned int own = tracker_group_number(t, raw_smp_processor_id());
	struct io_tlb_area *area;
	struct area_walk walk;

	if (t->groups == 1 || !READ_ONCE(t->chunk))
		return false;
	for (unsigned int i = 0; i < t->groups; i++)
		if (group_reclaim(t, &t->group[(own + i) % t->groups]))
			return true;
	for (int others = 0; others <= 1; others++) {
		for_each_area(mem, area, walk) {
			unsigned int i = walk.number - 1;

			if ((tracker_group_number(t, i) != own) != others) {
				walk.number = round_up_to(i + 1, 1U << RESERVE_GROUP_SHIFT);
				continue;
			}
			if (!READ_ONCE(t->chunk))
				return false;
			if (area_reclaim(t, area))
				return true;
		}
	}
	return false;
}

/*
 * A map passed the mark. Another may have raised it since, or given back. Mostly others
 * keep more than is lacking; only when all do not is it worth a sweep.
 */
static void tracker_raise(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long flags;

	if (tracker_reclaim(t, mem))
		return;

	spin_lock_irqsave(&t->lock, flags);
	/* Once, unless a reset comes in between. */
	while (atomic_long_read(&t->granted) > t->mark) {
		if (!t->sweeping)
			tracker_begin_sweep(t);
		tracker_sweep(t, mem, &flags);
	}
	spin_unlock_irqrestore(&t->lock, flags);
}

/*
 * Areas of a pool that has been added hold no more than they use, until a look or a
 * sweep has come to them: so one that missed them need not care. @lock is held.
 */
static inline void tracker_see_areas(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	struct area_walk walk;

	for_each_area(mem, area, walk) {
		spin_lock(&area->lock);
		if (area->tracker.least == RESERVE_UNSEEN)
			WRITE_ONCE(area->tracker.least, (unsigned int)area->used);
		spin_unlock(&area->lock);
	}
}

/* What a look found. @lock is held, by a holder with @flags. */
static inline void tracker_looked(struct tracker_mem *t, struct io_tlb_mem *mem,
				  const struct area_totals *look, bool unseen, unsigned long *flags)
{
	long enough = t->groups > 1 ? 11 * t->tolerance / 16 : t->tolerance / 2;

	if (t->sweeping)
		return;
	if (unseen)
		tracker_see_areas(mem);
	if (look->used + enough <= t->mark || look->used <= t->tried + t->tolerance / 16) {
		tracker_set_chunk(t, mem, look->used, look);
		return;
	}
	t->tried = look->used;
	tracker_begin_sweep(t);
	tracker_sweep(t, mem, flags);
}

/*
 * Helps with a sweep under way, with the own group. Without one, looks how much is
 * in use, and sets the chunk by it. Where little of the tolerance is left between
 * them, the mark rises now: the longer the distance, the larger the chunk. The sum
 * of the areas' use is not of one moment, so it only says whether a sweep is worth
 * while: during one, each operation of each CPU needs its group, or what is granted.
 *
 * Not worth waiting for: whoever holds the lock sets the chunk, too.
 */
static void tracker_look(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned int sweep = READ_ONCE(t->sweeping);
	struct area_totals look = { 0 };
	struct io_tlb_area *area;
	struct area_walk walk;
	bool unseen = false, looks;
	unsigned long flags;

	if (sweep) {
		group_sweep(t, mem, tracker_group_number(t, raw_smp_processor_id()), sweep, false);
		return;
	}
	if (!spin_trylock_irqsave(&t->lock, flags))
		return;
	looks = !t->looking && !t->sweeping;
	if (looks)
		t->looking = true;
	spin_unlock_irqrestore(&t->lock, flags);
	if (!looks)
		return;
	for_each_area(mem, area, walk) {
		tracker_look_at(&look, area);
		unseen |= READ_ONCE(area->tracker.least) == RESERVE_UNSEEN;
	}
	spin_lock_irqsave(&t->lock, flags);
	t->looking = false;
	tracker_looked(t, mem, &look, unseen, &flags);
	spin_unlock_irqrestore(&t->lock, flags);
}
