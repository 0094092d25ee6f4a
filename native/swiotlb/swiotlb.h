/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The public face of the allocator: what an engine may call.
 *
 * The allocator is compiled once per tracker, in each layout, as a whole of
 * its own: a struct swiotlb_ops is one such compiled allocator. Between map
 * and tracker there is no function pointer; the one here lies between the
 * engine and map.
 *
 * Words: a *slot* is 2 KiB of bounce memory. A *segment* is 128 slots, and no
 * mapping crosses its end. An *area* is a run of slots with its own lock; CPU n
 * starts its search in area n modulo the number of areas. A *pool* is one piece
 * of bounce memory with its areas. A *mem* is the allocator: the pools and the
 * counters over all of them. *used* and *hiwater* are counted in slots.
 */
#ifndef SWIOTLB_H
#define SWIOTLB_H

#include "kernel.h"
#include "swiotlb/word_kinds.h"
#include "trackers/promise.h"

#define IO_TLB_SHIFT 11
#define IO_TLB_SIZE (1UL << IO_TLB_SHIFT)
#define IO_TLB_SEGSIZE 128
#define IO_TLB_MIN_SLABS 512
#define IO_TLB_DEFAULT_SLABS 32768
/*
 * Slots of all pools together, the transient ones left out: 2 TiB. So a slot's
 * number, and four times an area's share, fit in 32 bits.
 */
#define SWIOTLB_MAX_SLABS (1UL << 30)

#define DMA_MAPPING_ERROR (~(phys_addr_t)0)
#define DMA_BIT_ALL (~0UL)

enum dma_data_direction {
	DMA_BIDIRECTIONAL,
	DMA_TO_DEVICE,
	DMA_FROM_DEVICE,
};

#define DMA_ATTR_SKIP_CPU_SYNC (1UL << 5)
#define DMA_ATTR_NO_WARN (1UL << 8)

struct io_tlb_mem;

/**
 * struct device - what the allocator asks of a device
 * @dma_io_tlb_mem: the allocator that serves it
 * @min_align_mask: low bits of the original address that a mapping keeps
 * @seg_boundary_mask: no mapping crosses a multiple of this plus one
 * @dma_uses_io_tlb: set by every map of an allocator that can grow
 * @buffer_full: called for "swiotlb buffer is full", with the size in bytes,
 *	padding included, and total and used slots; may be NULL
 */
struct device {
	struct io_tlb_mem *dma_io_tlb_mem;
	unsigned int min_align_mask;
	unsigned long seg_boundary_mask;
	bool dma_uses_io_tlb;
	void (*buffer_full)(struct device *dev, size_t size, unsigned long total,
			    unsigned long used);
};

/**
 * struct swiotlb_layout - where things lie; the kernel's layout is all false
 * @padded_areas: each area has a pair of cache lines of its own, as processors fetch them
 * @own_line_counters: the tracker's global words lie on a line of their own,
 *	and not behind the fields that every map reads
 * @bitmap_index: free slots are kept as a bitmap, not as run counts
 */
struct swiotlb_layout {
	bool padded_areas;
	bool own_line_counters;
	bool bitmap_index;
};

#define SWIOTLB_NR_LAYOUTS 8

/**
 * struct swiotlb_config - what an allocator is created with
 * @nslabs: slots, at most SWIOTLB_MAX_SLABS; see swiotlb_adjust_size()
 * @nareas: areas, a power of two with at least a segment for each
 * @start: bus address of the pool, page aligned
 * @bounce_memory: whether there is memory behind the slots. Without it every
 *	copy is left out, and nothing else changes.
 * @mem_offset: address of struct io_tlb_mem modulo 128, a multiple of 8. It
 *	decides which fields share a cache line and a pair of lines, so it is
 *	never left to chance.
 * @batch: see struct tracker_params, at most SWIOTLB_MAX_SLABS; 0 takes the
 *	tracker's default
 * @tolerance: likewise; TRACKER_DEFAULT_TOLERANCE takes 1 % of the pool
 * @stretch_ns: likewise; 0 takes TRACKER_DEFAULT_STRETCH
 * @can_grow: grow by pools when there is no room, as with SWIOTLB_DYNAMIC
 * @grow_base: lowest bus address of the pools to come, page aligned
 * @schedule_work: called when there is work for run_work, from within map or
 *	unmap; NULL when the engine looks for it by itself
 * @work_ctx: its argument
 */
struct swiotlb_config {
	unsigned long nslabs;
	unsigned int nareas;
	phys_addr_t start;
	bool bounce_memory;
	unsigned int mem_offset;
	unsigned long batch;
	unsigned long tolerance;
	unsigned long stretch_ns;
	bool can_grow;
	phys_addr_t grow_base;
	void (*schedule_work)(void *ctx);
	void *work_ctx;
};

/**
 * struct swiotlb_placement - where a mapping lies
 * @pool: 0 the default pool, n the n-th grown one, -1 a transient one
 * @slot: first slot taken, padding included
 * @nslots: slots taken, padding included
 * @offset: byte offset in the first slot behind the padding
 * @pad: slots of padding in front
 */
struct swiotlb_placement {
	int pool;
	long slot;
	unsigned int nslots;
	unsigned int offset;
	unsigned int pad;
};

/**
 * struct swiotlb_hash - what an allocator at rest holds, to compare it with another
 * @list: of the run counts of all slots, then of the areas' indices; each 32 bits.
 *	The same for both slot indices.
 * @state: of original address, size and padding of all slots, then of what is used
 *	in the areas; each 64 bits
 *
 * FNV-1a with 64 bits over the bytes, little endian: pool by pool, oldest first,
 * without the transient ones.
 */
struct swiotlb_hash {
	u64 list;
	u64 state;
};

/**
 * struct swiotlb_memory - the memory behind the slots of a pool
 * @start: bus address of its first byte
 * @at: where that byte lies in this process
 * @bytes: all of it
 */
struct swiotlb_memory {
	phys_addr_t start;
	char *at;
	size_t bytes;
};

/**
 * struct swiotlb_ops - one compiled allocator
 *
 * map and unmap may run on any number of threads at once. used, hiwater, lower, bounds,
 * write_hiwater, enable and set_tolerance may run beside them, as reading and
 * writing the debugfs files may. The rest wants an allocator at rest, but for sample, which
 * one sampler may call, and run_work, which one worker may call.
 */
struct swiotlb_ops {
	/* Bytes from one area to the next: it decides which areas share a cache line. */
	size_t area_bytes;

	/* Set @mem to a new allocator. 0, -EINVAL or -ENOMEM. */
	int (*create)(const struct swiotlb_config *config, struct io_tlb_mem **mem);
	void (*destroy)(struct io_tlb_mem *mem);
	/*
	 * Called once by each thread that is to map and unmap, but for the one that
	 * created the allocator: what the thread needs for it is had here, so that
	 * map and unmap need nothing. 0 or -ENOMEM.
	 */
	int (*enter)(struct io_tlb_mem *mem);

	/* The bus address of the bounced mapping, or DMA_MAPPING_ERROR. */
	phys_addr_t (*map)(struct device *dev, unsigned int cpu, phys_addr_t orig_addr,
			   size_t mapping_size, unsigned int alloc_align_mask,
			   enum dma_data_direction dir, unsigned long attrs);
	/* @tlb_addr is what map returned; min_align_mask must be unchanged. */
	void (*unmap)(struct device *dev, phys_addr_t tlb_addr, size_t mapping_size,
		      enum dma_data_direction dir, unsigned long attrs);
	void (*sync_for_device)(struct device *dev, phys_addr_t tlb_addr, size_t size,
				enum dma_data_direction dir);
	void (*sync_for_cpu)(struct device *dev, phys_addr_t tlb_addr, size_t size,
			     enum dma_data_direction dir);

	/* io_tlb_used and io_tlb_used_hiwater of debugfs, in slots. */
	unsigned long (*used)(struct io_tlb_mem *mem);
	unsigned long (*hiwater)(struct io_tlb_mem *mem);
	/*
	 * Slots that were in use at some instant since the mark was begun, in some order
	 * of the operations that overlapped; or TRACKER_LOWER_UNKNOWN. It holds until the
	 * promise of the mark ends. @lower_written: the tracker has a verb for it, and it is
	 * right beside maps, too; else it is what the mark's promise says, at rest.
	 */
	unsigned long (*lower)(struct io_tlb_mem *mem);
	bool lower_written;
	/* Writing io_tlb_used_hiwater: 0 resets, anything else is -EINVAL. */
	int (*write_hiwater)(struct io_tlb_mem *mem, u64 value);
	/* One look of a periodic sampler; nothing for trackers that are not sampled. */
	void (*sample)(struct io_tlb_mem *mem);
	bool sampled;
	/*
	 * Turns a switchable tracker on or off; -EOPNOTSUPP for the others. Off,
	 * it promises nothing of the mark; turned on, it begins a new one.
	 */
	int (*enable)(struct io_tlb_mem *mem, bool on);
	/* -EOPNOTSUPP for trackers that have none, -EINVAL beyond the pool. */
	int (*set_tolerance)(struct io_tlb_mem *mem, unsigned long slots);
	struct tracker_bounds (*bounds)(struct io_tlb_mem *mem);

	void (*placement)(struct device *dev, phys_addr_t tlb_addr,
			  struct swiotlb_placement *placement);
	/* The slot of the default pool that a map would get now, or -1. Changes nothing. */
	long (*choose)(struct device *dev, unsigned int cpu, phys_addr_t orig_addr,
		       size_t mapping_size, unsigned int alloc_align_mask);
	/*
	 * Takes exactly the slots from @slot on, as a map that was served there
	 * would have. The search index stays. Zero, or -EBUSY with nothing changed.
	 */
	int (*place)(struct device *dev, unsigned int slot, phys_addr_t orig_addr,
		     size_t mapping_size, unsigned int alloc_align_mask, phys_addr_t *tlb_addr);
	void (*set_area_index)(struct io_tlb_mem *mem, unsigned int area, unsigned int index);
	/* Slots of the pools, and of the transient ones (io_tlb_transient_nslabs). */
	unsigned long (*nslabs)(struct io_tlb_mem *mem);
	unsigned long (*transient_nslabs)(struct io_tlb_mem *mem);
	/* Frees and grows what was put off. One thread at a time, beside maps. */
	void (*run_work)(struct io_tlb_mem *mem);
	/*
	 * The same without waiting for a lock: false where one was held, and it must be
	 * called again. For a thread that may have taken the holder's CPU.
	 */
	bool (*try_work)(struct io_tlb_mem *mem);
	/* swiotlb_alloc() and swiotlb_free() of a restricted pool. */
	phys_addr_t (*alloc)(struct device *dev, unsigned int cpu, size_t size);
	bool (*free)(struct device *dev, phys_addr_t tlb_addr);
	/*
	 * Whether a pool could not be made, or not as large as it should have been,
	 * for want of this process's memory: what came of it says nothing of a kernel.
	 */
	bool (*starved)(struct io_tlb_mem *mem);
	void (*hash)(struct io_tlb_mem *mem, struct swiotlb_hash *hash);
	/*
	 * The memory behind the slots: of the pool that @tlb_addr lies in, or of the
	 * one with this number, 0 being the default one. False where there is none.
	 */
	bool (*pool_memory)(struct io_tlb_mem *mem, phys_addr_t tlb_addr,
			    struct swiotlb_memory *memory);
	bool (*numbered_memory)(struct io_tlb_mem *mem, int number, struct swiotlb_memory *memory);
	/*
	 * The longest run of free slots in an area of the default pool: no map gets
	 * more of it. Runs end with a segment. Of an allocator at rest.
	 */
	unsigned int (*free_run)(struct io_tlb_mem *mem, unsigned int area);
	/* NULL if every invariant holds, else the first that does not. */
	const char *(*check)(struct io_tlb_mem *mem);
	/*
	 * Which word lies at an address, while nobody changes the lists of pools. Of the
	 * instrumented build; NULL in the other.
	 */
	void (*word)(struct io_tlb_mem *mem, const volatile void *ptr, struct swiotlb_word *word);
};

/**
 * struct swiotlb_tracker - one way of tracking, in all its compiled forms
 * @name: as users write it
 * @promise: what it claims of its mark: "exact", "bounded", "never under",
 *	"never over", "none"
 * @ops: by layout, see swiotlb_layout_index()
 * @instrumented: the same allocators in the instrumented build
 */
struct swiotlb_tracker {
	const char *name;
	const char *promise;
	const struct swiotlb_ops *ops;
	const struct swiotlb_ops *instrumented;
};

extern const struct swiotlb_tracker swiotlb_trackers[];
extern const unsigned int swiotlb_nr_trackers;

/*
 * What trackers are measured against: off, and off with larger areas, one for each
 * size of area that a tracker has. They are no trackers, and nobody is told of them.
 */
extern const struct swiotlb_tracker swiotlb_baselines[];
extern const unsigned int swiotlb_nr_baselines;

#define SWIOTLB_LAYOUT_INDEX(padded, own_line, bitmap)                                             \
	(((padded) ? 1U : 0U) | ((own_line) ? 2U : 0U) | ((bitmap) ? 4U : 0U))

static inline unsigned int swiotlb_layout_index(struct swiotlb_layout l)
{
	return SWIOTLB_LAYOUT_INDEX(l.padded_areas, l.own_line_counters, l.bitmap_index);
}

/**
 * swiotlb_adjust_size() - rounding of the boot parameter swiotlb=nslabs,nareas
 * @nslabs: slots asked for
 * @nareas: areas asked for, 0 means one
 *
 * Rounds both as the kernel does: whole segments, a power of two of areas, at
 * least one segment for each area, and then a power of two of slots.
 */
static inline void swiotlb_adjust_size(unsigned long *nslabs, unsigned int *nareas)
{
	*nslabs = round_up_to(*nslabs, (unsigned long)IO_TLB_SEGSIZE);
	*nareas = *nareas ? (unsigned int)roundup_pow_of_two(*nareas) : 1;
	*nslabs = roundup_pow_of_two(max(*nslabs, (unsigned long)*nareas * IO_TLB_SEGSIZE));
}

/* Bytes in front of a mapping that keep the device's low address bits. */
static __always_inline unsigned int swiotlb_align_offset(const struct device *dev,
							 unsigned int align_mask, phys_addr_t addr)
{
	return (unsigned int)addr & dev->min_align_mask &
	       (align_mask | (unsigned int)(IO_TLB_SIZE - 1));
}

/* Bytes that a mapping takes, padding in front and behind included. */
static __always_inline size_t swiotlb_alloc_size(const struct device *dev, phys_addr_t orig_addr,
						 size_t mapping_size, unsigned int align_mask)
{
	return round_up_to(mapping_size + swiotlb_align_offset(dev, align_mask, orig_addr),
			   (size_t)align_mask + 1);
}

static __always_inline unsigned long nr_slots(u64 bytes)
{
	return DIV_ROUND_UP(bytes, IO_TLB_SIZE);
}

#endif /* SWIOTLB_H */
