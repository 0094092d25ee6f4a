// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tracker's cold words: each area's are found, zero at first, apart from all others
 * and on lines that no area lies on, in every layout and in a pool that has grown; a
 * transient pool has none.
 */
#include "trackers/tracker.h"

struct tracker_area {
	unsigned int word;
};

#define tracker_cold tracker_cold
struct tracker_cold {
	unsigned long number;
	char more[300];
};

struct tracker_mem {
	unsigned int transient_without;
};

#include "swiotlb/types.h"

#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	t->transient_without += transient && !area_cold(area);
}

#include "faulty/no_mark.h"

#define TRACKER_ID cold
#include "swiotlb/instance.h"

#include "check.h"

#define NAREAS 8
#define SLABS (NAREAS * 128UL)

/* Writes each area's number there, and finds it again when all are written. */
static unsigned int check_areas(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	struct area_walk walk;
	unsigned int n = 0;

	for_each_area(mem, area, walk) {
		const struct io_tlb_pool *pool = walk.node->pool;
		const char *end = (char *)area_at(pool, mem->layout, pool->nareas);
		struct tracker_cold *cold = area_cold(area);

		CHECK((uintptr_t)cold % CACHE_LINE_PAIR == 0);
		CHECK((const char *)cold >= end);
		CHECK_EQ(cold->number, 0);
		memset(cold, 0xff, sizeof(*cold));
		cold->number = ++n;
	}
	n = 0;
	for_each_area(mem, area, walk)
		CHECK_EQ(area_cold(area)->number, ++n);
	return n;
}

static void test_layout(unsigned int layout)
{
	const struct swiotlb_config config = {
		.nslabs = SLABS,
		.nareas = NAREAS,
		.start = 0x40000000UL,
		.can_grow = true,
		.grow_base = 0x80000000UL,
	};
	const struct swiotlb_ops *ops = &INSTANCE_TABLE[layout];
	struct device dev = { .seg_boundary_mask = DMA_BIT_ALL };
	phys_addr_t last;

	CHECK_EQ(ops->create(&config, &dev.dma_io_tlb_mem), 0);
	CHECK_EQ(check_areas(dev.dma_io_tlb_mem), NAREAS);
	for (unsigned int i = 0; i <= NAREAS; i++)
		last = ops->map(&dev, i, 0x1000, 128 * IO_TLB_SIZE, 0, DMA_TO_DEVICE, 0);
	CHECK(last != DMA_MAPPING_ERROR);
	CHECK_EQ(mem_tracker(dev.dma_io_tlb_mem)->transient_without, 1);
	ops->run_work(dev.dma_io_tlb_mem);
	CHECK_EQ(mem_nr_areas(dev.dma_io_tlb_mem), 2 * NAREAS);
	CHECK_EQ(area_cold(area_at(dev.dma_io_tlb_mem->pools->pool, dev.dma_io_tlb_mem->layout, 1))
			 ->number,
		 0);
	CHECK_SOUND(ops->check(dev.dma_io_tlb_mem));
	ops->destroy(dev.dma_io_tlb_mem);
}

int main(void)
{
	for (unsigned int layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++)
		test_layout(layout);
	return 0;
}
