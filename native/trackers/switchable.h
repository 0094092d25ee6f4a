/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switchable - global-atomic behind a run-time switch that is off at first.
 *
 * Off, a map reads one word of its own area, on the line it has just locked. On,
 * it costs what global-atomic costs, and the mark is exact since the switch was
 * on in every area. A kernel would put a static key in front of the word.
 *
 * Turning it on goes from area to area. Under the area's lock it adds what the
 * area has in use to the counter, and turns the area's word on. A map or unmap
 * reads the word under the same lock: what it did before is in the area's sum,
 * what it does after is counted by itself, and nothing is counted twice or not
 * at all. Transient pools are in it like the others, and in used also while it
 * is off.
 *
 * Each time it is turned on a new *period* begins, and with it a new mark, of what
 * is in use then. A map that was counted in an older period may be late: turned
 * off and on while it is between its unlock and its addition, it finds another
 * period in the mark. What it added is right, what it got back may be of the old
 * period and larger than all of the new one, so it asks the counter again. The
 * period is in the mark's own word, so that a compare-exchange of it fails where
 * the period is not the one in which the counter was read.
 *
 * A reader sees the counter above the mark between the two, as with
 * global-atomic; so nothing is promised to it.
 */
#include "trackers/tracker.h"

/* The number of a period begins here in a word; below it is room for 2 PiB. */
#define SWITCHABLE_PERIOD_SHIFT 40
#define SWITCHABLE_PERIOD (1L << SWITCHABLE_PERIOD_SHIFT)

/**
 * struct tracker_area - whether an area is counted; under the area's lock
 * @counted: the period, shifted; 0 for not at all
 */
struct tracker_area {
	unsigned long counted;
};

/**
 * struct tracker_mem - what all share
 * @total_used: slots in use in the areas that are counted
 * @marked: the period, shifted, and the mark in it
 * @on: the period, shifted; 0 while it is off. Written under @mem->lock
 * @complete: every area is counted; likewise
 */
struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t marked;
	unsigned long on;
	bool complete;
};

#include "swiotlb/types.h"

/* The areas of a new pool. @mem->lock is held, if other CPUs can see @mem. */
#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	area->tracker.counted = READ_ONCE(t->on);
}

/* The token is whether this map or unmap counts. */
static __always_inline unsigned long tracker_counted(struct tracker_mem *t, struct io_tlb_mem *mem,
						     struct io_tlb_area *area, unsigned int nslots,
						     unsigned long used)
{
	return area->tracker.counted;
}

#define tracker_add_locked tracker_counted
#define tracker_sub_locked tracker_counted

static __always_inline unsigned long tracker_period(long marked)
{
	return (unsigned long)marked & ~(unsigned long)(SWITCHABLE_PERIOD - 1);
}

/*
 * @used was in the counter, in @period. Bounded: each retry means that another CPU
 * has raised the mark, or that a period has begun.
 */
static __always_inline void tracker_raise(struct tracker_mem *t, unsigned long period, long used)
{
	long marked = atomic_long_read(&t->marked);

	for (;;) {
		if (unlikely(tracker_period(marked) != period)) {
			period = tracker_period(marked);
			/* Of this period, if the word is still the same when it changes. */
			smp_mb();
			used = atomic_long_read(&t->total_used);
		}
		/* Below zero while what was turned off is yet to be added: no mark. */
		if ((long)period + used <= marked)
			return;
		if (atomic_long_try_cmpxchg(&t->marked, &marked, (long)period + used))
			return;
	}
}

#define tracker_add tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	if (token)
		tracker_raise(t, token, atomic_long_add_return(nslots, &t->total_used));
}

#define tracker_sub tracker_sub
static __always_inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	if (token)
		atomic_long_sub(nslots, &t->total_used);
}

static inline void tracker_switch_area(struct tracker_mem *t, struct io_tlb_area *area,
				       unsigned long period)
{
	unsigned long flags;

	spin_lock_irqsave(&area->lock, flags);
	if (!area->tracker.counted != !period)
		atomic_long_add(period ? (long)area->used : -(long)area->used, &t->total_used);
	area->tracker.counted = period;
	spin_unlock_irqrestore(&area->lock, flags);
}

/* @mem->lock keeps other switchers out, and new pools; transient ones stay in their list. */
static inline void tracker_switch(struct io_tlb_mem *mem, unsigned long period)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct io_tlb_area *area;
	struct io_tlb_node *node;
	struct area_walk walk;

	WRITE_ONCE(t->complete, false);
	WRITE_ONCE(t->on, period);
	for_each_area(mem, area, walk)
		tracker_switch_area(t, area, period);
	for (node = mem->transient; node; node = node->next)
		tracker_switch_area(t, area_at(node->pool, mem->layout, 0), period);
	WRITE_ONCE(t->complete, period != 0);
}

/*
 * The new period is in the mark before any area counts in it. What lies after the
 * last bit is lost: after eight million times a map that has slept through all of
 * them could take a period for its own.
 */
#define tracker_enable tracker_enable
static inline int tracker_enable(struct io_tlb_mem *mem, bool on)
{
	struct tracker_mem *t = mem_tracker(mem);

	spin_lock(&mem->lock);
	if (!on) {
		tracker_switch(mem, 0);
	} else if (!t->on) {
		unsigned long last = tracker_period(atomic_long_read(&t->marked));
		unsigned long period = (last + SWITCHABLE_PERIOD) & LONG_MAX;

		period = period ? period : SWITCHABLE_PERIOD;
		atomic_long_set(&t->marked, (long)period);
		tracker_switch(mem, period);
		tracker_raise(t, period, atomic_long_read(&t->total_used));
	}
	spin_unlock(&mem->lock);
	return 0;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	/* Turned off in between, the counter may have lost what is yet to be added. */
	if (READ_ONCE(t->complete))
		return (unsigned long)max(atomic_long_read(&t->total_used), 0L);
	return mem_areas_used(mem) + (unsigned long)atomic_long_read(&mem->transient_nslabs);
}

/* While it is off, the last period's. */
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->marked) & (SWITCHABLE_PERIOD - 1);
}

/* To zero, not to what is in use: the next map lifts it to that. */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	/* Keeps the period: nobody begins one meanwhile. */
	spin_lock(&mem->lock);
	atomic_long_set(&t->marked, (long)tracker_period(atomic_long_read(&t->marked)));
	spin_unlock(&mem->lock);
}

/* Off, it promises nothing. */
static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	unsigned long off = READ_ONCE(mem_tracker(mem)->complete) ? 0 : TRACKER_UNBOUNDED;

	return (struct tracker_bounds){ .under = off, .over = off, .until = TRACKER_UNTIL_RESET };
}
