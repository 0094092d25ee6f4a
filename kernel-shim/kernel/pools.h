/* SPDX-License-Identifier: GPL-2.0-only */
/* The pools by number, where a mapping lies, and putting one where it shall lie. */
#ifndef KERNEL_POOLS_H
#define KERNEL_POOLS_H

#ifdef CONFIG_SWIOTLB_DYNAMIC
static shim_pool *pool_numbered(int number)
{
	struct list_head *at = current_mem->pools.prev;

	/* The newest pool is the first of the list, the default pool the last. */
	while (number-- > 0 && at != &current_mem->pools)
		at = at->prev;
	return at == &current_mem->pools ? NULL : container_of(at, shim_pool, node);
}

static int pool_number(shim_pool *pool)
{
	int n = 0;
	shim_pool *p;

	if (pool->transient)
		return -1;
	while ((p = pool_numbered(n)) && p != pool)
		n++;
	return n;
}

static shim_pool *pool_of(struct ks_device *d, uint64_t addr)
{
	return swiotlb_find_pool(&d->dev, addr);
}
#else
static shim_pool *pool_numbered(int number)
{
	return number ? NULL : default_pool_of(current_mem);
}

static int pool_number(shim_pool *pool)
{
	return 0;
}

static shim_pool *pool_of(struct ks_device *d, uint64_t addr)
{
	shim_pool *pool = default_pool_of(current_mem);

	return addr - pool->start < pool->end - pool->start ? pool : NULL;
}
#endif

static void ks_describe(struct ks_device *d, uint64_t addr, struct ks_mapping *m)
{
	shim_pool *pool = pool_of(d, addr);
	u64 low = addr & d->parms.min_align_mask & (IO_TLB_SIZE - 1);
	u64 slot;

	if (!pool) {
		*m = (struct ks_mapping){ .slot = -1 };
		return;
	}
	slot = (addr - pool->start) >> IO_TLB_SHIFT;
	m->pad = slot_pad(&pool->slots[slot]);
	m->slot = slot - m->pad;
	m->nslots = (pool->slots[m->slot].alloc_size + low + IO_TLB_SIZE - 1) >> IO_TLB_SHIFT;
	m->offset = addr & (IO_TLB_SIZE - 1);
	m->pool = pool_number(pool);
}

static char *ks_original_memory(void)
{
	return shim.scratch;
}

static void *ks_bounce_memory(uint64_t addr)
{
	return shim_region_virt(addr);
}

static int ks_set_index(uint32_t area, uint32_t index)
{
	shim_pool *pool = default_pool_of(current_mem);

	if (area >= pool->nareas || index >= pool->area_nslabs)
		return -EINVAL;
	pool->areas[area].index = index;
	return 0;
}

/*
 * The search itself takes the slots: it is started right at them, and its index put back. If it
 * finds others, those were not free or do not suit the masks.
 */
static uint64_t ks_place(struct ks_device *d, uint64_t orig, size_t size, uint32_t alloc_align,
			 uint64_t slot)
{
	shim_pool *pool = default_pool_of(current_mem);
	struct ks_mapping m;
	unsigned int area, old;
	uint64_t addr;

	if (slot >= pool->nslabs)
		return KS_FAILED;
	area = slot / pool->area_nslabs;
	old = pool->areas[area].index;
	pool->areas[area].index = slot % pool->area_nslabs;
	addr = ks_map(d, area, orig, size, alloc_align, KS_TO_DEVICE, KS_NO_WARN);
	pool->areas[area].index = old;
	if (addr == KS_FAILED)
		return KS_FAILED;
	ks_describe(d, addr, &m);
	if (m.pool || (uint64_t)m.slot != slot) {
		ks_unmap(d, area, addr, size, KS_TO_DEVICE, 0);
		return KS_FAILED;
	}
	return addr;
}

#endif /* KERNEL_POOLS_H */
