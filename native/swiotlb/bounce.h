/* SPDX-License-Identifier: GPL-2.0-only */
/* The copies between a mapping's slots and the memory it stands for. */
#ifndef SWIOTLB_BOUNCE_H
#define SWIOTLB_BOUNCE_H

#include "swiotlb/types.h"

static __always_inline unsigned long pool_slot(const struct io_tlb_pool *pool, phys_addr_t tlb_addr)
{
	return (tlb_addr - pool->start) >> IO_TLB_SHIFT;
}

/**
 * swiotlb_bounce() - copy between pool and original memory
 * @tlb_addr: bus address, anywhere in a mapping
 * @size: bytes
 * @to_pool: from the original to the pool, else back
 *
 * Takes no lock: the slots belong to the mapping. Padding slots are left
 * alone. What reaches behind the allocation is clipped, but the padding
 * behind the mapping belongs to the allocation, and is not protected.
 */
static __timed_inline void swiotlb_bounce(struct device *dev, struct io_tlb_mem *mem,
					  struct io_tlb_pool *pool, phys_addr_t tlb_addr,
					  size_t size, bool to_pool)
{
	unsigned long slot = pool_slot(pool, tlb_addr);
	phys_addr_t orig_addr;
	size_t alloc_size;
	int delta;
	void *vaddr;

	instrument_read(&pool->slots[slot], sizeof(pool->slots[0]));
	orig_addr = pool->slots[slot].orig_addr;
	alloc_size = pool->slots[slot].alloc_size;
	if (orig_addr == INVALID_PHYS_ADDR)
		return;

	/* May lie in front of this slot's own original address. */
	delta = (int)((unsigned int)tlb_addr & (IO_TLB_SIZE - 1)) -
		(int)swiotlb_align_offset(dev, 0, orig_addr);
	orig_addr += (phys_addr_t)(long)delta;
	alloc_size -= (size_t)(long)delta;
	if (unlikely(size > alloc_size)) {
		WRITE_ONCE(mem->overflow_warned, true);
		size = alloc_size;
	}
	if (!pool->vaddr)
		return;
	vaddr = (char *)pool->vaddr + (tlb_addr - pool->start);
	if (to_pool)
		bounce_copy(vaddr, phys_to_virt(orig_addr), size);
	else
		bounce_copy(phys_to_virt(orig_addr), vaddr, size);
}

/* A function of its own, as in the kernel, beside which the run counts are measured. */
static noinline void swiotlb_bounce_far(struct device *dev, struct io_tlb_mem *mem,
					struct io_tlb_pool *pool, phys_addr_t tlb_addr, size_t size,
					bool to_pool)
{
	swiotlb_bounce(dev, mem, pool, tlb_addr, size, to_pool);
}

#endif /* SWIOTLB_BOUNCE_H */
