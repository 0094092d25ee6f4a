// SPDX-License-Identifier: GPL-2.0-only
/* Growth work that may not wait: while the lock is held it is left to do, and nothing is lost. */
#include "fixture.h"

int main(void)
{
	const struct swiotlb_ops *ops = swiotlb_trackers[tracker_number("off")].ops;
	const struct swiotlb_config config = {
		.nslabs = 128,
		.nareas = 1,
		.start = POOL_START,
		.can_grow = true,
		.grow_base = 2 * POOL_START,
	};
	struct io_tlb_mem *mem;
	struct device dev;
	phys_addr_t first, second;

	CHECK_EQ(ops->create(&config, &mem), 0);
	dev = (struct device){ .dma_io_tlb_mem = mem, .seg_boundary_mask = DMA_BIT_ALL };
	first = ops->map(&dev, 0, 0x1000, 128 << IO_TLB_SHIFT, 0, DMA_TO_DEVICE, 0);
	second = ops->map(&dev, 0, 0x1000, 4096, 0, DMA_TO_DEVICE, 0);
	CHECK(first != DMA_MAPPING_ERROR);
	CHECK(second != DMA_MAPPING_ERROR); /* from a transient pool */
	ops->unmap(&dev, second, 4096, DMA_TO_DEVICE, 0);

	spin_lock(&mem->lock);
	CHECK(!ops->try_work(mem));
	CHECK(!ops->try_work(mem));
	spin_unlock(&mem->lock);
	CHECK_EQ(ops->nslabs(mem), 128);
	CHECK(ops->try_work(mem));
	CHECK_EQ(ops->nslabs(mem), 256);
	CHECK(ops->try_work(mem));
	CHECK_EQ(ops->nslabs(mem), 256);

	ops->unmap(&dev, first, 128 << IO_TLB_SHIFT, DMA_TO_DEVICE, 0);
	CHECK_SOUND(ops->check(mem));
	ops->destroy(mem);
	return 0;
}
