/* SPDX-License-Identifier: GPL-2.0-only */
/* The mappings of a log that are live, by id: a hash table with open addressing. */
#ifndef KERNEL_SHIM_IDS_H
#define KERNEL_SHIM_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* @addr is KS_FAILED where the map failed. */
struct live {
	uint64_t id;
	uint64_t addr;
	uint64_t size;
	uint64_t boundary;
	uint64_t orig;
	uint64_t slots_at; /* address of its first slot */
	uint32_t min_align;
	int32_t nslots;
	int32_t pool;
	uint8_t dir; /* as in struct op */
	bool used;
	bool alloc; /* by swiotlb_alloc() */
};

struct ids {
	struct live *table;
	size_t capacity;
	size_t count;
};

/* Return: the entry of @id, %NULL if it is not live. Valid until the next add or remove. */
struct live *ids_find(struct ids *ids, uint64_t id);
/* Return: the new entry of @id, which must not be live; %NULL without memory. */
struct live *ids_add(struct ids *ids, uint64_t id);
void ids_remove(struct ids *ids, struct live *live);
void ids_free(struct ids *ids);

#endif
