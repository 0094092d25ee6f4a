/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve - a mark that is never under the peak, over it by no more than a
 * tolerance that is chosen, and that map and unmap hardly ever pay for.
 *
 * Each area holds a reservation: slots that it may use without telling anybody.
 * @granted is the sum of all reservations, @mark the report. While an area stays
 * within its reservation, map and unmap compare two words of the line that they
 * have locked anyway. Beyond it, the area takes what it needs and a chunk more
 * with one atomic; with too much unused, it gives back, with one atomic.
 *
 * The invariants, with the area's lock held for each line that names an area:
 *
 *   (1) area->used <= area->tracker.reserved, and the sum of all reserved is
 *       @granted, but for what is between the two halves of one operation.
 *   (2) A map returns only when @granted was at most @mark at some moment after
 *       it had its reservation, or when it has been to tracker_raise().
 *   (3) @mark rises only behind tracker_sweep(), to @granted + @tolerance, read
 *       when no area holds a slot that it does not use.
 *
 * Never under: the maps that have returned, less the unmaps that have begun,
 * never use more than @granted was when the last of them met (2), so no order
 * of the overlapping operations has a peak above @mark. Over by at most the
 * tolerance: by (3) @granted is then what is in use in an order that the
 * overlapping operations allow. For (3), tracker_sweep() first sets @chunk to
 * zero and then takes each area's lock once, giving back what is unused and
 * raising area->tracker.least, so that the next unmap asks for the chunk: an
 * operation that still read the old one did so under that lock, so before; every
 * later one keeps nothing.
 *
 * What a reader sees: the areas' sum may be above the mark, where a map has its
 * slots and is not through with tracker_raise(), or where a mapping is gone from
 * one area after it was read and is in another before that is. Used is then the
 * mark, read behind the sum. It is no worse: the maps that have returned, less the
 * unmaps that have begun, never use more than the mark, so the mark lies between
 * what is in use in some order and the sum. And as the mark does not fall but in a
 * reset, who reads it behind used finds it no lower.
 *
 * Below the mark the chunk is a fair share of the distance, and nothing global
 * is touched but when an area's use moves by more than that. A rise mostly lifts
 * the mark by a quarter of the tolerance or more, so sweeps are rare: a few hundred
 * for a tolerance of 1 % and a pool that fills once. With tolerance 0 the mark
 * is exact, and costs what an exact counter costs.
 *
 * In a kernel: the area's lock is taken with interrupts disabled, and
 * tracker_raise() runs after they are enabled again, so an interrupt may map in
 * between; it is then one more overlapping operation. tracker_raise() only
 * spins, never sleeps, and so may run in atomic context; @mem->lock must be
 * taken with interrupts disabled. It holds one area's lock at a time.
 *
 * What was tried: chunks of tolerance / (4 x areas) kept through the sweep, and
 * the mark raised to @granted alone. It keeps the same promise, but with many
 * areas the chunk rounds to nothing, and with the mark at the use of the moment
 * the next record sweeps again. All of the tolerance above the use serves both.
 */
#include "trackers/tracker.h"

/**
 * struct tracker_area - an area's share; under the area's lock
 * @reserved: slots; never below what the area uses
 * @least: use below which it looks whether to give back; ALWAYS_GIVES in
 *	transient pools, which hold no more than they use
 */
struct tracker_area {
	unsigned int reserved;
	unsigned int least;
};

#define ALWAYS_GIVES UINT_MAX

/**
 * struct tracker_mem - what all share
 * @granted: sum of the reservations
 * @mark: the report; written under @mem->lock
 * @chunk: half of what an area takes beyond its need; written under @mem->lock
 * @looked: what was granted at the last look at the areas; likewise
 * @step: how far @granted may move from it before it is time for the next;
 *	likewise
 * @tolerance: slots; likewise
 * @bound: the largest tolerance that is in @mark; likewise
 */
struct tracker_mem {
	atomic_long_t granted;
	long mark;
	unsigned int chunk;
	long looked;
	long step;
	long tolerance;
	long bound;
};

#include "swiotlb/types.h"

#define TOKEN_RAISE 1
#define TOKEN_LOOK 2

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	struct tracker_mem *t = mem_tracker(mem);

	t->tolerance = (long)min(params->tolerance, params->nslabs);
	t->bound = t->tolerance;
}

#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	area->tracker.least = transient ? ALWAYS_GIVES : 0;
}

/* From now on the area has @reserved, and gives back when more than four chunks are unused. */
static inline void tracker_set_area(struct io_tlb_area *area, unsigned int reserved,
				    unsigned int chunk)
{
	area->tracker.reserved = reserved;
	if (area->tracker.least != ALWAYS_GIVES)
		area->tracker.least = reserved > 4 * chunk ? reserved - 4 * chunk : 0;
}

static inline unsigned int tracker_area_chunk(struct tracker_mem *t, struct io_tlb_area *area)
{
	return area->tracker.least == ALWAYS_GIVES ? 0 : READ_ONCE(t->chunk);
}

/* Whether so much has changed that the chunk should be set anew. */
static inline unsigned long tracker_wants_look(struct tracker_mem *t, long granted)
{
	long moved = granted - READ_ONCE(t->looked);
	long step = READ_ONCE(t->step);

	return moved > step || moved < -step ? TOKEN_LOOK : 0;
}

/*
 * What map and unmap hardly ever need is behind a call, and finds @mem's tracker
 * by itself: kept in map and unmap for it, the pointer would be one more word on
 * their stack each time.
 */

/* The area uses more than it has. Its lock is held. Return: a token. */
static noinline unsigned long tracker_take(struct io_tlb_mem *mem, struct io_tlb_area *area)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned int used = (unsigned int)area->used;
	unsigned int chunk = tracker_area_chunk(t, area);
	long granted, mark;

	granted = atomic_long_add_return(used - area->tracker.reserved + 2 * chunk, &t->granted);
	/* After the full barrier of the addition: no mark that is older than it. */
	mark = READ_ONCE(t->mark);
	if (likely(granted <= mark)) {
		tracker_set_area(area, used + 2 * chunk, chunk);
		return tracker_wants_look(t, granted);
	}
	/* Near the mark, what is not needed may make the difference. */
	tracker_set_area(area, used, chunk);
	if (!chunk)
		return TOKEN_RAISE;
	atomic_long_sub(2 * chunk, &t->granted);
	return granted - 2 * (long)chunk <= mark ? 0 : TOKEN_RAISE;
}

/* The area uses less than @least. Its lock is held. Return: a token. */
static noinline unsigned long tracker_give(struct io_tlb_mem *mem, struct io_tlb_area *area)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned int used = (unsigned int)area->used;
	unsigned int unused = area->tracker.reserved - used;
	unsigned int chunk = tracker_area_chunk(t, area);
	long granted;

	/* The chunk may have grown since the area last looked. */
	if (unused <= 4 * chunk) {
		tracker_set_area(area, area->tracker.reserved, chunk);
		return 0;
	}
	tracker_set_area(area, used + 2 * chunk, chunk);
	granted = atomic_long_add_return(2 * (long)chunk - (long)unused, &t->granted);
	return tracker_wants_look(t, granted);
}

#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	return likely(used <= area->tracker.reserved) ? 0 : tracker_take(mem, area);
}

#define tracker_sub_locked tracker_sub_locked
static __always_inline unsigned long tracker_sub_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	return likely(used >= area->tracker.least) ? 0 : tracker_give(mem, area);
}

/* What a walk over the areas finds: slots, areas in use, and areas. */
struct area_totals {
	long used;
	unsigned int sharers;
	unsigned int areas;
};

/*
 * The chunk that the distance between @used and the mark allows. An area keeps
 * between none and four chunks, on the average two, as large as they were when it
 * last looked: with 3/8 of its share of the distance, all areas in use together
 * keep three quarters of it. Two chunks of half an area are all that an area can
 * use; more would only be kept from the others, and four must fit in 32 bits. A
 * small change is not worth taking the line away from every CPU.
 *
 * The next look is due when a quarter of the distance is gone or gained, but
 * not before an area has moved a slot or two on the average: so it costs one
 * area for each slot or two that move. @mem->lock is held.
 */
static inline void tracker_set_chunk(struct tracker_mem *t, struct io_tlb_mem *mem, long used,
				     const struct area_totals *look)
{
	long distance = max(t->mark - used, 0L);
	long share = (long)(READ_ONCE(mem->nslabs) / look->areas);
	long chunk = min(3 * distance / (8 * (long)max(look->sharers, 1U)), share / 2);
	long change = chunk - (long)t->chunk;

	if (4 * (change < 0 ? -change : change) > (long)t->chunk)
		WRITE_ONCE(t->chunk, (unsigned int)chunk);
	WRITE_ONCE(t->looked, atomic_long_read(&t->granted));
	WRITE_ONCE(t->step, max(distance / 4, 2 * (long)look->areas));
}

static inline void tracker_look_at(struct area_totals *look, struct io_tlb_area *area)
{
	unsigned long used = READ_ONCE(area->used);

	look->used += (long)used;
	look->sharers += used != 0;
	look->areas++;
}

/*
 * Makes every area give back what it does not use, and keeps it from taking
 * more than it needs. @mem->lock is held. Return: what is granted then.
 */
static inline long tracker_sweep(struct tracker_mem *t, struct io_tlb_mem *mem,
				 struct area_totals *look)
{
	struct io_tlb_area *area;
	struct area_walk walk;

	*look = (struct area_totals){ 0 };
	WRITE_ONCE(t->chunk, 0);
	for_each_area(mem, area, walk) {
		unsigned int unused;

		spin_lock(&area->lock);
		unused = area->tracker.reserved - (unsigned int)area->used;
		if (unused)
			atomic_long_sub(unused, &t->granted);
		tracker_set_area(area, (unsigned int)area->used, 0);
		tracker_look_at(look, area);
		spin_unlock(&area->lock);
	}
	return atomic_long_read(&t->granted);
}

/* Raises the mark if the sweep shows that it may be. @mem->lock is held. */
static inline void tracker_sweep_and_raise(struct tracker_mem *t, struct io_tlb_mem *mem)
{
	struct area_totals look;
	long granted = tracker_sweep(t, mem, &look);

	if (granted + t->tolerance > t->mark) {
		WRITE_ONCE(t->mark, granted + t->tolerance);
		t->bound = max(t->bound, t->tolerance);
	}
	tracker_set_chunk(t, mem, granted, &look);
}

/* A map passed the mark. Another may have raised it since, or given back. */
static void tracker_raise(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	spin_lock(&mem->lock);
	if (atomic_long_read(&t->granted) > t->mark)
		tracker_sweep_and_raise(t, mem);
	spin_unlock(&mem->lock);
}

/*
 * Looks how much is in use, and sets the chunk by it. Where little of the
 * tolerance is left between them, the mark rises now: the longer the distance,
 * the larger the chunk. The sum of the areas' use is not of one moment, so it
 * only says whether a sweep is worth while.
 *
 * On many CPUs a sweep is dear: while the areas keep nothing, each operation of
 * each CPU needs @granted, and waits for it with its area's lock held, for which
 * the sweep waits in turn. So there is none as long as the chunk can be lived
 * with.
 *
 * Not worth waiting for: whoever holds the lock sets the chunk, too.
 */
static void tracker_look(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct area_totals look = { 0 };
	struct io_tlb_area *area;
	struct area_walk walk;

	if (!spin_trylock(&mem->lock))
		return;
	for_each_area(mem, area, walk)
		tracker_look_at(&look, area);
	if (look.used + t->tolerance / 2 > t->mark)
		tracker_sweep_and_raise(t, mem);
	else
		tracker_set_chunk(t, mem, look.used, &look);
	spin_unlock(&mem->lock);
}

static noinline void tracker_follow_up(struct io_tlb_mem *mem, unsigned long token)
{
	if (token == TOKEN_RAISE)
		tracker_raise(mem);
	else
		tracker_look(mem);
}

#define tracker_add tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	if (unlikely(token))
		tracker_follow_up(mem, token);
}

#define tracker_sub tracker_add

/* What a transient pool's area had reserved goes with it. */
#define tracker_retire_area tracker_retire_area
static inline void tracker_retire_area(struct tracker_mem *t, struct io_tlb_area *area)
{
	atomic_long_sub(area->tracker.reserved, &t->granted);
	area->tracker.reserved = 0;
}

/* A pool that cannot grow was never used beyond its size. */
static inline unsigned long tracker_report(struct io_tlb_mem *mem, long mark)
{
	return mem->defpool.can_grow ? (unsigned long)mark :
				       min((unsigned long)mark, READ_ONCE(mem->nslabs));
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	long mark;

	spin_lock(&mem->lock);
	mark = mem_tracker(mem)->mark;
	spin_unlock(&mem->lock);
	return tracker_report(mem, mark);
}

/*
 * Transient pools included, as in the mark. Nothing is locked, see
 * mem_areas_used(), but where the sum is above the mark: then the mark is the
 * report, unless a reset is about to lift it from zero.
 */
static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	unsigned long used =
		mem_areas_used(mem) + (unsigned long)atomic_long_read(&mem->transient_nslabs);
	unsigned long mark = tracker_report(mem, READ_ONCE(mem_tracker(mem)->mark));

	if (likely(used <= mark))
		return used;
	mark = tracker_hiwater(mem);
	return min(used, mark);
}

/*
 * To what is in use, within the tolerance. The mark is zero while the areas are
 * swept, so that every map which has not seen it go must wait its turn in
 * tracker_raise(); and what a map decided by the old mark, it did under a lock
 * that the sweep has taken since.
 */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	struct area_totals look;
	long granted;

	spin_lock(&mem->lock);
	WRITE_ONCE(t->mark, 0);
	/* A transient pool is not swept: its map sees this zero, or is seen below. */
	smp_mb();
	granted = tracker_sweep(t, mem, &look);
	WRITE_ONCE(t->mark, granted ? granted + t->tolerance : 0);
	t->bound = t->tolerance;
	tracker_set_chunk(t, mem, granted, &look);
	spin_unlock(&mem->lock);
}

/* From the next rise on; what the mark is already over by, it stays until a reset. */
#define tracker_set_tolerance tracker_set_tolerance
static inline int tracker_set_tolerance(struct io_tlb_mem *mem, unsigned long slots)
{
	int err = 0;

	/* The pool may be growing. */
	spin_lock(&mem->lock);
	if (slots > READ_ONCE(mem->nslabs))
		err = -EINVAL;
	else
		mem_tracker(mem)->tolerance = (long)slots;
	spin_unlock(&mem->lock);
	return err;
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	unsigned long bound;

	spin_lock(&mem->lock);
	bound = (unsigned long)mem_tracker(mem)->bound;
	spin_unlock(&mem->lock);
	return (struct tracker_bounds){ .under = 0, .over = bound, .reads = true };
}

/*
 * The mark was last raised to what a sweep had found in use, by (3), and a tolerance
 * of at most @bound. More than this may have been in use since.
 */
#define tracker_lower tracker_lower
static inline unsigned long tracker_lower(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	long lower;

	spin_lock(&mem->lock);
	lower = t->mark - t->bound;
	spin_unlock(&mem->lock);
	return (unsigned long)max(lower, 0L);
}
