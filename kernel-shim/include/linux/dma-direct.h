/* SPDX-License-Identifier: GPL-2.0-only */
/* Bus addresses are physical addresses. */
#ifndef SHIM_LINUX_DMA_DIRECT_H
#define SHIM_LINUX_DMA_DIRECT_H

#include <linux/dma-mapping.h>
#include <linux/mm.h>

/* Simplified: bus addresses are physical addresses, encrypted or not. */

#define zone_dma_limit DMA_BIT_MASK(24)
#define zone_dma_bits 24

static inline dma_addr_t phys_to_dma(struct device *dev, phys_addr_t paddr)
{
	return paddr;
}

static inline dma_addr_t phys_to_dma_unencrypted(struct device *dev, phys_addr_t paddr)
{
	return paddr;
}

static inline dma_addr_t phys_to_dma_encrypted(struct device *dev, phys_addr_t paddr)
{
	return paddr;
}

static inline phys_addr_t dma_to_phys(struct device *dev, dma_addr_t addr)
{
	return addr;
}

/* In a guest with encrypted memory, all devices but those that a test says to be trusted. */
static inline bool force_dma_unencrypted(struct device *dev)
{
	return shim.guest_encrypted && !dev->shim_trusted;
}

static inline bool shim_dma_capable(struct device *dev, dma_addr_t addr, size_t size)
{
	u64 limit = dev->dma_mask ? min_not_zero(*dev->dma_mask, dev->bus_dma_limit) : 0;

	return addr + size - 1 <= limit;
}

/* Later trees pass attributes as well. */
#define dma_capable(dev, addr, size, is_ram, ...) shim_dma_capable(dev, addr, size)

static inline bool dma_coherent_ok(struct device *dev, phys_addr_t phys, size_t size)
{
	return phys + size - 1 <= min_not_zero(dev->coherent_dma_mask, dev->bus_dma_limit);
}

#endif
