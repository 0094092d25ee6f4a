/* SPDX-License-Identifier: GPL-2.0-only */
/* What an architecture adds to DMA mappings. */
#ifndef SHIM_LINUX_DMA_MAP_OPS_H
#define SHIM_LINUX_DMA_MAP_OPS_H

#include <linux/dma-mapping.h>

/* Empty: devices are coherent, so that caches need no care. */

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

/* Kept. */

/* The field is only written when it has to change, as it is shared by all CPUs. */
static inline void dma_reset_need_sync(struct device *dev)
{
	if (likely(!dev->dma_skip_sync))
		return;
	WRITE_ONCE(dev->dma_skip_sync, false);
}

/* Empty: no pool of decrypted pages is set aside for atomic allocations. */

struct page;

#define dma_alloc_from_pool(dev, size, vaddr, gfp, ...) ((void)(vaddr), (struct page *)NULL)

static inline bool dma_free_from_pool(struct device *dev, void *vaddr, size_t size)
{
	return false;
}

#endif
