/* SPDX-License-Identifier: GPL-2.0-only */
/* What can be read: the debugfs files, slots and areas, hashes over all of it, the layout. */
#ifndef KERNEL_STATE_H
#define KERNEL_STATE_H

static uint64_t read_file(const char *name)
{
	unsigned long long val;

	return shim_file_read(name, &val) ? KS_NONE : val;
}

/* The oldest trees show a variable of a function that has returned: there the sum is asked for. */
static uint64_t ks_used(void)
{
#ifdef SHIM_USED_ON_STACK
	return mem_used(current_mem);
#endif
	return shim_file_exists("io_tlb_used") ? read_file("io_tlb_used") : mem_used(current_mem);
}

static uint64_t ks_hiwater(void)
{
	return read_file("io_tlb_used_hiwater");
}

static uint64_t ks_total(void)
{
	return current_mem->nslabs;
}

static uint64_t ks_transient(void)
{
	return read_file("io_tlb_transient_nslabs");
}

static int ks_write_hiwater(uint64_t value)
{
	return shim_file_write("io_tlb_used_hiwater", value);
}

static void ks_full(struct ks_full *full)
{
	struct shim_full f;

	shim_log_full(&f);
	*full = (struct ks_full){ f.count, f.size, f.total, f.used };
}

static uint64_t ks_max_mapping_size(struct ks_device *d)
{
	return swiotlb_max_mapping_size(&d->dev);
}

static bool ks_pool(int number, struct ks_pool *out)
{
	shim_pool *pool = pool_numbered(number);

	if (!pool)
		return false;
	*out = (struct ks_pool){ pool->start, pool->nslabs, pool->nareas, pool->area_nslabs };
	return true;
}

static bool ks_slot(int number, uint64_t index, struct ks_slot *out)
{
	shim_pool *pool = pool_numbered(number);
	struct io_tlb_slot *slot;

	if (!pool || index >= pool->nslabs)
		return false;
	slot = &pool->slots[index];
	*out = (struct ks_slot){ slot->orig_addr, slot->alloc_size, slot->list, slot_pad(slot) };
	return true;
}

static uint64_t ks_area_used(int number, uint32_t area)
{
	shim_pool *pool = pool_numbered(number);

	return pool && area < pool->nareas ? pool->areas[area].used : KS_NONE;
}

static uint64_t ks_area_index(int number, uint32_t area)
{
	shim_pool *pool = pool_numbered(number);

	return pool && area < pool->nareas ? pool->areas[area].index : KS_NONE;
}

static u64 fnv1a(u64 hash, u64 value, unsigned int bytes)
{
	while (bytes--) {
		hash = (hash ^ (value & 0xff)) * 0x100000001b3ULL;
		value >>= 8;
	}
	return hash;
}

#define FNV1A_START 0xcbf29ce484222325ULL

static u64 pool_list_hash(u64 hash, shim_pool *pool)
{
	unsigned long i;

	for (i = 0; i < pool->nslabs; i++)
		hash = fnv1a(hash, pool->slots[i].list, 4);
	for (i = 0; i < pool->nareas; i++)
		hash = fnv1a(hash, pool->areas[i].index, 4);
	return hash;
}

static u64 pool_state_hash(u64 hash, shim_pool *pool)
{
	unsigned long i;

	for (i = 0; i < pool->nslabs; i++) {
		hash = fnv1a(hash, pool->slots[i].orig_addr, 8);
		hash = fnv1a(hash, pool->slots[i].alloc_size, 8);
		hash = fnv1a(hash, slot_pad(&pool->slots[i]), 8);
	}
	for (i = 0; i < pool->nareas; i++)
		hash = fnv1a(hash, pool->areas[i].used, 8);
	return hash;
}

static u64 pools_hash(u64 (*add)(u64 hash, shim_pool *pool))
{
	u64 hash = FNV1A_START;
	shim_pool *pool;
	int n;

	for (n = 0; (pool = pool_numbered(n)); n++)
		hash = add(hash, pool);
	return hash;
}

static uint64_t ks_list_hash(void)
{
	return pools_hash(pool_list_hash);
}

static uint64_t ks_state_hash(void)
{
	return pools_hash(pool_state_hash);
}

static void ks_layout(struct ks_layout *l)
{
	*l = (struct ks_layout){
		.area_size = sizeof(struct io_tlb_area),
		.slot_size = sizeof(struct io_tlb_slot),
		.pool_size = sizeof(shim_pool),
		.mem_size = sizeof(struct io_tlb_mem),
		.mem_nslabs = offsetof(struct io_tlb_mem, nslabs),
#ifdef SHIM_COUNTERS
		.total_used = offsetof(struct io_tlb_mem, total_used),
		.used_hiwater = offsetof(struct io_tlb_mem, used_hiwater),
#else
		.total_used = -1,
		.used_hiwater = -1,
#endif
		.mem_address_mod_128 = (uintptr_t)current_mem % 128,
		.areas_address_mod_128 = (uintptr_t)default_pool_of(current_mem)->areas % 128,
		.slots_address_mod_128 = (uintptr_t)default_pool_of(current_mem)->slots % 128,
	};
}

#endif /* KERNEL_STATE_H */
