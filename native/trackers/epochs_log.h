/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An area's present stretch and its log of those that are over, of epochs.h, which alone
 * includes this. Whoever calls holds the area's lock, or that of the transient pools.
 */

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

		c->log[i] = (struct stretch){ a.first, max(a.max, b.max), min(a.min, b.min) };
	}
	c->nr = EPOCHS_LOG / 2;
	c->length *= 2;
}

/* The present stretch is over. */
static inline void epochs_close(const struct tracker_area *a, struct tracker_cold *c)
{
	if (unlikely(c->nr == EPOCHS_LOG))
		epochs_thin(c);
	instrument_write(&c->log[c->nr], sizeof(c->log[0]));
	c->log[c->nr++] = (struct stretch){ c->first, a->max, a->min };
}

/* Whether it is as old as it should become. Clocks are apart: it may be from the future. */
static inline bool epochs_is_over(const struct tracker_cold *c, u64 now)
{
	return (s64)(now - c->first) >= (s64)c->length;
}

/*
 * How far to count until the next look: so that a look comes when a stretch is about to
 * be over, up to twice as old, however fast the area is used.
 */
static inline int epochs_pace(struct tracker_cold *c, u64 now)
{
	s64 since = (s64)(now - c->looked);

	c->looked = now;
	if (since > 2 * (s64)c->length)
		c->every = max(c->every / 2, 1);
	else if (since < (s64)c->length)
		c->every = min(c->every * 2, EPOCHS_EVERY);
	return c->every;
}

/* The use has changed to @used, and it is time for a look at the clock. */
static inline void epochs_look(struct tracker_area *a, struct tracker_cold *c, unsigned int used)
{
	u64 now = get_cycles();

	instrument_write(c, offsetof(struct tracker_cold, log));
	a->left = epochs_pace(c, now);
	if (epochs_is_over(c, now)) {
		epochs_close(a, c);
		epochs_begin(a, c, now, used);
		return;
	}
	a->max = max(a->max, used);
	a->min = min(a->min, used);
}
