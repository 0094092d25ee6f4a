/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was really in use, kept while virtual CPUs run.
 *
 * The *truth* counts each operation when its area's used changes. The
 * *envelope* is what any order of overlapping operations allows, as for real
 * threads: lowest if maps count at their end and unmaps at their begin, highest
 * the other way round; begin and end are told in the order in which the engine
 * makes them happen. A map counts for the highest only if it succeeds, which is
 * known at its end, so moments wait in a ring until all maps before them ended.
 *
 * A *claim*, that so many slots were in use at some instant until now, waits there, too:
 * it is right if the highest order's peak has come so far.
 */
#ifndef VIRTUAL_TRUTH_H
#define VIRTUAL_TRUTH_H

#include "kernel.h"

/* A change of the highest order's use; @failed slots were asked for in vain, or are claimed. */
struct truth_moment {
	int32_t change;
	u32 failed;
};

/**
 * struct truth - all counts in slots
 * @used, @peak: the truth
 * @low_used, @low: of the lowest order, and its peak
 * @high_used, @high: of the highest order, as far as its moments are settled
 * @demand: highest use if every failed map had been served
 * @false_claim: the first claim that was not right; 0 for none
 * @false_claim_high: and what @high was then
 * @ring: moments @tail to @head, @room of them at most, a power of two
 */
struct truth {
	long used;
	long peak;
	long low_used;
	long low;
	long high_used;
	long high;
	long demand;
	long false_claim;
	long false_claim_high;
	struct truth_moment *ring;
	u64 tail;
	u64 head;
	u64 room;
	bool out_of_memory;
};

/* The map at this moment has not ended. */
#define MOMENT_OPEN INT32_MIN
/* The highest order's peak begins anew here. */
#define MOMENT_RESTART (INT32_MIN + 1)
#define MOMENT_CLAIM (INT32_MIN + 2)

/* 0 or -ENOMEM. */
int truth_init(struct truth *t);
/* Nothing in use, nothing seen. */
void truth_reset(struct truth *t);
void truth_free(struct truth *t);
/* Makes room for one more moment. */
void truth_grow(struct truth *t);

static inline void truth_settle(struct truth *t)
{
	while (t->tail < t->head) {
		const struct truth_moment *m = &t->ring[t->tail & (t->room - 1)];

		if (m->change == MOMENT_OPEN)
			return;
		if (m->change == MOMENT_RESTART) {
			t->high = t->high_used;
			t->tail++;
			continue;
		}
		if (m->change == MOMENT_CLAIM) {
			if ((long)m->failed > t->high && !t->false_claim) {
				t->false_claim = (long)m->failed;
				t->false_claim_high = t->high;
			}
			t->tail++;
			continue;
		}
		t->high_used += m->change;
		t->high = max(t->high, t->high_used);
		t->demand = max(t->demand, t->high_used + (long)m->failed);
		t->tail++;
	}
}

static inline u64 truth_moment(struct truth *t, int32_t change)
{
	if (unlikely(t->head - t->tail == t->room))
		truth_grow(t);
	t->ring[t->head & (t->room - 1)] = (struct truth_moment){ .change = change };
	return t->head++;
}

/* Return: what truth_map_end() wants to know. */
static inline u64 truth_map_begin(struct truth *t)
{
	return truth_moment(t, MOMENT_OPEN);
}

/* @taken slots, or 0 and @failed slots. */
static inline void truth_map_end(struct truth *t, u64 begun, u32 taken, u32 failed)
{
	t->ring[begun & (t->room - 1)] = (struct truth_moment){ (int32_t)taken, failed };
	t->low_used += taken;
	t->low = max(t->low, t->low_used);
	truth_settle(t);
}

static inline void truth_unmap_begin(struct truth *t, u32 nslots)
{
	t->low_used -= nslots;
}

static inline void truth_unmap_end(struct truth *t, u32 nslots)
{
	truth_moment(t, -(int32_t)nslots);
	truth_settle(t);
}

/*
 * The highest order's peak is counted from here on. It begins with what is in use
 * then, maps that are under way included: they may count before or after.
 */
static inline void truth_restart_high(struct truth *t)
{
	truth_moment(t, MOMENT_RESTART);
	truth_settle(t);
}

/* Somebody says now that @slots were in use at some instant, since the peak was counted. */
static inline void truth_claim(struct truth *t, u64 slots)
{
	u64 moment = truth_moment(t, MOMENT_CLAIM);

	t->ring[moment & (t->room - 1)].failed = (u32)min(slots, (u64)UINT32_MAX);
	truth_settle(t);
}

/* The operation takes effect. */
static inline void truth_count(struct truth *t, long change)
{
	t->used += change;
	t->peak = max(t->peak, t->used);
}

#endif /* VIRTUAL_TRUTH_H */
