/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epochs - a mark for each area and each short stretch of time, added up stretch by
 * stretch, afterwards: the mark is needed only when somebody reads it.
 *
 * An area has the most and the least that it used in the present stretch. Map raises the
 * one and unmap lowers the other, and both count; when the count is through, they
 * look at the clock, the stretch goes into the area's log with the time of its end, and
 * the next one begins. The worker, and who reads the mark, go over the logs and add up
 * the areas for each moment. Nothing global is touched by map and unmap, and nothing in
 * them grows with the number of CPUs.
 *
 * Never under. Let an operation that closes a stretch take effect when it reads the
 * clock, and any other at any moment under its area's lock; that is an order that the
 * overlapping operations allow. A stretch then lasts from the clock's being read at its
 * beginning to its being read at its end; stretches of an area follow each other
 * without a gap; and in one its area never used more than the stretch's mark, which
 * begins with what is in use behind the operation that began it, and rises with each that
 * uses more. Clocks of different CPUs may be apart by EPOCHS_SKEW_NS; then none is apart
 * by more than half of it from the middle of the first and the last of them, which goes
 * forward as they do. By the time in the middle a stretch counts for half of it longer at
 * both of its ends. So for each moment the sum over the areas of the marks that count
 * then is no less than what was in use; and the largest sum is no less than the peak. A
 * walk begins by reading the clock, and adds up what lies before, in several windows if
 * it is much; what is under way meanwhile stays for the next, and so does the last part
 * of what it has added up. An operation that ended before the walk began is in its
 * area's log or present stretch by then.
 *
 * Over: by what the areas do at different times within a stretch, EPOCHS_SKEW_NS, and a
 * bucket of time at either end. A stretch lasts about as long as is asked for, no less
 * than a quarter of it, and up to EPOCHS_LONGEST times that where the area moves by less
 * than its share of EPOCHS_SHARE meanwhile: a share for each area that moved in what a
 * walk added up, if that was long enough to tell. A slot above the most or below the least
 * counts towards a look half as much as an operation: of as many looks, those that come
 * when an area has moved by so much leave less to add up than those that come after so
 * many operations. An idle area looks at its next operation, if a walk came by. Who moves
 * by s slots at each of n operations within a stretch ranges over some 1.6 s times the
 * root of n: half of that takes four times as many looks.
 *
 * The model in proof/epochs.pml has this, and what breaks where one step of it is left out.
 *
 * And it tells by how much: the sum of the least is no more than what was in use at some
 * moment. The peak lies between the two.
 *
 * A log is never full: then two neighbours in it become one, twice as long, with the
 * larger mark, and so are stretches to come until the next walk. A worker that comes late
 * or never makes the mark higher and nothing else; so does a clock that stands still.
 *
 * A reset empties the logs, area by area, and begins with what is in use. From when its
 * walk ends on all that is said above holds. Transient pools are one more area, under a
 * lock of its own: a map that needs one allocates it, so it does not notice. An area of
 * a pool that grows used nothing before.
 *
 * What it costs: some arithmetic on the line that is locked, and one branch, which is
 * taken when a look is due. Whether an area has a new most or least is chance in each
 * stretch anew; a branch for it is foretold wrongly so often that it costs more than all
 * the rest. A look is some twenty nanoseconds, most of it the clock and the branch, and
 * mostly ends a stretch; it touches a line that only its area's users, and the walks,
 * touch. Where areas share lines that other CPUs want, the lock is held for longer by it,
 * and they take the line meanwhile: then it is several times as much. The walk
 * holds one area's lock at a time, for as long as reading its log takes: some
 * microseconds with interrupts disabled. It takes areas x (log + buckets / areas) steps,
 * EPOCHS_WINDOWS times at most, however long it was not made.
 *
 * In a kernel: get_cycles() must be the same on all CPUs within EPOCHS_SKEW_NS, as it is
 * where the kernel keeps its time by it: that no CPU sees it go back when another hands
 * over a line is tested as each comes up, so two are apart by less than a line takes from
 * the one to the other. Should that be longer, the mark is right for an order that no CPU
 * can tell from the true one. In a guest with a protected counter it is promised. Where
 * the counter is found unstable, use local_clock() and state its bound. The argument
 * takes the clock to be read within the area's lock. A processor may execute a plain read
 * of the counter before the line of the lock has come, early by about as long as a line
 * takes: read it in order, as rdtsc_ordered() does for some nanoseconds more, or let
 * EPOCHS_SKEW_NS have room for that, too. Here it is read plainly.
 * The worker is delayed work. @lock is a mutex, and the walk may give way between two
 * areas. The sums need struct tracker_mem's two arrays, 32 KiB, and the logs 16 KiB for
 * each area; where that is too much, a shorter log makes longer stretches, unless the
 * worker comes more often.
 */
#include "trackers/tracker.h"

/* Stretches in a log. Even. */
#ifndef EPOCHS_LOG
#define EPOCHS_LOG 2048
#endif
/* The most operations from one look at the clock to the next. */
#ifndef EPOCHS_EVERY
#define EPOCHS_EVERY 128
#endif
/* What an operation counts, and a slot above the most or below the least. */
#define EPOCHS_OPERATION 16
#define EPOCHS_SLOT 8
#ifndef EPOCHS_SKEW_NS
#define EPOCHS_SKEW_NS 150
#endif
/* A stretch in which an area moves by little becomes so many times as long as is asked for. */
#define EPOCHS_LONGEST 5
/* Little is less than one in so many slots of the pool, for all areas that move together. */
#define EPOCHS_SHARE 120
/* Pieces of time that are added up at once. */
#define EPOCHS_BUCKETS 4096
/*
 * A stretch as long as is asked for is so many buckets, where a walk has no more than
 * these to add up.
 */
#define EPOCHS_FINE 8
#define EPOCHS_WINDOWS 8

/**
 * struct tracker_area - an area's present stretch; under its lock
 * @max: the most that was used in it, slots
 * @min: the least
 * @due: rises; from 0 on it is time for a look at the clock
 */
struct tracker_area {
	unsigned int max;
	unsigned int min;
	int due;
};

/**
 * struct extremes - what an area used in some time, slots
 * @max: no less than the most
 * @min: no more than the least
 */
struct extremes {
	unsigned int max;
	unsigned int min;
};

/* The most that 16 bits can say. */
#define EPOCHS_SAID 0xffffU

/**
 * struct stretch - one that is over; it began when the one before it in the log ended,
 *	and the first goes as far back as anybody asks
 * @end: the low half of when, cycles
 * @max: the most that was used, in units of 1 << struct tracker_cold's @fold slots
 * @min: the least
 */
struct stretch {
	u32 end;
	u16 max;
	u16 min;
};

/**
 * struct tracker_cold - what is behind an area's present stretch; under its lock
 * @first: when the present stretch began, cycles
 * @length: how old it is to become, about; a look before a quarter of that ends nothing
 * @since: when the first in @log ended, where there is one
 * @pace: how far to count from a look to the next
 * @nr: stretches in @log
 * @fold: of their @max and @min
 * @room: slots by which the area moves in a stretch that becomes no longer than @length
 */
#define tracker_cold tracker_cold
struct tracker_cold {
	u64 first;
	u64 length;
	u64 since;
	int pace;
	unsigned int nr;
	unsigned int fold;
	unsigned int room;
	struct stretch log[EPOCHS_LOG];
};

/**
 * struct tracker_mem - what all share; map and unmap touch none of it
 * @pad: keeps what follows from the line that every map reads
 * @lock: protects what follows, but for the transient pools
 * @length: of a stretch, cycles; never changes, as @skew and @shift do not
 * @skew: how far a clock may be from the middle of all, cycles
 * @shift: a bucket is 1 << @shift cycles, or more
 * @room: of each area, see EPOCHS_SHARE
 * @from: until here all is in @mark
 * @mark: the largest sum of the most until then
 * @floor: the largest sum of the least
 * @transient_lock: protects the three that follow, within an area's lock or by itself
 * @transient_used: slots of all transient pools
 * @most, @least: by bucket, how the sum of the most changes with it, and of the least
 */
struct tracker_mem {
	char pad[CACHE_LINE_PAIR];
	spinlock_t lock;
	spinlock_t transient_lock;
	u64 length;
	u64 skew;
	unsigned int shift;
	unsigned int room;
	u64 from;
	unsigned long mark;
	unsigned long floor;
	unsigned long transient_used;
	struct tracker_area transient;
	struct tracker_cold transient_cold;
	int most[EPOCHS_BUCKETS];
	int least[EPOCHS_BUCKETS];
};

#include "swiotlb/types.h"

#include "trackers/epochs_log.h"

/* By how many slots each area may move, where so many areas do. */
static inline unsigned int epochs_room(unsigned long nslabs, unsigned int moving)
{
	return (unsigned int)min(nslabs / EPOCHS_SHARE / max(moving, 1U), (unsigned long)INT_MAX);
}

/* Nothing was used before. */
static inline void epochs_start(const struct tracker_mem *t, struct tracker_area *a,
				struct tracker_cold *c)
{
	const u64 now = get_cycles();

	c->length = t->length;
	c->pace = 2 * EPOCHS_OPERATION;
	/* A walk may set it meanwhile: either will do. */
	c->room = READ_ONCE(t->room);
	epochs_close(a, c, now);
	epochs_begin(a, c, now, 0);
}

#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	/* Whoever uses a transient one is to look each time. */
	area->tracker.due = transient ? INT_MAX / 2 : -1;
	if (transient)
		return;
	epochs_start(t, &area->tracker, area_cold(area));
}

/* The areas of the first pool are there already, and know of no length. */
#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct io_tlb_area *area;
	struct area_walk walk;

	spin_lock_init(&t->lock);
	spin_lock_init(&t->transient_lock);
	t->length = ns_to_cycles(params->stretch_ns);
	t->skew = ns_to_cycles(DIV_ROUND_UP(EPOCHS_SKEW_NS, 2));
	while (t->length >> t->shift > 2 * EPOCHS_FINE)
		t->shift++;
	t->room = epochs_room(params->nslabs, params->nareas);
	for_each_area(mem, area, walk) {
		area_cold(area)->length = t->length;
		area_cold(area)->room = t->room;
	}
	t->from = get_cycles();
	epochs_start(t, &t->transient, &t->transient_cold);
}

static noinline void epochs_count_transient(struct tracker_mem *t, long nslots)
{
	spin_lock(&t->transient_lock);
	t->transient_used += (unsigned long)nslots;
	epochs_look(&t->transient, &t->transient_cold, (unsigned int)t->transient_used);
	spin_unlock(&t->transient_lock);
}

/*
 * What map and unmap do seldom is behind a call, and finds what it needs by itself: kept
 * in map and unmap for it, it would be one more word on their stack each time.
 */

/* The count is through in a map. The area's lock is held. */
static noinline void epochs_mapped(struct io_tlb_mem *mem, struct io_tlb_area *area)
{
	struct tracker_cold *c = area_cold(area);

	if (unlikely(!c)) {
		area->tracker.max = (unsigned int)area->used;
		epochs_count_transient(mem_tracker(mem), (long)area->used);
		return;
	}
	epochs_look(&area->tracker, c, (unsigned int)area->used);
}

/* And in an unmap; a transient area's is told by tracker_retire_area(). */
static noinline void epochs_unmapped(struct io_tlb_area *area)
{
	struct tracker_cold *c = area_cold(area);

	if (likely(c))
		epochs_look(&area->tracker, c, (unsigned int)area->used);
}

/*
 * Where a stretch ends here, what is used now is the next one's and no part of this: an
 * area that was idle for long has a long one.
 */

#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	struct tracker_area *a = &area->tracker;
	int above = max((int)((unsigned int)used - a->max), 0);
	int due = a->due + EPOCHS_OPERATION + EPOCHS_SLOT * above;

	if (unlikely(due >= 0)) {
		epochs_mapped(mem, area);
		return 0;
	}
	a->due = due;
	a->max += (unsigned int)above;
	return 0;
}

#define tracker_sub_locked tracker_sub_locked
static __always_inline unsigned long tracker_sub_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	struct tracker_area *a = &area->tracker;
	int below = max((int)(a->min - (unsigned int)used), 0);
	int due = a->due + EPOCHS_OPERATION + EPOCHS_SLOT * below;

	if (unlikely(due >= 0)) {
		epochs_unmapped(area);
		return 0;
	}
	a->due = due;
	a->min -= (unsigned int)below;
	return 0;
}

/* Its only mapping goes, and had all that it was. */
#define tracker_retire_area tracker_retire_area
static inline void tracker_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
	epochs_count_transient(t, -(long)area->tracker.max);
}

#include "trackers/epochs_walk.h"

/* If another walk is under way, it does the same. */
#define tracker_sample tracker_sample
static inline void tracker_sample(struct io_tlb_mem *mem)
{
	if (!spin_trylock(&mem_tracker(mem)->lock))
		return;
	epochs_walk(mem);
	spin_unlock(&mem_tracker(mem)->lock);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem) + (unsigned long)atomic_long_read(&mem->transient_nslabs);
}

/* The mark, and what was in use at some moment, see epochs_sum(). */
struct epochs_reading {
	unsigned long mark;
	unsigned long floor;
};

static inline struct epochs_reading epochs_read(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct epochs_reading read;

	spin_lock_irq(&t->lock);
	epochs_walk(mem);
	read = (struct epochs_reading){ t->mark, t->floor };
	spin_unlock_irq(&t->lock);
	return read;
}

/* A pool that cannot grow was never used beyond its size. */
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	unsigned long mark = epochs_read(mem).mark;

	return mem_can_grow(mem) ? mark : min(mark, READ_ONCE(mem->nslabs));
}

#define tracker_lower tracker_lower
static inline unsigned long tracker_lower(struct io_tlb_mem *mem)
{
	return epochs_read(mem).floor;
}

static inline void epochs_forget(struct tracker_mem *t, struct tracker_area *a,
				 struct tracker_cold *c, unsigned long used)
{
	instrument_write(c, offsetof(struct tracker_cold, log));
	c->nr = 0;
	c->fold = 0;
	c->length = t->length;
	epochs_begin(a, c, get_cycles(), (unsigned int)used);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct io_tlb_area *area;
	struct area_walk walk;

	spin_lock_irq(&t->lock);
	for_each_area(mem, area, walk) {
		spin_lock_irq(&area->lock);
		epochs_forget(t, &area->tracker, area_cold(area), area->used);
		spin_unlock_irq(&area->lock);
	}
	spin_lock_irq(&t->transient_lock);
	epochs_forget(t, &t->transient, &t->transient_cold, t->transient_used);
	spin_unlock_irq(&t->transient_lock);
	t->mark = t->floor = 0;
	/* It takes effect now: the areas' logs are whole from before this on. */
	epochs_done_until(t, get_cycles() - t->skew);
	spin_unlock_irq(&t->lock);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = 0,
					.over = TRACKER_UNBOUNDED,
					.skew_ns = EPOCHS_SKEW_NS };
}
