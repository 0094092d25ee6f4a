/* SPDX-License-Identifier: GPL-2.0-only */
/* The mappings of a replay that are live, by id: its size follows their number. */
#ifndef ENGINE_LIVE_TABLE_H
#define ENGINE_LIVE_TABLE_H

#include "swiotlb/swiotlb.h"

/**
 * struct live_entry - one mapping
 * @orig: original address
 * @failed: it got no slots; its unmap does nothing
 * @alloc: made by LAB_OP_ALLOC, so that LAB_OP_FREE ends it
 */
struct live_entry {
	u64 id;
	phys_addr_t tlb_addr;
	u64 size;
	u64 orig;
	u32 min_align_mask;
	u32 nslots;
	u8 state; /* of the table */
	u8 dir;
	bool failed;
	bool alloc;
};

/**
 * struct live_table - open addressing, linear probing
 * @places: power of two; at most three quarters are taken or given up
 * @live: entries
 * @filled: entries, and places that were given up
 */
struct live_table {
	struct live_entry *entries;
	size_t places;
	size_t live;
	size_t filled;
};

/* 0 or -ENOMEM. */
int live_table_open(struct live_table *table);
void live_table_close(struct live_table *table);
/* NULL for none. Stays until the next insertion. */
struct live_entry *live_find(const struct live_table *table, u64 id);
/* An empty entry of an @id that has none, or NULL without memory. */
struct live_entry *live_insert(struct live_table *table, u64 id);
void live_remove(struct live_table *table, struct live_entry *entry);

#endif /* ENGINE_LIVE_TABLE_H */
