// SPDX-License-Identifier: GPL-2.0-only
/* The copies: what lies in the pool and in the original memory after each verb. */
#include "fixture.h"

#define ORIG_BYTES (64UL << 10)
#define GUARD 0xa5

static unsigned char orig[ORIG_BYTES] __attribute__((aligned(8192)));

static phys_addr_t orig_at(size_t offset)
{
	return (phys_addr_t)(uintptr_t)(orig + offset);
}

static unsigned char *pool_at(struct fixture *fixture, phys_addr_t tlb)
{
	return (unsigned char *)fixture->mem->defpool.vaddr + (tlb - fixture->mem->defpool.start);
}

static unsigned char pattern(size_t i, unsigned int salt)
{
	return (unsigned char)(i * 7 + i / 251 + salt);
}

static void fill(unsigned char *p, size_t n, unsigned int salt)
{
	for (size_t i = 0; i < n; i++)
		p[i] = pattern(i, salt);
}

static void check_filled(const unsigned char *p, size_t n, unsigned int salt)
{
	for (size_t i = 0; i < n; i++)
		CHECK_EQ(p[i], pattern(i, salt));
}

static void check_bytes(const unsigned char *p, size_t n, unsigned char want)
{
	for (size_t i = 0; i < n; i++)
		CHECK_EQ(p[i], want);
}

static void open_pool(struct fixture *fixture, unsigned int layout)
{
	fixture_open(fixture,
		     (struct fixture_pool){
			     .layout = layout, .nslabs = 256, .nareas = 2, .memory = true });
	memset(orig, GUARD, sizeof(orig));
}

/* Map copies to the pool in every case; unmap back only where the device wrote. */
static void test_map_unmap(unsigned int layout, enum dma_data_direction dir, unsigned long attrs)
{
	const size_t at = 4096 + 100, size = 9000;
	const bool back = dir != DMA_TO_DEVICE && !(attrs & DMA_ATTR_SKIP_CPU_SYNC);
	struct fixture fixture;
	phys_addr_t tlb;

	open_pool(&fixture, layout);
	fill(orig + at, size, 1);
	tlb = fixture.ops->map(&fixture.dev, 0, orig_at(at), size, 0, dir, attrs);
	CHECK(tlb != DMA_MAPPING_ERROR);
	check_filled(pool_at(&fixture, tlb), size, 1);
	/* Nothing behind the mapping came along. */
	check_bytes(pool_at(&fixture, tlb) + size, 10240 - size, 0);

	fill(pool_at(&fixture, tlb), 10240, 2);
	fixture.ops->unmap(&fixture.dev, tlb, size, dir, attrs);
	check_filled(orig + at, size, back ? 2 : 1);
	check_bytes(orig, at, GUARD);
	check_bytes(orig + at + size, ORIG_BYTES - at - size, GUARD);
	CHECK(!fixture.mem->overflow_warned);
	fixture_close(&fixture);
}

static void test_sync(unsigned int layout, enum dma_data_direction dir)
{
	const size_t at = 8192, size = 6000;
	struct fixture fixture;
	phys_addr_t tlb;

	open_pool(&fixture, layout);
	fill(orig + at, size, 1);
	tlb = fixture.ops->map(&fixture.dev, 1, orig_at(at), size, 0, dir, 0);
	fill(orig + at, size, 3);
	fixture.ops->sync_for_device(&fixture.dev, tlb, size, dir);
	check_filled(pool_at(&fixture, tlb), size, dir == DMA_FROM_DEVICE ? 1 : 3);

	fill(pool_at(&fixture, tlb), size, 4);
	fixture.ops->sync_for_cpu(&fixture.dev, tlb, size, dir);
	check_filled(orig + at, size, dir == DMA_TO_DEVICE ? 3 : 4);
	fixture.ops->unmap(&fixture.dev, tlb, size, dir, DMA_ATTR_SKIP_CPU_SYNC);
	fixture_close(&fixture);
}

/* A part in the middle, also one that begins in a later slot. */
static void test_partial_sync(unsigned int layout)
{
	const size_t at = 4096, size = 12000;
	static const struct {
		size_t from;
		size_t n;
	} parts[] = { { 0, 1 }, { 5, 100 }, { 2047, 2 }, { 2048, 2048 }, { 5000, 7000 } };
	struct fixture fixture;

	open_pool(&fixture, layout);
	for (unsigned int i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const size_t from = parts[i].from, n = parts[i].n;
		phys_addr_t tlb;

		memset(orig + at, 1, size);
		tlb = fixture.ops->map(&fixture.dev, 0, orig_at(at), size, 0, DMA_BIDIRECTIONAL, 0);
		memset(pool_at(&fixture, tlb), 2, size);
		fixture.ops->sync_for_cpu(&fixture.dev, tlb + from, n, DMA_BIDIRECTIONAL);
		check_bytes(orig + at, from, 1);
		check_bytes(orig + at + from, n, 2);
		check_bytes(orig + at + from + n, size - from - n, 1);
		fixture.ops->unmap(&fixture.dev, tlb, size, DMA_BIDIRECTIONAL,
				   DMA_ATTR_SKIP_CPU_SYNC);
	}
	fixture_close(&fixture);
}

/* Every offset that the device may want kept: low bits equal, contents right. */
static void test_min_align(unsigned int layout)
{
	static const size_t offsets[] = { 0, 1, 0x1ff, 0x7ff, 0x800, 0x801, 0xa40, 0xfff };
	static const unsigned int aligns[] = { 0, 0xfff, 0x3fff };
	const size_t size = 5000;

	for (unsigned int a = 0; a < 3; a++) {
		for (unsigned int i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
			const size_t at = 8192 + offsets[i];
			struct swiotlb_placement p;
			struct fixture fixture;
			phys_addr_t tlb;

			open_pool(&fixture, layout);
			fixture.dev.min_align_mask = 0xfff;
			fill(orig + at, size, 1);
			tlb = fixture.ops->map(&fixture.dev, 0, orig_at(at), size, aligns[a],
					       DMA_FROM_DEVICE, 0);
			p = fixture_placement(&fixture, tlb);
			CHECK_EQ(tlb & 0xfff, orig_at(at) & 0xfff);
			CHECK_EQ((POOL_START + (phys_addr_t)p.slot * 2048) & aligns[a], 0);
			check_filled(pool_at(&fixture, tlb), size, 1);
			fill(pool_at(&fixture, tlb), size, 2);
			fixture.ops->unmap(&fixture.dev, tlb, size, DMA_FROM_DEVICE, 0);
			check_filled(orig + at, size, 2);
			check_bytes(orig, at, GUARD);
			check_bytes(orig + at + size, ORIG_BYTES - at - size, GUARD);
			fixture_close(&fixture);
		}
	}
}

/* Slots of padding hold nothing, and a sync that is aimed at them does nothing. */
static void test_padding(unsigned int layout)
{
	const size_t at = 8192 + 0xfff, size = 4000;
	struct swiotlb_placement p;
	phys_addr_t tlb, pad;
	struct fixture fixture;

	open_pool(&fixture, layout);
	fixture.dev.min_align_mask = 0xfff;
	fill(orig + at, size, 1);
	tlb = fixture.ops->map(&fixture.dev, 0, orig_at(at), size, 0xfff, DMA_BIDIRECTIONAL, 0);
	p = fixture_placement(&fixture, tlb);
	CHECK_EQ(p.pad, 1);
	pad = POOL_START + (phys_addr_t)p.slot * 2048;
	check_bytes(pool_at(&fixture, pad), 0xfff, 0);
	fixture.ops->sync_for_device(&fixture.dev, pad, 2048, DMA_BIDIRECTIONAL);
	check_bytes(pool_at(&fixture, pad), 0xfff, 0);
	memset(pool_at(&fixture, pad), 9, 2048);
	fixture.ops->sync_for_cpu(&fixture.dev, pad, 2048, DMA_BIDIRECTIONAL);
	check_bytes(orig, at, GUARD);
	check_filled(orig + at, size, 1);
	fixture.ops->unmap(&fixture.dev, tlb, size, DMA_BIDIRECTIONAL, 0);
	check_filled(orig + at, size, 1);
	fixture_close(&fixture);
}

/*
 * The address lies lower in its slot than the mapping's first byte does in its
 * own: the data lie in front of what the slot has noted, and what is left of the
 * allocation there is noted as less than nothing.
 */
static void test_negative_delta(unsigned int layout)
{
	const size_t at = 8192 + 0x700, size = 2040;
	struct fixture fixture;
	phys_addr_t tlb, second;

	open_pool(&fixture, layout);
	fixture.dev.min_align_mask = 0xfff;
	tlb = fixture.ops->map(&fixture.dev, 0, orig_at(at), size, 0, DMA_BIDIRECTIONAL, 0);
	second = (tlb & ~0x7ffUL) + 0x800; /* 256 bytes into the mapping */
	CHECK_EQ(fixture_slot(&fixture, (second - POOL_START) / 2048)->alloc_size, -8);
	fill(pool_at(&fixture, second), 1784, 5);
	fixture.ops->sync_for_cpu(&fixture.dev, second, 1784, DMA_BIDIRECTIONAL);
	check_filled(orig + at + 256, 1784, 5);
	check_bytes(orig, at + 256, GUARD);
	check_bytes(orig + at + size, ORIG_BYTES - at - size, GUARD);
	CHECK(!fixture.mem->overflow_warned);
	/* One byte more is behind the allocation. */
	fixture.ops->sync_for_cpu(&fixture.dev, second, 1785, DMA_BIDIRECTIONAL);
	CHECK(fixture.mem->overflow_warned);
	check_bytes(orig + at + size, ORIG_BYTES - at - size, GUARD);
	fixture.ops->unmap(&fixture.dev, tlb, size, DMA_TO_DEVICE, 0);
	fixture_close(&fixture);
}

/* Clipped is at the end of the allocation, which the padding behind belongs to. */
static void test_clipping(unsigned int layout)
{
	const size_t at = 4096, size = 5000;
	phys_addr_t first, second;
	struct fixture fixture;

	open_pool(&fixture, layout);
	memset(orig + at, 1, size);
	first = fixture.ops->map(&fixture.dev, 0, orig_at(at), size, 0xfff, DMA_BIDIRECTIONAL, 0);
	second = fixture.ops->map(&fixture.dev, 0, orig_at(32768), 4096, 0xfff, DMA_BIDIRECTIONAL,
				  0);
	CHECK_EQ(second, first + 8192);
	memset(pool_at(&fixture, first), 2, 8192);
	memset(pool_at(&fixture, second), 3, 4096);

	fixture.ops->sync_for_cpu(&fixture.dev, first, 8192, DMA_BIDIRECTIONAL);
	CHECK(!fixture.mem->overflow_warned);
	check_bytes(orig + at, 8192, 2);
	check_bytes(orig + at + 8192, 4096, GUARD);

	fixture.ops->sync_for_cpu(&fixture.dev, first, 8193, DMA_BIDIRECTIONAL);
	CHECK(fixture.mem->overflow_warned);
	check_bytes(orig + at + 8192, 4096, GUARD);

	memset(orig + at, 4, 16384);
	fixture.ops->sync_for_device(&fixture.dev, first + 6144, 4096, DMA_BIDIRECTIONAL);
	check_bytes(pool_at(&fixture, first), 6144, 2);
	check_bytes(pool_at(&fixture, first) + 6144, 2048, 4);
	check_bytes(pool_at(&fixture, second), 4096, 3);
	fixture.ops->unmap(&fixture.dev, first, size, DMA_TO_DEVICE, 0);
	fixture.ops->unmap(&fixture.dev, second, 4096, DMA_TO_DEVICE, 0);
	fixture_close(&fixture);
}

int main(void)
{
	static const unsigned int layouts[] = { 0, 4 };
	static const unsigned long attrs[] = { 0, DMA_ATTR_SKIP_CPU_SYNC };

	for (unsigned int l = 0; l < 2; l++) {
		for (int dir = DMA_BIDIRECTIONAL; dir <= DMA_FROM_DEVICE; dir++) {
			for (unsigned int a = 0; a < 2; a++)
				test_map_unmap(layouts[l], (enum dma_data_direction)dir, attrs[a]);
			test_sync(layouts[l], (enum dma_data_direction)dir);
		}
		test_partial_sync(layouts[l]);
		test_min_align(layouts[l]);
		test_padding(layouts[l]);
		test_negative_delta(layouts[l]);
		test_clipping(layouts[l]);
	}
	return 0;
}
