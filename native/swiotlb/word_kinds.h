/* SPDX-License-Identifier: GPL-2.0-only */
/* What a word of the allocator is. Plain data only: C++ includes it. */
#ifndef SWIOTLB_WORD_KINDS_H
#define SWIOTLB_WORD_KINDS_H

/**
 * enum swiotlb_word_kind - what a word of the allocator is
 * @SWIOTLB_WORD_OTHER: none of these
 * @SWIOTLB_WORD_TRACKER: one of the tracker's global words
 * @SWIOTLB_WORD_AREA_TRACKER: one of its words in an area
 * @SWIOTLB_WORD_AREA_COLD: one of its cold words of an area
 * @SWIOTLB_WORD_USED: what is used of an area
 * @SWIOTLB_WORD_AREA_LOCK: an area's lock
 * @SWIOTLB_WORD_POOLS_LOCK: the lock of the lists of pools
 */
enum swiotlb_word_kind {
	SWIOTLB_WORD_OTHER,
	SWIOTLB_WORD_TRACKER,
	SWIOTLB_WORD_AREA_TRACKER,
	SWIOTLB_WORD_AREA_COLD,
	SWIOTLB_WORD_USED,
	SWIOTLB_WORD_AREA_LOCK,
	SWIOTLB_WORD_POOLS_LOCK,
};

/**
 * struct swiotlb_word - a word, told apart from the others
 * @pool: of an area: as in struct swiotlb_placement
 * @area: its number in that pool
 * @at: of the tracker's: bytes from the begin of its structure
 */
struct swiotlb_word {
	enum swiotlb_word_kind kind;
	int pool;
	unsigned int area;
	unsigned int at;
};

#endif /* SWIOTLB_WORD_KINDS_H */
