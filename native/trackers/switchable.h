/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switchable - global-atomic behind a run-time switch that is off at first.
 *
 * Off, a map reads one word that does not change. On, it costs what
 * global-atomic costs, and the mark is exact since the switch was on in every
 * area. In a kernel the word would be a static key.
 *
 * Turning it on goes from area to area. Under the area's lock it adds what the
 * area has in use to the counter, and moves the switch past this area. A map
 * or unmap reads the switch under the same lock: what it did before the switch
 * passed is in the area's sum, what it does after is counted by itself, and
 * nothing is counted twice or not at all.
 */
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
	uintptr_t counted_end; /* areas below this address are counted */
	spinlock_t switch_lock;
};

#include "swiotlb/types.h"

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	(void)params;
	spin_lock_init(&mem_tracker(mem)->switch_lock);
}

/* The token is whether this map or unmap counts. */
static __always_inline unsigned long tracker_counted(struct tracker_mem *t, struct io_tlb_mem *mem,
						     struct io_tlb_area *area, unsigned int nslots)
{
	(void)mem;
	(void)nslots;
	return (uintptr_t)area < READ_ONCE(t->counted_end);
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

/* Moves the switch past one area, upwards when it is turned on. */
static inline void tracker_switch_area(struct tracker_mem *t, struct io_tlb_area *area, bool on)
{
	spin_lock(&area->lock);
	if (on) {
		atomic_long_add((long)area->used, &t->total_used);
		WRITE_ONCE(t->counted_end, (uintptr_t)area + 1);
	} else {
		atomic_long_sub((long)area->used, &t->total_used);
		WRITE_ONCE(t->counted_end, (uintptr_t)area);
	}
	spin_unlock(&area->lock);
}

#define tracker_enable tracker_enable
static inline int tracker_enable(struct io_tlb_mem *mem, bool on)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned int nareas = mem_nr_areas(mem);
	unsigned int i;

	spin_lock(&t->switch_lock);
	if (on != (t->counted_end > (uintptr_t)mem_area(mem, 0))) {
		for (i = 0; i < nareas; i++)
			tracker_switch_area(t, mem_area(mem, on ? i : nareas - 1 - i), on);
		if (on)
			tracker_raise(t, atomic_long_read(&t->total_used));
	}
	spin_unlock(&t->switch_lock);
	return 0;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	if (READ_ONCE(t->counted_end) > (uintptr_t)mem_area(mem, mem_nr_areas(mem) - 1))
		return (unsigned long)atomic_long_read(&t->total_used);
	return mem_areas_used(mem);
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
	return (struct tracker_bounds){ 0, 0 };
}
