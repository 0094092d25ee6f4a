// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port with the kernel's way of counting, behind the face of kernel_shim.h: those of its verbs
 * that run.c calls. Its growth work is done by the engines' own thread. FAULT_* plant faults, for
 * the test of the test.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernel.h"
#include "rcu.h"
#include "engine/worker.h"

#ifdef FAULT_NO_GRACE_PERIOD
#define rcu_epoch_over(epoch) ((void)(epoch), true)
#endif

#ifdef FAULT_WORK_WITHOUT_LOCK
static _Thread_local bool working;
#define spin_lock(lock) (working ? (void)0 : spin_lock(lock))
#define spin_trylock(lock) (working || spin_trylock(lock))
#define spin_unlock(lock) (working ? (void)0 : spin_unlock(lock))
#endif

#define TRACKER_ID global_atomic
#include "trackers/global_atomic.h"

#ifdef FAULT_TRANSIENT_STAYS_USED
#undef tracker_sub
#define tracker_sub(t, mem, nslots, token)                                                         \
	(__builtin_strcmp(__func__, "swiotlb_release_transient") ?                                 \
		 (tracker_sub)(t, mem, nslots, token) :                                            \
		 (void)0)
#endif

#include "swiotlb/instance.h"
#include "kernel_shim.h"

struct ks_device {
	struct device dev;
	struct ks_device *next;
};

static struct swiotlb_ops ops;
static struct io_tlb_mem *mem;
static struct ks_device *devices;
static struct worker worker;
static bool works;
static uint64_t full;

static bool try_work(struct io_tlb_mem *m)
{
	bool done;

#ifdef FAULT_WORK_WITHOUT_LOCK
	working = true;
#endif
	done = INSTANCE_TABLE[0].try_work(m);
#ifdef FAULT_WORK_WITHOUT_LOCK
	working = false;
#endif
	return done;
}

static void end_work(void)
{
	if (works)
		worker_stop(&worker);
	works = false;
}

static int create(const struct ks_config *c, char *err, size_t err_size)
{
	unsigned long nslabs = c->nslabs;
	unsigned int nareas = c->nareas;
	const struct swiotlb_config config = {
		.nslabs = (swiotlb_adjust_size(&nslabs, &nareas), nslabs),
		.nareas = nareas,
		.start = c->start,
		.bounce_memory = c->copy == KS_COPY_REAL,
		.can_grow = true,
		.grow_base = c->grow_base,
		.schedule_work = worker_schedule,
		.work_ctx = &worker,
	};

	ops = INSTANCE_TABLE[0];
	ops.try_work = try_work;
	__atomic_store_n(&full, 0, __ATOMIC_RELAXED);
	worker_init(&worker);
	smp_set(0, c->possible_cpus);
	if (ops.create(&config, &mem)) {
		snprintf(err, err_size, "the port refused the pool");
		return -1;
	}
	if (worker_start(&worker, &ops, mem)) {
		snprintf(err, err_size, "no thread for the growth work");
		ops.destroy(mem);
		return -1;
	}
	works = true;
	return 0;
}

static void destroy(void)
{
	end_work();
	while (devices) {
		struct ks_device *next = devices->next;

		free(devices);
		devices = next;
	}
	ops.destroy(mem);
}

static void note_full(struct device *dev, size_t size, unsigned long total, unsigned long used)
{
	__atomic_add_fetch(&full, 1, __ATOMIC_RELAXED);
}

static struct ks_device *device(uint32_t min_align, uint64_t boundary, uint64_t dma_mask)
{
	struct ks_device *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->dev.dma_io_tlb_mem = mem;
	d->dev.min_align_mask = min_align;
	d->dev.seg_boundary_mask = boundary ? boundary : DMA_BIT_ALL;
	d->dev.buffer_full = note_full;
	d->next = devices;
	devices = d;
	return d;
}

static uint64_t map(struct ks_device *d, int cpu, uint64_t orig, size_t size, uint32_t alloc_align,
		    int dir, unsigned long attrs)
{
	return ops.map(&d->dev, (unsigned int)cpu, orig, size, alloc_align,
		       (enum dma_data_direction)dir, attrs);
}

static void unmap(struct ks_device *d, int cpu, uint64_t addr, size_t size, int dir,
		  unsigned long attrs)
{
	ops.unmap(&d->dev, addr, size, (enum dma_data_direction)dir, attrs);
}

static void sync(struct ks_device *d, uint64_t addr, size_t size, int dir, bool for_device)
{
	if (for_device)
		ops.sync_for_device(&d->dev, addr, size, (enum dma_data_direction)dir);
	else
		ops.sync_for_cpu(&d->dev, addr, size, (enum dma_data_direction)dir);
}

/* The last thing before the allocator is looked at: the thread of the growth work ends. */
static void settle(void)
{
	end_work();
	ops.run_work(mem);
	if (mem->transient || mem->retired) {
		fprintf(stderr, "port: a transient pool is left, though nothing is mapped\n");
		exit(1);
	}
}

static uint64_t used(void)
{
	return ops.used(mem);
}

static uint64_t hiwater(void)
{
	return ops.hiwater(mem);
}

static uint64_t total(void)
{
	return ops.nslabs(mem);
}

static uint64_t transient(void)
{
	return ops.transient_nslabs(mem);
}

static void get_full(struct ks_full *f)
{
	*f = (struct ks_full){ .count = __atomic_load_n(&full, __ATOMIC_RELAXED) };
}

static uint64_t warnings(void)
{
	return mem->overflow_warned;
}

static bool get_pool(int number, struct ks_pool *out)
{
	const struct io_tlb_pool *pool = check_pool(mem, number);

	if (!pool)
		return false;
	*out = (struct ks_pool){ pool->start, pool->nslabs, pool->nareas, pool->area_nslabs };
	return true;
}

static bool get_slot(int number, uint64_t index, struct ks_slot *out)
{
	const struct io_tlb_pool *pool = check_pool(mem, number);
	const struct io_tlb_slot *slot;

	if (!pool || index >= pool->nslabs)
		return false;
	slot = &pool->slots[index];
	*out = (struct ks_slot){ slot->orig_addr, slot->alloc_size, slot->list, slot->pad_slots };
	return true;
}

static uint64_t area_used(int number, uint32_t area)
{
	const struct io_tlb_pool *pool = check_pool(mem, number);

	return pool && area < pool->nareas ? pool->areas[area].used : KS_NONE;
}

__attribute__((visibility("default"))) const struct ks_api *kernel_shim_api(void)
{
	static const struct ks_api api = {
		.version = KS_API_VERSION,
		.size = sizeof(api),
		.configuration = "port, global-atomic",
		.create = create,
		.destroy = destroy,
		.device = device,
		.map = map,
		.unmap = unmap,
		.sync = sync,
		.settle = settle,
		.used = used,
		.hiwater = hiwater,
		.total = total,
		.transient = transient,
		.full = get_full,
		.warnings = warnings,
		.pool = get_pool,
		.slot = get_slot,
		.area_used = area_used,
	};

	return &api;
}
