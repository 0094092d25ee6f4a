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
 * struct slot_rules - what the device and the request ask of a first slot
 * @tbl_dma_addr: bus address of the pool's first slot, within the boundary
 * @boundary_slots: what no mapping may cross a multiple of, in slots
 * @align_mask: address bits that must be clear
 * @iotlb_align_mask: address bits that must be those of the original
 * @stride: slots from one candidate to the next
 */
struct slot_rules {
	u64 tbl_dma_addr;
	unsigned long boundary_slots;
	unsigned int align_mask;
	unsigned int iotlb_align_mask;
	unsigned int stride;
};

static __always_inline struct slot_rules swiotlb_slot_rules(const struct device *dev,
							    const struct io_tlb_pool *pool,
							    const struct slot_request *req)
{
	unsigned long boundary_mask = dev->seg_boundary_mask;
	unsigned int align_mask = req->align_mask;
	unsigned int iotlb_align_mask;

	/* A plain mapping of a page or more begins on a page. */
	if (!align_mask && !dev->min_align_mask && req->alloc_size >= PAGE_SIZE)
		align_mask = PAGE_SIZE - 1;
	align_mask |= IO_TLB_SIZE - 1;
	iotlb_align_mask = dev->min_align_mask & ~align_mask;
	return (struct slot_rules){
		.tbl_dma_addr = pool->start & boundary_mask,
		.boundary_slots = (boundary_mask >> IO_TLB_SHIFT) + 1,
		.align_mask = align_mask,
		.iotlb_align_mask = iotlb_align_mask,
		.stride = (max(align_mask, iotlb_align_mask) >> IO_TLB_SHIFT) + 1,
	};
}

/* May the mapping begin in this slot? *@step: if not, how far behind the next candidate is. */
static __always_inline bool swiotlb_try_slot(const struct io_tlb_pool *pool,
					     struct swiotlb_layout l,
					     const struct slot_rules *rules,
					     const struct slot_request *req, unsigned int slot,
					     unsigned int *step)
{
	u64 addr = rules->tbl_dma_addr + ((u64)slot << IO_TLB_SHIFT);

	*step = 1;
	if ((addr & rules->align_mask) ||
	    (req->orig_addr && ((addr ^ req->orig_addr) & rules->iotlb_align_mask)))
		return false;
	*step = rules->stride;
	return !spans_boundary(nr_slots(rules->tbl_dma_addr) + slot, req->nslots,
			       rules->boundary_slots) &&
	       slot_index_fits(pool, l, slot, req->nslots);
}

static __timed_inline void swiotlb_take_slots(struct io_tlb_pool *pool, struct swiotlb_layout l,
					      const struct device *dev,
					      const struct slot_request *req, unsigned int slot)
{
	slot_index_take(pool, l, slot, req->nslots,
			req->alloc_size - swiotlb_align_offset(dev, 0, req->orig_addr));
}

/**
 * swiotlb_look_for_slots() - find slots in one area, and leave them
 * @pool: in which the area lies
 * @req: what is asked for
 * @base: the area's first slot in the pool
 * @index: where to begin, counted within the area
 *
 * Under the area's lock. The kernel's arithmetic is kept to the letter. A step
 * behind a taken candidate wraps to 0 at the area's end, not to the right
 * residue, while the slots count as checked; so with a stride above one a free
 * and valid slot may be missed.
 *
 * Return: a slot, counted within the area, or the area's size if there is none.
 */
static __timed_inline unsigned int swiotlb_look_for_slots(const struct device *dev,
							  const struct io_tlb_pool *pool,
							  struct swiotlb_layout l,
							  const struct slot_request *req,
							  unsigned int base, unsigned int index)
{
	const struct slot_rules rules = swiotlb_slot_rules(dev, pool, req);
	unsigned int checked = 0, step;

	while (checked < pool->area_nslabs) {
		if (swiotlb_try_slot(pool, l, &rules, req, base + index, &step))
			return index;
		index = wrap_area_index(pool, index + step);
		checked += step;
	}
	return pool->area_nslabs;
}

/* Finds slots as swiotlb_look_for_slots() does, and takes them. */
static __always_inline unsigned int
swiotlb_search_slots(const struct device *dev, struct io_tlb_pool *pool, struct swiotlb_layout l,
		     const struct slot_request *req, unsigned int base, unsigned int index)
{
	index = swiotlb_look_for_slots(dev, pool, l, req, base, index);
	if (index != pool->area_nslabs)
		swiotlb_take_slots(pool, l, dev, req, base + index);
	return index;
}

/* Out of line, and the request by value, so that the caller's stays in registers. */
static noinline unsigned int swiotlb_search_slots_far(const struct device *dev,
						      struct io_tlb_pool *pool,
						      struct swiotlb_layout l,
						      struct slot_request req, unsigned int base,
						      unsigned int index)
{
	return swiotlb_search_slots(dev, pool, l, &req, base, index);
}

/*
 * The same. With the bitmap little is left but the search itself, so the first
 * candidate, which mostly does, is tried in place.
 */
static __always_inline unsigned int
swiotlb_search_bitmap(const struct device *dev, struct io_tlb_pool *pool, struct swiotlb_layout l,
		      const struct slot_request *req, unsigned int base, unsigned int index)
{
	const struct slot_rules rules = swiotlb_slot_rules(dev, pool, req);
	unsigned int step;

	if (unlikely(!swiotlb_try_slot(pool, l, &rules, req, base + index, &step)))
		return swiotlb_search_slots_far(dev, pool, l, *req, base, index);
	swiotlb_take_slots(pool, l, dev, req, base + index);
	return index;
}

/**
 * swiotlb_search_area() - find, take and count slots in one area
 * @pool: in which the area lies
 * @number: the area's number in the pool
 * @req: what is asked for
 *
 * Takes the area's lock, and has dropped it on return; the tracker's locked
 * verb runs under it, its unlocked verb behind it.
 *
 * Return: the first slot, counted within the pool, or -1.
 */
static __timed_inline long swiotlb_search_area(struct device *dev, struct io_tlb_mem *mem,
					       struct io_tlb_pool *pool, struct swiotlb_layout l,
					       unsigned int number, const struct slot_request *req)
{
	struct io_tlb_area *area = area_at(pool, l, number);
	unsigned int base = number * pool->area_nslabs;
	struct tracker_mem *tracker = tracker_of(mem, l);
	unsigned int index;
	unsigned long token, used;

	instrument_section(SECTION_SEARCH);
	spin_lock(&area->lock);
	instrument_write(area, sizeof(*area));
	instrument_read(pool, sizeof(*pool));
	if (unlikely(req->nslots > pool->area_nslabs - area->used))
		goto not_found;

	index = l.bitmap_index ? swiotlb_search_bitmap(dev, pool, l, req, base, area->index) :
				 swiotlb_search_slots(dev, pool, l, req, base, area->index);
	if (unlikely(index == pool->area_nslabs))
		goto not_found;
	area->index = wrap_area_index(pool, index + req->nslots);
	/* Readers sum this without the lock. */
	used = area->used + req->nslots;
	WRITE_ONCE(area->used, used);
	instrument_section(SECTION_COUNT);
	token = tracker_add_locked(tracker, mem, area, req->nslots, used);
	instrument_section(SECTION_SEARCH);
	spin_unlock(&area->lock);
	instrument_section(SECTION_TRACKER);
	tracker_add(tracker, mem, req->nslots, token);
	instrument_section(SECTION_OTHER);
	return base + index;

not_found:
	spin_unlock(&area->lock);
	instrument_section(SECTION_OTHER);
	return -1;
}

/* All areas but the one that was searched first, in their order from there. */
static noinline long swiotlb_search_others(struct device *dev, struct io_tlb_mem *mem,
					   struct io_tlb_pool *pool, struct swiotlb_layout l,
					   unsigned int first, struct slot_request req)
{
	unsigned int number;
	long slot = -1;

	for (number = (first + 1) & (pool->nareas - 1); number != first && slot < 0;
	     number = (number + 1) & (pool->nareas - 1))
		slot = swiotlb_search_area(dev, mem, pool, l, number, &req);
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
	unsigned int first;
	long slot;

	instrument_read(pool, sizeof(*pool));
	first = cpu & (pool->nareas - 1);
	slot = swiotlb_search_area(dev, mem, pool, l, first, req);
	if (likely(slot >= 0))
		return slot;
	return swiotlb_search_others(dev, mem, pool, l, first, *req);
}

#endif /* SWIOTLB_SEARCH_H */
