// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where grown and transient pools lie depends on the operations alone: neither on readers of other
 * threads, which keep memory from being freed, nor on pools that could not serve a request.
 */
#include "rcu.h"
#include "rig.h"

#define GROW_BASE 0x80000000UL

static struct rig growing_from(phys_addr_t grow_base)
{
	const struct swiotlb_tracker *t = &swiotlb_trackers[tracker_number("off")];
	const struct swiotlb_config config = {
		.nslabs = 128,
		.nareas = 1,
		.start = POOL_START,
		.can_grow = true,
		.grow_base = grow_base,
	};
	struct rig rig = { .ops = t->ops };

	CHECK_EQ(rig.ops->create(&config, &rig.mem), 0);
	rig.dev = (struct device){
		.dma_io_tlb_mem = rig.mem,
		.seg_boundary_mask = DMA_BIT_ALL,
	};
	CHECK_EQ(rig_map(&rig, 0, 0x1000, 128 * IO_TLB_SIZE, 0), POOL_START);
	return rig;
}

static struct rig growing(void)
{
	return growing_from(GROW_BASE);
}

/* Taken until the work that frees them has run, then free, whoever is reading. */
static void test_freed_addresses(bool reader)
{
	struct rig rig = growing();
	phys_addr_t first, second;

	if (reader)
		rcu_read_lock();
	first = rig_map(&rig, 0, 0x1000, 4096, 0);
	CHECK_EQ(first, GROW_BASE);
	rig_unmap(&rig, first, 4096);
	second = rig_map(&rig, 0, 0x1000, 4096, 0);
	CHECK_EQ(second, GROW_BASE + 4096);
	/* Grows as well: by a pool of 256 KiB, at the next multiple of that. */
	rig.ops->run_work(rig.mem);
	CHECK_EQ(rig.ops->nslabs(rig.mem), 256);
	CHECK_EQ(rig_map(&rig, 0, 0x1000, 128 * IO_TLB_SIZE, 0), GROW_BASE + 0x40000);
	CHECK_EQ(rig_map(&rig, 0, 0x1000, 4096, 0), GROW_BASE);
	if (reader)
		rcu_read_unlock();
	rig_close(&rig);
}

/* Bit 11 cannot be kept in a pool of one slot that begins on a page. */
static void test_failed_request(void)
{
	struct rig rig = growing();

	rig.dev.min_align_mask = 0xfff;
	CHECK_EQ(rig_map(&rig, 0, 0x1800, 512, 0), DMA_MAPPING_ERROR);
	rig.dev.min_align_mask = 0;
	CHECK_EQ(rig_map(&rig, 0, 0x1000, 512, 0), GROW_BASE);
	rig_close(&rig);
}

/* Behind the last address there is none: a pool that has no place is not made. */
static void test_no_address_left(void)
{
	struct rig rig = growing_from(-2 * (phys_addr_t)PAGE_SIZE);
	phys_addr_t last = rig_map(&rig, 0, 0x1000, PAGE_SIZE, 0);

	CHECK_EQ(last, -2 * (phys_addr_t)PAGE_SIZE);
	CHECK_EQ(rig_map(&rig, 0, 0x1000, PAGE_SIZE, 0), DMA_MAPPING_ERROR);
	rig.ops->run_work(rig.mem);
	CHECK_EQ(rig.ops->nslabs(rig.mem), 128);
	rig_unmap(&rig, last, PAGE_SIZE);
	rig.ops->run_work(rig.mem);
	CHECK_EQ(rig_map(&rig, 0, 0x1000, PAGE_SIZE, 0), last);
	CHECK_SOUND(rig.ops->check(rig.mem));
	rig_close(&rig);
}

/* Beyond two TiB nothing is added. */
static void test_no_more_slots(void)
{
	struct rig rig = growing();

	rig_map(&rig, 0, 0x1000, PAGE_SIZE, 0);
	rig.mem->nslabs = SWIOTLB_MAX_SLABS - 127;
	rig.ops->run_work(rig.mem);
	CHECK_EQ(rig.mem->nslabs, SWIOTLB_MAX_SLABS - 127);
	rig.mem->nslabs = SWIOTLB_MAX_SLABS - 128;
	rig_map(&rig, 0, 0x1000, PAGE_SIZE, 0);
	rig.ops->run_work(rig.mem);
	CHECK_EQ(rig.mem->nslabs, SWIOTLB_MAX_SLABS);
	rig_close(&rig);
}

/* Where a whole pool would exceed that, half of one is added. */
static void test_half_a_pool(void)
{
	struct rig rig = growing();

	rig_map(&rig, 0, 0x1000, PAGE_SIZE, 0);
	rig.mem->default_nslabs = 1024;
	rig.mem->nslabs = SWIOTLB_MAX_SLABS - 1023;
	rig.ops->run_work(rig.mem);
	CHECK_EQ(rig.mem->nslabs, SWIOTLB_MAX_SLABS - 511);
	rig_close(&rig);
}

int main(void)
{
	test_freed_addresses(false);
	test_freed_addresses(true);
	test_failed_request();
	test_no_address_left();
	test_half_a_pool();
	test_no_more_slots();
	return 0;
}
