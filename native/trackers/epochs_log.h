/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An area's present stretch and its log of those that are over, of epochs.h, which alone
 * includes this. Whoever calls holds the area's lock, or that of the transient pools.
 */

/* The whole time of what @log says in 32 bits: no end in it is further from @since. */
static inline u64 epochs_end(const struct tracker_cold *c, unsigned int i)
{
	return c->since + (u64)(s64)(int)(c->log[i].end - (u32)c->since);
}

/* What the log says of a stretch: the least may be less, and the most more, see epochs_fit(). */
static inline struct extremes epochs_extremes(const struct tracker_cold *c, unsigned int i)
{
	return (struct extremes){ (unsigned int)c->log[i].max << c->fold,
				  (unsigned int)c->log[i].min << c->fold };
}

static inline struct extremes epochs_both(struct extremes a, struct extremes b)
{
	return (struct extremes){ max(a.max, b.max), min(a.min, b.min) };
}

static inline void epochs_begin(struct tracker_area *a, struct tracker_cold *c, u64 now,
				unsigned int used)
{
	a->max = used;
	a->min = used;
	c->first = now;
}

/* Two neighbours become one, and those to come are as long. */
static noinline void epochs_thin(struct tracker_cold *c)
{
	instrument_write(c->log, sizeof(c->log));
	for (unsigned int i = 0; i < EPOCHS_LOG / 2; i++) {
		const struct stretch a = c->log[2 * i], b = c->log[2 * i + 1];

		c->log[i] = (struct stretch){ b.end, max(a.max, b.max), min(a.min, b.min) };
	}
	c->since = epochs_end(c, 0);
	c->nr = EPOCHS_LOG / 2;
	c->length *= 2;
}

/* An area that uses more than 16 bits can say is logged in units of several slots. */
static noinline void epochs_fit(struct tracker_cold *c)
{
	instrument_write(c->log, sizeof(c->log));
	for (unsigned int i = 0; i < c->nr; i++) {
		c->log[i].max = (u16)(c->log[i].max / 2 + c->log[i].max % 2);
		c->log[i].min /= 2;
	}
	c->fold++;
}

/* A time that cannot be told by 32 bits: all that is logged becomes one with what ends now. */
static noinline struct extremes epochs_melt(struct tracker_cold *c, struct extremes all)
{
	for (unsigned int i = 0; i < c->nr; i++)
		all = epochs_both(all, epochs_extremes(c, i));
	c->nr = 0;
	return all;
}

/* The present stretch is over. */
static inline void epochs_close(const struct tracker_area *a, struct tracker_cold *c, u64 now)
{
	struct extremes r = { a->max, a->min };

	if (unlikely(c->nr == EPOCHS_LOG))
		epochs_thin(c);
	if (unlikely(c->nr && (s64)(now - c->since) > INT_MAX))
		r = epochs_melt(c, r);
	while (unlikely((u64)r.max > (u64)EPOCHS_SAID << c->fold))
		epochs_fit(c);
	if (!c->nr)
		c->since = now;
	instrument_write(&c->log[c->nr], sizeof(c->log[0]));
	c->log[c->nr++] = (struct stretch){ (u32)now,
					    (u16)((r.max + (1ULL << c->fold) - 1) >> c->fold),
					    (u16)(r.min >> c->fold) };
}

/*
 * How far to count until the next look: so that the stretch will be over by then, see
 * EPOCHS_LONGEST. Without a branch: which way it goes is chance.
 */
static inline int epochs_pace(struct tracker_cold *c, s64 age, unsigned int moved)
{
	const s64 least = (s64)c->length, most = EPOCHS_LONGEST * least;
	const int longer = (age < least) | ((age < most) & (moved < c->room - c->room / 8));
	const int shorter = (age > most) | ((age > least + least / 8) & (moved > c->room));

	c->pace += (longer - shorter) * (c->pace / 16);
	c->pace = min(max(c->pace, 2 * EPOCHS_OPERATION), EPOCHS_EVERY * EPOCHS_OPERATION);
	return c->pace;
}

/* The use has changed to @used, and it is time for a look at the clock. */
static inline void epochs_look(struct tracker_area *a, struct tracker_cold *c, unsigned int used)
{
	const u64 now = get_cycles();
	s64 age;

	instrument_write(c, offsetof(struct tracker_cold, log));
	/* Clocks are apart: it may have begun in the future. */
	age = (s64)(now - c->first);
	if (unlikely(age < (s64)c->length / 4)) {
		a->max = max(a->max, used);
		a->min = min(a->min, used);
		a->due = -c->pace;
		return;
	}
	a->due = -epochs_pace(c, age, a->max - a->min);
	epochs_close(a, c, now);
	epochs_begin(a, c, now, used);
}
