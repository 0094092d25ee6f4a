// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one file that is compiled together with the kernel's: it includes the unmodified swiotlb.c
 * (KERNEL_SWIOTLB_C) and gives it the face of kernel_shim.h. build.sh finds out what the tree has:
 *   SHIM_HAVE_POOLS      struct io_tlb_pool apart from struct io_tlb_mem
 *   SHIM_HAVE_PAD_SLOTS  padding slots in the slot descriptor
 *   SHIM_HAVE_COUNTERS   total_used and used_hiwater in struct io_tlb_mem
 *   SHIM_STATIC_MEM      io_tlb_default_mem is static
 */
#include <stdio.h>

#include <linux/swiotlb.h>

#ifdef SHIM_STATIC_MEM
#define SHIM_MEM_SCOPE static
#else
#define SHIM_MEM_SCOPE
#endif

/* Declared ahead to fix its alignment: its place in a pair of lines decides what a map costs. */
SHIM_MEM_SCOPE struct io_tlb_mem io_tlb_default_mem __attribute__((aligned(128)));

/* The kernel's file defines its own. */
#undef pr_fmt
#include KERNEL_SWIOTLB_C

#include "kernel_shim.h"

#if defined(CONFIG_DEBUG_FS) && defined(SHIM_HAVE_COUNTERS)
#define SHIM_COUNTERS 1
#endif

#ifdef SHIM_HAVE_POOLS
typedef struct io_tlb_pool shim_pool;
#define default_pool_of(mem) (&(mem)->defpool)
#else
typedef struct io_tlb_mem shim_pool;
#define default_pool_of(mem) (mem)
#endif

#ifdef SHIM_HAVE_PAD_SLOTS
#define slot_pad(slot) ((slot)->pad_slots)
#else
#define slot_pad(slot) 0u
#endif

#define MAX_INITCALLS 4

struct ks_device {
	struct device dev __attribute__((aligned(64)));
	struct device_dma_parameters parms;
	u64 dma_mask;
};

static shim_initcall_t initcalls[MAX_INITCALLS];
static unsigned int ninitcalls;
static shim_param_t boot_param;
static unsigned int possible_cpus;

/* The allocator as the compiler initialized it, and the one in use; NULL: none. */
static struct io_tlb_mem pristine;
static bool pristine_known;
static struct io_tlb_mem *current_mem;

#ifdef SHIM_IRQ_HOOK
void (*shim_irq_hook)(void);
#endif

void shim_register_initcall(shim_initcall_t fn)
{
	BUG_ON(ninitcalls == MAX_INITCALLS);
	initcalls[ninitcalls++] = fn;
}

void shim_register_param(const char *name, shim_param_t fn)
{
	if (!strcmp(name, "swiotlb"))
		boot_param = fn;
}

#ifdef CONFIG_DMA_RESTRICTED_POOL
static shim_rmem_setup_t rmem_setup;
static struct reserved_mem rmem;

void shim_register_rmem(const char *compatible, shim_rmem_setup_t fn)
{
	if (!strcmp(compatible, "restricted-dma-pool"))
		rmem_setup = fn;
}
#endif

unsigned int num_possible_cpus(void)
{
	return possible_cpus;
}

static void ks_destroy(void)
{
	current_mem = NULL;
	shim_deferred_reset();
	shim_files_reset();
	shim_memory_exit();
}

static int fail(char *err, size_t err_size, const char *why)
{
	snprintf(err, err_size, "%s", why);
	ks_destroy();
	return -1;
}

static void reset_kernel(void)
{
	if (!pristine_known)
		__builtin_memcpy(&pristine, &io_tlb_default_mem, sizeof(pristine));
	pristine_known = true;
	__builtin_memcpy(&io_tlb_default_mem, &pristine, sizeof(pristine));
	default_nslabs = IO_TLB_DEFAULT_SIZE >> IO_TLB_SHIFT;
	default_nareas = 0;
	swiotlb_force_bounce = false;
	swiotlb_force_disable = false;
}

/* A restricted pool takes any number of slots, as firmware gives them. */
static const char *make_restricted(const struct ks_config *c)
{
#ifdef CONFIG_DMA_RESTRICTED_POOL
	struct ks_device *first;

	if (!rmem_setup)
		return "this kernel declares no restricted DMA pool";
	if (!c->nslabs || c->nareas > 1)
		return "a restricted pool needs a number of slots, and has one area";
	memset(&rmem, 0, sizeof(rmem));
	rmem.name = "restricted";
	rmem.base = c->start;
	rmem.size = c->nslabs << IO_TLB_SHIFT;
	if (!shim_reserve(rmem.base, PAGE_ALIGN(rmem.size)) || rmem_setup(&rmem))
		return "the kernel refused the restricted pool";
	first = shim_zalloc(sizeof(*first), 64);
	if (!first)
		return "out of memory";
	first->dev.init_name = "shim";
	if (rmem.ops->device_init(&rmem, &first->dev))
		return "the kernel refused the restricted pool";
	current_mem = first->dev.dma_io_tlb_mem;
	return NULL;
#else
	return "built without CONFIG_DMA_RESTRICTED_POOL";
#endif
}

static const char *make_default(const struct ks_config *c)
{
	unsigned int flags = SWIOTLB_VERBOSE | (c->flags & KS_ANY ? SWIOTLB_ANY : 0);
	unsigned int i;

	shim_expect_pool();
	swiotlb_init_remap(true, flags, NULL);
	swiotlb_update_mem_attributes();
	if (!io_tlb_default_mem.nslabs)
		return "the kernel could not allocate its pool";
	for (i = 0; i < ninitcalls; i++)
		initcalls[i]();
	current_mem = &io_tlb_default_mem;
	return NULL;
}

static int ks_create(const struct ks_config *c, char *err, size_t err_size)
{
	bool restricted = c->flags & KS_RESTRICTED;
	const char *why = NULL;
	char param[64];

	if (current_mem) {
		snprintf(err, err_size, "this library holds an allocator already");
		return -1;
	}
	if (c->start != KS_POOL_SELF && c->start & ~PAGE_MASK)
		return fail(err, err_size, "the pool's start is not a multiple of 4096");
	if (c->grow_base & ~PAGE_MASK)
		return fail(err, err_size, "the growth base is not a multiple of 4096");
	if (c->nslabs >> 32 || c->nareas >> 16)
		return fail(err, err_size, "nslabs above 2^32 or nareas above 65536");
	if (c->copy > KS_COPY_REAL)
		return fail(err, err_size, "unknown copy mode");
	if (restricted && c->start == KS_POOL_SELF)
		return fail(err, err_size, "a restricted pool needs a start address");
	if (shim_memory_init(c->copy != KS_COPY_NONE, c->copy == KS_COPY_REAL, c->start,
			     c->boot_limit, c->grow_base))
		return fail(err, err_size, "out of memory");
	shim_log_reset(c->flags & KS_LOG);
	shim_deferred_reset();
	shim_files_reset();
	reset_kernel();
	possible_cpus = c->possible_cpus ? c->possible_cpus : 1;

	if (c->nslabs || restricted) {
		int n = snprintf(param, sizeof(param), "%llu", (unsigned long long)c->nslabs);

		if (c->nareas || restricted)
			n += snprintf(param + n, sizeof(param) - n, ",%llu",
				      (unsigned long long)(c->nareas ? c->nareas : 1));
		snprintf(param + n, sizeof(param) - n, ",force");
		if (!boot_param || boot_param(param))
			return fail(err, err_size, "the kernel did not take swiotlb=");
	}
	why = restricted ? make_restricted(c) : make_default(c);
	if (why)
		return fail(err, err_size, why);
	if (!shim_growth_base_set(default_pool_of(current_mem)->end))
		return fail(err, err_size, "the growth base lies in the pool");
	return 0;
}

static void ks_device_masks(struct ks_device *d, uint32_t min_align, uint64_t boundary)
{
	d->parms.min_align_mask = min_align;
	d->parms.segment_boundary_mask = boundary ? boundary : ~0UL;
}

static struct ks_device *ks_device(uint32_t min_align, uint64_t boundary, uint64_t dma_mask)
{
	struct ks_device *d = shim_zalloc(sizeof(*d), 64);

	if (!d)
		return NULL;
	d->dma_mask = dma_mask ? dma_mask : ~0ULL;
	d->dev.init_name = "shim";
	d->dev.dma_mask = &d->dma_mask;
	d->dev.coherent_dma_mask = d->dma_mask;
	d->dev.dma_parms = &d->parms;
#ifdef SHIM_HAVE_POOLS
	swiotlb_dev_init(&d->dev);
#endif
	d->dev.dma_io_tlb_mem = current_mem;
	ks_device_masks(d, min_align, boundary);
	return d;
}

/*
 * swiotlb_tbl_map_single() has one parameter more in older trees: the allocation's size. The
 * type of the function selects how it is called.
 */
typedef phys_addr_t map6_t(struct device *, phys_addr_t, size_t, unsigned int,
			   enum dma_data_direction, unsigned long);
typedef phys_addr_t map7_t(struct device *, phys_addr_t, size_t, size_t, unsigned int,
			   enum dma_data_direction, unsigned long);

static __always_inline phys_addr_t map6(map6_t *fn, struct device *dev, phys_addr_t orig,
					size_t size, unsigned int align, int dir,
					unsigned long attrs)
{
	return fn(dev, orig, size, align, dir, attrs);
}

/* The caller of that time rounded the size up itself. */
static __always_inline phys_addr_t map7(map7_t *fn, struct device *dev, phys_addr_t orig,
					size_t size, unsigned int align, int dir,
					unsigned long attrs)
{
	return fn(dev, orig, size, ALIGN(size, (size_t)align + 1), align, dir, attrs);
}

#define tbl_map_single(...)                                                                        \
	_Generic(&swiotlb_tbl_map_single, map6_t *                                                 \
		 : map6, map7_t *                                                                  \
		 : map7)(&swiotlb_tbl_map_single, __VA_ARGS__)

static uint64_t ks_map(struct ks_device *d, int cpu, uint64_t orig, size_t size,
		       uint32_t alloc_align, int dir, unsigned long attrs)
{
	shim_cpu = cpu;
	return tbl_map_single(&d->dev, orig, size, alloc_align, dir, attrs);
}

static void ks_unmap(struct ks_device *d, int cpu, uint64_t addr, size_t size, int dir,
		     unsigned long attrs)
{
	shim_cpu = cpu;
	swiotlb_tbl_unmap_single(&d->dev, addr, size, dir, attrs);
}

static uint64_t ks_map_held(struct ks_holder *holder, unsigned int cpu, uint64_t orig, size_t size,
			    unsigned int alloc_align, unsigned int dir, unsigned long attrs)
{
	shim_cpu = cpu;
	return tbl_map_single(&holder->device->dev, orig, size, alloc_align, dir, attrs);
}

static void ks_unmap_held(struct ks_holder *holder, uint64_t addr, size_t size, unsigned int dir,
			  unsigned long attrs)
{
	swiotlb_tbl_unmap_single(&holder->device->dev, addr, size, dir, attrs);
}

static void ks_sync(struct ks_device *d, uint64_t addr, size_t size, int dir, bool for_device)
{
	if (for_device)
		swiotlb_sync_single_for_device(&d->dev, addr, size, dir);
	else
		swiotlb_sync_single_for_cpu(&d->dev, addr, size, dir);
}

static uint64_t ks_alloc(struct ks_device *d, int cpu, size_t size)
{
	struct page *page;

	shim_cpu = cpu;
	page = swiotlb_alloc(&d->dev, size);
	return page ? page_to_phys(page) : KS_FAILED;
}

static bool ks_release(struct ks_device *d, uint64_t addr, size_t size)
{
	return swiotlb_free(&d->dev, phys_to_page(addr), size);
}

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

static uint64_t read_file(const char *name)
{
	unsigned long long val;

	return shim_file_read(name, &val) ? KS_NONE : val;
}

static uint64_t ks_used(void)
{
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

static uint64_t ks_list_hash(void)
{
	u64 hash = FNV1A_START;
	shim_pool *pool;
	unsigned long i;
	int n;

	for (n = 0; (pool = pool_numbered(n)); n++) {
		for (i = 0; i < pool->nslabs; i++)
			hash = fnv1a(hash, pool->slots[i].list, 4);
		for (i = 0; i < pool->nareas; i++)
			hash = fnv1a(hash, pool->areas[i].index, 4);
	}
	return hash;
}

static uint64_t ks_state_hash(void)
{
	u64 hash = FNV1A_START;
	shim_pool *pool;
	unsigned long i;
	int n;

	for (n = 0; (pool = pool_numbered(n)); n++) {
		for (i = 0; i < pool->nslabs; i++) {
			hash = fnv1a(hash, pool->slots[i].orig_addr, 8);
			hash = fnv1a(hash, pool->slots[i].alloc_size, 8);
			hash = fnv1a(hash, slot_pad(&pool->slots[i]), 8);
		}
		for (i = 0; i < pool->nareas; i++)
			hash = fnv1a(hash, pool->areas[i].used, 8);
	}
	return hash;
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

__attribute__((visibility("default"))) const struct ks_api *kernel_shim_api(void)
{
	static const struct ks_api api = {
		.version = KS_API_VERSION,
		.size = sizeof(api),
		.configuration = SHIM_CONFIGURATION,
		.create = ks_create,
		.destroy = ks_destroy,
		.device = ks_device,
		.device_masks = ks_device_masks,
		.map = ks_map,
		.unmap = ks_unmap,
		.map_held = ks_map_held,
		.unmap_held = ks_unmap_held,
		.sync = ks_sync,
		.alloc = ks_alloc,
		.release = ks_release,
		.settle = shim_settle,
		.describe = ks_describe,
		.place = ks_place,
		.set_index = ks_set_index,
		.used = ks_used,
		.hiwater = ks_hiwater,
		.total = ks_total,
		.transient = ks_transient,
		.write_hiwater = ks_write_hiwater,
		.full = ks_full,
		.warnings = shim_log_warnings,
		.max_mapping_size = ks_max_mapping_size,
		.pool = ks_pool,
		.slot = ks_slot,
		.area_used = ks_area_used,
		.area_index = ks_area_index,
		.list_hash = ks_list_hash,
		.state_hash = ks_state_hash,
		.layout = ks_layout,
	};

	return &api;
}
