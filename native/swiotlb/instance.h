/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included behind a tracker file: the whole allocator with this tracker
 * inlined. In the build that is timed map and unmap are there once per layout,
 * which is a constant in each copy, so that nothing is looked up on the way.
 *
 * TRACKER_ID names the symbols.
 */
#include "swiotlb/types.h"

#include "trackers/defaults.h"

#include "swiotlb/check.h"
#include "swiotlb/map.h"
#include "swiotlb/mem.h"
#include "swiotlb/restricted.h"
#ifdef LAB_INSTRUMENTED
#include "swiotlb/word.h"
#endif

#define INSTANCE_PASTE(a, b) a##_##b
#define INSTANCE_SYMBOL(a, b) INSTANCE_PASTE(a, b)

static void instance_sync(struct device *dev, phys_addr_t tlb_addr, size_t size, bool to_pool)
{
	struct io_tlb_mem *mem = dev->dma_io_tlb_mem;

	swiotlb_bounce(dev, mem, swiotlb_find_node(mem, tlb_addr)->pool, tlb_addr, size, to_pool);
}

static void instance_sync_for_device(struct device *dev, phys_addr_t tlb_addr, size_t size,
				     enum dma_data_direction dir)
{
	if (dir != DMA_FROM_DEVICE)
		instance_sync(dev, tlb_addr, size, true);
}

static void instance_sync_for_cpu(struct device *dev, phys_addr_t tlb_addr, size_t size,
				  enum dma_data_direction dir)
{
	if (dir != DMA_TO_DEVICE)
		instance_sync(dev, tlb_addr, size, false);
}

static bool instance_memory(const struct io_tlb_pool *pool, struct swiotlb_memory *memory)
{
	if (!pool || !pool->vaddr)
		return false;
	*memory = (struct swiotlb_memory){
		.start = pool->start,
		.at = pool->vaddr,
		.bytes = pool->end - pool->start,
	};
	return true;
}

static bool instance_pool_memory(struct io_tlb_mem *mem, phys_addr_t tlb_addr,
				 struct swiotlb_memory *memory)
{
	const struct io_tlb_node *node = swiotlb_find_node(mem, tlb_addr);

	return node && instance_memory(node->pool, memory);
}

static bool instance_numbered_memory(struct io_tlb_mem *mem, int number,
				     struct swiotlb_memory *memory)
{
	return instance_memory(check_pool(mem, number), memory);
}

static unsigned long instance_used(struct io_tlb_mem *mem)
{
	return tracker_used(mem);
}

static unsigned long instance_hiwater(struct io_tlb_mem *mem)
{
	return tracker_hiwater(mem);
}

static unsigned long instance_lower(struct io_tlb_mem *mem)
{
	return tracker_lower(mem);
}

static int instance_write_hiwater(struct io_tlb_mem *mem, u64 value)
{
	if (value)
		return -EINVAL;
	tracker_reset(mem);
	return 0;
}

static void instance_sample(struct io_tlb_mem *mem)
{
	tracker_sample(mem);
}

static int instance_enable(struct io_tlb_mem *mem, bool on)
{
	return tracker_enable(mem, on);
}

static int instance_set_tolerance(struct io_tlb_mem *mem, unsigned long slots)
{
	return tracker_set_tolerance(mem, slots);
}

static struct tracker_bounds instance_bounds(struct io_tlb_mem *mem)
{
	return tracker_bounds(mem);
}

static unsigned long instance_nslabs(struct io_tlb_mem *mem)
{
	return READ_ONCE(mem->nslabs);
}

static unsigned long instance_transient_nslabs(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem->transient_nslabs);
}

static int instance_enter(struct io_tlb_mem *mem)
{
	return mem->defpool.can_grow ? rcu_thread_begin() : 0;
}

static bool instance_starved(struct io_tlb_mem *mem)
{
	return mem->starved;
}

static phys_addr_t instance_alloc(struct device *dev, unsigned int cpu, size_t size)
{
	return swiotlb_alloc(dev, dev->dma_io_tlb_mem, cpu, size);
}

static bool instance_free(struct device *dev, phys_addr_t tlb_addr)
{
	return swiotlb_free(dev, dev->dma_io_tlb_mem, tlb_addr);
}

/*
 * Every layout: its name, and its struct swiotlb_layout (padded areas, counters on a
 * line of their own, bitmap). Who needs one of them only, says so before.
 */
#ifndef FOR_EACH_LAYOUT
#define FOR_EACH_LAYOUT(DO)                                                                        \
	DO(packed_kernel_counts, false, false, false)                                              \
	DO(padded_kernel_counts, true, false, false)                                               \
	DO(packed_own_counts, false, true, false)                                                  \
	DO(padded_own_counts, true, true, false)                                                   \
	DO(packed_kernel_bitmap, false, false, true)                                               \
	DO(padded_kernel_bitmap, true, false, true)                                                \
	DO(packed_own_bitmap, false, true, true)                                                   \
	DO(padded_own_bitmap, true, true, true)
#endif

/* The functions that hang on the layout, such as global_atomic_map_packed_own_counts(). */
#define IN_LAYOUT(function, layout) INSTANCE_SYMBOL(TRACKER_ID, function##_##layout)

/* clang-format off */
#define DEFINE_CREATE(layout, ...)                                                                 \
	static int IN_LAYOUT(create, layout)(const struct swiotlb_config *config,                  \
					     struct io_tlb_mem **mem)                              \
	{                                                                                          \
		return swiotlb_create(config, (struct swiotlb_layout){ __VA_ARGS__ }, mem);        \
	}

#define DEFINE_MAP(name, layout)                                                                   \
	static phys_addr_t name(                                                                   \
		struct device *dev, unsigned int cpu, phys_addr_t orig_addr, size_t mapping_size,  \
		unsigned int alloc_align_mask, enum dma_data_direction dir, unsigned long attrs)   \
	{                                                                                          \
		(void)dir;                                                                         \
		return swiotlb_map(dev, layout, cpu, orig_addr, mapping_size, alloc_align_mask,    \
				   attrs);                                                         \
	}

#define DEFINE_UNMAP(name, layout)                                                                 \
	static void name(struct device *dev, phys_addr_t tlb_addr, size_t mapping_size,            \
			 enum dma_data_direction dir, unsigned long attrs)                         \
	{                                                                                          \
		swiotlb_unmap(dev, layout, tlb_addr, mapping_size, dir, attrs);                    \
	}

#define DEFINE_PLACE(layout, ...) AT_##layout = SWIOTLB_LAYOUT_INDEX(__VA_ARGS__),

/* Where each stands in the table. */
enum { FOR_EACH_LAYOUT(DEFINE_PLACE) };

#ifdef LAB_INSTRUMENTED
/* No time of this build counts, so there is one map and one unmap for all layouts. */
#define LAYOUT_MAP(layout) instance_map
#define LAYOUT_UNMAP(layout) instance_unmap
#define DEFINE_IN_LAYOUT(layout, ...) DEFINE_CREATE(layout, __VA_ARGS__)

DEFINE_MAP(instance_map, dev->dma_io_tlb_mem->layout)
DEFINE_UNMAP(instance_unmap, dev->dma_io_tlb_mem->layout)
#else
#define LAYOUT_MAP(layout) IN_LAYOUT(map, layout)
#define LAYOUT_UNMAP(layout) IN_LAYOUT(unmap, layout)
#define CONSTANT_LAYOUT(...) ((struct swiotlb_layout){ __VA_ARGS__ })
/* One layout's behind the other's: where a function lies in the code is part of what is timed. */
#define DEFINE_IN_LAYOUT(layout, ...)                                                              \
	DEFINE_CREATE(layout, __VA_ARGS__)                                                         \
	DEFINE_MAP(LAYOUT_MAP(layout), CONSTANT_LAYOUT(__VA_ARGS__))                               \
	DEFINE_UNMAP(LAYOUT_UNMAP(layout), CONSTANT_LAYOUT(__VA_ARGS__))
#endif

FOR_EACH_LAYOUT(DEFINE_IN_LAYOUT)

/* clang-format on */

static const struct swiotlb_ops instance_of_all_layouts = {
	.destroy = swiotlb_destroy,
	.enter = instance_enter,
	.sync_for_device = instance_sync_for_device,
	.sync_for_cpu = instance_sync_for_cpu,
	.used = instance_used,
	.hiwater = instance_hiwater,
	.lower = instance_lower,
	.lower_written = TRACKER_LOWER_WRITTEN,
	.write_hiwater = instance_write_hiwater,
	.sample = instance_sample,
	.sampled = TRACKER_SAMPLED,
	.enable = instance_enable,
	.set_tolerance = instance_set_tolerance,
	.bounds = instance_bounds,
	.placement = swiotlb_placement,
	.choose = swiotlb_choose,
	.place = swiotlb_place,
	.set_area_index = swiotlb_set_area_index,
	.nslabs = instance_nslabs,
	.transient_nslabs = instance_transient_nslabs,
	.run_work = swiotlb_run_work,
	.try_work = swiotlb_try_work,
	.alloc = instance_alloc,
	.free = instance_free,
	.starved = instance_starved,
	.hash = swiotlb_hash,
	.pool_memory = instance_pool_memory,
	.numbered_memory = instance_numbered_memory,
	.free_run = swiotlb_free_run,
	.check = swiotlb_check,
#ifdef LAB_INSTRUMENTED
	.word = swiotlb_word,
#endif
};

struct instance_of_layout {
	size_t area_bytes;
	__typeof__(instance_of_all_layouts.create) create;
	__typeof__(instance_of_all_layouts.map) map;
	__typeof__(instance_of_all_layouts.unmap) unmap;
};

/* The place is one name: whatever else is in brackets here, clang-format takes for Objective-C. */
#define LAYOUT_OPS_AT(place, layout, padded)                                                       \
	[place] = { AREA_STRIDE(padded), IN_LAYOUT(create, layout), LAYOUT_MAP(layout),            \
		    LAYOUT_UNMAP(layout) },
#define LAYOUT_OPS(layout, padded, own_line, bitmap) LAYOUT_OPS_AT(AT_##layout, layout, padded)

static const struct instance_of_layout instance_layouts[SWIOTLB_NR_LAYOUTS] = { FOR_EACH_LAYOUT(
	LAYOUT_OPS) };

#ifdef LAB_INSTRUMENTED
#define INSTANCE_TABLE_OF(id) swiotlb_##id##_instrumented_ops
#else
#define INSTANCE_TABLE_OF(id) swiotlb_##id##_ops
#endif
#define INSTANCE_TABLE_EXPANDED(id) INSTANCE_TABLE_OF(id)
#define INSTANCE_TABLE INSTANCE_TABLE_EXPANDED(TRACKER_ID)

extern struct swiotlb_ops INSTANCE_TABLE[SWIOTLB_NR_LAYOUTS];
struct swiotlb_ops INSTANCE_TABLE[SWIOTLB_NR_LAYOUTS];

/*
 * Filled when the program or library is loaded. As a constant, each pointer of each layout would
 * take its own eight bytes, and 24 more that tell the loader to relocate it.
 */
static __attribute__((constructor)) void instance_fill_table(void)
{
	for (unsigned int i = 0; i < SWIOTLB_NR_LAYOUTS; i++) {
		const struct instance_of_layout *layout = &instance_layouts[i];

		/* One that nobody needs here, see FOR_EACH_LAYOUT. */
		if (!layout->create)
			continue;
		INSTANCE_TABLE[i] = instance_of_all_layouts;
		INSTANCE_TABLE[i].area_bytes = layout->area_bytes;
		INSTANCE_TABLE[i].create = layout->create;
		INSTANCE_TABLE[i].map = layout->map;
		INSTANCE_TABLE[i].unmap = layout->unmap;
	}
}
