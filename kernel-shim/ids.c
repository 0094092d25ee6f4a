// SPDX-License-Identifier: GPL-2.0-only
/* Linear probing, at most half full; a removal closes the gap, so that no tombstones pile up. */
#include "ids.h"

#include <stdlib.h>

#define FIRST_CAPACITY 4096

static size_t home(const struct ids *ids, uint64_t id)
{
	return (id * 0x9e3779b97f4a7c15ULL >> 20) & (ids->capacity - 1);
}

struct live *ids_find(struct ids *ids, uint64_t id)
{
	size_t i;

	if (!ids->capacity)
		return NULL;
	for (i = home(ids, id); ids->table[i].used; i = (i + 1) & (ids->capacity - 1))
		if (ids->table[i].id == id)
			return &ids->table[i];
	return NULL;
}

static struct live *insert(struct ids *ids, uint64_t id)
{
	size_t i = home(ids, id);

	while (ids->table[i].used)
		i = (i + 1) & (ids->capacity - 1);
	ids->count++;
	ids->table[i] = (struct live){ .id = id, .used = true };
	return &ids->table[i];
}

static bool grow(struct ids *ids)
{
	struct ids larger = { .capacity = ids->capacity ? ids->capacity * 2 : FIRST_CAPACITY };
	size_t i;

	larger.table = calloc(larger.capacity, sizeof(*larger.table));
	if (!larger.table)
		return false;
	for (i = 0; i < ids->capacity; i++)
		if (ids->table[i].used)
			*insert(&larger, ids->table[i].id) = ids->table[i];
	free(ids->table);
	*ids = larger;
	return true;
}

struct live *ids_add(struct ids *ids, uint64_t id)
{
	if (ids->count * 2 >= ids->capacity && !grow(ids))
		return NULL;
	return insert(ids, id);
}

void ids_remove(struct ids *ids, struct live *live)
{
	size_t mask = ids->capacity - 1;
	size_t gap = live - ids->table;
	size_t i = gap;

	/* An entry behind the gap moves into it unless its home lies between the two. */
	for (;;) {
		i = (i + 1) & mask;
		if (!ids->table[i].used)
			break;
		if (((i - home(ids, ids->table[i].id)) & mask) >= ((i - gap) & mask)) {
			ids->table[gap] = ids->table[i];
			gap = i;
		}
	}
	ids->table[gap].used = false;
	ids->count--;
}

void ids_free(struct ids *ids)
{
	free(ids->table);
	*ids = (struct ids){ 0 };
}
