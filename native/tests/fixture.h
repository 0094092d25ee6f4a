/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One allocator with one device, for tests that call map and unmap themselves.
 *
 * The structures are seen as the tracker "off" has them, so only with this
 * tracker, which is the default, may a test look inside.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include "check.h"
#include "trackers/off.h"

#define POOL_START 0x40000000UL

struct fixture {
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	struct device dev;
	/* What "swiotlb buffer is full" said: how often, and the last numbers. */
	unsigned int full;
	size_t full_size;
	unsigned long full_total;
	unsigned long full_used;
};

struct fixture_pool {
	const char *tracker; /* NULL: off */
	unsigned int layout; /* swiotlb_layout_index() */
	unsigned long nslabs;
	unsigned int nareas;
	phys_addr_t start;     /* 0: POOL_START */
	phys_addr_t grow_base; /* 0: it does not grow */
	bool memory;
	unsigned long batch;
	unsigned long stretch_ns;
	bool instrumented;
};

static inline unsigned int tracker_number(const char *name)
{
	for (unsigned int i = 0; i < swiotlb_nr_trackers; i++)
		if (!strcmp(swiotlb_trackers[i].name, name))
			return i;
	fprintf(stderr, "no tracker %s\n", name);
	exit(1);
}

static inline void fixture_note_full(struct device *dev, size_t size, unsigned long total,
				     unsigned long used)
{
	struct fixture *fixture = (struct fixture *)((char *)dev - offsetof(struct fixture, dev));

	fixture->full++;
	fixture->full_size = size;
	fixture->full_total = total;
	fixture->full_used = used;
}

/* @fixture stays where it is until fixture_close(): the device lies in it. */
static inline void fixture_open(struct fixture *fixture, struct fixture_pool p)
{
	const struct swiotlb_tracker *t =
		&swiotlb_trackers[tracker_number(p.tracker ? p.tracker : "off")];
	const struct swiotlb_config config = {
		.nslabs = p.nslabs,
		.nareas = p.nareas,
		.start = p.start ? p.start : POOL_START,
		.can_grow = p.grow_base != 0,
		.grow_base = p.grow_base,
		.bounce_memory = p.memory,
		.batch = p.batch,
		.stretch_ns = p.stretch_ns,
	};

	*fixture =
		(struct fixture){ .ops = (p.instrumented ? t->instrumented : t->ops) + p.layout };
	CHECK_EQ(fixture->ops->create(&config, &fixture->mem), 0);
	fixture->dev = (struct device){
		.dma_io_tlb_mem = fixture->mem,
		.seg_boundary_mask = DMA_BIT_ALL,
		.buffer_full = fixture_note_full,
	};
}

/* Every invariant must hold at the end of every test. */
static inline void fixture_close(struct fixture *fixture)
{
	CHECK_SOUND(fixture->ops->check(fixture->mem));
	fixture->ops->destroy(fixture->mem);
}

static inline phys_addr_t fixture_map(struct fixture *fixture, unsigned int cpu, phys_addr_t orig,
				      size_t size, unsigned int alloc_align_mask)
{
	return fixture->ops->map(&fixture->dev, cpu, orig, size, alloc_align_mask, DMA_TO_DEVICE,
				 0);
}

static inline void fixture_unmap(struct fixture *fixture, phys_addr_t tlb_addr, size_t size)
{
	fixture->ops->unmap(&fixture->dev, tlb_addr, size, DMA_TO_DEVICE, 0);
}

static inline struct swiotlb_placement fixture_placement(struct fixture *fixture,
							 phys_addr_t tlb_addr)
{
	struct swiotlb_placement p;

	CHECK(tlb_addr != DMA_MAPPING_ERROR);
	fixture->ops->placement(&fixture->dev, tlb_addr, &p);
	return p;
}

/* Maps, and gives the first slot that was taken; the map must not fail. */
static inline long fixture_map_slot(struct fixture *fixture, unsigned int cpu, phys_addr_t orig,
				    size_t size, unsigned int alloc_align_mask)
{
	return fixture_placement(fixture, fixture_map(fixture, cpu, orig, size, alloc_align_mask))
		.slot;
}

static inline struct io_tlb_slot *fixture_slot(struct fixture *fixture, unsigned long slot)
{
	return &fixture->mem->defpool.slots[slot];
}

#endif /* TESTS_FIXTURE_H */
