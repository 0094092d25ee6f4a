/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The structures of the allocator, in the kernel's layout: it decides which
 * CPUs share which cache line, and so what is slow. A tracker file includes
 * this behind its struct tracker_area and struct tracker_mem, which become
 * part of each area and of the allocator.
 */
#ifndef SWIOTLB_TYPES_H
#define SWIOTLB_TYPES_H

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
 * @index: slot, counted within the area, where the next search begins
 * @lock: protects the area's fields and the free-slot index of its slots
 */
struct io_tlb_area {
	unsigned long used;
	struct tracker_area tracker;
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
 * @nareas: areas, a power of two
 * @area_nslabs: slots of each area
 * @areas: the areas, see area_at()
 * @slots: one per slot; behind them, one 128-bit map per segment (bitmap only)
 */
struct io_tlb_pool {
	phys_addr_t start;
	phys_addr_t end;
	void *vaddr;
	unsigned long nslabs;
	bool late_alloc;
	unsigned int nareas;
	unsigned int area_nslabs;
	struct io_tlb_area *areas;
	struct io_tlb_slot *slots;
};

/**
 * struct io_tlb_mem - the allocator
 * @defpool: the pool
 * @nslabs: slots of all pools; read by every map
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
	void *memory;
	size_t bounce_bytes;
};

_Static_assert(sizeof(struct io_tlb_slot) == 24, "a slot's bookkeeping is 24 bytes");
_Static_assert(sizeof(struct io_tlb_area) == 16 + sizeof(struct tracker_area),
	       "four areas of 16 bytes to a cache line, but for what the tracker adds");
_Static_assert(sizeof(struct io_tlb_pool) == 64, "the pool fills one cache line");
_Static_assert(offsetof(struct io_tlb_mem, nslabs) == 0x40, "nslabs at 0x40");
_Static_assert(offsetof(struct io_tlb_mem, debugfs) == 0x48, "debugfs at 0x48");
_Static_assert(offsetof(struct io_tlb_mem, force_bounce) == 0x50, "force_bounce at 0x50");
_Static_assert(offsetof(struct io_tlb_mem, tracker) == 0x58, "the counters at 0x58");

/* Bytes from one area to the next. */
static __always_inline size_t area_stride(struct swiotlb_layout l)
{
	return l.padded_areas ? round_up_to(sizeof(struct io_tlb_area), (size_t)SMP_CACHE_BYTES) :
				sizeof(struct io_tlb_area);
}

static __always_inline struct io_tlb_area *area_at(const struct io_tlb_pool *pool,
						   struct swiotlb_layout l, unsigned int index)
{
	return (struct io_tlb_area *)((char *)pool->areas + index * area_stride(l));
}

static __always_inline struct tracker_mem *tracker_of(struct io_tlb_mem *mem,
						      struct swiotlb_layout l)
{
	return l.own_line_counters ? &mem->own_line : &mem->tracker;
}

/* The tracker's global words; for everything but map and unmap. */
static inline struct tracker_mem *mem_tracker(struct io_tlb_mem *mem)
{
	return tracker_of(mem, mem->layout);
}

/* Areas of all pools. */
static inline unsigned int mem_nr_areas(const struct io_tlb_mem *mem)
{
	return mem->defpool.nareas;
}

/* The area with this number, counted over all pools. */
static inline struct io_tlb_area *mem_area(struct io_tlb_mem *mem, unsigned int number)
{
	return area_at(&mem->defpool, mem->layout, number);
}

/* Visits every area of every pool. No lock is held. */
#define for_each_area(mem, area, number)                                                           \
	for ((number) = 0;                                                                         \
	     (number) < mem_nr_areas(mem) && ((area) = mem_area((mem), (number)), true);           \
	     (number)++)

/**
 * mem_areas_used() - the sum of the areas' used slots
 *
 * No lock is held, and the areas are read one after the other: with maps and
 * unmaps under way the sum may be one that never was, too high or too low.
 */
static inline unsigned long mem_areas_used(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	unsigned long used = 0;
	unsigned int i;

	for_each_area(mem, area, i)
		used += READ_ONCE(area->used);
	return used;
}

#endif /* SWIOTLB_TYPES_H */
