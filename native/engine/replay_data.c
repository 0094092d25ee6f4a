// SPDX-License-Identifier: GPL-2.0-only
/*
 * The data of a replay. Original addresses are those of another machine, so that the copies between
 * them and the pool cannot be made by their pointers: the instrumented build hands each copy over,
 * and here its original side is looked up in a block that stands for all original memory. The
 * kernel's own code sees the same block (kernel-shim/data.h).
 */
#include "engine/replay_data.h"

#include <stdlib.h>

#include "../../kernel-shim/data.h"
#include "instrument_engine.h"

static INSTRUMENT_TLS struct replay_data *here;

static bool in_pool(const struct replay_data *data, const void *at)
{
	return (uintptr_t)at - (uintptr_t)data->memory.at < data->memory.bytes;
}

static char *original(const struct replay_data *data, uint64_t orig)
{
	return data->block + (orig & (DATA_BYTES - 1));
}

static void copy(struct replay_data *data, struct replay_copy c)
{
	if (in_pool(data, c.to) && !in_pool(data, c.from))
		memcpy(c.to, original(data, (uintptr_t)c.from), c.size);
	else if (in_pool(data, c.from) && !in_pool(data, c.to))
		memcpy(original(data, (uintptr_t)c.to), c.from, c.size);
	else
		data->wild = true;
}

static void on_copy(void *to, const void *from, size_t size)
{
	const struct replay_copy c = { to, from, size };

	if (here->known)
		copy(here, c);
	else if (here->nr_copies < REPLAY_DATA_COPIES)
		here->copies[here->nr_copies++] = c;
	else
		here->wild = true;
}

static void on_access(const volatile void *ptr, size_t size, enum access_kind kind)
{
}

static void on_lock(pthread_spinlock_t *lock)
{
	pthread_spin_lock(lock);
}

static bool on_trylock(pthread_spinlock_t *lock)
{
	return pthread_spin_trylock(lock) == 0;
}

static void on_unlock(pthread_spinlock_t *lock)
{
	pthread_spin_unlock(lock);
}

static void on_count(void)
{
}

static unsigned int on_cpu(void)
{
	return smp_here.id;
}

static void on_wait(const volatile void *ptr, size_t size)
{
	cpu_relax();
}

/* All but the copies is done as without an engine. */
static const struct instrument_engine engine = {
	.access = on_access,
	.lock = on_lock,
	.trylock = on_trylock,
	.unlock = on_unlock,
	.copy = on_copy,
	.count = on_count,
	.cpu = on_cpu,
	.wait = on_wait,
};

int replay_data_open(struct replay_data *data, const struct swiotlb_ops *ops,
		     struct io_tlb_mem *mem)
{
	*data = (struct replay_data){ .ops = ops, .mem = mem };
	data->block = malloc(DATA_BYTES + DATA_TAIL);
	if (!data->block)
		return -ENOMEM;
	data_fill(data->block, DATA_BYTES + DATA_TAIL, 0);
	here = data;
	instrument_engine = &engine;
	return 0;
}

void replay_data_close(struct replay_data *data)
{
	if (!data->block)
		return;
	instrument_engine = NULL;
	here = NULL;
	free(data->block);
	data->block = NULL;
}

void replay_data_begin(struct replay_data *data, phys_addr_t tlb_addr)
{
	data->nr_copies = 0;
	data->known = tlb_addr != DMA_MAPPING_ERROR &&
		      data->ops->pool_memory(data->mem, tlb_addr, &data->memory);
}

static char *bounce(const struct replay_data *data, phys_addr_t tlb_addr)
{
	return data->memory.at + (tlb_addr - data->memory.start);
}

/* A copy that went astray is part of the answer: no kernel gives the same. */
static uint64_t begin_hash(struct replay_data *data)
{
	uint64_t hash = DATA_HASH_START + data->wild;

	data->wild = false;
	return hash;
}

/* The slots of a mapping, padding included, as addresses. */
static void slots_of(struct replay_data *data, struct device *dev, const struct live_entry *entry,
		     phys_addr_t *from, phys_addr_t *to)
{
	struct swiotlb_placement p;

	data->ops->placement(dev, entry->tlb_addr, &p);
	*from = entry->tlb_addr - p.offset - ((phys_addr_t)p.pad << IO_TLB_SHIFT);
	*to = *from + ((phys_addr_t)p.nslots << IO_TLB_SHIFT);
}

uint64_t replay_data_mapped(struct replay_data *data, struct device *dev,
			    const struct live_entry *entry, uint64_t number)
{
	phys_addr_t from, to;
	uint64_t hash;

	if (!data->ops->pool_memory(data->mem, entry->tlb_addr, &data->memory))
		return 0;
	for (unsigned int i = 0; i < data->nr_copies; i++)
		copy(data, data->copies[i]);
	slots_of(data, dev, entry, &from, &to);
	hash = data_hash(begin_hash(data), bounce(data, from), to - from);
	hash = data_hash_original(hash, data->block, entry->orig, entry->size);
	data_device_writes(bounce(data, entry->tlb_addr), entry->size, number);
	return hash;
}

uint64_t replay_data_unmapped(struct replay_data *data, const struct live_entry *entry)
{
	return data_hash_original(begin_hash(data), data->block, entry->orig, entry->size);
}

void replay_data_before_sync(struct replay_data *data, const struct live_entry *entry,
			     uint64_t offset, size_t size, bool for_device, uint64_t number)
{
	if (for_device)
		data_fill(original(data, entry->orig + offset), size, data_seed(number, DATA_CPU));
	else
		data_fill(bounce(data, entry->tlb_addr + offset), size,
			  data_seed(number, DATA_DEVICE));
}

uint64_t replay_data_synced(struct replay_data *data, struct device *dev,
			    const struct live_entry *entry, uint64_t offset, size_t size)
{
	phys_addr_t from, to;
	uint64_t hash;

	slots_of(data, dev, entry, &from, &to);
	from = max(from, entry->tlb_addr + offset - DATA_MARGIN);
	to = min(to, entry->tlb_addr + offset + size + DATA_MARGIN);
	hash = data_hash(begin_hash(data), bounce(data, from), to - from);
	return data_hash_original(hash, data->block, entry->orig + offset, size);
}

uint64_t replay_data_hash(const struct replay_data *data)
{
	uint64_t hash = data_hash(DATA_HASH_START, data->block, DATA_BYTES + DATA_TAIL);
	struct swiotlb_memory memory;

	for (int n = 0; data->ops->numbered_memory(data->mem, n, &memory); n++)
		hash = data_hash(hash, memory.at, memory.bytes);
	return hash;
}
