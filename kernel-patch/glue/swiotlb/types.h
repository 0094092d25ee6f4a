/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker file includes behind its structures, in a kernel: the area,
 * which is the kernel's with the tracker's words in it, and the walks over all
 * areas. `patch` has made sure that the kernel's own area has exactly these
 * members.
 */
#ifndef SWIOTLB_TYPES_H
#define SWIOTLB_TYPES_H

/**
 * struct io_tlb_area - IO TLB memory area descriptor
 * @used: slots in use
 * @tracker: the tracker's words of this area
 * @cold: those that it seldom needs, in memory of their own
 * @index: slot at which the next search begins
 * @lock: protects all of this, and the area's slots, in map and unmap
 */
struct io_tlb_area {
	unsigned long used;
	struct tracker_area tracker;
#ifdef tracker_cold
	struct tracker_cold *cold;
#endif
	unsigned int index;
	spinlock_t lock;
};

#ifdef tracker_cold
/* The tracker's cold words of an area; NULL for an area that has none, as a transient one. */
static __always_inline struct tracker_cold *area_cold(struct io_tlb_area *area)
{
	return area->cold;
}
#endif

/*
 * The tracker's structure cannot be a member of struct io_tlb_mem: that one is in a
 * header that others include. So it has room for words there; a kernel is built
 * without the rule that would forbid the cast. A tracker that needs more words lies
 * elsewhere, and the first one points to it.
 */
#define TRACKER_FITS (sizeof(struct tracker_mem) <= sizeof_field(struct io_tlb_mem, tracker_words))

static __always_inline struct tracker_mem *mem_tracker(struct io_tlb_mem *mem)
{
	return TRACKER_FITS ? (struct tracker_mem *)mem->tracker_words :
			      (struct tracker_mem *)mem->tracker_words[0];
}

/* Whether pools may be added at run time. */
static inline bool mem_can_grow(struct io_tlb_mem *mem)
{
#ifdef CONFIG_SWIOTLB_DYNAMIC
	return mem->can_grow;
#else
	return false;
#endif
}

/**
 * struct area_walk - where a walk over all areas is
 * @pool: the pool, NULL behind the last
 * @number: of the next area in it
 *
 * Pools are added at the head and never taken out while the allocator lives, so
 * the walk needs neither lock nor RCU; it sees the pools that were there when it
 * began.
 */
struct area_walk {
	struct io_tlb_pool *pool;
	unsigned int number;
};

#ifdef CONFIG_SWIOTLB_DYNAMIC
static inline struct io_tlb_pool *pool_behind(struct io_tlb_mem *mem, struct list_head *at)
{
	struct list_head *next = READ_ONCE(at->next);

	/* Where the first pool was given up, it is empty and leads nowhere. */
	return !next || next == &mem->pools ? NULL : list_entry(next, struct io_tlb_pool, node);
}

static inline struct area_walk area_walk_begin(struct io_tlb_mem *mem)
{
	return (struct area_walk){ pool_behind(mem, &mem->pools), 0 };
}

static inline struct io_tlb_pool *area_walk_pool(struct io_tlb_mem *mem, struct area_walk *walk)
{
	return pool_behind(mem, &walk->pool->node);
}
#else
static inline struct area_walk area_walk_begin(struct io_tlb_mem *mem)
{
#ifdef io_tlb_pool
	/* Before there were pools the allocator was the only one. */
	return (struct area_walk){ mem, 0 };
#else
	return (struct area_walk){ &mem->defpool, 0 };
#endif
}

static inline struct io_tlb_pool *area_walk_pool(struct io_tlb_mem *mem, struct area_walk *walk)
{
	return NULL;
}
#endif

static inline struct io_tlb_area *area_walk_next(struct io_tlb_mem *mem, struct area_walk *walk)
{
	while (walk->pool && walk->number >= walk->pool->nareas)
		*walk = (struct area_walk){ area_walk_pool(mem, walk), 0 };
	return walk->pool ? &walk->pool->areas[walk->number++] : NULL;
}

/* Visits every area of every pool but the transient ones. No lock is held. */
#define for_each_area(mem, area, walk)                                                             \
	for ((walk) = area_walk_begin(mem); ((area) = area_walk_next((mem), &(walk)));)

#include "area_sums.h"

#endif /* SWIOTLB_TYPES_H */
