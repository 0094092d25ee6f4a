/* SPDX-License-Identifier: GPL-2.0-only */
/* Masks and attributes of DMA mappings. */
#ifndef SHIM_LINUX_DMA_MAPPING_H
#define SHIM_LINUX_DMA_MAPPING_H

#include <linux/device.h>
#include <linux/dma-direction.h>

/* Kept. */

#define DMA_ATTR_SKIP_CPU_SYNC (1UL << 5)
#define DMA_ATTR_NO_WARN (1UL << 8)
#define DMA_ATTR_MMIO (1UL << 10)

/* Which bits these two are makes no difference to the code under test. */
#define DMA_ATTR_CC_SHARED (1UL << 11)
#define __DMA_ATTR_ALLOC_CC_SHARED (1UL << 12)

#define DMA_MAPPING_ERROR (~(dma_addr_t)0)
#define DMA_BIT_MASK(n) (~0ULL >> (64 - (n)))

static inline unsigned int dma_get_min_align_mask(struct device *dev)
{
	struct device_dma_parameters *parms = dev->dma_parms;

	return parms ? parms->min_align_mask : 0;
}

static inline unsigned long dma_get_seg_boundary(struct device *dev)
{
	struct device_dma_parameters *parms = dev->dma_parms;
	unsigned long boundary = parms ? parms->segment_boundary_mask : 0;

	return boundary ? boundary : 0xffffffffUL;
}

#endif
