/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The heart: which slots does a mapping get?
 *
 * An area is searched from where the last search in it ended (next fit). A
 * candidate must have the alignment that was asked for, keep the low address
 * bits that the device wants kept, cross neither a segment nor the device's
 * boundary, and be free. Alignment is tested on bus addresses, so placement
 * depends on where the pool begins.
 */
#ifndef SWIOTLB_SEARCH_H
#define SWIOTLB_SEARCH_H

#include "swiotlb/slot_index.h"

/**
 * struct slot_request - what is searched for
 * @orig_addr: original address; 0 switches the min_align_mask match off
 * @alloc_size: bytes, padding included
 * @nslots: the same in slots
 * @align_mask: alignment of the allocation that was asked for
 */
struct slot_request {
	phys_addr_t orig_addr;
	size_t alloc_size;
	unsigned int nslots;
	unsigned int align_mask;
};

/* Past the area's end a search goes on at slot 0, however far past it was. */
static __always_inline unsigned int wrap_area_index(const struct io_tlb_pool *pool,
						    unsigned int index)
{
	return index >= pool->area_nslabs ? 0 : index;
}

/* Whether the run crosses a multiple of the device's boundary, all in slots. */
static __always_inline bool spans_boundary(unsigned long first, unsigned int nslots,
					   unsigned long boundary)
{
	return (first & (boundary - 1)) + nslots > boundary;
}

/**
 * swiotlb_take_slots() - mark slots as used and move the area's index
 * @offset: bytes in front of the mapping in its first slot
 *
 * Under the area's lock. The mark in the first slot is the allocation's size
 * less @offset, in each later slot less one slot more: what is left from there
 * on. In the last slot that may wrap below zero, and sync counts on the wrap.
 */
static __always_inline void swiotlb_take_slots(struct io_tlb_pool *pool, struct swiotlb_layout l,
					       unsigned int slot, const struct slot_request *req,
					       unsigned int offset)
{
	unsigned int i;

	instrument_write(&pool->slots[slot], req->nslots * sizeof(pool->slots[0]));
	for (i = 0; i < req->nslots; i++)
		pool->slots[slot + i].alloc_size =
			req->alloc_size - (offset + ((size_t)i << IO_TLB_SHIFT));
	slot_index_take(pool, l, slot, req->nslots);
}

/**
 * swiotlb_search_area() - find and take slots in one area
 * @number: the area's number in the pool
 *
 * Takes the area's lock, and has dropped it on return; the tracker's locked
 * verb runs under it, its unlocked verb behind it.
 *
 * The kernel's arithmetic is kept to the letter. A step behind a taken
 * candidate wraps to 0 at the area's end, not to the right residue, while the
 * slots count as checked; so with a stride above one a free and valid slot may
 * be missed.
 *
 * Return: the first slot, counted within the pool, or -1.
 */
static __always_inline long swiotlb_search_area(struct device *dev, struct io_tlb_mem *mem,
						struct io_tlb_pool *pool, struct swiotlb_layout l,
						unsigned int number, const struct slot_request *req)
{
	struct io_tlb_area *area = area_at(pool, l, number);
	unsigned long boundary_mask = dev->seg_boundary_mask;
	u64 tbl_dma_addr = pool->start & boundary_mask;
	unsigned long boundary_slots = (boundary_mask >> IO_TLB_SHIFT) + 1;
	unsigned int align_mask = req->align_mask;
	unsigned int iotlb_align_mask, stride;
	unsigned int base = number * pool->area_nslabs;
	unsigned int checked, index, slot;
	struct tracker_mem *tracker = tracker_of(mem, l);
	unsigned long token;

	/* A plain mapping of a page or more begins on a page. */
	if (!align_mask && !dev->min_align_mask && req->alloc_size >= PAGE_SIZE)
		align_mask = PAGE_SIZE - 1;
	align_mask |= IO_TLB_SIZE - 1;
	iotlb_align_mask = dev->min_align_mask & ~align_mask;
	stride = (max(align_mask, iotlb_align_mask) >> IO_TLB_SHIFT) + 1;

	instrument_section(SECTION_SEARCH);
	spin_lock(&area->lock);
	instrument_write(area, sizeof(*area));
	if (unlikely(req->nslots > pool->area_nslabs - area->used))
		goto not_found;

	index = area->index;
	for (checked = 0; checked < pool->area_nslabs;) {
		u64 addr;

		slot = base + index;
		addr = tbl_dma_addr + ((u64)slot << IO_TLB_SHIFT);
		if ((addr & align_mask) ||
		    (req->orig_addr && ((addr ^ req->orig_addr) & iotlb_align_mask))) {
			index = wrap_area_index(pool, index + 1);
			checked++;
			continue;
		}
		if (!spans_boundary(nr_slots(tbl_dma_addr) + slot, req->nslots, boundary_slots) &&
		    slot_index_fits(pool, l, slot, req->nslots))
			goto found;
		index = wrap_area_index(pool, index + stride);
		checked += stride;
	}

not_found:
	spin_unlock(&area->lock);
	instrument_section(SECTION_OTHER);
	return -1;

found:
	swiotlb_take_slots(pool, l, slot, req, swiotlb_align_offset(dev, 0, req->orig_addr));
	area->index = wrap_area_index(pool, index + req->nslots);
	/* Readers sum this without the lock. */
	WRITE_ONCE(area->used, area->used + req->nslots);
	instrument_section(SECTION_COUNT);
	token = tracker_add_locked(tracker, mem, area, req->nslots);
	instrument_section(SECTION_SEARCH);
	spin_unlock(&area->lock);
	instrument_section(SECTION_TRACKER);
	tracker_add(tracker, mem, req->nslots, token);
	instrument_section(SECTION_OTHER);
	return slot;
}

/**
 * swiotlb_find_slots() - search the areas, the CPU's own first
 *
 * The CPU only chooses where to begin. It is read once, and nothing keeps the
 * task on it.
 */
static __always_inline long swiotlb_find_slots(struct device *dev, struct io_tlb_mem *mem,
					       struct swiotlb_layout l, unsigned int cpu,
					       const struct slot_request *req)
{
	struct io_tlb_pool *pool = &mem->defpool;
	unsigned int start, number;
	long slot;

	instrument_read(pool, sizeof(*pool));
	start = cpu & (pool->nareas - 1);
	number = start;
	do {
		slot = swiotlb_search_area(dev, mem, pool, l, number, req);
		if (likely(slot >= 0))
			return slot;
		if (++number >= pool->nareas)
			number = 0;
	} while (number != start);
	return -1;
}

#endif /* SWIOTLB_SEARCH_H */
