/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's index of free slots: in each slot the length of the free run
 * that begins there, at most to the end of its segment. All under the lock of
 * the area that owns the slots.
 */
#ifndef SWIOTLB_RUN_COUNTS_H
#define SWIOTLB_RUN_COUNTS_H

#include "swiotlb/types.h"

static inline void run_counts_init(struct io_tlb_pool *pool)
{
	unsigned long i;

	for (i = 0; i < pool->nslabs; i++)
		pool->slots[i].list =
			(unsigned short)min(IO_TLB_SEGSIZE - i % IO_TLB_SEGSIZE, pool->nslabs - i);
}

static __always_inline bool run_counts_fits(const struct io_tlb_pool *pool, unsigned int slot,
					    unsigned int nslots)
{
	instrument_read(&pool->slots[slot].list, sizeof(pool->slots[slot].list));
	return pool->slots[slot].list >= nslots;
}

/*
 * Writes the run counts of the free slots in front of @slot, in which a run of
 * @count free slots begins: backwards, until a used slot or the segment ends.
 * The unsigned wrap at slot 0 ends it as well.
 */
static __always_inline void run_counts_update_before(struct io_tlb_pool *pool, unsigned int slot,
						     unsigned int count)
{
	unsigned int last = slot;
	unsigned int i;

	for (i = slot - 1; i % IO_TLB_SEGSIZE != IO_TLB_SEGSIZE - 1 && pool->slots[i].list; i--) {
		pool->slots[i].list = (unsigned short)++count;
		last = i;
	}
	if (last != slot)
		instrument_write(&pool->slots[last], (slot - last) * sizeof(pool->slots[0]));
}

static __always_inline void run_counts_take(struct io_tlb_pool *pool, unsigned int slot,
					    unsigned int nslots)
{
	unsigned int i;

	for (i = slot; i < slot + nslots; i++)
		pool->slots[i].list = 0;
	run_counts_update_before(pool, slot, 0);
}

static __always_inline void run_counts_release(struct io_tlb_pool *pool, unsigned int slot,
					       unsigned int nslots)
{
	unsigned int end = slot + nslots;
	unsigned int count = 0;
	unsigned int i;

	/* The run joins the free one behind it, unless a new segment begins there. */
	if (end % IO_TLB_SEGSIZE && end < pool->nslabs)
		count = pool->slots[end].list;
	for (i = end; i-- > slot;) {
		pool->slots[i].list = (unsigned short)++count;
		pool->slots[i].orig_addr = INVALID_PHYS_ADDR;
		pool->slots[i].alloc_size = 0;
		pool->slots[i].pad_slots = 0;
	}
	run_counts_update_before(pool, slot, count);
}

static inline bool run_counts_free(const struct io_tlb_pool *pool, unsigned int slot)
{
	return pool->slots[slot].list != 0;
}

#endif /* SWIOTLB_RUN_COUNTS_H */
