// SPDX-License-Identifier: GPL-2.0-only
/*
 * In place of ../kernel.c: the same, with maps, unmaps and syncs that nothing preempts. In a kernel
 * without preemption no grace period ends while one of them runs. SHIM_PREEMPTIBLE leaves it at the
 * read sections that the kernel's code has itself.
 */
#ifdef SHIM_PREEMPTIBLE
#include "../kernel.c"
#else
#define kernel_shim_api preemptible_api
#include "../kernel.c"
#undef kernel_shim_api

static uint64_t whole_map(struct ks_device *d, int cpu, uint64_t orig, size_t size,
			  uint32_t alloc_align, int dir, unsigned long attrs)
{
	uint64_t addr;

	rcu_read_lock();
	addr = ks_map(d, cpu, orig, size, alloc_align, dir, attrs);
	rcu_read_unlock();
	return addr;
}

static void whole_unmap(struct ks_device *d, int cpu, uint64_t addr, size_t size, int dir,
			unsigned long attrs)
{
	rcu_read_lock();
	ks_unmap(d, cpu, addr, size, dir, attrs);
	rcu_read_unlock();
}

static void whole_sync(struct ks_device *d, uint64_t addr, size_t size, int dir, bool for_device)
{
	rcu_read_lock();
	ks_sync(d, addr, size, dir, for_device);
	rcu_read_unlock();
}

__attribute__((visibility("default"))) const struct ks_api *kernel_shim_api(void);
__attribute__((visibility("default"))) const struct ks_api *kernel_shim_api(void)
{
	static struct ks_api api;

	api = *preemptible_api();
	api.map = whole_map;
	api.unmap = whole_unmap;
	api.sync = whole_sync;
	return &api;
}
#endif
