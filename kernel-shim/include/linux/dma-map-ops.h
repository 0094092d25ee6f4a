/* SPDX-License-Identifier: GPL-2.0-only */
/* What an architecture adds to DMA mappings: coherent devices, no encrypted memory. */
#ifndef SHIM_LINUX_DMA_MAP_OPS_H
#define SHIM_LINUX_DMA_MAP_OPS_H

#include <linux/dma-mapping.h>

struct page;

static inline bool dev_is_dma_coherent(struct device *dev)
{
	return true;
}

static inline void arch_sync_dma_for_device(phys_addr_t paddr, size_t size,
					    enum dma_data_direction dir)
{
}

static inline void arch_sync_dma_for_cpu(phys_addr_t paddr, size_t size,
					 enum dma_data_direction dir)
{
}

static inline void arch_sync_dma_flush(void)
{
}

/* The field is only written when it has to change, as it is shared by all CPUs. */
static inline void dma_reset_need_sync(struct device *dev)
{
	if (likely(!dev->dma_skip_sync))
		return;
	WRITE_ONCE(dev->dma_skip_sync, false);
}

static inline struct page *
dma_alloc_from_pool(struct device *dev, size_t size, void **vaddr, gfp_t gfp,
		    bool (*addr_ok)(struct device *dev, phys_addr_t paddr, size_t size))
{
	return NULL;
}

static inline bool dma_free_from_pool(struct device *dev, void *vaddr, size_t size)
{
	return false;
}

#endif
