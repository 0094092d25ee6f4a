// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where grown and transient pools lie depends on the operations alone: neither on readers of other
 * threads, which keep memory from being freed, nor on pools that could not serve a request.
 */
#include "rcu.h"
#include "fixture.h"

#define GROW_BASE 0x80000000UL

static struct fixture growing_from(phys_addr_t grow_base)
{
	const struct swiotlb_tracker *t = &swiotlb_trackers[tracker_number("off")];
	const struct swiotlb_config config = {
		.nslabs = 128,
		.nareas = 1,
		.start = POOL_START,
		.can_grow = true,
		.grow_base = grow_base,
	};
	struct fixture fixture = { .ops = t->ops };

	CHECK_EQ(fixture.ops->create(&config, &fixture.mem), 0);
	fixture.dev = (struct device){
		.dma_io_tlb_mem = fixture.mem,
		.seg_boundary_mask = DMA_BIT_ALL,
	};
	CHECK_EQ(fixture_map(&fixture, 0, 0x1000, 128 * IO_TLB_SIZE, 0), POOL_START);
	return fixture;
}

static struct fixture growing(void)
{
	return growing_from(GROW_BASE);
}

/* Taken until the work that frees them has run, then free, whoever is reading. */
static void test_freed_addresses(bool reader)
{
	struct fixture fixture = growing();
	phys_addr_t first, second;

	if (reader)
		rcu_read_lock();
	first = fixture_map(&fixture, 0, 0x1000, 4096, 0);
	CHECK_EQ(first, GROW_BASE);
	fixture_unmap(&fixture, first, 4096);
	second = fixture_map(&fixture, 0, 0x1000, 4096, 0);
	CHECK_EQ(second, GROW_BASE + 4096);
	/* Grows as well: by a pool of 256 KiB, at the next multiple of that. */
	fixture.ops->run_work(fixture.mem);
	CHECK_EQ(fixture.ops->nslabs(fixture.mem), 256);
	CHECK_EQ(fixture_map(&fixture, 0, 0x1000, 128 * IO_TLB_SIZE, 0), GROW_BASE + 0x40000);
	CHECK_EQ(fixture_map(&fixture, 0, 0x1000, 4096, 0), GROW_BASE);
	if (reader)
		rcu_read_unlock();
	fixture_close(&fixture);
}

/* Bit 11 cannot be kept in a pool of one slot that begins on a page. */
static void test_failed_request(void)
{
	struct fixture fixture = growing();

	fixture.dev.min_align_mask = 0xfff;
	CHECK_EQ(fixture_map(&fixture, 0, 0x1800, 512, 0), DMA_MAPPING_ERROR);
	fixture.dev.min_align_mask = 0;
	CHECK_EQ(fixture_map(&fixture, 0, 0x1000, 512, 0), GROW_BASE);
	fixture_close(&fixture);
}

/* Behind the last address there is none: a pool that has no place is not made. */
static void test_no_address_left(void)
{
	struct fixture fixture = growing_from(-2 * (phys_addr_t)PAGE_SIZE);
	phys_addr_t last = fixture_map(&fixture, 0, 0x1000, PAGE_SIZE, 0);

	CHECK_EQ(last, -2 * (phys_addr_t)PAGE_SIZE);
	CHECK_EQ(fixture_map(&fixture, 0, 0x1000, PAGE_SIZE, 0), DMA_MAPPING_ERROR);
	fixture.ops->run_work(fixture.mem);
	CHECK_EQ(fixture.ops->nslabs(fixture.mem), 128);
	fixture_unmap(&fixture, last, PAGE_SIZE);
	fixture.ops->run_work(fixture.mem);
	CHECK_EQ(fixture_map(&fixture, 0, 0x1000, PAGE_SIZE, 0), last);
	CHECK_SOUND(fixture.ops->check(fixture.mem));
	fixture_close(&fixture);
}

/* Beyond two TiB nothing is added. */
static void test_no_more_slots(void)
{
	struct fixture fixture = growing();

	fixture_map(&fixture, 0, 0x1000, PAGE_SIZE, 0);
	fixture.mem->nslabs = SWIOTLB_MAX_SLABS - 127;
	fixture.ops->run_work(fixture.mem);
	CHECK_EQ(fixture.mem->nslabs, SWIOTLB_MAX_SLABS - 127);
	fixture.mem->nslabs = SWIOTLB_MAX_SLABS - 128;
	fixture_map(&fixture, 0, 0x1000, PAGE_SIZE, 0);
	fixture.ops->run_work(fixture.mem);
	CHECK_EQ(fixture.mem->nslabs, SWIOTLB_MAX_SLABS);
	fixture_close(&fixture);
}

/* Where a whole pool would exceed that, half of one is added. */
static void test_half_a_pool(void)
{
	struct fixture fixture = growing();

	fixture_map(&fixture, 0, 0x1000, PAGE_SIZE, 0);
	fixture.mem->default_nslabs = 1024;
	fixture.mem->nslabs = SWIOTLB_MAX_SLABS - 1023;
	fixture.ops->run_work(fixture.mem);
	CHECK_EQ(fixture.mem->nslabs, SWIOTLB_MAX_SLABS - 511);
	fixture_close(&fixture);
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
