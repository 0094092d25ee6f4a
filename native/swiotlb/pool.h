/* SPDX-License-Identifier: GPL-2.0-only */
/* Set-up and teardown of the allocator and its pool. One thread at a time. */
#ifndef SWIOTLB_POOL_H
#define SWIOTLB_POOL_H

#include <stdlib.h>
#include <sys/mman.h>

#include "swiotlb/slot_index.h"

/* More slots than any address space could hold twice. */
#define SWIOTLB_MAX_SLABS (1UL << 31)

static inline int swiotlb_check_config(const struct swiotlb_config *config)
{
	unsigned long nslabs = config->nslabs;

	if (!nslabs || nslabs >= SWIOTLB_MAX_SLABS || config->start % PAGE_SIZE)
		return -EINVAL;
	if (config->start > ~(phys_addr_t)0 - (nslabs << IO_TLB_SHIFT))
		return -EINVAL;
	if (!is_power_of_2(config->nareas) || config->mem_offset >= SMP_CACHE_BYTES ||
	    config->mem_offset % 8)
		return -EINVAL;
	/* A pool of one area, as restricted pools are, may have any size. */
	if (config->nareas > 1 &&
	    (nslabs % config->nareas || nslabs / config->nareas % IO_TLB_SEGSIZE))
		return -EINVAL;
	return 0;
}

static inline void *swiotlb_alloc_zeroed(size_t align, size_t size)
{
	void *p = aligned_alloc(align, round_up_to(size, align));

	return p ? memset(p, 0, size) : NULL;
}

static inline void swiotlb_free_pool(struct io_tlb_mem *mem)
{
	free(mem->defpool.areas);
	free(mem->defpool.slots);
	if (mem->defpool.vaddr)
		munmap(mem->defpool.vaddr, mem->bounce_bytes);
}

static inline int swiotlb_init_pool(struct io_tlb_mem *mem, const struct swiotlb_config *config)
{
	struct io_tlb_pool *pool = &mem->defpool;
	unsigned long nslabs = config->nslabs;
	unsigned long i;

	pool->start = config->start;
	pool->end = config->start + ((phys_addr_t)nslabs << IO_TLB_SHIFT);
	pool->nslabs = nslabs;
	pool->nareas = config->nareas;
	pool->area_nslabs = (unsigned int)(nslabs / config->nareas);
	pool->areas =
		swiotlb_alloc_zeroed(SMP_CACHE_BYTES, config->nareas * area_stride(mem->layout));
	pool->slots = swiotlb_alloc_zeroed(SMP_CACHE_BYTES,
					   round_up_to(nslabs, 2UL) * sizeof(*pool->slots) +
						   bitmap_bytes(nslabs));
	if (!pool->areas || !pool->slots)
		return -ENOMEM;
	if (config->bounce_memory) {
		void *p = mmap(NULL, nslabs << IO_TLB_SHIFT, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			return -ENOMEM;
		pool->vaddr = p;
		mem->bounce_bytes = nslabs << IO_TLB_SHIFT;
	}
	for (i = 0; i < config->nareas; i++)
		spin_lock_init(&area_at(pool, mem->layout, (unsigned int)i)->lock);
	for (i = 0; i < nslabs; i++)
		pool->slots[i].orig_addr = INVALID_PHYS_ADDR;
	slot_index_init(pool, mem->layout);
	return 0;
}

static inline void swiotlb_destroy(struct io_tlb_mem *mem)
{
	if (!mem)
		return;
	swiotlb_free_pool(mem);
	free(mem->memory);
}

static inline int swiotlb_create(const struct swiotlb_config *config, struct swiotlb_layout layout,
				 struct io_tlb_mem **result)
{
	const struct tracker_params params = {
		.nslabs = config->nslabs,
		.nareas = config->nareas,
		.batch = config->batch,
	};
	struct io_tlb_mem *mem;
	void *memory;
	int err = swiotlb_check_config(config);

	if (err)
		return err;
	memory = swiotlb_alloc_zeroed(SMP_CACHE_BYTES, sizeof(*mem) + SMP_CACHE_BYTES);
	if (!memory)
		return -ENOMEM;
	mem = (struct io_tlb_mem *)((char *)memory + config->mem_offset);
	mem->memory = memory;
	mem->layout = layout;
	err = swiotlb_init_pool(mem, config);
	if (err) {
		swiotlb_destroy(mem);
		return err;
	}
	mem->nslabs = config->nslabs;
	tracker_init(mem, &params);
	*result = mem;
	return 0;
}

#endif /* SWIOTLB_POOL_H */
