/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an area does in reserve.h, which alone includes this, when its reservation
 * ends or has become too large. Its lock is held in all of it.
 */

/* From now on the area has @reserved, and gives back when more than four chunks are unused. */
static inline void tracker_set_area(struct io_tlb_area *area, unsigned int reserved,
				    unsigned int chunk)
{
	area->tracker.reserved = reserved;
	/* Looks read it without the lock. */
	if (area->tracker.least < RESERVE_UNSEEN)
		WRITE_ONCE(area->tracker.least, reserved > 4 * chunk ? reserved - 4 * chunk : 0);
}

static inline unsigned int tracker_area_chunk(struct tracker_mem *t, struct io_tlb_area *area)
{
	return area->tracker.least < RESERVE_UNSEEN ? READ_ONCE(t->chunk) : 0;
}

/* The group of a CPU, or of the area that it begins to search in. */
static inline unsigned int tracker_group_number(struct tracker_mem *t, unsigned int cpu)
{
	return (cpu >> RESERVE_GROUP_SHIFT) % t->groups;
}

/* NULL where the area has to do with what is granted alone. */
static inline struct tracker_group *tracker_area_group(struct tracker_mem *t,
						       struct io_tlb_area *area)
{
	if (area->tracker.least >= RESERVE_UNSEEN || !READ_ONCE(t->most_spare))
		return NULL;
	return &t->group[tracker_group_number(t, raw_smp_processor_id())];
}

/* A sweep under way can be helped; else whether the chunk should be set anew. */
static inline unsigned long tracker_wants_look(struct tracker_mem *t, long granted)
{
	bool inside = granted >= READ_ONCE(t->low) && granted <= READ_ONCE(t->high);

	return !inside || READ_ONCE(t->sweeping) ? RESERVE_LOOK : 0;
}

/* Nothing was given back. */
#define RESERVE_UNTRIMMED (-1L)

/*
 * Gives back half of @most, and all that the group has beyond. Its lock @refill is held.
 * What others took meanwhile is put back; what yet others gave into the debt shows then.
 *
 * Return: what is granted then, or RESERVE_UNTRIMMED if the group has no more than @most.
 */
static inline long group_trim(struct tracker_mem *t, struct tracker_group *g, long most)
{
	long spare = atomic_long_read(&g->spare), trimmed = 0;

	while (spare > most) {
		long excess = spare - most / 2, missing;

		spare = atomic_long_add_return(-excess, &g->spare);
		missing = min(excess, max(-spare, 0L));
		if (missing)
			spare = atomic_long_add_return(missing, &g->spare);
		trimmed += excess - missing;
	}
	return trimmed ? atomic_long_add_return(-trimmed, &t->granted) : RESERVE_UNTRIMMED;
}

/*
 * Leaves the group with no more than it may hold, before @refill is dropped. Says so to
 * a sweep that waits for it, behind all that was done under the lock. Return: a token.
 */
static inline unsigned long group_settle(struct tracker_mem *t, struct tracker_group *g)
{
	unsigned int sweep = READ_ONCE(t->trimming);
	long granted;

	if (unlikely(g->trimmed != sweep)) {
		/* Pairs with tracker_end_sweep(): with the number, its @most_spare is seen. */
		smp_mb();
	}
	granted = group_trim(t, g, (long)READ_ONCE(t->most_spare));
	if (unlikely(g->trimmed != sweep)) {
		/* What the group gave back is in @granted for who sees it through. */
		smp_mb();
		WRITE_ONCE(g->trimmed, sweep);
	}
	return granted == RESERVE_UNTRIMMED ? 0 : tracker_wants_look(t, granted);
}

static inline unsigned long group_unlock(struct tracker_mem *t, struct tracker_group *g)
{
	unsigned long token = group_settle(t, g);

	spin_unlock(&g->refill);
	return token;
}

/* An area gives slots to its group. Return: a token. */
static inline unsigned long group_give(struct tracker_mem *t, struct tracker_group *g, long slots)
{
	long spare = atomic_long_add_return(slots, &g->spare);
	/* Behind the full barrier: else whoever lowers it sees the slots. */
	bool fits = spare <= (long)READ_ONCE(t->most_spare);

	if (READ_ONCE(t->sweeping)) {
		if (fits)
			return RESERVE_LOOK;
		spin_lock(&g->refill);
	} else if (likely(fits) || !spin_trylock(&g->refill)) {
		/* It is only a sweep that relies on what a group holds. */
		return 0;
	}
	return group_unlock(t, g);
}

/*
 * Takes from the group. What it does not have is put back at once; if others have given
 * into the debt, there is more, and none of it may be asked for elsewhere.
 *
 * Return: how many of @slots the group does not have; all others are taken from it.
 */
static inline long group_take(struct tracker_mem *t, struct tracker_group *g, long slots)
{
	long spare = atomic_long_add_return(-slots, &g->spare);

	while (unlikely(spare < 0)) {
		slots = min(slots, -spare);
		spare = atomic_long_add_return(slots, &g->spare);
		if (likely(spare <= (long)READ_ONCE(t->most_spare)))
			return slots;
		spare = atomic_long_add_return(-slots, &g->spare);
	}
	return 0;
}

/*
 * What map and unmap hardly ever need is behind a call, and finds @mem's tracker
 * by itself: kept in map and unmap for it, the pointer would be one more word on
 * their stack each time.
 */

/*
 * Takes from what is granted to all: @lack slots for the area, of which it can do
 * without @more, and those that its group @g, if it has one, will be lacking next.
 * The locks of both are held. Return: a token.
 */
static unsigned long tracker_take_granted(struct tracker_mem *t, struct io_tlb_area *area,
					  struct tracker_group *g, long lack, long more)
{
	long bite = g ? READ_ONCE(t->most_spare) / 2 : 0, granted, mark, surplus;
	unsigned int chunk = tracker_area_chunk(t, area), used = (unsigned int)area->used;

	granted = atomic_long_add_return(lack + bite, &t->granted);
	/* After the full barrier of the addition: no mark that is older than it. */
	mark = READ_ONCE(t->mark);
	if (likely(granted <= mark)) {
		tracker_set_area(area, used + (unsigned int)more, chunk);
		if (g) {
			atomic_long_add(bite, &g->spare);
			/* What areas keep is set by a use that may long be another. */
			if (!(++g->grants % (1U << RESERVE_GROUP_SHIFT)))
				return RESERVE_LOOK;
		}
		return area->tracker.least == RESERVE_UNSEEN ? RESERVE_LOOK :
							       tracker_wants_look(t, granted);
	}
	/* Near the mark, what is not needed may make the difference. */
	surplus = min(more, lack);
	tracker_set_area(area, used + (unsigned int)(more - surplus), chunk);
	if (surplus + bite)
		granted = atomic_long_add_return(-surplus - bite, &t->granted);
	if (lack > surplus && granted > mark)
		return RESERVE_RAISE;
	return more ? RESERVE_LOOK : tracker_wants_look(t, granted);
}

/* The area uses more than it has. Its lock is held. Return: a token. */
static noinline unsigned long tracker_take(struct io_tlb_mem *mem, struct io_tlb_area *area)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct tracker_group *g = tracker_area_group(t, area);
	long more = (long)tracker_area_chunk(t, area);
	long lack = (long)((unsigned int)area->used - area->tracker.reserved) + more;
	unsigned long token;
	long missing;

	if (!g)
		return tracker_take_granted(t, area, NULL, lack, more);
	missing = group_take(t, g, lack);
	if (likely(!missing))
		goto taken;
	/* Enough for others, perhaps. */
	atomic_long_add(lack - missing, &g->spare);
	/* One of the group asks for all; who waited for it may find enough. */
	spin_lock(&g->refill);
	lack = group_take(t, g, lack);
	token = lack ? tracker_take_granted(t, area, g, lack, more) : 0;
	(void)group_unlock(t, g);
	if (lack)
		return token;
taken:
	tracker_set_area(area, (unsigned int)(area->used + (unsigned long)more),
			 (unsigned int)more);
	return READ_ONCE(t->sweeping) ? RESERVE_LOOK : 0;
}

/* The area uses less than @least. Its lock is held. Return: a token. */
static noinline unsigned long tracker_give(struct io_tlb_mem *mem, struct io_tlb_area *area)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct tracker_group *g = tracker_area_group(t, area);
	unsigned int used = (unsigned int)area->used;
	unsigned int unused = area->tracker.reserved - used;
	unsigned int chunk = tracker_area_chunk(t, area);
	long slots = (long)unused - 2 * (long)chunk;

	/* The chunk may have grown since the area last looked. */
	if (unused <= 4 * chunk) {
		tracker_set_area(area, area->tracker.reserved, chunk);
		return 0;
	}
	tracker_set_area(area, used + 2 * chunk, chunk);
	if (g)
		return group_give(t, g, slots);
	return tracker_wants_look(t, atomic_long_add_return(-slots, &t->granted));
}
