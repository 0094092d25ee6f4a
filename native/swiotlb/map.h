/* SPDX-License-Identifier: GPL-2.0-only */
/* Map and unmap of one mapping, from the search to the copy and back. */
#ifndef SWIOTLB_MAP_H
#define SWIOTLB_MAP_H

#include "swiotlb/bounce.h"
#include "swiotlb/growth.h"
#include "swiotlb/search.h"

static noinline void swiotlb_warn_full(struct device *dev, struct io_tlb_mem *mem, size_t size,
				       unsigned long attrs)
{
	if (!(attrs & DMA_ATTR_NO_WARN) && dev->buffer_full)
		dev->buffer_full(dev, size, READ_ONCE(mem->nslabs), tracker_used(mem));
}

/* With the bitmap: original addresses and sizes in one go. @left: see slot_set_sizes(). */
static __always_inline void swiotlb_note_slots(struct io_tlb_pool *pool, unsigned int slot,
					       const struct slot_request *req, unsigned int pad,
					       size_t left)
{
	struct io_tlb_slot *first = &pool->slots[slot + pad];
	phys_addr_t orig_addr = req->orig_addr;
	unsigned int i;

	if (unlikely(pad)) {
		slot_set_sizes(pool, slot, pad, left);
		left -= (size_t)pad << IO_TLB_SHIFT;
	}
	for (i = 0; i < req->nslots - pad; i++) {
		first[i].orig_addr = orig_addr;
		first[i].alloc_size = left;
		orig_addr += IO_TLB_SIZE;
		left -= IO_TLB_SIZE;
	}
}

/**
 * swiotlb_remember_orig() - note where the mapping's data comes from
 *
 * After the area's lock was dropped, as in the kernel: the slots are ours.
 * Padding slots keep their invalid address. With the bitmap, the sizes are noted
 * on the same way.
 */
static __timed_inline phys_addr_t swiotlb_remember_orig(struct io_tlb_pool *pool,
							struct swiotlb_layout l, unsigned int slot,
							const struct slot_request *req,
							unsigned int offset)
{
	unsigned int pad = offset >> IO_TLB_SHIFT;
	unsigned int first = slot + pad;
	unsigned int i;

	offset &= IO_TLB_SIZE - 1;
	instrument_read(pool, sizeof(*pool));
	instrument_write(&pool->slots[first], (req->nslots - pad) * sizeof(pool->slots[0]));
	pool->slots[first].pad_slots = (unsigned short)pad;
	if (l.bitmap_index)
		swiotlb_note_slots(pool, slot, req, pad, req->alloc_size - offset);
	else
		for (i = 0; i < req->nslots - pad; i++)
			pool->slots[first + i].orig_addr =
				req->orig_addr + ((phys_addr_t)i << IO_TLB_SHIFT);
	return pool->start + ((phys_addr_t)first << IO_TLB_SHIFT) + offset;
}

/* What a mapping asks of an area: whole slots, the padding in front of it among them. */
static __always_inline struct slot_request swiotlb_slot_request(const struct device *dev,
								phys_addr_t orig_addr,
								size_t mapping_size,
								unsigned int alloc_align_mask)
{
	size_t size = swiotlb_alloc_size(dev, orig_addr, mapping_size, alloc_align_mask);

	return (struct slot_request){
		.orig_addr = orig_addr,
		.alloc_size = size,
		.nslots = (unsigned int)nr_slots(size),
		.align_mask = alloc_align_mask,
	};
}

static __always_inline phys_addr_t swiotlb_map(struct device *dev, struct swiotlb_layout l,
					       unsigned int cpu, phys_addr_t orig_addr,
					       size_t mapping_size, unsigned int alloc_align_mask,
					       unsigned long attrs)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	unsigned int offset = swiotlb_align_offset(dev, alloc_align_mask, orig_addr);
	struct slot_request req =
		swiotlb_slot_request(dev, orig_addr, mapping_size, alloc_align_mask);
	struct io_tlb_pool *pool = &mem->defpool;
	phys_addr_t tlb_addr;
	long slot;

	/* The line of nslabs is the one that holds the kernel's counters. */
	if (unlikely(!READ_ONCE(mem->nslabs)))
		return DMA_MAPPING_ERROR;

	if (unlikely(mem->defpool.can_grow))
		slot = swiotlb_find_slots_dynamic(dev, mem, l, cpu, req, &pool);
	else
		slot = swiotlb_find_slots(dev, mem, l, cpu, &req);
	if (unlikely(slot < 0)) {
		swiotlb_warn_full(dev, mem, req.alloc_size, attrs);
		return DMA_MAPPING_ERROR;
	}
	tlb_addr = swiotlb_remember_orig(pool, l, (unsigned int)slot, &req, offset);
	/* Whatever the direction: a device may write less than it was given. */
	if (l.bitmap_index)
		swiotlb_bounce(dev, mem, pool, tlb_addr, mapping_size, true);
	else
		swiotlb_bounce_far(dev, mem, pool, tlb_addr, mapping_size, true);
	return tlb_addr;
}

/**
 * swiotlb_mapping_slots() - which slots does the mapping at @tlb_addr hold?
 * @pool: in which it lies
 * @slot: set to the first, padding included
 * @pad: set to the number of padding slots
 *
 * Needs the min_align_mask of map time: the offset is computed, not stored.
 *
 * Return: their number, padding included.
 */
static __always_inline unsigned int swiotlb_mapping_slots(const struct device *dev,
							  const struct io_tlb_pool *pool,
							  phys_addr_t tlb_addr, unsigned int *slot,
							  unsigned int *pad)
{
	unsigned int offset = swiotlb_align_offset(dev, 0, tlb_addr);
	unsigned int first = (unsigned int)pool_slot(pool, tlb_addr - offset);

	instrument_read(&pool->slots[first], sizeof(pool->slots[0]));
	*pad = pool->slots[first].pad_slots;
	*slot = first - *pad;
	return (unsigned int)nr_slots(pool->slots[*slot].alloc_size + offset);
}

/* The kernel divides. Most areas have a power of two slots, and need not. */
static __always_inline unsigned int swiotlb_area_number(const struct io_tlb_pool *pool,
							struct swiotlb_layout l, unsigned int slot)
{
	if (l.bitmap_index && likely(pool->area_shift))
		return slot >> pool->area_shift;
	return slot / pool->area_nslabs;
}

/**
 * swiotlb_release() - give a mapping's slots back to the area that owns them
 *
 * From any CPU. The area's index stays: the next search does not come back to
 * what was just freed.
 */
static __timed_inline void swiotlb_release(struct device *dev, struct io_tlb_mem *mem,
					   struct io_tlb_pool *pool, struct swiotlb_layout l,
					   phys_addr_t tlb_addr)
{
	struct tracker_mem *tracker = tracker_of(mem, l);
	struct io_tlb_area *area;
	unsigned int slot, nslots, pad;
	unsigned long token, used;

	nslots = swiotlb_mapping_slots(dev, pool, tlb_addr, &slot, &pad);
	area = area_at(pool, l, swiotlb_area_number(pool, l, slot));

	instrument_section(SECTION_RELEASE);
	spin_lock(&area->lock);
	instrument_write(area, sizeof(*area));
	instrument_read(pool, sizeof(*pool));
	slot_index_release(pool, l, slot, nslots, pad);
	used = area->used - nslots;
	WRITE_ONCE(area->used, used);
	instrument_section(SECTION_COUNT);
	token = tracker_sub_locked(tracker, mem, area, nslots, used);
	instrument_section(SECTION_RELEASE);
	spin_unlock(&area->lock);
	instrument_section(SECTION_TRACKER);
	tracker_sub(tracker, mem, nslots, token);
	instrument_section(SECTION_OTHER);
}

/* A function of its own, as in the kernel, beside which the run counts are measured. */
static noinline void swiotlb_release_far(struct device *dev, struct io_tlb_mem *mem,
					 struct io_tlb_pool *pool, struct swiotlb_layout l,
					 phys_addr_t tlb_addr)
{
	swiotlb_release(dev, mem, pool, l, tlb_addr);
}

static noinline void swiotlb_unmap_dynamic(struct device *dev, struct io_tlb_mem *mem,
					   struct swiotlb_layout l, phys_addr_t tlb_addr,
					   size_t mapping_size, bool copy)
{
	struct io_tlb_node *node = swiotlb_find_node(mem, tlb_addr);

	if (copy)
		swiotlb_bounce(dev, mem, node->pool, tlb_addr, mapping_size, false);
	if (node->number < 0)
		swiotlb_release_transient(mem, l, node);
	else
		swiotlb_release(dev, mem, node->pool, l, tlb_addr);
}

static __always_inline void swiotlb_unmap(struct device *dev, struct swiotlb_layout l,
					  phys_addr_t tlb_addr, size_t mapping_size,
					  enum dma_data_direction dir, unsigned long attrs)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;
	bool copy = dir != DMA_TO_DEVICE && !(attrs & DMA_ATTR_SKIP_CPU_SYNC);

	if (unlikely(mem->defpool.can_grow)) {
		swiotlb_unmap_dynamic(dev, mem, l, tlb_addr, mapping_size, copy);
		return;
	}
	instrument_read(&mem->defpool, sizeof(mem->defpool));
	if (copy)
		swiotlb_bounce(dev, mem, &mem->defpool, tlb_addr, mapping_size, false);
	if (l.bitmap_index)
		swiotlb_release(dev, mem, &mem->defpool, l, tlb_addr);
	else
		swiotlb_release_far(dev, mem, &mem->defpool, l, tlb_addr);
}

#endif /* SWIOTLB_MAP_H */
