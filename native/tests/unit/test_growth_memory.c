// SPDX-License-Identifier: GPL-2.0-only
/*
 * Growth without memory: the request fails, or the pool that is added is smaller or not added;
 * the allocator says that it was starved, stays sound, and grows once there is memory again.
 */
#include "failing.h"
#include "fixture.h"

#define NSLABS 1024
#define GROW_BASE 0x80000000UL

/* A pool with nothing free in it: 8 mappings of 128 slots. */
struct full_pool {
	struct fixture fixture;
	phys_addr_t first;
};

static void open_full(struct full_pool *p, unsigned int layout)
{
	fixture_open(&p->fixture, (struct fixture_pool){ .layout = layout,
							 .nslabs = NSLABS,
							 .nareas = 1,
							 .grow_base = GROW_BASE });
	p->first = fixture_map(&p->fixture, 0, 0x1000, 128 << IO_TLB_SHIFT, 0);
	for (int i = 1; i < 8; i++)
		CHECK(fixture_map(&p->fixture, 0, 0x1000, 128 << IO_TLB_SHIFT, 0) !=
		      DMA_MAPPING_ERROR);
	CHECK(!p->fixture.ops->starved(p->fixture.mem));
}

/* Each allocation of the pool that serves one request fails in turn. */
static void test_request(unsigned int layout)
{
	unsigned int tries = 0;

	for (long n = 1;; n++) {
		struct full_pool p;
		phys_addr_t got;

		open_full(&p, layout);
		atomic_store(&struck, false);
		atomic_store(&memory_left, n);
		got = fixture_map(&p.fixture, 0, 0x1000, 4096, 0);
		atomic_store(&memory_left, 0);
		CHECK_EQ(p.fixture.ops->starved(p.fixture.mem), atomic_load(&struck));
		if (atomic_load(&struck)) {
			CHECK_EQ(got, DMA_MAPPING_ERROR);
			CHECK_EQ(p.fixture.full, 1);
			CHECK_EQ(p.fixture.ops->transient_nslabs(p.fixture.mem), 0);
			CHECK_SOUND(p.fixture.ops->check(p.fixture.mem));
			/* No address was used up by the pool that was not made. */
			got = fixture_map(&p.fixture, 0, 0x1000, 4096, 0);
			tries++;
		}
		CHECK_EQ(got, GROW_BASE);
		fixture_unmap(&p.fixture, got, 4096);
		fixture_close(&p.fixture);
		if (!atomic_load(&struck))
			break;
	}
	CHECK(tries >= 3);
}

/* Each allocation of the first pool that is tried fails in turn: half of it is added. */
static void test_half(unsigned int layout)
{
	unsigned int tries = 0;

	for (long n = 1;; n++) {
		struct full_pool p;

		open_full(&p, layout);
		CHECK_EQ(fixture_map(&p.fixture, 0, 0x1000, 4096, 0), GROW_BASE);
		atomic_store(&struck, false);
		atomic_store(&memory_left, n);
		p.fixture.ops->run_work(p.fixture.mem);
		atomic_store(&memory_left, 0);
		CHECK_EQ(p.fixture.ops->starved(p.fixture.mem), atomic_load(&struck));
		CHECK_EQ(p.fixture.ops->nslabs(p.fixture.mem),
			 atomic_load(&struck) ? NSLABS + NSLABS / 2 : 2 * NSLABS);
		fixture_close(&p.fixture);
		if (!atomic_load(&struck))
			break;
		tries++;
	}
	CHECK(tries >= 3);
}

/* No memory at all: nothing is added, and what is there serves on. */
static void test_none(unsigned int layout)
{
	struct full_pool p;

	open_full(&p, layout);
	CHECK_EQ(fixture_map(&p.fixture, 0, 0x1000, 4096, 0), GROW_BASE);
	atomic_store(&for_good, true);
	atomic_store(&memory_left, 1);
	p.fixture.ops->run_work(p.fixture.mem);
	CHECK(p.fixture.ops->starved(p.fixture.mem));
	CHECK_EQ(p.fixture.ops->nslabs(p.fixture.mem), NSLABS);
	CHECK_SOUND(p.fixture.ops->check(p.fixture.mem));
	fixture_unmap(&p.fixture, p.first, 128 << IO_TLB_SHIFT);
	CHECK_EQ(fixture_map(&p.fixture, 0, 0x1000, 128 << IO_TLB_SHIFT, 0), p.first);
	atomic_store(&memory_left, 0);
	atomic_store(&for_good, false);
	/* The work is asked for anew by the next request that finds no room. */
	p.fixture.ops->run_work(p.fixture.mem);
	CHECK_EQ(p.fixture.ops->nslabs(p.fixture.mem), NSLABS);
	CHECK(fixture_map(&p.fixture, 0, 0x1000, 4096, 0) != DMA_MAPPING_ERROR);
	p.fixture.ops->run_work(p.fixture.mem);
	CHECK_EQ(p.fixture.ops->nslabs(p.fixture.mem), 2 * NSLABS);
	fixture_close(&p.fixture);
}

int main(void)
{
	for (unsigned int layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++) {
		test_request(layout);
		test_half(layout);
		test_none(layout);
	}
	return 0;
}
