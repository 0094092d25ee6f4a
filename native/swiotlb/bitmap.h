/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The other index of free slots: one bit per slot, set if it is used, 128 bits
 * per segment. It answers what the run counts answer, and so places every
 * mapping where they do, but take and release write two words where the run
 * counts write up to 127 slots. All under the lock of the area that owns the
 * slots.
 */
#ifndef SWIOTLB_BITMAP_H
#define SWIOTLB_BITMAP_H

#include "swiotlb/types.h"

typedef unsigned __int128 segment_map;

/* The maps lie behind the slots, one per started segment. */
static __always_inline segment_map *bitmap_segment(const struct io_tlb_pool *pool,
						   unsigned int slot)
{
	return (segment_map *)(void *)(pool->slots + round_up_to(pool->nslabs, 2UL)) +
	       slot / IO_TLB_SEGSIZE;
}

/* The half of a segment's map that @slot has its bit in. */
static __always_inline u64 *bitmap_word(const struct io_tlb_pool *pool, unsigned int slot)
{
	return (u64 *)(void *)(pool->slots + round_up_to(pool->nslabs, 2UL)) + slot / 64;
}

static inline size_t bitmap_bytes(unsigned long nslabs)
{
	return DIV_ROUND_UP(nslabs, (unsigned long)IO_TLB_SEGSIZE) * sizeof(segment_map);
}

/* @nslots bits, 1 to 128, from the place of @slot in its segment on. */
static __always_inline segment_map bitmap_mask(unsigned int slot, unsigned int nslots)
{
	return (~(segment_map)0 >> (IO_TLB_SEGSIZE - nslots)) << (slot % IO_TLB_SEGSIZE);
}

/* Most runs lie in one word; then one word is all that is read and written. */
static __always_inline bool bitmap_in_word(unsigned int slot, unsigned int nslots)
{
	return likely(slot % 64 + nslots <= 64);
}

static __always_inline u64 bitmap_word_mask(unsigned int slot, unsigned int nslots)
{
	return (~0ULL >> (64 - nslots)) << (slot % 64);
}

static inline void bitmap_init(struct io_tlb_pool *pool)
{
	unsigned long tail = pool->nslabs % IO_TLB_SEGSIZE;

	memset(bitmap_segment(pool, 0), 0, bitmap_bytes(pool->nslabs));
	/* Slots that a short last segment lacks count as used. */
	if (tail)
		*bitmap_segment(pool, (unsigned int)pool->nslabs) =
			bitmap_mask((unsigned int)tail, IO_TLB_SEGSIZE - (unsigned int)tail);
}

static __always_inline bool bitmap_fits(const struct io_tlb_pool *pool, unsigned int slot,
					unsigned int nslots)
{
	const segment_map *map = bitmap_segment(pool, slot);

	instrument_read(map, sizeof(*map));
	if (bitmap_in_word(slot, nslots))
		return !(*bitmap_word(pool, slot) & bitmap_word_mask(slot, nslots));
	return slot % IO_TLB_SEGSIZE + nslots <= IO_TLB_SEGSIZE &&
	       !(*map & bitmap_mask(slot, nslots));
}

static __always_inline void bitmap_take(struct io_tlb_pool *pool, unsigned int slot,
					unsigned int nslots)
{
	segment_map *map = bitmap_segment(pool, slot);

	instrument_write(map, sizeof(*map));
	if (bitmap_in_word(slot, nslots))
		*bitmap_word(pool, slot) |= bitmap_word_mask(slot, nslots);
	else
		*map |= bitmap_mask(slot, nslots);
}

static __always_inline void bitmap_release(struct io_tlb_pool *pool, unsigned int slot,
					   unsigned int nslots)
{
	segment_map *map = bitmap_segment(pool, slot);

	instrument_write(map, sizeof(*map));
	if (bitmap_in_word(slot, nslots))
		*bitmap_word(pool, slot) &= ~bitmap_word_mask(slot, nslots);
	else
		*map &= ~bitmap_mask(slot, nslots);
}

static inline bool bitmap_free(const struct io_tlb_pool *pool, unsigned int slot)
{
	return !(*bitmap_segment(pool, slot) & bitmap_mask(slot, 1));
}

#endif /* SWIOTLB_BITMAP_H */
