/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The structures of the allocator, in the kernel's layout: it decides which
 * CPUs share which cache line, and so what is slow. A tracker file includes
 * this behind its struct tracker_area and struct tracker_mem, which become
 * part of each area and of the allocator.
 */
#ifndef SWIOTLB_TYPES_H
#define SWIOTLB_TYPES_H

#include "rcu.h"
#include "swiotlb/swiotlb.h"

#define INVALID_PHYS_ADDR (~(phys_addr_t)0)

/**
 * struct io_tlb_slot - bookkeeping of one slot
 * @orig_addr: original address of what is bounced here; INVALID_PHYS_ADDR in
 *	free and in padding slots
 * @alloc_size: bytes from here to the end of the allocation
 * @list: free slots from here to the next used one or to the end of the
 *	segment, 0 if this one is used (run counts only)
 * @pad_slots: in the first slot behind the padding, the slots of padding
 */
struct io_tlb_slot {
	phys_addr_t orig_addr;
	size_t alloc_size;
	unsigned short list;
	unsigned short pad_slots;
};

/**
 * struct io_tlb_area - a part of a pool with a lock of its own
 * @used: slots in use; written under @lock
 * @tracker: the tracker's words
 * @cold: where its others are, see area_cold(); only with a tracker that has such
 * @index: slot, counted within the area, where the next search begins
 * @lock: protects the area's fields and the free-slot index of its slots
 */
struct io_tlb_area {
	unsigned long used;
	struct tracker_area tracker;
#ifdef tracker_cold
	u32 cold;
#endif
	unsigned int index;
	spinlock_t lock;
};

/**
 * struct io_tlb_pool - a run of bounce memory; nothing in it changes after setup
 * @start: bus address of the first slot
 * @end: bus address behind the last slot
 * @vaddr: the bounce memory, NULL if copies are left out
 * @nslabs: slots
 * @late_alloc: unused here; keeps the kernel's layout
 * @can_grow: of the default pool: a failed search asks for a new pool, and gets
 *	a transient one. It lies here, in a gap of the kernel's layout, because
 *	this line is read by map and unmap anyway and never written.
 * @area_shift: @area_nslabs as a power of two, 0 if it is none (bitmap only; in
 *	the same gap)
 * @nareas: areas, a power of two
 * @area_nslabs: slots of each area
 * @areas: the areas, see area_at()
 * @slots: one per slot; in front of them, one 128-bit map per segment (bitmap only)
 */
struct io_tlb_pool {
	phys_addr_t start;
	phys_addr_t end;
	void *vaddr;
	unsigned long nslabs;
	bool late_alloc;
	bool can_grow;
	u8 area_shift;
	unsigned int nareas;
	unsigned int area_nslabs;
	struct io_tlb_area *areas;
	struct io_tlb_slot *slots;
};

/**
 * struct io_tlb_node - a pool's place in a list of pools
 * @pool: the pool
 * @next: older pool, or NULL; followed under RCU
 * @number: 0 the default pool, n the n-th grown one, -1 a transient one
 * @bounce_bytes: bytes of memory behind @pool->vaddr
 * @region_bytes: bytes of address space it takes: whole pages, a power of two
 * @rcu: for freeing a transient pool
 * @above: the pool with the next higher address, while its addresses are taken;
 *	under the lock of struct io_tlb_mem
 */
struct io_tlb_node {
	struct io_tlb_pool *pool;
	struct io_tlb_node *next;
	int number;
	size_t bounce_bytes;
	size_t region_bytes;
	struct rcu_head rcu;
	struct io_tlb_node *above;
};

/* A pool that was not there at the start, grown or transient. */
struct io_tlb_dynpool {
	struct io_tlb_pool pool __attribute__((aligned(SMP_CACHE_BYTES)));
	struct io_tlb_node node;
};

/**
 * struct io_tlb_mem - the allocator
 * @defpool: the pool that it starts with
 * @nslabs: slots of all pools but the transient ones; read by every map
 * @debugfs: unused here; keeps the kernel's layout
 * @force_bounce: likewise
 * @tracker: the tracker's global words, where the kernel has its counters:
 *	on the line of @nslabs
 * @own_line: the same words on a line that nothing else lies on (128 bytes
 *	apart, because processors fetch lines in pairs); which of the two is in
 *	use is a matter of the layout
 * @layout: the layout this allocator was created with
 * @overflow_warned: a sync wanted more than the allocation holds, and was
 *	clipped
 * @pools: all pools but the transient ones, newest first; followed under RCU
 * @transient_nslabs: slots of the transient pools
 * @lock: protects the lists of pools against each other's writers
 * @transient: the transient pools. The kernel keeps a list for each device; as
 *	all devices here are alike, there is one.
 * @retired: transient pools that readers may still look at
 * @regions: all pools whose addresses are taken, by address
 * @grow_wanted: growth work is scheduled
 * @grow_base: lowest bus address of pools to come
 * @default_nslabs, @default_nareas: what a grown pool would like to have
 * @pools_grown: their number
 * @starved: there was no memory for a pool; under @lock
 * @schedule_work: tells the engine that there is work, may be NULL
 * @work_ctx: its argument
 * @defnode: the default pool's place in the list
 * @memory: what to free
 */
struct io_tlb_mem {
	struct io_tlb_pool defpool;
	unsigned long nslabs;
	void *debugfs;
	bool force_bounce;
	struct tracker_mem tracker __attribute__((aligned(8)));
	char pad_before[128];
	struct tracker_mem own_line __attribute__((aligned(8)));
	char pad_behind[128];
	struct swiotlb_layout layout;
	bool overflow_warned;
	struct io_tlb_node *pools;
	atomic_long_t transient_nslabs;
	spinlock_t lock;
	struct io_tlb_node *transient;
	struct rcu_head *retired;
	struct io_tlb_node *regions;
	bool grow_wanted;
	phys_addr_t grow_base;
	unsigned long default_nslabs;
	unsigned int default_nareas;
	int pools_grown;
	bool starved;
	void (*schedule_work)(void *ctx);
	void *work_ctx;
	struct io_tlb_node defnode;
	void *memory;
};

#ifdef tracker_cold
#define COLD_WORD sizeof(u32)
/* Of each area, on lines of its own: behind all areas of its pool, in the same memory. */
#define COLD_STRIDE round_up_to(sizeof(struct tracker_cold), (size_t)CACHE_LINE_PAIR)
/* What area->cold counts in: an area begins on a multiple of it. */
#define COLD_UNIT sizeof(unsigned long)

/* The tracker's cold words of an area; NULL for that of a transient pool, which has none. */
static __no_sanitize_or_inline struct tracker_cold *area_cold(struct io_tlb_area *area)
{
	return area->cold ? (struct tracker_cold *)(void *)((char *)area +
							    (size_t)area->cold * COLD_UNIT) :
			    NULL;
}
#else
#define COLD_WORD 0
#define COLD_STRIDE ((size_t)0)
#endif

_Static_assert(sizeof(struct io_tlb_slot) == 24, "a slot's bookkeeping is 24 bytes");
_Static_assert(sizeof(struct io_tlb_area) ==
		       round_up_to(16 + sizeof(struct tracker_area) + COLD_WORD,
				   sizeof(unsigned long)),
	       "four areas of 16 bytes to a cache line, but for what the tracker adds");
_Static_assert(sizeof(struct io_tlb_pool) == 64, "the pool fills one cache line");
_Static_assert(offsetof(struct io_tlb_mem, nslabs) == 0x40, "nslabs at 0x40");
_Static_assert(offsetof(struct io_tlb_mem, debugfs) == 0x48, "debugfs at 0x48");
_Static_assert(offsetof(struct io_tlb_mem, force_bounce) == 0x50, "force_bounce at 0x50");
_Static_assert(offsetof(struct io_tlb_mem, tracker) == 0x58, "the counters at 0x58");

/*
 * Bytes from one area to the next. Padded, no two areas lie in one pair of lines: who
 * takes a line from another core takes its neighbour along, and two CPUs that once begin
 * with this in turn do not stop.
 */
#define AREA_STRIDE(padded)                                                                        \
	((padded) ? round_up_to(sizeof(struct io_tlb_area), (size_t)CACHE_LINE_PAIR) :             \
		    sizeof(struct io_tlb_area))

static __no_sanitize_or_inline size_t area_stride(struct swiotlb_layout l)
{
	return AREA_STRIDE(l.padded_areas);
}

static __no_sanitize_or_inline struct io_tlb_area *
area_at(const struct io_tlb_pool *pool, struct swiotlb_layout l, unsigned int index)
{
	return (struct io_tlb_area *)((char *)pool->areas + index * area_stride(l));
}

static __no_sanitize_or_inline struct tracker_mem *tracker_of(struct io_tlb_mem *mem,
							      struct swiotlb_layout l)
{
	return l.own_line_counters ? &mem->own_line : &mem->tracker;
}

/* The tracker's global words; for everything but map and unmap. */
static inline __no_kcsan struct tracker_mem *mem_tracker(struct io_tlb_mem *mem)
{
	return tracker_of(mem, mem->layout);
}

/* Whether pools may be added at run time. */
static __no_sanitize_or_inline bool mem_can_grow(const struct io_tlb_mem *mem)
{
	return mem->defpool.can_grow;
}

/**
 * struct area_walk - where a walk over all areas is
 *
 * Grown pools are added at the head and never taken out, so the walk needs no
 * lock; it sees the pools that were there when it began.
 */
struct area_walk {
	struct io_tlb_node *node;
	unsigned int number;
};

static inline __no_kcsan struct io_tlb_area *area_walk_next(struct io_tlb_mem *mem,
							    struct area_walk *walk)
{
	while (walk->node && walk->number >= walk->node->pool->nareas) {
		walk->node = rcu_dereference(walk->node->next);
		walk->number = 0;
	}
	return walk->node ? area_at(walk->node->pool, mem->layout, walk->number++) : NULL;
}

static inline __no_kcsan struct area_walk area_walk_begin(struct io_tlb_mem *mem)
{
	return (struct area_walk){ rcu_dereference(mem->pools), 0 };
}

/* Visits every area of every pool but the transient ones. No lock is held. */
#define for_each_area(mem, area, walk)                                                             \
	for ((walk) = area_walk_begin(mem); ((area) = area_walk_next((mem), &(walk)));)

#include "swiotlb/area_sums.h"

#endif /* SWIOTLB_TYPES_H */
