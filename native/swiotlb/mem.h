/* SPDX-License-Identifier: GPL-2.0-only */
/* Set-up and teardown of the allocator. One thread, nothing mapped but by it. */
#ifndef SWIOTLB_MEM_H
#define SWIOTLB_MEM_H

#include "swiotlb/growth.h"

static inline int swiotlb_check_config(const struct swiotlb_config *config)
{
	unsigned long nslabs = config->nslabs;

	if (!nslabs || nslabs > SWIOTLB_MAX_SLABS || config->batch > SWIOTLB_MAX_SLABS ||
	    config->start % PAGE_SIZE || config->grow_base % PAGE_SIZE)
		return -EINVAL;
	if (config->start > ~(phys_addr_t)0 - (nslabs << IO_TLB_SHIFT))
		return -EINVAL;
	if (!is_power_of_2(config->nareas) || config->mem_offset >= CACHE_LINE_PAIR ||
	    config->mem_offset % 8)
		return -EINVAL;
	/* A pool of one area, as restricted pools are, may have any size. */
	if (config->nareas > 1 &&
	    (nslabs % config->nareas || nslabs / config->nareas % IO_TLB_SEGSIZE))
		return -EINVAL;
	return 0;
}

static inline void swiotlb_destroy(struct io_tlb_mem *mem)
{
	struct io_tlb_node *node, *next;

	if (!mem)
		return;
	(void)swiotlb_free_retired(mem, true, true);
	for (node = mem->transient; node; node = next) {
		next = node->next;
		swiotlb_free_dynpool(mem, (struct io_tlb_dynpool *)node->pool);
	}
	for (node = mem->pools; node && node != &mem->defnode; node = next) {
		next = node->next;
		swiotlb_free_dynpool(mem, (struct io_tlb_dynpool *)node->pool);
	}
	swiotlb_free_pool(&mem->defnode);
	free(mem->memory);
}

static inline int swiotlb_create(const struct swiotlb_config *config, struct swiotlb_layout layout,
				 struct io_tlb_mem **result)
{
	const struct tracker_params params = {
		.nslabs = config->nslabs,
		.nareas = config->nareas,
		.batch = config->batch,
		.tolerance = config->tolerance == TRACKER_DEFAULT_TOLERANCE ? config->nslabs / 100 :
									      config->tolerance,
		.stretch_ns = config->stretch_ns ? config->stretch_ns : TRACKER_DEFAULT_STRETCH,
	};
	struct io_tlb_mem *mem;
	void *memory;
	int err = swiotlb_check_config(config);

	if (!err)
		err = rcu_thread_begin();
	if (err)
		return err;
	memory = swiotlb_alloc_zeroed(CACHE_LINE_PAIR, sizeof(*mem) + CACHE_LINE_PAIR);
	if (!memory)
		return -ENOMEM;
	mem = (struct io_tlb_mem *)((char *)memory + config->mem_offset);
	mem->memory = memory;
	mem->layout = layout;
	mem->defpool.can_grow = config->can_grow;
	mem->grow_base = config->grow_base;
	mem->default_nslabs = config->nslabs;
	mem->default_nareas = config->nareas;
	mem->schedule_work = config->schedule_work;
	mem->work_ctx = config->work_ctx;
	spin_lock_init(&mem->lock);
	mem->defnode.pool = &mem->defpool;
	err = swiotlb_init_pool(mem, &mem->defnode, config->start, config->nslabs, config->nareas,
				config->bounce_memory);
	if (err) {
		free(memory);
		return err;
	}
	mem->pools = &mem->defnode;
	swiotlb_add_region(mem, &mem->defnode);
	mem->nslabs = config->nslabs;
	tracker_init(mem, &params);
	*result = mem;
	return 0;
}

#endif /* SWIOTLB_MEM_H */
