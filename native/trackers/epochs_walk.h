/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a walk of epochs.h, which alone includes this, adds the areas' stretches up, moment
 * by moment. One walk at a time: struct tracker_mem's lock is held.
 */

/**
 * struct window - what is added up at once
 * @from: where the first bucket begins, cycles
 * @until: what lies before is in the mark behind it
 * @now: when the walk began
 * @last: it reaches to @now
 * @nr: buckets
 * @shift: a bucket is 1 << @shift cycles
 * @moving: areas that have logged more than one stretch in it and behind it
 * @apart: stretches that begin so soon behind each other count as one: shorter than
 *	what is added to their ends, they would count beside each other
 */
struct window {
	u64 from;
	u64 until;
	u64 now;
	bool last;
	unsigned int nr;
	unsigned int shift;
	unsigned int moving;
	s64 apart;
};

/* What lies between what is in the mark and @now, as far as clocks can say. */
static inline s64 epochs_span(const struct tracker_mem *t, u64 now)
{
	return max((s64)(now + t->skew - t->from), (s64)0);
}

/* So many windows of such buckets reach to @now. */
static inline unsigned int epochs_shift(const struct tracker_mem *t, u64 now)
{
	const s64 span = epochs_span(t, now);
	unsigned int shift = t->shift;

	while (span >> shift >= (s64)EPOCHS_BUCKETS * EPOCHS_WINDOWS)
		shift++;
	return shift;
}

static inline struct window epochs_window(const struct tracker_mem *t, u64 now, unsigned int shift)
{
	const s64 span = epochs_span(t, now);
	struct window w = { .from = t->from, .now = now, .shift = shift };

	w.last = span >> shift < EPOCHS_BUCKETS;
	w.nr = w.last ? (unsigned int)(span >> shift) + 1 : EPOCHS_BUCKETS;
	w.until = w.last ? now - t->skew : w.from + ((u64)EPOCHS_BUCKETS << shift);
	w.apart = (s64)(2 * t->skew) + (2LL << shift);
	return w;
}

/* The bucket of a time, -1 for all that is before; or one behind the last for what is behind. */
static inline s64 epochs_bucket(const struct window *w, u64 at)
{
	s64 since = (s64)(at - w->from);

	return since < 0 ? -1 : min(since >> w->shift, (s64)w->nr);
}

/* A change that counts from bucket @at on, or from the first; not at all if it is behind them. */
static inline void epochs_note(const struct window *w, int *changes, s64 at, int change)
{
	if (at < (s64)w->nr)
		changes[max(at, (s64)0)] += change;
}

/*
 * An area goes from one stretch to the next at @at, as far as clocks can say. What makes
 * the sum of the most larger counts from as early as that may have been, what makes it
 * smaller from behind as late as it may have been; and of the least the other way round.
 */
static inline void epochs_step(struct tracker_mem *t, const struct window *w, u64 at,
			       struct extremes a, struct extremes b)
{
	s64 early = epochs_bucket(w, at - t->skew), late = epochs_bucket(w, at + t->skew) + 1;

	epochs_note(w, t->most, b.max > a.max ? early : late, (int)(b.max - a.max));
	epochs_note(w, t->least, b.min > a.min ? late : early, (int)(b.min - a.min));
}

/*
 * Units as small as what is left in the log allows: a burst is not paid for ever. What was
 * said in larger ones is said in smaller ones as it is.
 */
static noinline void epochs_unfold(struct tracker_cold *c)
{
	unsigned int most = 0;

	if (c->nr)
		instrument_write(c->log, c->nr * sizeof(c->log[0]));
	for (unsigned int i = 0; i < c->nr; i++)
		if (c->log[i].max > most)
			most = c->log[i].max;
	for (; c->fold && most <= EPOCHS_SAID / 2; most *= 2) {
		for (unsigned int i = 0; i < c->nr; i++) {
			c->log[i].max = (u16)(c->log[i].max * 2);
			c->log[i].min = (u16)(c->log[i].min * 2);
		}
		c->fold--;
	}
}

/* Adds an area's stretches up, and forgets those that no later window will ask for. */
static inline void epochs_add_up(struct tracker_mem *t, const struct window *w,
				 struct tracker_area *a, struct tracker_cold *c)
{
	const struct extremes present = { a->max, a->min };
	struct extremes last = { 0 }, group = c->nr ? epochs_extremes(c, 0) : present;
	/* The first is as old as what the window asks for. */
	u64 at = w->from - (u64)w->apart;
	unsigned int keep = c->nr;

	for (unsigned int i = 0; i < c->nr; i++) {
		const struct extremes next = i + 1 < c->nr ? epochs_extremes(c, i + 1) : present;
		const u64 end = epochs_end(c, i);

		if (i % (SMP_CACHE_BYTES / sizeof(c->log[0])) == 0)
			instrument_read(&c->log[i], SMP_CACHE_BYTES);
		if (keep == c->nr && (s64)(end + t->skew - w->until) >= 0)
			keep = i;
		if ((s64)(end - at) < w->apart) {
			group = epochs_both(group, next);
			continue;
		}
		epochs_step(t, w, at, last, group);
		last = group;
		group = next;
		at = end;
		if (epochs_bucket(w, at - t->skew) == w->nr)
			break;
	}
	epochs_step(t, w, at, last, group);
	if (keep < c->nr)
		c->since = epochs_end(c, keep);
	c->nr -= keep;
	if (keep && c->nr) {
		instrument_write(c->log, (keep + c->nr) * sizeof(c->log[0]));
		memmove(c->log, c->log + keep, c->nr * sizeof(c->log[0]));
	}
	if (unlikely(c->fold))
		epochs_unfold(c);
	c->length = t->length;
}

/*
 * The same, behind closing a stretch that is old and not as it began. An area that was
 * idle looks at its next operation, so that what it does then does not count for long before.
 */
static inline void epochs_visit(struct tracker_mem *t, struct window *w, struct tracker_area *a,
				struct tracker_cold *c, unsigned long used)
{
	const u64 now = get_cycles();

	instrument_write(c, offsetof(struct tracker_cold, log));
	if ((s64)(now - c->first) >= (s64)c->length) {
		if (a->max != a->min) {
			epochs_close(a, c, now);
			epochs_begin(a, c, now, (unsigned int)used);
		}
		a->due = max(a->due, -1);
	}
	w->moving += c->nr > 1;
	epochs_add_up(t, w, a, c);
	c->room = t->room;
}

/*
 * From the changes to the largest sums. A bucket's least is what was in use at some
 * moment only where the bucket was over when the walk began; of those that were not, the
 * walk's beginning lies in one, and the smallest of their sums is no more than was in
 * use then.
 *
 * Thousands of accesses that nobody else can make meanwhile: not worth to be watched.
 */
static inline __no_kcsan void epochs_sum(struct tracker_mem *t, const struct window *w)
{
	const s64 over = epochs_bucket(w, w->now - t->skew);
	long most = 0, least = 0, last = LONG_MAX, mark = 0, floor = 0;

	for (unsigned int i = 0; i < w->nr; i++) {
		most += t->most[i];
		least += t->least[i];
		mark = max(mark, most);
		if (i >= over)
			last = min(last, least);
		else
			floor = max(floor, least);
	}
	t->mark = max(t->mark, (unsigned long)mark);
	t->floor = max(t->floor, (unsigned long)(w->last ? max(floor, last) : floor));
}

/* What lies before is in the mark. */
static inline void epochs_done_until(struct tracker_mem *t, u64 until)
{
	if ((s64)(until - t->from) > 0)
		t->from = until;
}

/* No buckets have changes. As epochs_sum(), not watched. */
static inline __no_kcsan void epochs_clear(struct tracker_mem *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		t->most[i] = t->least[i] = 0;
}

static inline void epochs_add_window(struct io_tlb_mem *mem, struct window *w)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct io_tlb_area *area;
	struct area_walk walk;

	epochs_clear(t, w->nr);
	for_each_area(mem, area, walk) {
		spin_lock_irq(&area->lock);
		epochs_visit(t, w, &area->tracker, area_cold(area), area->used);
		spin_unlock_irq(&area->lock);
	}
	spin_lock_irq(&t->transient_lock);
	epochs_visit(t, w, &t->transient, &t->transient_cold, t->transient_used);
	spin_unlock_irq(&t->transient_lock);
	epochs_sum(t, w);
	epochs_done_until(t, w->until);
}

/*
 * Brings the mark up to date. @t->lock is held. How many areas move is what the first window
 * saw: what the later ones see is part of it. Too little time says nothing of that.
 */
static noinline void epochs_walk(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	/* Before the first area is visited: all that lies before is in the logs by then. */
	const u64 now = get_cycles();
	const unsigned int shift = epochs_shift(t, now);
	const bool long_enough = epochs_span(t, now) > (s64)(4 * EPOCHS_LONGEST * t->length);
	unsigned int moving = 0;
	struct window w;

	do {
		w = epochs_window(t, now, shift);
		epochs_add_window(mem, &w);
		moving = max(moving, w.moving);
	} while (!w.last);
	if (long_enough)
		WRITE_ONCE(t->room, epochs_room(READ_ONCE(mem->nslabs), moving));
}
