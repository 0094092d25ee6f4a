/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * swiotlb_alloc() and swiotlb_free(): whole pages out of a restricted pool, for
 * coherent memory. A restricted pool has one area, and may have any size.
 */
#ifndef SWIOTLB_RESTRICTED_H
#define SWIOTLB_RESTRICTED_H

#include "swiotlb/map.h"

/* The low bits of an address that whole pages for @size bytes leave clear. */
static inline unsigned int page_order_mask(size_t size)
{
	return (unsigned int)(roundup_pow_of_two(max(size, PAGE_SIZE)) - 1);
}

/**
 * swiotlb_alloc() - slots without an original address
 *
 * Aligned like pages of that size, but no more slots are taken than @size
 * needs: the size is not rounded up.
 *
 * Return: the bus address, or DMA_MAPPING_ERROR.
 */
static inline phys_addr_t swiotlb_alloc(struct device *dev, struct io_tlb_mem *mem,
					unsigned int cpu, size_t size)
{
	const struct slot_request req = {
		.alloc_size = size,
		.nslots = (unsigned int)nr_slots(size),
		.align_mask = page_order_mask(size),
	};
	long slot = swiotlb_find_slots(dev, mem, mem->layout, cpu, &req);

	if (slot < 0)
		return DMA_MAPPING_ERROR;
	if (mem->layout.bitmap_index)
		slot_set_sizes(&mem->defpool, (unsigned int)slot, req.nslots, req.alloc_size);
	return mem->defpool.start + ((phys_addr_t)slot << IO_TLB_SHIFT);
}

/* Only what swiotlb_alloc() gave; false and nothing done for anything else. */
static inline bool swiotlb_free(struct device *dev, struct io_tlb_mem *mem, phys_addr_t tlb_addr)
{
	if (tlb_addr < mem->defpool.start || tlb_addr >= mem->defpool.end)
		return false;
	swiotlb_release(dev, mem, &mem->defpool, mem->layout, tlb_addr);
	return true;
}

#endif /* SWIOTLB_RESTRICTED_H */
