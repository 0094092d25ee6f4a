/* SPDX-License-Identifier: GPL-2.0-only */
/* Set-up and teardown of pools. Nobody else sees a pool meanwhile. */
#ifndef SWIOTLB_POOL_H
#define SWIOTLB_POOL_H

#include <stdlib.h>
#include <sys/mman.h>

#include "swiotlb/slot_index.h"

static inline void *swiotlb_alloc_zeroed(size_t align, size_t size)
{
	void *p = aligned_alloc(align, round_up_to(size, align));

	return p ? memset(p, 0, size) : NULL;
}

/* Frees what belongs to a pool, but not the pool itself. */
static inline void swiotlb_free_pool(struct io_tlb_node *node)
{
	free(node->pool->areas);
	free(slots_memory(node->pool));
	if (node->pool->vaddr)
		munmap(node->pool->vaddr, node->bounce_bytes);
}

/* Bytes of a pool's areas, up to where the trackers' cold words begin, if there are any. */
static inline size_t areas_bytes(const struct io_tlb_mem *mem, unsigned int nareas)
{
	return round_up_to(nareas * area_stride(mem->layout), (size_t)CACHE_LINE_PAIR);
}

/* Tells area @i where its cold words are. A transient pool's has none: it goes with one unmap. */
static inline void swiotlb_init_cold(const struct io_tlb_mem *mem, const struct io_tlb_node *node,
				     unsigned int i)
{
#ifdef tracker_cold
	const struct io_tlb_pool *pool = node->pool;
	const size_t at =
		areas_bytes(mem, pool->nareas) + i * COLD_STRIDE - i * area_stride(mem->layout);

	if (node->number >= 0)
		area_at(pool, mem->layout, i)->cold = (u32)(at / COLD_UNIT);
#endif
}

/**
 * swiotlb_init_pool() - make a pool
 * @node: its place in a list; @node->pool points to zeroed memory
 * @start: bus address
 * @bounce_memory: whether there is memory behind the slots
 *
 * Return: 0 or -ENOMEM, with nothing left behind.
 */
static inline int swiotlb_init_pool(struct io_tlb_mem *mem, struct io_tlb_node *node,
				    phys_addr_t start, unsigned long nslabs, unsigned int nareas,
				    bool bounce_memory)
{
	struct io_tlb_pool *pool = node->pool;
	size_t bytes = nslabs << IO_TLB_SHIFT;
	struct io_tlb_area *area;
	unsigned long i;
	char *slots;

	pool->start = start;
	pool->end = start + bytes;
	pool->nslabs = nslabs;
	pool->nareas = nareas;
	pool->area_nslabs = (unsigned int)(nslabs / nareas);
	if (is_power_of_2(pool->area_nslabs))
		pool->area_shift = (u8)__builtin_ctz(pool->area_nslabs);
	node->region_bytes = roundup_pow_of_two(round_up_to(bytes, PAGE_SIZE));
	pool->areas = swiotlb_alloc_zeroed(CACHE_LINE_PAIR,
					   areas_bytes(mem, nareas) +
						   (node->number < 0 ? 0 : nareas * COLD_STRIDE));
	slots = swiotlb_alloc_zeroed(CACHE_LINE_PAIR,
				     slots_offset(pool) + nslabs * sizeof(*pool->slots));
	if (slots)
		pool->slots = (struct io_tlb_slot *)(void *)(slots + slots_offset(pool));
	if (!pool->areas || !slots)
		goto fail;
	if (bounce_memory) {
		void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			goto fail;
		/* The kernel reaches the pool through huge pages of its linear map. */
		madvise(p, bytes, MADV_HUGEPAGE);
		pool->vaddr = p;
		node->bounce_bytes = bytes;
	}
	for (i = 0; i < nareas; i++) {
		area = area_at(pool, mem->layout, (unsigned int)i);
		spin_lock_init(&area->lock);
		swiotlb_init_cold(mem, node, (unsigned int)i);
		tracker_init_area(mem_tracker(mem), area, node->number < 0);
	}
	for (i = 0; i < nslabs; i++)
		pool->slots[i].orig_addr = INVALID_PHYS_ADDR;
	slot_index_init(pool, mem->layout);
	return 0;

fail:
	swiotlb_free_pool(node);
	return -ENOMEM;
}

#endif /* SWIOTLB_POOL_H */
