/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a walk of epochs.h, which alone includes this, adds the areas' stretches up, moment
 * by moment. One walk at a time: struct tracker_mem's lock is held.
 */

/**
 * struct window - what a walk adds up
 * @from: where the first bucket begins, cycles
 * @now: when the walk began
 * @nr: buckets
 * @shift: a bucket is 1 << @shift cycles
 * @apart: stretches that begin so soon behind each other count as one: shorter than
 *	what is added to their ends, they would count beside each other
 */
struct window {
	u64 from;
	u64 now;
	unsigned int nr;
	unsigned int shift;
	s64 apart;
};

static inline struct window epochs_window(const struct tracker_mem *t, u64 now)
{
	s64 span = max((s64)(now + t->skew - t->from), (s64)0);
	struct window w = { .from = t->from, .now = now, .shift = t->shift };

	while (span >> w.shift >= EPOCHS_BUCKETS)
		w.shift++;
	w.nr = (unsigned int)(span >> w.shift) + 1;
	w.apart = (s64)(2 * t->skew) + (2LL << w.shift);
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
			       const struct stretch *a, const struct stretch *b)
{
	s64 early = epochs_bucket(w, at - t->skew), late = epochs_bucket(w, at + t->skew) + 1;

	epochs_note(w, t->most, b->max > a->max ? early : late, (int)(b->max - a->max));
	epochs_note(w, t->least, b->min > a->min ? late : early, (int)(b->min - a->min));
}

/* Adds an area's stretches up, and forgets those that no later walk will ask for. */
static inline void epochs_add_up(struct tracker_mem *t, const struct window *w,
				 struct tracker_area *a, struct tracker_cold *c)
{
	const struct stretch present = { c->first, a->max, a->min };
	struct stretch last = { 0 }, group = c->nr ? c->log[0] : present;
	unsigned int keep = c->nr;

	for (unsigned int i = 0; i < c->nr; i++) {
		const struct stretch *next = i + 1 < c->nr ? &c->log[i + 1] : &present;

		if (i % (SMP_CACHE_BYTES / sizeof(*next)) == 0)
			instrument_read(&c->log[i], SMP_CACHE_BYTES);
		if (keep == c->nr && (s64)(next->first + 2 * t->skew - w->now) >= 0)
			keep = i;
		if ((s64)(next->first - group.first) < w->apart) {
			group.max = max(group.max, next->max);
			group.min = min(group.min, next->min);
			continue;
		}
		epochs_step(t, w, group.first, &last, &group);
		last = group;
		group = *next;
	}
	epochs_step(t, w, group.first, &last, &group);
	c->nr -= keep;
	memmove(c->log, c->log + keep, c->nr * sizeof(c->log[0]));
	c->length = t->length;
}

/* The same, behind closing a stretch that is old and not as it began. */
static inline void epochs_visit(struct tracker_mem *t, const struct window *w,
				struct tracker_area *a, struct tracker_cold *c, unsigned long used)
{
	u64 now = get_cycles();

	instrument_write(c, offsetof(struct tracker_cold, log));
	if (a->max != a->min && epochs_is_over(c, now)) {
		epochs_close(a, c);
		epochs_begin(a, c, now, (unsigned int)used);
	}
	epochs_add_up(t, w, a, c);
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
	t->floor = max(t->floor, (unsigned long)max(floor, last));
}

/* What lies before @now is in the mark, as far as clocks can say. */
static inline void epochs_done_until(struct tracker_mem *t, u64 now)
{
	if ((s64)(now - t->skew - t->from) > 0)
		t->from = now - t->skew;
}

/* No buckets have changes. As epochs_sum(), not watched. */
static inline __no_kcsan void epochs_clear(struct tracker_mem *t, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		t->most[i] = t->least[i] = 0;
}

/* Brings the mark up to date. @t->lock is held. */
static noinline void epochs_walk(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	/* Before the first area is visited: all that lies before is in the logs by then. */
	const struct window w = epochs_window(t, get_cycles());
	struct io_tlb_area *area;
	struct area_walk walk;

	epochs_clear(t, w.nr);
	for_each_area(mem, area, walk) {
		spin_lock_irq(&area->lock);
		epochs_visit(t, &w, &area->tracker, area_cold(area), area->used);
		spin_unlock_irq(&area->lock);
	}
	spin_lock_irq(&t->transient_lock);
	epochs_visit(t, &w, &t->transient, &t->transient_cold, t->transient_used);
	spin_unlock_irq(&t->transient_lock);
	epochs_sum(t, &w);
	epochs_done_until(t, w.now);
}
