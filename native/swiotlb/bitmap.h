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

static inline size_t bitmap_bytes(unsigned long nslabs)
{
	return DIV_ROUND_UP(nslabs, (unsigned long)IO_TLB_SEGSIZE) * sizeof(segment_map);
}

/*
 * The 64 bits that @slot has its own in. They lie in front of the slots, the
 * first of them next to the first slot, and so are found by the slots' address.
 */
static __always_inline u64 *bitmap_word(const struct io_tlb_pool *pool, unsigned int slot)
{
	return (u64 *)(void *)pool->slots + ~(long)(slot / 64);
}

/* Both words of the slot's segment: at the lower address the higher slots. */
static __always_inline u64 *bitmap_words(const struct io_tlb_pool *pool, unsigned int slot)
{
	return bitmap_word(pool, slot | 64);
}

static __always_inline segment_map bitmap_segment(const struct io_tlb_pool *pool, unsigned int slot)
{
	const u64 *words = bitmap_words(pool, slot);

	return (segment_map)words[0] << 64 | words[1];
}

static __always_inline void bitmap_set_segment(struct io_tlb_pool *pool, unsigned int slot,
					       segment_map map)
{
	u64 *words = bitmap_words(pool, slot);

	words[0] = (u64)(map >> 64);
	words[1] = (u64)map;
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
	unsigned int tail = (unsigned int)(pool->nslabs % IO_TLB_SEGSIZE);
	unsigned int slot;

	for (slot = 0; slot < pool->nslabs; slot += IO_TLB_SEGSIZE)
		bitmap_set_segment(pool, slot, 0);
	/* Slots that a short last segment lacks count as used. */
	if (tail)
		bitmap_set_segment(pool, (unsigned int)pool->nslabs,
				   bitmap_mask(tail, IO_TLB_SEGSIZE - tail));
}

/*
 * What does not lie in one word, out of line: inlined, its 128 bits would take
 * the registers that the way through one word needs.
 */
static noinline bool bitmap_fits_across(const struct io_tlb_pool *pool, unsigned int slot,
					unsigned int nslots)
{
	return slot % IO_TLB_SEGSIZE + nslots <= IO_TLB_SEGSIZE &&
	       !(bitmap_segment(pool, slot) & bitmap_mask(slot, nslots));
}

static noinline void bitmap_take_across(struct io_tlb_pool *pool, unsigned int slot,
					unsigned int nslots)
{
	bitmap_set_segment(pool, slot, bitmap_segment(pool, slot) | bitmap_mask(slot, nslots));
}

static noinline void bitmap_release_across(struct io_tlb_pool *pool, unsigned int slot,
					   unsigned int nslots)
{
	bitmap_set_segment(pool, slot, bitmap_segment(pool, slot) & ~bitmap_mask(slot, nslots));
}

static __always_inline bool bitmap_fits(const struct io_tlb_pool *pool, unsigned int slot,
					unsigned int nslots)
{
	instrument_read(bitmap_words(pool, slot), sizeof(segment_map));
	if (bitmap_in_word(slot, nslots))
		return !(*bitmap_word(pool, slot) & bitmap_word_mask(slot, nslots));
	return bitmap_fits_across(pool, slot, nslots);
}

static __always_inline void bitmap_take(struct io_tlb_pool *pool, unsigned int slot,
					unsigned int nslots)
{
	instrument_write(bitmap_words(pool, slot), sizeof(segment_map));
	if (bitmap_in_word(slot, nslots))
		*bitmap_word(pool, slot) |= bitmap_word_mask(slot, nslots);
	else
		bitmap_take_across(pool, slot, nslots);
}

/*
 * What a free slot says is read by nobody but a sync or an unmap of an address
 * that was given up. The one must find no original there, the other no size in
 * the first slot. The other sizes stay, and are written anew by the next mapping.
 */
static __always_inline void bitmap_release(struct io_tlb_pool *pool, unsigned int slot,
					   unsigned int nslots, unsigned int pad)
{
	struct io_tlb_slot *slots = &pool->slots[slot];
	unsigned int i;

	for (i = 0; i < nslots; i++)
		slots[i].orig_addr = INVALID_PHYS_ADDR;
	slots[0].alloc_size = 0;
	if (unlikely(pad))
		slots[pad].pad_slots = 0;
	instrument_write(bitmap_words(pool, slot), sizeof(segment_map));
	if (bitmap_in_word(slot, nslots))
		*bitmap_word(pool, slot) &= ~bitmap_word_mask(slot, nslots);
	else
		bitmap_release_across(pool, slot, nslots);
}

static inline bool bitmap_free(const struct io_tlb_pool *pool, unsigned int slot)
{
	return !(*bitmap_word(pool, slot) & bitmap_word_mask(slot, 1));
}

#endif /* SWIOTLB_BITMAP_H */
