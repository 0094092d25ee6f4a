/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * batched - each area collects its change under its own lock and folds it into
 * a global count when it reaches a batch, as percpu counters do.
 *
 * The count is off by less than a batch for each area, either way, and so is
 * the mark, which is raised at a fold. Used is summed exactly enough: the count
 * and what the areas hold back, read without locks. So a reader sees used above
 * the mark by as much as the mark may be under.
 */
#include "trackers/tracker.h"

#define TRACKER_DEFAULT_BATCH 32

struct tracker_area {
	long delta;
};

struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
	long batch;
};

#include "swiotlb/types.h"

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	mem_tracker(mem)->batch = params->batch ? (long)params->batch : TRACKER_DEFAULT_BATCH;
}

/* Under the area's lock, which protects @delta. */
static __always_inline void tracker_fold(struct tracker_mem *t, struct io_tlb_area *area, long n)
{
	long delta = area->tracker.delta + n;
	long new_used, hiwater;

	if (likely(delta < t->batch && delta > -t->batch)) {
		WRITE_ONCE(area->tracker.delta, delta);
		return;
	}
	WRITE_ONCE(area->tracker.delta, 0);
	new_used = atomic_long_add_return(delta, &t->total_used);
	hiwater = atomic_long_read(&t->used_hiwater);
	/* Bounded: each retry means that another CPU has raised the mark. */
	while (new_used > hiwater && !atomic_long_try_cmpxchg(&t->used_hiwater, &hiwater, new_used))
		;
}

#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	tracker_fold(t, area, (long)nslots);
	return 0;
}

#define tracker_sub_locked tracker_sub_locked
static __always_inline unsigned long tracker_sub_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	tracker_fold(t, area, -(long)nslots);
	return 0;
}

/* What a transient pool's area held back must not go with it. */
#define tracker_retire_area tracker_retire_area
static inline void tracker_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
	atomic_long_add(area->tracker.delta, &t->total_used);
	area->tracker.delta = 0;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	long used = atomic_long_read(&mem_tracker(mem)->total_used);
	struct io_tlb_area *area;
	struct area_walk walk;

	for_each_area(mem, area, walk)
		used += READ_ONCE(area->tracker.delta);
	return (unsigned long)max(used, 0L);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used_hiwater);
}

/*
 * To the count of the moment: from zero, no map would lift it but one that
 * folds. A record that a fold sets meanwhile may count as before the reset.
 */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	atomic_long_set(&t->used_hiwater, max(atomic_long_read(&t->total_used), 0L));
}

/*
 * Each area holds back less than a batch either way. A map that no fold follows
 * may hide a peak, an unmap that none follows may keep one too high.
 */
static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long bound = (unsigned long)(t->batch - 1) * mem_nr_areas(mem);

	return (struct tracker_bounds){ .under = bound,
					.over = bound,
					.until = TRACKER_UNTIL_RESET | TRACKER_UNTIL_TRANSIENT };
}
