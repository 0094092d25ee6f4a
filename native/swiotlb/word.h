/* SPDX-License-Identifier: GPL-2.0-only */
/* Which word of an allocator lies at an address: for whoever tells of accesses. */
#ifndef SWIOTLB_WORD_H
#define SWIOTLB_WORD_H

#include "swiotlb/types.h"

/* Whether @p lies in these bytes, of which there may be none; then @word is such a one. */
static inline bool word_is(struct swiotlb_word *word, enum swiotlb_word_kind kind, uintptr_t p,
			   const volatile void *from, size_t bytes)
{
	if (p - (uintptr_t)from >= bytes)
		return false;
	word->kind = kind;
	word->at = (unsigned int)(p - (uintptr_t)from);
	return true;
}

static inline bool word_in_pool(struct swiotlb_layout l, const struct io_tlb_node *node,
				uintptr_t p, struct swiotlb_word *word)
{
	for (unsigned int i = 0; i < node->pool->nareas; i++) {
		struct io_tlb_area *area = area_at(node->pool, l, i);

		*word = (struct swiotlb_word){ .pool = node->number, .area = i };
		if (word_is(word, SWIOTLB_WORD_USED, p, &area->used, sizeof(area->used)) ||
		    word_is(word, SWIOTLB_WORD_AREA_LOCK, p, &area->lock, sizeof(area->lock)) ||
		    word_is(word, SWIOTLB_WORD_AREA_TRACKER, p, &area->tracker,
			    sizeof(area->tracker)))
			return true;
#ifdef tracker_cold
		if (area_cold(area) && word_is(word, SWIOTLB_WORD_AREA_COLD, p, area_cold(area),
					       sizeof(struct tracker_cold)))
			return true;
#endif
	}
	return false;
}

static inline bool word_in_pools(struct swiotlb_layout l, const struct io_tlb_node *node,
				 uintptr_t p, struct swiotlb_word *word)
{
	for (; node; node = node->next)
		if (word_in_pool(l, node, p, word))
			return true;
	return false;
}

/* Nobody changes the lists of pools meanwhile. */
static inline void swiotlb_word(struct io_tlb_mem *mem, const volatile void *ptr,
				struct swiotlb_word *word)
{
	const uintptr_t p = (uintptr_t)ptr;

	*word = (struct swiotlb_word){ .kind = SWIOTLB_WORD_OTHER };
	if (word_is(word, SWIOTLB_WORD_TRACKER, p, mem_tracker(mem), sizeof(struct tracker_mem)) ||
	    word_is(word, SWIOTLB_WORD_POOLS_LOCK, p, &mem->lock, sizeof(mem->lock)) ||
	    word_in_pools(mem->layout, mem->pools, p, word) ||
	    word_in_pools(mem->layout, mem->transient, p, word))
		return;
	*word = (struct swiotlb_word){ .kind = SWIOTLB_WORD_OTHER };
}

#endif /* SWIOTLB_WORD_H */
