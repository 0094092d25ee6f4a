/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve - a mark that is never under the peak, over it by no more than a
 * tolerance that is chosen, and that map and unmap hardly ever pay for.
 *
 * Each area holds a reservation: slots that it may use without telling anybody.
 * @granted is the sum of all that was reserved, @mark the report. While an area
 * stays within its reservation, map and unmap compare two words of the line that
 * they have locked anyway. Beyond it, the area takes what it needs and a chunk
 * more; with too much unused, it gives back. Where many CPUs share @granted they
 * would queue for it, so CPUs that are near each other form a group with slots of
 * its own, @spare, and only what a group lacks or has too much of goes to @granted:
 * the ups and downs of some areas are those of their neighbours, the other way round.
 * Machines with fewer CPUs than two groups have none. What areas and groups keep is
 * together about all that the mark leaves: where a map finds nothing more below it, it
 * takes back what others do not use, and raises the mark only if they use it all.
 *
 * The invariants, with the area's lock held for each line that names an area:
 *
 *   (1) area->used <= area->tracker.reserved, and the sum of all reserved and all
 *       spare is @granted, but for what is between the two halves of one operation.
 *       There it is less: slots are granted first and reserved then, and given back
 *       the other way round. Who finds too little in @spare puts back what is
 *       missing before anything else, so that no group stays in debt.
 *   (2) A map returns only when it needed nothing of @granted, or when @granted was
 *       at most @mark at some moment after it had its reservation, or when it has
 *       been to tracker_raise(). What it takes of @granted beyond the mark is only
 *       what it uses itself.
 *   (3) @mark rises only at the end of a sweep, to @granted and the tolerance less
 *       what the groups may hold, read when no area holds a slot that it does not use.
 *
 * Never under: call a map pending while it has slots from beyond the mark and has
 * not yet met (2). @granted less what pending maps use is never above @mark: what
 * keeps to the mark does not break this, what goes beyond it is pending, and who
 * meets (2) had all of @granted below the mark at that moment. The maps that have
 * returned, less the unmaps that have begun, use no more than that.
 *
 * Over by at most the tolerance: by (3) @granted is then what is in use in an order
 * that the overlapping operations allow, and what groups hold: at most @most_spare
 * each, half as much more on its way to one, and slots of unmaps on their way. For
 * (3), a sweep first sets @chunk to zero and then takes each area's lock once,
 * giving back what is unused and raising area->tracker.least, so that the next
 * unmap asks for the chunk: an operation that still read the old one did so under
 * that lock, so before; every later one keeps nothing. Then it lowers @most_spare
 * and waits until each group's lock has been held once since: all that moves slots
 * between a group and @granted holds that lock, and leaves no more than @most_spare
 * behind; and an unmap that adds to @spare looks at @most_spare afterwards.
 *
 * What a reader sees: the areas' sum may be above the mark, where a map has its
 * slots and is not through with tracker_raise(), or where a mapping is gone from
 * one area after it was read and is in another before that is. Used is then the
 * mark, read behind the sum. It is no worse: the maps that have returned, less the
 * unmaps that have begun, never use more than the mark, so the mark lies between
 * what is in use in some order and the sum. And as the mark does not fall but in a
 * reset, who reads it behind used finds it no lower. A reset sets it to zero for
 * the maps; until it is through, readers are told what was there @before.
 *
 * Far below the mark the chunk is a fair share of the distance, and nothing global
 * is touched but when an area's use moves by more than that. With tolerance 0 the
 * mark is exact, and costs what an exact counter costs. In between, the cost grows
 * with what an area's use moves against its share of the tolerance; where that share
 * is less than a mapping, every operation pays.
 *
 * In a kernel: the area's lock is taken with interrupts disabled, and a sweep runs
 * after they are enabled again, so an interrupt may map in between; it is then one
 * more overlapping operation. A sweep only spins, never sleeps, and so may run in
 * atomic context; its locks are taken with interrupts disabled. It holds one at
 * a time but for an area's within its group's, for the areas of one group, and lets
 * interrupts in between them. Who comes by while one is under way sweeps the areas
 * of its own group, so that it takes as long as one group does. The locks are in
 * the order @lock or area->lock, then @refill, and @sweep, then area->lock.
 *
 * Memory order: what is granted is added to by full barriers, and @mark is read behind
 * them; so a map that is not seen in what a sweep grants sees the mark of that sweep,
 * or the zero of the reset that it belongs to. @chunk, @most_spare and the number of a
 * sweep are written in this order with a barrier between them, and read under an area's
 * lock that the sweep takes later, or has taken before. That a group is through is
 * written behind a barrier, and read in front of one.
 *
 * What is taken back from an area is out of what is granted before that area's lock is
 * dropped, and from a group before its lock @refill is: so a sweep behind it counts it
 * no more. The mark is read behind that, as (2) asks.
 *
 * Slack for distributed counting by thresholds is described by Keralapura, Cormode
 * and Ramamirtham, "Communication-efficient distributed monitoring of thresholded
 * counts", SIGMOD 2006; the marks that rise, the sweep and the groups are not.
 */
#include "trackers/tracker.h"

/* CPUs in a group, as a power of two. */
#ifndef RESERVE_GROUP_SHIFT
#define RESERVE_GROUP_SHIFT 3
#endif
#define RESERVE_GROUPS DIV_ROUND_UP(NR_CPUS, 1 << RESERVE_GROUP_SHIFT)

/**
 * struct tracker_area - an area's share; under the area's lock
 * @reserved: slots; never below what the area uses
 * @least: use below which it looks whether to give back; RESERVE_TRANSIENT and
 *	RESERVE_UNSEEN for areas that hold no more than they use
 */
struct tracker_area {
	unsigned int reserved;
	unsigned int least;
};

/* An area of a transient pool, and one that no sweep or look has come to yet. */
#define RESERVE_TRANSIENT UINT_MAX
#define RESERVE_UNSEEN (UINT_MAX - 1)

/* What a walk over areas finds: slots, areas in use, and areas. */
struct area_totals {
	long used;
	unsigned int sharers;
	unsigned int areas;
};

/**
 * struct tracker_group - what CPUs that are near each other share
 * @spare: slots granted to the group that no area has reserved
 * @refill: held while slots move between @spare and what is granted
 * @trimmed: the sweep for which that has been left with what it may hold
 * @grants: how often it was granted slots; under @refill
 * @sweep: held while the group's areas are swept
 * @sweeps: the sweep that was through with them last; under @sweep
 * @swept: what it found; likewise
 *
 * The rest keeps what many write off the lines of what lies in front of it, here and
 * in struct tracker_mem.
 */
struct tracker_group {
	atomic_long_t spare;
	spinlock_t refill;
	unsigned int trimmed;
	unsigned int grants;
	char behind_spare[CACHE_LINE_PAIR];
	spinlock_t sweep;
	unsigned int sweeps;
	struct area_totals swept;
	char behind_sweep[CACHE_LINE_PAIR];
};

/**
 * struct tracker_mem - what all share
 * @mark: the report, but for a reset under way; written under @lock, as all of the
 *	following are up to @groups
 * @chunk: what an area takes beyond its need
 * @most_spare: slots that a group may hold; zero where there are no groups
 * @low, @high: while what is granted lies between these there is no need to look
 * @sweeping: the number of the sweep that is under way, zero for none
 * @trimming: the number of the latest that has come to the groups
 * @groups: how many; one is none
 * @granted: sum of the reservations and of what groups hold
 * @lock: protects what is written to all but @granted and @group
 * @looking: somebody is on the way to all areas
 * @sweeps: the number of the latest sweep
 * @before: the mark that a reset under way found
 * @tolerance: slots
 * @allowed: the tolerance as it was when the sweep began
 * @bound: the largest tolerance that is in @mark
 * @tried: what was in use when the latest sweep began, if it left the mark
 */
struct tracker_mem {
	char before_mark[CACHE_LINE_PAIR];
	long mark;
	unsigned int chunk;
	unsigned int most_spare;
	long low;
	long high;
	unsigned int sweeping;
	unsigned int trimming;
	unsigned int groups;
	char before_granted[CACHE_LINE_PAIR];
	atomic_long_t granted;
	char before_lock[CACHE_LINE_PAIR];
	spinlock_t lock;
	bool looking;
	unsigned int sweeps;
	long before;
	long tolerance;
	long allowed;
	long bound;
	long tried;
	char before_group[CACHE_LINE_PAIR];
	struct tracker_group group[RESERVE_GROUPS];
};

#include "swiotlb/types.h"

/* What is left to do when the area's lock is dropped. */
#define RESERVE_RAISE 1
#define RESERVE_LOOK 2

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	struct tracker_mem *t = mem_tracker(mem);

	t->tolerance = (long)min(params->tolerance, params->nslabs);
	t->bound = t->tolerance;
	t->groups = DIV_ROUND_UP(nr_cpu_ids, 1 << RESERVE_GROUP_SHIFT);
	spin_lock_init(&t->lock);
	for (unsigned int i = 0; i < t->groups; i++) {
		spin_lock_init(&t->group[i].refill);
		spin_lock_init(&t->group[i].sweep);
	}
}

#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	area->tracker.least = transient ? RESERVE_TRANSIENT : RESERVE_UNSEEN;
}

#include "trackers/reserve_area.h"

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

#include "trackers/reserve_sweep.h"

static noinline void tracker_follow_up(struct io_tlb_mem *mem, unsigned long token)
{
	if (token == RESERVE_RAISE)
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
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long mark = (unsigned long)READ_ONCE(t->mark), flags;

	if (!mark) {
		spin_lock_irqsave(&t->lock, flags);
		mark = (unsigned long)(t->mark ? t->mark : t->before);
		spin_unlock_irqrestore(&t->lock, flags);
	}
	return mem_can_grow(mem) ? mark : min(mark, READ_ONCE(mem->nslabs));
}

/* Transient pools included, as in the mark. No area is locked, see mem_areas_used(). */
static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	unsigned long used =
		mem_areas_used(mem) + (unsigned long)atomic_long_read(&mem->transient_nslabs);
	unsigned long mark = tracker_hiwater(mem);

	return min(used, mark);
}

/*
 * To what is in use, within the tolerance. The mark is zero while the areas are
 * swept, so that every map which has not seen it go must wait for the end in
 * tracker_raise(); and what a map decided by the old mark, it did under a lock
 * that the sweep has taken since.
 */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long flags;

	spin_lock_irqsave(&t->lock, flags);
	if (t->mark)
		t->before = t->mark;
	WRITE_ONCE(t->mark, 0);
	t->bound = t->tolerance;
	tracker_begin_sweep(t);
	while (t->sweeping)
		tracker_sweep(t, mem, &flags);
	spin_unlock_irqrestore(&t->lock, flags);
}

/* From the next sweep on; what the mark is already over by, it stays until a reset. */
#define tracker_set_tolerance tracker_set_tolerance
static inline int tracker_set_tolerance(struct io_tlb_mem *mem, unsigned long slots)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&t->lock, flags);
	/* The pool may be growing. */
	if (slots > READ_ONCE(mem->nslabs))
		err = -EINVAL;
	else
		t->tolerance = (long)slots;
	spin_unlock_irqrestore(&t->lock, flags);
	return err;
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long bound, flags;

	spin_lock_irqsave(&t->lock, flags);
	bound = (unsigned long)t->bound;
	spin_unlock_irqrestore(&t->lock, flags);
	return (struct tracker_bounds){ .under = 0, .over = bound, .reads = true };
}

/*
 * The mark was last raised to what a sweep had found in use for certain, by (3), and a
 * tolerance of at most @bound. More than this may have been in use since.
 */
#define tracker_lower tracker_lower
static inline unsigned long tracker_lower(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long flags;
	long lower;

	spin_lock_irqsave(&t->lock, flags);
	lower = t->mark - t->bound;
	spin_unlock_irqrestore(&t->lock, flags);
	return (unsigned long)max(lower, 0L);
}
