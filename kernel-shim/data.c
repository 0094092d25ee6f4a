// SPDX-License-Identifier: GPL-2.0-only
/*
 * With copies: what devices and CPUs do to the memory of a mapping, and hashes of what became of it.
 * The slots of a mapping are hashed whole behind its map, the original memory with a margin.
 */
#include "driver.h"

/* The slots that a mapping holds, as addresses. */
struct span {
	uint64_t from;
	uint64_t to;
};

static struct span slots_of(const struct live *live)
{
	return (struct span){ live->slots_at, live->slots_at + (uint64_t)live->nslots * 2048 };
}

static uint64_t hash_span(uint64_t hash, struct span span)
{
	return data_hash(hash, run.ks->bounce_memory(span.from), span.to - span.from);
}

static uint64_t hash_original(uint64_t hash, const struct live *live, uint64_t offset, size_t size)
{
	return data_hash_original(hash, run.ks->original_memory(), live->orig + offset, size);
}

static void answer(struct record *r, uint64_t hash)
{
	r->flags |= 2;
	r->size = hash;
}

void data_start(void)
{
	data_fill(run.ks->original_memory(), DATA_BYTES + DATA_TAIL, 0);
}

void data_mapped(const struct live *live, struct record *r)
{
	uint64_t hash = hash_span(DATA_HASH_START, slots_of(live));

	answer(r, hash_original(hash, live, 0, live->size));
	data_device_writes(run.ks->bounce_memory(live->addr), live->size, run.done);
}

void data_unmapped(const struct live *live, struct record *r)
{
	answer(r, hash_original(DATA_HASH_START, live, 0, live->size));
}

/* For the device: the CPU has written before. For the CPU: the device has. */
void data_before_sync(const struct live *live, const struct op *op)
{
	if (op->dir == DIR_FROM_DEVICE)
		data_fill(run.ks->bounce_memory(live->addr + op->orig), op->size,
			  data_seed(run.done, DATA_DEVICE));
	else
		data_fill(run.ks->original_memory() + ((live->orig + op->orig) & (DATA_BYTES - 1)),
			  op->size, data_seed(run.done, DATA_CPU));
}

void data_synced(const struct live *live, const struct op *op, struct record *r)
{
	struct span span = slots_of(live);
	uint64_t from = live->addr + op->orig - DATA_MARGIN;
	uint64_t to = live->addr + op->orig + op->size + DATA_MARGIN;

	if (from > span.from)
		span.from = from;
	if (to < span.to)
		span.to = to;
	answer(r, hash_original(hash_span(DATA_HASH_START, span), live, op->orig, op->size));
}

/* All of original memory and all pools, oldest first; transient ones are in none of them. */
uint64_t data_checksum(void)
{
	uint64_t hash =
		data_hash(DATA_HASH_START, run.ks->original_memory(), DATA_BYTES + DATA_TAIL);
	struct ks_pool pool;
	int n;

	for (n = 0; run.ks->pool(n, &pool); n++)
		hash = hash_span(hash,
				 (struct span){ pool.start, pool.start + pool.nslabs * 2048 });
	return hash;
}
