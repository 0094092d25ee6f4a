// SPDX-License-Identifier: GPL-2.0-only
/*
 * What epochs keeps for itself, by a clock that the test tells: the units of a log that a
 * burst made large become small again, and how far each area may move is what the areas
 * that moved leave to it, whoever walks how often and in however many windows.
 */
#include "trackers/epochs.h"

#define TRACKER_ID epochs_inside
#include "swiotlb/instance.h"

#include "check.h"

#define STRETCH_NS 1000
#define NAREAS 8U
#define SLABS 32768UL

static const struct swiotlb_ops *const ops = &INSTANCE_TABLE[0];
static uint64_t now_ns;

static void open_pool(struct device *dev, unsigned long nslabs, unsigned int nareas)
{
	const struct swiotlb_config config = {
		.nslabs = nslabs,
		.nareas = nareas,
		.start = 0x40000000UL,
		.stretch_ns = STRETCH_NS,
	};

	*dev = (struct device){ .seg_boundary_mask = DMA_BIT_ALL };
	CHECK_EQ(ops->create(&config, &dev->dma_io_tlb_mem), 0);
}

static phys_addr_t map(struct device *dev, unsigned int cpu, unsigned int slots)
{
	phys_addr_t tlb = ops->map(dev, cpu, 0x1000, slots * IO_TLB_SIZE, 0, DMA_TO_DEVICE, 0);

	CHECK(tlb != DMA_MAPPING_ERROR);
	return tlb;
}

static void unmap(struct device *dev, phys_addr_t tlb, unsigned int slots)
{
	ops->unmap(dev, tlb, slots * IO_TLB_SIZE, DMA_TO_DEVICE, 0);
}

/* One mapping comes and goes, so often, in each of the areas below @areas. */
static void move(struct device *dev, unsigned int areas, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++) {
		for (unsigned int k = 0; k < areas; k++) {
			phys_addr_t tlb = map(dev, k, 8);

			now_ns += 2 * STRETCH_NS / NAREAS;
			unmap(dev, tlb, 8);
		}
	}
}

/* 89600 slots in one area, a stretch for each 128 of them, with a walk after @each. */
static void test_units(unsigned int each)
{
	enum { PIECES = 700 };
	static phys_addr_t tlb[PIECES];
	unsigned int largest = 0;
	struct tracker_cold *c;
	struct device dev;

	open_pool(&dev, PIECES * 128, 1);
	c = area_cold(area_at(&dev.dma_io_tlb_mem->defpool, dev.dma_io_tlb_mem->layout, 0));
	for (unsigned int i = 0; i < 2 * PIECES; i++) {
		now_ns += 2 * STRETCH_NS;
		if (i < PIECES)
			tlb[i] = map(&dev, 0, 127);
		else
			unmap(&dev, tlb[i - PIECES], 127);
		largest = max(largest, c->fold);
		if (i % each == each - 1)
			ops->sample(dev.dma_io_tlb_mem);
	}
	CHECK_EQ(largest, 1);
	/* What is in use is looked at again when it moves. */
	move(&dev, 1, 4);
	now_ns += 2 * STRETCH_NS;
	ops->sample(dev.dma_io_tlb_mem);
	CHECK_EQ(c->fold, 0);
	CHECK(ops->hiwater(dev.dma_io_tlb_mem) >= PIECES * 127);
	CHECK(ops->hiwater(dev.dma_io_tlb_mem) <= PIECES * 127 + 1);
	CHECK(ops->lower(dev.dma_io_tlb_mem) <= PIECES * 127);
	CHECK(ops->lower(dev.dma_io_tlb_mem) >= PIECES * 127 - 128);
	ops->destroy(dev.dma_io_tlb_mem);
}

static unsigned int room_after(struct device *dev, unsigned int areas, unsigned int times,
			       unsigned int quiet_ns)
{
	move(dev, areas, times);
	now_ns += quiet_ns;
	ops->sample(dev->dma_io_tlb_mem);
	return mem_tracker(dev->dma_io_tlb_mem)->room;
}

static void test_room(void)
{
	const unsigned int all = SLABS / EPOCHS_SHARE;
	struct tracker_mem *t;
	struct device dev;

	open_pool(&dev, SLABS, NAREAS);
	t = mem_tracker(dev.dma_io_tlb_mem);
	/* Before anybody moved. */
	CHECK_EQ(t->room, all / NAREAS);
	ops->sample(dev.dma_io_tlb_mem);
	CHECK_EQ(t->room, all / NAREAS);
	CHECK_EQ(room_after(&dev, 2, 100, 0), all / 2);
	/* Who reads the mark right behind it learns nothing of that, and nor does the next. */
	for (unsigned int i = 0; i < 3; i++) {
		now_ns += STRETCH_NS;
		ops->hiwater(dev.dma_io_tlb_mem);
		CHECK_EQ(t->room, all / 2);
	}
	CHECK_EQ(room_after(&dev, NAREAS, 100, 0), all / NAREAS);
	/* So long that it is several windows, of which the last ones see nobody move. */
	CHECK_EQ(room_after(&dev, NAREAS, 100, 1000 * STRETCH_NS), all / NAREAS);
	CHECK_EQ(room_after(&dev, 1, 100, 1000 * STRETCH_NS), all);
	ops->destroy(dev.dma_io_tlb_mem);
}

int main(void)
{
	/* Before the first allocator: a clock does not change under it. */
	smp_tell_time(&now_ns);
	test_units(2000);
	test_units(50);
	test_units(1);
	test_room();
	return 0;
}
