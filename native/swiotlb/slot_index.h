/* SPDX-License-Identifier: GPL-2.0-only */
/* The index of free slots that the layout asks for: run counts or bitmap. */
#ifndef SWIOTLB_SLOT_INDEX_H
#define SWIOTLB_SLOT_INDEX_H

#include "swiotlb/bitmap.h"
#include "swiotlb/run_counts.h"

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

static __always_inline void slot_index_take(struct io_tlb_pool *pool, struct swiotlb_layout l,
					    unsigned int slot, unsigned int nslots)
{
	if (l.bitmap_index)
		bitmap_take(pool, slot, nslots);
	else
		run_counts_take(pool, slot, nslots);
}

static __always_inline void slot_index_release(struct io_tlb_pool *pool, struct swiotlb_layout l,
					       unsigned int slot, unsigned int nslots)
{
	if (l.bitmap_index)
		bitmap_release(pool, slot, nslots);
	else
		run_counts_release(pool, slot, nslots);
}

static inline bool slot_index_free(const struct io_tlb_pool *pool, struct swiotlb_layout l,
				   unsigned int slot)
{
	return l.bitmap_index ? bitmap_free(pool, slot) : run_counts_free(pool, slot);
}

#endif /* SWIOTLB_SLOT_INDEX_H */
