/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins a tracker to the kernel's swiotlb.c, which includes this behind its own
 * headers. Each function is called from one place there, but for the two that are
 * called for every map and unmap.
 */
#ifdef CONFIG_DEBUG_FS

#include <linux/slab.h>
#include <linux/workqueue.h>

#include "../swiotlb_tracker.h"

#include "trackers/defaults.h"

#include "truth.h"

/* Right after area->used has grown by @nslots, under the area's lock. */
static __always_inline unsigned long
tracker_mapped_locked(struct io_tlb_mem *mem, struct io_tlb_area *area, unsigned int nslots)
{
	truth_add(mem, nslots);
	return tracker_add_locked(mem_tracker(mem), mem, area, nslots, area->used);
}

static __always_inline void tracker_mapped(struct io_tlb_mem *mem, unsigned int nslots,
					   unsigned long token)
{
	tracker_add(mem_tracker(mem), mem, nslots, token);
}

/* Right after area->used has shrunk by @nslots, under the area's lock. */
static __always_inline unsigned long
tracker_unmapped_locked(struct io_tlb_mem *mem, struct io_tlb_area *area, unsigned int nslots)
{
	truth_add(mem, -(long)nslots);
	return tracker_sub_locked(mem_tracker(mem), mem, area, nslots, area->used);
}

static __always_inline void tracker_unmapped(struct io_tlb_mem *mem, unsigned int nslots,
					     unsigned long token)
{
	tracker_sub(mem_tracker(mem), mem, nslots, token);
}

/* Zeroed, for as long as the kernel runs; also where only memblock gives memory yet. */
static void __ref *tracker_memory(size_t bytes)
{
	return slab_is_available() ? kzalloc(bytes, GFP_KERNEL) :
				     memblock_alloc(bytes, L1_CACHE_BYTES);
}

/*
 * A pool is about to join @mem; nobody maps from it yet. Every way to get a pool that
 * stays comes through here: early, late, restricted, grown. Where there is no memory
 * for the tracker's words the kernel stops: this is for trying trackers.
 */
static void tracker_attach(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
	if (!TRACKER_FITS && !mem->tracker_ready) {
		mem->tracker_words[0] = (unsigned long)tracker_memory(sizeof(struct tracker_mem));
		if (!mem->tracker_words[0])
			panic("swiotlb: no memory for %zu bytes of a tracker\n",
			      sizeof(struct tracker_mem));
	}
	for (unsigned int i = 0; i < pool->nareas; i++) {
#ifdef tracker_cold
		pool->areas[i].cold = tracker_memory(sizeof(struct tracker_cold));
		if (!pool->areas[i].cold)
			panic("swiotlb: no memory for the cold words of an area\n");
#endif
		tracker_init_area(mem_tracker(mem), &pool->areas[i], false);
	}
}

/*
 * How long a stretch is, about, in nanoseconds; 0 takes the default, and more than the
 * longest takes that. The parameter's file shows what was taken.
 */
#include <linux/moduleparam.h>
#define TRACKER_MAX_STRETCH 1000000000UL
static unsigned long tracker_stretch = TRACKER_DEFAULT_STRETCH;
core_param(swiotlb_stretch, tracker_stretch, ulong, 0444);
static unsigned long tracker_stretch_taken(void)
{
	if (tracker_stretch == 0)
		tracker_stretch = TRACKER_DEFAULT_STRETCH;
	tracker_stretch = min(tracker_stretch, TRACKER_MAX_STRETCH);
	return tracker_stretch;
}

/* It has joined. With the first one the tracker begins; devices come later. */
static void tracker_attached(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
	const struct tracker_params params = {
		.nslabs = pool->nslabs,
		.nareas = pool->nareas,
		.tolerance = pool->nslabs / 100,
		.stretch_ns = tracker_stretch_taken(),
	};

	if (mem->tracker_ready)
		return;
	tracker_init(mem, &params);
	truth_attach(mem);
	mem->tracker_ready = true;
}

#ifdef CONFIG_SWIOTLB_DYNAMIC
/* A pool for one mapping was made. */
static void tracker_attach_transient(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
#ifdef tracker_cold
	pool->areas->cold = NULL;
#endif
	tracker_init_area(mem_tracker(mem), pool->areas, true);
}

/*
 * It has its mapping, and will be retired. One that has none goes without that, so that
 * it is not counted before.
 */
static void tracker_count_transient(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
#ifdef TRACKER_COUNTS_TRANSIENT
	atomic_long_add(pool->nslabs, &mem->transient_nslabs);
#endif
}

/* It goes, with its mapping. */
static void tracker_retire(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
	struct io_tlb_area *area = pool->areas;
	unsigned long flags, token;

	spin_lock_irqsave(&area->lock, flags);
	area->used = 0;
	token = tracker_unmapped_locked(mem, area, pool->nslabs);
	tracker_retire_area(mem_tracker(mem), area);
	spin_unlock_irqrestore(&area->lock, flags);
	tracker_unmapped(mem, pool->nslabs, token);
#ifdef TRACKER_COUNTS_TRANSIENT
	atomic_long_sub(pool->nslabs, &mem->transient_nslabs);
#endif
}
#endif

/* Somebody has written 0 to the mark's file. */
static void tracker_begin(struct io_tlb_mem *mem)
{
	truth_begin(mem);
	tracker_reset(mem);
}

#ifdef io_tlb_pool
/* The mark's file, which a kernel of before there were pools does not have. */
static int tracker_hiwater_get(void *data, u64 *val)
{
	*val = tracker_hiwater(data);
	return 0;
}

static int tracker_hiwater_set(void *data, u64 val)
{
	/* Only to zero, as later kernels have it. */
	if (val != 0)
		return -EINVAL;
	tracker_begin(data);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(fops_io_tlb_hiwater, tracker_hiwater_get, tracker_hiwater_set, "%llu\n");
#endif

static int tracker_tolerance_get(void *data, u64 *val)
{
	*val = tracker_bounds(data).over;
	return 0;
}

static int tracker_tolerance_set(void *data, u64 val)
{
	return tracker_set_tolerance(data, val);
}

DEFINE_DEBUGFS_ATTRIBUTE(fops_io_tlb_tolerance, tracker_tolerance_get, tracker_tolerance_set,
			 "%llu\n");

/* Slots, -1 for no bound; see promise.h. */
static int io_tlb_promise_show(struct seq_file *file, void *unused)
{
	const struct tracker_bounds bounds = tracker_bounds(file->private);

	seq_printf(file, "under=%ld over=%ld until=%u reads=%d unmarked=%d\n", (long)bounds.under,
		   (long)bounds.over, bounds.until, bounds.reads, bounds.unmarked);
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(io_tlb_promise);

/*
 * The periodic look, every tick of the kernel's clock, for the first allocator that
 * has a file: the one that all devices use but those with a restricted pool.
 */
static struct io_tlb_mem *tracker_sampled_mem;

static void tracker_sample_work(struct work_struct *work)
{
	tracker_sample(tracker_sampled_mem);
	schedule_delayed_work(to_delayed_work(work), 1);
}

static DECLARE_DELAYED_WORK(tracker_sampler, tracker_sample_work);

static void tracker_debugfs(struct io_tlb_mem *mem)
{
	if (TRACKER_SAMPLED && !tracker_sampled_mem) {
		tracker_sampled_mem = mem;
		schedule_delayed_work(&tracker_sampler, 1);
	}
#ifdef io_tlb_pool
	debugfs_create_file("io_tlb_used_hiwater", 0600, mem->debugfs, mem, &fops_io_tlb_hiwater);
#endif
	debugfs_create_file("io_tlb_hiwater_tolerance", 0600, mem->debugfs, mem,
			    &fops_io_tlb_tolerance);
	debugfs_create_file("io_tlb_promise", 0400, mem->debugfs, mem, &io_tlb_promise_fops);
	truth_debugfs(mem);
}

#else /* !CONFIG_DEBUG_FS */

/**
 * struct io_tlb_area - IO TLB memory area descriptor
 * @used: slots in use
 * @index: slot at which the next search begins
 * @lock: protects all of this, and the area's slots, in map and unmap
 */
struct io_tlb_area {
	unsigned long used;
	unsigned int index;
	spinlock_t lock;
};

/* No file to read a mark from, and so none is kept. */
static inline unsigned long tracker_mapped_locked(struct io_tlb_mem *mem, struct io_tlb_area *area,
						  unsigned int nslots)
{
	return 0;
}

static inline void tracker_mapped(struct io_tlb_mem *mem, unsigned int nslots, unsigned long token)
{
}

static inline unsigned long tracker_unmapped_locked(struct io_tlb_mem *mem,
						    struct io_tlb_area *area, unsigned int nslots)
{
	return 0;
}

static inline void tracker_unmapped(struct io_tlb_mem *mem, unsigned int nslots,
				    unsigned long token)
{
}

static inline void tracker_attach(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
}

static inline void tracker_attached(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
}

static inline void tracker_attach_transient(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
}

static inline void tracker_count_transient(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
}

static inline void tracker_retire(struct io_tlb_mem *mem, struct io_tlb_pool *pool)
{
}

#ifdef io_tlb_pool
/* What such a kernel asks for without the files, too. */
static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	unsigned long used = 0;

	for (unsigned int i = 0; i < mem->nareas; i++)
		used += READ_ONCE(mem->areas[i].used);
	return used;
}

static inline void tracker_debugfs(struct io_tlb_mem *mem)
{
}
#endif

#endif /* CONFIG_DEBUG_FS */
