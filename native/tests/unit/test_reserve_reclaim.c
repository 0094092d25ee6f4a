// SPDX-License-Identifier: GPL-2.0-only
/*
 * What "reserve" does where a map finds nothing more below the mark: it takes back what
 * others keep, from near to far and no more than it takes, and sweeps only when all of it
 * is used. One operation after another, so what each area keeps is known.
 */
#include "trackers/reserve.h"

#define TRACKER_ID reclaimed
#define FOR_EACH_LAYOUT(DO) DO(packed_kernel_counts, false, false, false)
#include "swiotlb/instance.h"

#include "check.h"

/* Four groups of eight, an area for each CPU. */
#define CPUS 32
#define SLOT 2048UL
#define TOLERANCE 176

static const struct swiotlb_ops *const ops = &INSTANCE_TABLE[0];

static void map_slots(struct device *dev, unsigned int cpu, size_t nslots)
{
	smp_set(cpu, CPUS);
	CHECK(ops->map(dev, cpu, 0x1000, nslots * SLOT, 0, DMA_TO_DEVICE, 0) != DMA_MAPPING_ERROR);
}

/* Slots that an area holds and does not use. */
static unsigned long kept(struct io_tlb_mem *mem, unsigned int number)
{
	struct io_tlb_area *area;
	struct area_walk walk;

	for_each_area(mem, area, walk)
		if (walk.number - 1 == number)
			return area->tracker.reserved - area->used;
	CHECK(false);
	return 0;
}

/* And those that all groups hold. */
static long spare(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	long sum = 0;

	for (unsigned int i = 0; i < t->groups; i++)
		sum += atomic_long_read(&t->group[i].spare);
	return sum;
}

int main(void)
{
	const struct swiotlb_config config = {
		.nslabs = CPUS * 128UL,
		.nareas = CPUS,
		.start = 0x40000000UL,
		.tolerance = TOLERANCE,
	};
	unsigned long mark;
	struct io_tlb_mem *mem;
	struct tracker_mem *t;
	struct device dev;

	smp_set(0, CPUS);
	CHECK_EQ(ops->create(&config, &mem), 0);
	dev = (struct device){ .dma_io_tlb_mem = mem, .seg_boundary_mask = DMA_BIT_ALL };
	t = mem_tracker(mem);
	CHECK_EQ(t->groups, 4);

	/* The first map sweeps; an area of the second group and one of the fourth keep a chunk. */
	map_slots(&dev, 0, 1);
	mark = ops->hiwater(mem);
	CHECK(mark > 1 && mark <= 1 + TOLERANCE);
	CHECK_EQ(t->sweeps, 1);
	map_slots(&dev, 8, 1);
	map_slots(&dev, 24, 1);
	CHECK_EQ(kept(mem, 8), 64);
	CHECK_EQ(kept(mem, 24), 64);
	CHECK(spare(mem) > 0);

	/* What the groups have does not do: the neighbour in the group gives, the other keeps. */
	map_slots(&dev, 25, 60);
	CHECK_EQ(spare(mem), 0);
	CHECK_EQ(kept(mem, 24), 0);
	CHECK_EQ(kept(mem, 8), 64);
	CHECK_EQ(ops->used(mem), 63);
	CHECK_EQ(ops->hiwater(mem), mark);
	CHECK_EQ(t->sweeps, 1);

	/* Now only another group has some. */
	map_slots(&dev, 25, 60);
	CHECK_EQ(kept(mem, 8), 0);
	CHECK_EQ(ops->used(mem), 123);
	CHECK_EQ(ops->hiwater(mem), mark);
	CHECK_EQ(t->sweeps, 1);

	/* Nobody has: one sweep, to the use and no more than the tolerance above it. */
	map_slots(&dev, 26, mark - 123 + 1);
	CHECK_EQ(t->sweeps, 2);
	CHECK_EQ(ops->used(mem), mark + 1);
	CHECK(ops->hiwater(mem) > mark + 1 && ops->hiwater(mem) <= mark + 1 + TOLERANCE);

	CHECK_SOUND(ops->check(mem));
	ops->destroy(mem);
	return 0;
}
