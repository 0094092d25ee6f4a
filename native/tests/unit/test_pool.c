// SPDX-License-Identifier: GPL-2.0-only
/*
 * Setup, rounding, layout of the structures, and which slots a mapping gets:
 * the facts that were seen in the real code, one by one.
 */
#include "fixture.h"

#define BITMAP 4U
#define NR_INDEXES 2
/* Each fact holds for both indexes of free slots. */
static const unsigned int indexes[NR_INDEXES] = { 0, BITMAP };

static void check_rounding(unsigned long nslabs, unsigned int nareas, unsigned long want_nslabs,
			   unsigned int want_nareas)
{
	swiotlb_adjust_size(&nslabs, &nareas);
	CHECK_EQ(nslabs, want_nslabs);
	CHECK_EQ(nareas, want_nareas);
}

static void test_rounding(void)
{
	check_rounding(300, 8, 1024, 8);
	check_rounding(5000, 2, 8192, 2);
	check_rounding(130, 1, 256, 1);
	check_rounding(1, 0, 128, 1);
	check_rounding(1000, 3, 1024, 4);
	check_rounding(32768, 5, 32768, 8);
	check_rounding(128, 64, 8192, 64);
	check_rounding(IO_TLB_DEFAULT_SLABS, 4, 32768, 4);
}

static void test_structures(void)
{
	CHECK_EQ(sizeof(struct io_tlb_slot), 24);
	CHECK_EQ(sizeof(struct io_tlb_area), 16);
	CHECK_EQ(sizeof(struct io_tlb_pool), 64);
	CHECK_EQ(offsetof(struct io_tlb_mem, nslabs), 0x40);
	CHECK_EQ(offsetof(struct io_tlb_mem, debugfs), 0x48);
	CHECK_EQ(offsetof(struct io_tlb_mem, force_bounce), 0x50);
	CHECK_EQ(offsetof(struct io_tlb_mem, tracker), 0x58);
}

/* The structure lies where it was asked for, and areas begin on a line. */
static void test_addresses(void)
{
	static const unsigned int offsets[] = { 0, 32, 64, 120 };

	for (unsigned int layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++) {
		const struct swiotlb_ops *ops =
			swiotlb_trackers[tracker_number("off")].ops + layout;

		for (unsigned int i = 0; i < 4; i++) {
			const struct swiotlb_config config = {
				.nslabs = 1024,
				.nareas = 8,
				.start = POOL_START,
				.mem_offset = offsets[i],
			};
			const struct io_tlb_area *first, *second;
			struct io_tlb_mem *mem;

			CHECK_EQ(ops->create(&config, &mem), 0);
			CHECK_EQ((uintptr_t)mem % CACHE_LINE_PAIR, offsets[i]);
			CHECK_EQ((uintptr_t)mem->defpool.areas % SMP_CACHE_BYTES, 0);
			CHECK_EQ((uintptr_t)mem->defpool.slots % SMP_CACHE_BYTES, 0);
			first = area_at(&mem->defpool, mem->layout, 0);
			second = area_at(&mem->defpool, mem->layout, 1);
			CHECK_EQ((const char *)second - (const char *)first,
				 layout & 1 ? CACHE_LINE_PAIR : 16);
			ops->destroy(mem);
		}
	}
}

static void test_new_pool(void)
{
	struct fixture fixture;

	fixture_open(&fixture, (struct fixture_pool){ .nslabs = 1000, .nareas = 1 });
	CHECK_EQ(fixture.mem->nslabs, 1000);
	CHECK_EQ(fixture.mem->defpool.end, POOL_START + 1000 * 2048);
	for (unsigned int i = 0; i < 1000; i++) {
		CHECK_EQ(fixture_slot(&fixture, i)->list, min(128 - i % 128, 1000 - i));
		CHECK_EQ(fixture_slot(&fixture, i)->orig_addr, INVALID_PHYS_ADDR);
		CHECK_EQ(fixture_slot(&fixture, i)->alloc_size, 0);
		CHECK_EQ(fixture_slot(&fixture, i)->pad_slots, 0);
	}
	CHECK_EQ(fixture.ops->used(fixture.mem), 0);
	fixture_close(&fixture);
}

static void check_refused(struct swiotlb_config config)
{
	for (unsigned int t = 0; t < swiotlb_nr_trackers; t++) {
		struct io_tlb_mem *mem = NULL;

		CHECK_EQ(swiotlb_trackers[t].ops->create(&config, &mem), -EINVAL);
		CHECK(!mem);
	}
}

static void test_refused(void)
{
	const struct swiotlb_config good = { .nslabs = 1024, .nareas = 4, .start = POOL_START };
	struct swiotlb_config c;

#define REFUSED(field, value)                                                                      \
	do {                                                                                       \
		c = good;                                                                          \
		c.field = (value);                                                                 \
		check_refused(c);                                                                  \
	} while (0)
	REFUSED(nslabs, 0);
	REFUSED(nslabs, 1UL << 31);
	REFUSED(nslabs, SWIOTLB_MAX_SLABS + 1);
	REFUSED(nslabs, SWIOTLB_MAX_SLABS + 4 * IO_TLB_SEGSIZE);
	REFUSED(batch, SWIOTLB_MAX_SLABS + 1);
	REFUSED(grow_base, 2048);
	REFUSED(nslabs, 1000); /* not a whole number of segments in each area */
	REFUSED(nslabs, 256);  /* less than a segment in each area */
	REFUSED(nareas, 0);
	REFUSED(nareas, 3);
	REFUSED(start, POOL_START + 2048);
	REFUSED(start, ~0UL << PAGE_SHIFT); /* ends behind the last address */
	REFUSED(mem_offset, 128);
	REFUSED(mem_offset, 4);
#undef REFUSED
}

/* CPU n begins in area n modulo their number; a full area spills to the next. */
static void test_area_order(struct fixture *fixture)
{
	CHECK_EQ(fixture_map_slot(fixture, 6, 0x1000, 2048, 0) / 128, 2);
	CHECK_EQ(fixture_map_slot(fixture, 3, 0x1000, 256 << 10, 0) / 128, 3);
	/* Area 3 is full: round to area 0. */
	CHECK_EQ(fixture_map_slot(fixture, 3, 0x1000, 2048, 0) / 128, 0);
	CHECK_EQ(fixture_map_slot(fixture, 7, 0x1000, 256 << 10, 0) / 128, 1);
	/* Areas 1 and 3 are full, 0 and 2 hold one slot each; a page begins behind it. */
	CHECK_EQ(fixture_map_slot(fixture, 1, 0x1000, 126 << 11, 0) / 128, 2);
}

/* The pool begins on a page only, and alignment is that of the bus address. */
static void test_pool_start(unsigned int index)
{
	static const struct {
		phys_addr_t start;
		long slot;
	} cases[] = { { 0x40000000, 0 }, { 0x40001000, 6 }, { 0x40002000, 4 }, { 0x40003000, 2 } };

	for (unsigned int i = 0; i < 4; i++) {
		struct fixture fixture;

		fixture_open(&fixture, (struct fixture_pool){
					       .layout = index,
					       .nslabs = 128,
					       .nareas = 1,
					       .start = cases[i].start,
				       });
		CHECK_EQ(fixture_map_slot(&fixture, 0, 0x1000, 16 << 10, 0x3fff), cases[i].slot);
		fixture_close(&fixture);
	}
}

/* Plain mappings of a page or more begin on a page, smaller ones anywhere. */
static void test_page_alignment(struct fixture *fixture)
{
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 100, 0), 0);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 4095, 0), 1); /* crosses a page */
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 4096, 0), 4);
	/* Any min_align_mask switches the rule off. */
	fixture->dev.min_align_mask = 0x1ff;
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 100, 0), 6);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 4096, 0), 7);
}

static void check_placement(struct fixture *fixture, phys_addr_t tlb, long slot,
			    unsigned int nslots, unsigned int pad)
{
	const struct swiotlb_placement p = fixture_placement(fixture, tlb);

	CHECK_EQ(p.slot, slot);
	CHECK_EQ(p.nslots, nslots);
	CHECK_EQ(p.pad, pad);
}

/* Low address bits are kept; padding in front of the mapping takes whole slots. */
static void test_min_align(struct fixture *fixture)
{
	const phys_addr_t orig = 0x123fff;
	phys_addr_t tlb;

	fixture->dev.min_align_mask = 0xfff;
	tlb = fixture_map(fixture, 0, orig, 1, 0xfff);
	CHECK_EQ(tlb & 0xfff, orig & 0xfff);
	check_placement(fixture, tlb, 0, 2, 1);
	CHECK_EQ(fixture_placement(fixture, tlb).offset, 0x7ff);
	CHECK_EQ(fixture_slot(fixture, 1)->pad_slots, 1);
	CHECK_EQ(fixture_slot(fixture, 0)->orig_addr, INVALID_PHYS_ADDR);
	CHECK_EQ(fixture_slot(fixture, 1)->orig_addr, orig);
	CHECK_EQ(fixture_slot(fixture, 0)->alloc_size, 4096 - 0x7ff);
	CHECK_EQ(fixture_slot(fixture, 1)->alloc_size, 4096 - 0xfff);
	fixture_unmap(fixture, tlb, 1);
	/* Without alignment of the allocation the slot itself has the right bit 11. */
	tlb = fixture_map(fixture, 0, orig, 1, 0);
	CHECK_EQ(tlb & 0xfff, orig & 0xfff);
	check_placement(fixture, tlb, 3, 1, 0);
	fixture_unmap(fixture, tlb, 1);
	/* An original address of 0 switches the match off. */
	CHECK_EQ(fixture_map_slot(fixture, 0, 0, 2048, 0), 4);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x8000, 2048, 0), 6);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0, 2048, 0), 7);
}

/* What is left of the allocation in each slot may wrap below zero in the last. */
static void test_alloc_size(struct fixture *fixture)
{
	fixture->dev.min_align_mask = 0xfff;
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x10700, 2040, 0), 0);
	CHECK_EQ(fixture_slot(fixture, 0)->alloc_size, 2040);
	CHECK_EQ(fixture_slot(fixture, 1)->alloc_size, -8);
	CHECK_EQ(fixture_slot(fixture, 1)->orig_addr, 0x10700 + 2048);
}

/* Padding behind counts as well: the size is rounded up to the alignment. */
static void test_padding_behind(struct fixture *fixture)
{
	phys_addr_t tlb;

	tlb = fixture_map(fixture, 0, 0x1000, 4097, 0xfff);
	CHECK_EQ(fixture_placement(fixture, tlb).nslots, 4);
	CHECK_EQ(fixture->ops->used(fixture->mem), 4);
	fixture_unmap(fixture, tlb, 4097);
	CHECK_EQ(fixture->ops->used(fixture->mem), 0);
}

/*
 * With a stride of two, a scan that begins just behind the only free slot of the
 * right parity ends before it comes back to it: the slot is missed.
 */
static void test_missed_slot(struct fixture *fixture)
{
	phys_addr_t odd[64];

	fixture->dev.min_align_mask = 0xfff;
	for (unsigned int i = 0; i < 64; i++) {
		odd[i] = fixture_map(fixture, 0, 0x10800, 2048, 0);
		CHECK_EQ(fixture_placement(fixture, odd[i]).slot, 2 * i + 1);
	}
	fixture_unmap(fixture, odd[0], 2048);
	fixture->ops->set_area_index(fixture->mem, 0, 2);
	CHECK_EQ(fixture_map(fixture, 0, 0x10800, 2048, 0), DMA_MAPPING_ERROR);
	CHECK_EQ(fixture->full, 1);
	CHECK_EQ(fixture->full_used, 63);
	/* The same slot is found from where it lies ahead. */
	fixture->ops->set_area_index(fixture->mem, 0, 1);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x10800, 2048, 0), 1);
}

/* No mapping crosses a segment. */
static void test_segments(struct fixture *fixture)
{
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 126 << 11, 0), 0);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 4 << 11, 0), 128);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 124 << 11, 0), 132);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 2 << 11, 0), 126);
}

/* 256 KiB is the largest. */
static void test_largest(struct fixture *fixture)
{
	phys_addr_t tlb;

	CHECK_EQ(fixture_map(fixture, 0, 0x1000, (256 << 10) + 1, 0), DMA_MAPPING_ERROR);
	CHECK_EQ(fixture->full_size, (256 << 10) + 1);
	CHECK_EQ(fixture->full_total, 256);
	CHECK_EQ(fixture->full_used, 0);
	/* Above max_mapping_size, but with its offset it still fits. */
	fixture->dev.min_align_mask = 0xfff;
	tlb = fixture_map(fixture, 0, 0x10200, 262144 - 0x200, 0);
	CHECK_EQ(fixture_placement(fixture, tlb).nslots, 128);
	CHECK_EQ(fixture_map(fixture, 0, 0x10200, 262144 - 0x1ff, 0), DMA_MAPPING_ERROR);
}

/* No mapping crosses the device's boundary, counted from the bus address. */
static void test_boundary(struct fixture *fixture)
{
	fixture->dev.seg_boundary_mask = 0x3fff; /* eight slots; the first boundary is at slot 6 */
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 4 << 11, 0), 0);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 4 << 11, 0), 6);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 3 << 11, 0), 10);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 8 << 11, 0), 14);
	CHECK_EQ(fixture_map(fixture, 0, 0x1000, 9 << 11, 0), DMA_MAPPING_ERROR);
}

/* A find moves the index, an unmap does not: the pool is walked round. */
static void test_next_fit(struct fixture *fixture)
{
	phys_addr_t tlb;

	for (long i = 0; i < 300; i++) {
		tlb = fixture_map(fixture, 0, 0x1000, 2048, 0);
		CHECK_EQ(fixture_placement(fixture, tlb).slot, i % 128);
		fixture_unmap(fixture, tlb, 2048);
	}
}

/*
 * Slots go back to the area that owns them, and are as they were; but with the
 * bitmap nobody asks for the size of a free slot, and the old one stays.
 */
static void test_release(struct fixture *fixture)
{
	phys_addr_t tlb;

	fixture->dev.min_align_mask = 0xfff;
	tlb = fixture_map(fixture, 1, 0x10fff, 3000, 0xfff);
	CHECK_EQ(area_at(&fixture->mem->defpool, fixture->mem->layout, 1)->used, 4);
	fixture_unmap(fixture, tlb, 3000);
	CHECK_EQ(area_at(&fixture->mem->defpool, fixture->mem->layout, 1)->used, 0);
	for (unsigned int i = 128; i < 132; i++) {
		CHECK_EQ(fixture_slot(fixture, i)->orig_addr, INVALID_PHYS_ADDR);
		if (!fixture->mem->layout.bitmap_index)
			CHECK_EQ(fixture_slot(fixture, i)->alloc_size, 0);
		CHECK_EQ(fixture_slot(fixture, i)->pad_slots, 0);
	}
}

/* A map that failed says so with its numbers, unless it was told not to. */
static void test_full(struct fixture *fixture)
{
	fixture_map(fixture, 0, 0x1000, 256 << 10, 0);
	fixture_map(fixture, 0, 0x1000, 100 << 11, 0);
	CHECK_EQ(fixture_map(fixture, 0, 0x1000, (28 << 11) + 1, 0xfff), DMA_MAPPING_ERROR);
	CHECK_EQ(fixture->full, 1);
	CHECK_EQ(fixture->full_size, 30 << 11);
	CHECK_EQ(fixture->full_total, 256);
	CHECK_EQ(fixture->full_used, 228);
	CHECK_EQ(fixture->ops->map(&fixture->dev, 0, 0x1000, 29 << 11, 0, DMA_TO_DEVICE,
				   DMA_ATTR_NO_WARN),
		 DMA_MAPPING_ERROR);
	CHECK_EQ(fixture->full, 1);
	CHECK_EQ(fixture->ops->hiwater(fixture->mem), 228);
}

/* Whole pages without an original address; the size is not rounded up. */
static void test_restricted(struct fixture *fixture)
{
	phys_addr_t tlb;

	tlb = fixture->ops->alloc(&fixture->dev, 0, 100);
	CHECK_EQ(tlb, POOL_START);
	CHECK_EQ(fixture->ops->used(fixture->mem), 1);
	CHECK_EQ(fixture->ops->alloc(&fixture->dev, 0, 100),
		 POOL_START + 2 * 2048); /* an even slot */
	CHECK_EQ(fixture->ops->alloc(&fixture->dev, 0, 12288), POOL_START + (16 << 10));
	CHECK_EQ(fixture->ops->used(fixture->mem), 8);
	CHECK_EQ(fixture_slot(fixture, 8)->orig_addr, INVALID_PHYS_ADDR);
	CHECK_EQ(fixture_slot(fixture, 8)->alloc_size, 12288);
	CHECK(!fixture->ops->free(&fixture->dev, POOL_START - 2048));
	CHECK(!fixture->ops->free(&fixture->dev, POOL_START + 1000 * 2048));
	CHECK(fixture->ops->free(&fixture->dev, tlb));
	CHECK(fixture->ops->free(&fixture->dev, POOL_START + (16 << 10)));
	CHECK_EQ(fixture->ops->used(fixture->mem), 1);
	/* The last, short segment ends where the pool does. */
	fixture->ops->set_area_index(fixture->mem, 0, 896);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 104 << 11, 0), 896);
	CHECK_EQ(fixture_map_slot(fixture, 0, 0x1000, 105 << 11, 0), 4);
}

/* Each in a new pool. */
static const struct {
	void (*test)(struct fixture *fixture);
	struct fixture_pool pool;
} facts[] = {
	{ test_area_order, { .nslabs = 512, .nareas = 4 } },
	{ test_page_alignment, { .nslabs = 128, .nareas = 1 } },
	{ test_min_align, { .nslabs = 128, .nareas = 1 } },
	{ test_alloc_size, { .nslabs = 128, .nareas = 1 } },
	{ test_padding_behind, { .nslabs = 128, .nareas = 1 } },
	{ test_missed_slot, { .nslabs = 128, .nareas = 1 } },
	{ test_segments, { .nslabs = 256, .nareas = 1 } },
	{ test_largest, { .nslabs = 256, .nareas = 1 } },
	{ test_boundary, { .nslabs = 128, .nareas = 1, .start = 0x40001000 } },
	{ test_next_fit, { .nslabs = 128, .nareas = 1 } },
	{ test_release, { .nslabs = 512, .nareas = 4 } },
	{ test_full, { .tracker = "global-atomic", .nslabs = 256, .nareas = 2 } },
	{ test_restricted, { .nslabs = 1000, .nareas = 1 } },
};

static void test_fact(size_t fact, unsigned int index)
{
	struct fixture_pool pool = facts[fact].pool;
	struct fixture fixture;

	pool.layout = index;
	fixture_open(&fixture, pool);
	facts[fact].test(&fixture);
	fixture_close(&fixture);
}

int main(void)
{
	test_rounding();
	test_structures();
	test_addresses();
	test_new_pool();
	test_refused();
	for (unsigned int i = 0; i < NR_INDEXES; i++) {
		test_pool_start(indexes[i]);
		for (size_t fact = 0; fact < sizeof(facts) / sizeof(facts[0]); fact++)
			test_fact(fact, indexes[i]);
	}
	return 0;
}
