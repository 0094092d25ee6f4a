/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * windowed - per-area's marks, collected and begun anew by a worker every period.
 *
 * Each area has the most that it used since the worker was last there, @now, and the
 * same of the time between its last two visits, @before. Who sums takes the larger of
 * the two; the report is the largest such sum. Nothing global is touched by map and
 * unmap, which do what per-area does.
 *
 * Never under: let the use have its peak at a time t, and let n be the first walk over
 * the areas, the worker's or a reader's, that begins behind t. Of each area, t lies
 * behind the worker's last visit before n, and then walk n finds its @now, which covers
 * t. Or t is not behind it; then t lies in the midst of that earlier walk, which had not
 * come to this area by then, and behind the one before, which had ended; so @before
 * covers t. Either way what walk n adds up is no less than the area's use at t. A walk
 * is no moment, and need not be one.
 *
 * Over: by what the areas do at different times within two periods, where per-area's is
 * over by what they do at different times since the reset. A worker that comes late
 * makes the windows longer; without one there is a single window, and it is per-area.
 *
 * A reset visits every area as the worker does, with both marks at what is in use: from
 * its last visit on the argument above holds as it does behind a walk. Transient pools
 * are counted as one more area, under a lock of its own; a map that needs one allocates
 * it, so it does not notice.
 *
 * In a kernel: the worker is delayed work, deferrable is not: it would come late. It and
 * the readers of the file hold one area's lock at a time, with interrupts disabled, for
 * three loads and two stores. @lock is a mutex. Reading the mark costs what reading used
 * costs today and the areas' locks.
 */
#include "trackers/tracker.h"

/**
 * struct tracker_area - marks of an area, slots; under its lock
 * @now: since the worker's last visit
 * @before: of the window before that; WINDOWED_TRANSIENT in a transient pool
 */
struct tracker_area {
	unsigned int now;
	unsigned int before;
};

#define WINDOWED_TRANSIENT UINT_MAX

/**
 * struct tracker_mem - what all share
 * @pad: keeps what follows from the line that every map reads
 * @lock: one walk at a time
 * @mark: the largest sum of a walk; under @lock
 * @transient_lock: protects the two that follow, within an area's lock or by itself
 * @transient_used: slots of all transient pools
 * @transient: their marks
 */
struct tracker_mem {
	char pad[CACHE_LINE_PAIR];
	spinlock_t lock;
	spinlock_t transient_lock;
	unsigned long mark;
	unsigned long transient_used;
	struct tracker_area transient;
};

#include "swiotlb/types.h"

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	spin_lock_init(&mem_tracker(mem)->lock);
	spin_lock_init(&mem_tracker(mem)->transient_lock);
}

#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	if (transient)
		area->tracker.before = WINDOWED_TRANSIENT;
}

static inline void windowed_count_transient(struct tracker_mem *t, long nslots)
{
	spin_lock(&t->transient_lock);
	t->transient_used += (unsigned long)nslots;
	if (t->transient_used > t->transient.now)
		t->transient.now = (unsigned int)t->transient_used;
	spin_unlock(&t->transient_lock);
}

/* An area has a new mark. Its lock is held. */
static noinline void windowed_rise(struct io_tlb_mem *mem, struct io_tlb_area *area)
{
	if (unlikely(area->tracker.before == WINDOWED_TRANSIENT))
		windowed_count_transient(mem_tracker(mem), (long)area->used);
	area->tracker.now = (unsigned int)area->used;
}

#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	if (unlikely(used > area->tracker.now))
		windowed_rise(mem, area);
	return 0;
}

/* Its only mapping goes, and had all that it was. */
#define tracker_retire_area tracker_retire_area
static inline void tracker_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
	windowed_count_transient(t, -(long)area->tracker.now);
}

/* What a walk does with an area's marks; returns what the area adds to the sum. */
static inline unsigned long windowed_visit(struct tracker_area *a, unsigned long used, bool anew)
{
	unsigned long most = max(a->now, a->before);

	if (anew) {
		a->before = a->now;
		a->now = (unsigned int)used;
	}
	return most;
}

/* Raises the mark to what a walk finds; @anew: the worker's. @t->lock is held. */
static inline void windowed_walk(struct io_tlb_mem *mem, bool anew)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct io_tlb_area *area;
	unsigned long sum = 0;
	struct area_walk walk;

	for_each_area(mem, area, walk) {
		spin_lock_irq(&area->lock);
		sum += windowed_visit(&area->tracker, area->used, anew);
		spin_unlock_irq(&area->lock);
	}
	spin_lock_irq(&t->transient_lock);
	sum += windowed_visit(&t->transient, t->transient_used, anew);
	spin_unlock_irq(&t->transient_lock);
	t->mark = max(t->mark, sum);
}

#define tracker_sample tracker_sample
static inline void tracker_sample(struct io_tlb_mem *mem)
{
	spin_lock_irq(&mem_tracker(mem)->lock);
	windowed_walk(mem, true);
	spin_unlock_irq(&mem_tracker(mem)->lock);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem) + (unsigned long)atomic_long_read(&mem->transient_nslabs);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long mark;

	spin_lock_irq(&t->lock);
	windowed_walk(mem, false);
	mark = t->mark;
	spin_unlock_irq(&t->lock);
	return mark;
}

static inline void windowed_forget(struct tracker_area *a, unsigned long used)
{
	a->now = a->before = (unsigned int)used;
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct io_tlb_area *area;
	struct area_walk walk;

	spin_lock_irq(&t->lock);
	for_each_area(mem, area, walk) {
		spin_lock_irq(&area->lock);
		windowed_forget(&area->tracker, area->used);
		spin_unlock_irq(&area->lock);
	}
	spin_lock_irq(&t->transient_lock);
	windowed_forget(&t->transient, t->transient_used);
	spin_unlock_irq(&t->transient_lock);
	t->mark = 0;
	spin_unlock_irq(&t->lock);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = 0, .over = TRACKER_UNBOUNDED };
}
