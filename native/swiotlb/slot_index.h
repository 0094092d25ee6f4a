/* SPDX-License-Identifier: GPL-2.0-only */
/* The index of free slots that the layout asks for: run counts or bitmap. */
#ifndef SWIOTLB_SLOT_INDEX_H
#define SWIOTLB_SLOT_INDEX_H

#include "swiotlb/bitmap.h"
#include "swiotlb/run_counts.h"

/* Bytes in front of the slots: of the bitmap, and to keep the slots' alignment. */
static inline size_t slots_offset(const struct io_tlb_pool *pool)
{
	return round_up_to(bitmap_bytes(pool->nslabs), (size_t)CACHE_LINE_PAIR);
}

/* The memory that the slots lie in. */
static inline void *slots_memory(const struct io_tlb_pool *pool)
{
	return pool->slots ? (char *)pool->slots - slots_offset(pool) : NULL;
}

static inline void slot_index_init(struct io_tlb_pool *pool, struct swiotlb_layout l)
{
	if (l.bitmap_index)
		bitmap_init(pool);
	else
		run_counts_init(pool);
}

/* Whether @nslots slots from @slot on are free and in one segment. */
static __always_inline bool slot_index_fits(const struct io_tlb_pool *pool, struct swiotlb_layout l,
					    unsigned int slot, unsigned int nslots)
{
	return l.bitmap_index ? bitmap_fits(pool, slot, nslots) :
				run_counts_fits(pool, slot, nslots);
}

/**
 * slot_set_sizes() - note how much of the allocation is left in each slot
 * @slot: the first, counted within the pool
 * @nslots: how many
 * @left: bytes from the first slot's mapped byte on
 *
 * A slot less in each slot than in the one before. In the last slot that may
 * wrap below zero, and sync counts on the wrap.
 */
static __always_inline void slot_set_sizes(struct io_tlb_pool *pool, unsigned int slot,
					   unsigned int nslots, size_t left)
{
	unsigned int i;

	instrument_write(&pool->slots[slot], nslots * sizeof(pool->slots[0]));
	for (i = slot; i < slot + nslots; i++, left -= IO_TLB_SIZE)
		pool->slots[i].alloc_size = left;
}

/**
 * slot_index_take() - mark slots as used
 * @slot: the first, counted within the pool
 * @nslots: how many
 * @left: as of slot_set_sizes()
 *
 * The kernel notes the sizes here, under the lock. The bitmap says all that
 * others must know, so there the owner notes them, without the lock.
 */
static __always_inline void slot_index_take(struct io_tlb_pool *pool, struct swiotlb_layout l,
					    unsigned int slot, unsigned int nslots, size_t left)
{
	if (l.bitmap_index) {
		bitmap_take(pool, slot, nslots);
		return;
	}
	slot_set_sizes(pool, slot, nslots, left);
	run_counts_take(pool, slot, nslots);
}

/* @pad: padding slots in front. */
static __always_inline void slot_index_release(struct io_tlb_pool *pool, struct swiotlb_layout l,
					       unsigned int slot, unsigned int nslots,
					       unsigned int pad)
{
	instrument_write(&pool->slots[slot], nslots * sizeof(pool->slots[0]));
	if (l.bitmap_index)
		bitmap_release(pool, slot, nslots, pad);
	else
		run_counts_release(pool, slot, nslots);
}

static inline bool slot_index_free(const struct io_tlb_pool *pool, struct swiotlb_layout l,
				   unsigned int slot)
{
	return l.bitmap_index ? bitmap_free(pool, slot) : run_counts_free(pool, slot);
}

#endif /* SWIOTLB_SLOT_INDEX_H */
