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
 * at all. Transient pools are in it like the others.
 */
#include "trackers/tracker.h"

struct tracker_area {
	unsigned long counted;
};

struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
	bool on;
	bool complete; /* every area is counted */
};

#include "swiotlb/types.h"

/* The areas of a new pool. @mem->lock is held, if other CPUs can see @mem. */
#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	(void)transient;
	area->tracker.counted = READ_ONCE(t->on);
}

/* The token is whether this map or unmap counts. */
static __always_inline unsigned long tracker_counted(struct tracker_mem *t, struct io_tlb_mem *mem,
						     struct io_tlb_area *area, unsigned int nslots,
						     unsigned long used)
{
	(void)used;
	(void)t;
	(void)mem;
	(void)nslots;
	return area->tracker.counted;
}

#define tracker_add_locked tracker_counted
#define tracker_sub_locked tracker_counted

/* Bounded: each retry means that another CPU has raised the mark. */
static __always_inline void tracker_raise(struct tracker_mem *t, long used)
{
	long hiwater = atomic_long_read(&t->used_hiwater);

	while (used > hiwater && !atomic_long_try_cmpxchg(&t->used_hiwater, &hiwater, used))
		;
}

#define tracker_add tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	(void)mem;
	if (token)
		tracker_raise(t, atomic_long_add_return(nslots, &t->total_used));
}

#define tracker_sub tracker_sub
static __always_inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	(void)mem;
	if (token)
		atomic_long_sub(nslots, &t->total_used);
}

static inline void tracker_switch_area(struct tracker_mem *t, struct io_tlb_area *area, bool on)
{
	spin_lock(&area->lock);
	if (area->tracker.counted != on) {
		atomic_long_add(on ? (long)area->used : -(long)area->used, &t->total_used);
		area->tracker.counted = on;
	}
	spin_unlock(&area->lock);
}

/* @mem->lock keeps other switchers out, and new pools; transient ones stay in their list. */
#define tracker_enable tracker_enable
static inline int tracker_enable(struct io_tlb_mem *mem, bool on)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct io_tlb_area *area;
	struct io_tlb_node *node;
	struct area_walk walk;

	spin_lock(&mem->lock);
	WRITE_ONCE(t->complete, false);
	WRITE_ONCE(t->on, on);
	for_each_area(mem, area, walk)
		tracker_switch_area(t, area, on);
	for (node = mem->transient; node; node = node->next)
		tracker_switch_area(t, area_at(node->pool, mem->layout, 0), on);
	WRITE_ONCE(t->complete, on);
	if (on)
		tracker_raise(t, atomic_long_read(&t->total_used));
	spin_unlock(&mem->lock);
	return 0;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	/* Turned off in between, the counter may have lost what is yet to be added. */
	return READ_ONCE(t->complete) ? (unsigned long)max(atomic_long_read(&t->total_used), 0L) :
					mem_areas_used(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used_hiwater);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->used_hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	(void)mem;
	return (struct tracker_bounds){ 0, 0, TRACKER_UNTIL_RESET };
}
