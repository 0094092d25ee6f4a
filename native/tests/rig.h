/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One allocator with one device, for tests that call map and unmap themselves.
 *
 * The structures are seen as the tracker "off" has them, so only with this
 * tracker, which is the default, may a test look inside.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include "check.h"
#include "trackers/off.h"

#define POOL_START 0x40000000UL

struct rig {
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	struct device dev;
	/* What "swiotlb buffer is full" said: how often, and the last numbers. */
	unsigned int full;
	size_t full_size;
	unsigned long full_total;
	unsigned long full_used;
};

struct rig_pool {
	const char *tracker; /* NULL: off */
	unsigned int layout; /* swiotlb_layout_index() */
	unsigned long nslabs;
	unsigned int nareas;
	phys_addr_t start; /* 0: POOL_START */
	bool memory;
	unsigned long batch;
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

static inline void rig_note_full(struct device *dev, size_t size, unsigned long total,
				 unsigned long used)
{
	struct rig *rig = (struct rig *)((char *)dev - offsetof(struct rig, dev));

	rig->full++;
	rig->full_size = size;
	rig->full_total = total;
	rig->full_used = used;
}

/* @rig stays where it is until rig_close(): the device lies in it. */
static inline void rig_open(struct rig *rig, struct rig_pool p)
{
	const struct swiotlb_tracker *t =
		&swiotlb_trackers[tracker_number(p.tracker ? p.tracker : "off")];
	const struct swiotlb_config config = {
		.nslabs = p.nslabs,
		.nareas = p.nareas,
		.start = p.start ? p.start : POOL_START,
		.bounce_memory = p.memory,
		.batch = p.batch,
	};

	*rig = (struct rig){ .ops = (p.instrumented ? t->instrumented : t->ops) + p.layout };
	CHECK_EQ(rig->ops->create(&config, &rig->mem), 0);
	rig->dev = (struct device){
		.dma_io_tlb_mem = rig->mem,
		.seg_boundary_mask = DMA_BIT_ALL,
		.buffer_full = rig_note_full,
	};
}

/* Every invariant must hold at the end of every test. */
static inline void rig_close(struct rig *rig)
{
	CHECK_SOUND(rig->ops->check(rig->mem));
	rig->ops->destroy(rig->mem);
}

static inline phys_addr_t rig_map(struct rig *rig, unsigned int cpu, phys_addr_t orig, size_t size,
				  unsigned int alloc_align_mask)
{
	return rig->ops->map(&rig->dev, cpu, orig, size, alloc_align_mask, DMA_TO_DEVICE, 0);
}

static inline void rig_unmap(struct rig *rig, phys_addr_t tlb_addr, size_t size)
{
	rig->ops->unmap(&rig->dev, tlb_addr, size, DMA_TO_DEVICE, 0);
}

static inline struct swiotlb_placement rig_placement(struct rig *rig, phys_addr_t tlb_addr)
{
	struct swiotlb_placement p;

	CHECK(tlb_addr != DMA_MAPPING_ERROR);
	rig->ops->placement(&rig->dev, tlb_addr, &p);
	return p;
}

/* Maps, and gives the first slot that was taken; the map must not fail. */
static inline long rig_map_slot(struct rig *rig, unsigned int cpu, phys_addr_t orig, size_t size,
				unsigned int alloc_align_mask)
{
	return rig_placement(rig, rig_map(rig, cpu, orig, size, alloc_align_mask)).slot;
}

static inline struct io_tlb_slot *rig_slot(struct rig *rig, unsigned long slot)
{
	return &rig->mem->defpool.slots[slot];
}

#endif /* TESTS_RIG_H */
