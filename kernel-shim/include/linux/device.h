/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of struct device that DMA mapping reads, and messages about a device. */
#ifndef SHIM_LINUX_DEVICE_H
#define SHIM_LINUX_DEVICE_H

#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Simplified: the fields that DMA mapping reads, and no others. */

struct io_tlb_mem;

struct device_dma_parameters {
	unsigned int max_segment_size;
	unsigned int min_align_mask;
	unsigned long segment_boundary_mask;
};

struct device {
	const char *init_name;
	u64 *dma_mask;
	u64 coherent_dma_mask;
	u64 bus_dma_limit;
	struct device_dma_parameters *dma_parms;
	struct io_tlb_mem *dma_io_tlb_mem;
	struct list_head dma_io_tlb_pools;
	spinlock_t dma_io_tlb_lock;
	bool dma_uses_io_tlb;
	bool dma_skip_sync;
	bool shim_trusted; /* takes encrypted memory */
};

/* Simplified: no levels, no rate limit: each failed map is told and counted. */

static inline const char *dev_name(const struct device *dev)
{
	return dev->init_name;
}

#define dev_err(dev, fmt, ...) shim_log(dev_name(dev), fmt, ##__VA_ARGS__)
#define dev_warn(dev, fmt, ...) shim_log(dev_name(dev), fmt, ##__VA_ARGS__)
#define dev_info(dev, fmt, ...) shim_log(dev_name(dev), fmt, ##__VA_ARGS__)
#define dev_warn_ratelimited dev_warn
#define dev_err_ratelimited dev_err

#define dev_WARN_ONCE(dev, condition, fmt, ...)                                                    \
	({                                                                                         \
		static bool shim_warned;                                                           \
		bool shim_hit = (condition);                                                       \
		if (unlikely(shim_hit))                                                            \
			shim_warn_once(&shim_warned, dev_name(dev), fmt, ##__VA_ARGS__);           \
		shim_hit;                                                                          \
	})

#define dev_warn_once(dev, fmt, ...) dev_WARN_ONCE(dev, true, fmt, ##__VA_ARGS__)

#endif
