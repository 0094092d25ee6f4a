// SPDX-License-Identifier: GPL-2.0-only
/* Live mappings by id. */
#include <stdlib.h>

#include "engine/live_table.h"

#define FIRST_PLACES 1024

enum { PLACE_EMPTY, PLACE_TAKEN, PLACE_GIVEN_UP };

static size_t place_of(const struct live_table *table, u64 id)
{
	return (id * 0x9e3779b97f4a7c15ULL) >> 20 & (table->places - 1);
}

int live_table_open(struct live_table *table)
{
	*table = (struct live_table){ .places = FIRST_PLACES };
	table->entries = calloc(table->places, sizeof(*table->entries));
	return table->entries ? 0 : -ENOMEM;
}

void live_table_close(struct live_table *table)
{
	free(table->entries);
	*table = (struct live_table){ 0 };
}

struct live_entry *live_find(const struct live_table *table, u64 id)
{
	size_t i = place_of(table, id);

	for (; table->entries[i].state; i = (i + 1) & (table->places - 1))
		if (table->entries[i].state == PLACE_TAKEN && table->entries[i].id == id)
			return &table->entries[i];
	return NULL;
}

static struct live_entry *take_place(struct live_table *table, u64 id)
{
	size_t i = place_of(table, id);

	while (table->entries[i].state == PLACE_TAKEN)
		i = (i + 1) & (table->places - 1);
	table->filled += table->entries[i].state == PLACE_EMPTY;
	table->live++;
	return &table->entries[i];
}

/* Into one four times as large as what is live, without what was given up. */
static int rebuild(struct live_table *table)
{
	struct live_table larger = {
		.places = max((size_t)FIRST_PLACES, roundup_pow_of_two(4 * table->live)),
	};

	larger.entries = calloc(larger.places, sizeof(*larger.entries));
	if (!larger.entries)
		return -ENOMEM;
	for (size_t i = 0; i < table->places; i++)
		if (table->entries[i].state == PLACE_TAKEN)
			*take_place(&larger, table->entries[i].id) = table->entries[i];
	free(table->entries);
	*table = larger;
	return 0;
}

struct live_entry *live_insert(struct live_table *table, u64 id)
{
	struct live_entry *entry;

	if (table->filled + 1 > table->places / 4 * 3 && rebuild(table))
		return NULL;
	entry = take_place(table, id);
	*entry = (struct live_entry){ .id = id, .state = PLACE_TAKEN };
	return entry;
}

void live_remove(struct live_table *table, struct live_entry *entry)
{
	entry->state = PLACE_GIVEN_UP;
	table->live--;
}
