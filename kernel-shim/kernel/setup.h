/* SPDX-License-Identifier: GPL-2.0-only */
/* Boot of the kernel's allocator, and its end: initcalls, the boot parameter, restricted pools. */
#ifndef KERNEL_SETUP_H
#define KERNEL_SETUP_H

#define MAX_INITCALLS 4

#define MAX_RESETS 4

static shim_initcall_t initcalls[MAX_INITCALLS];
static void (*resets[MAX_RESETS])(void);
static unsigned int nresets;
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

/* What puts back something that the compiler initialized and a boot changed. */
void shim_register_reset(void (*fn)(void))
{
	BUG_ON(nresets == MAX_RESETS);
	resets[nresets++] = fn;
}

void shim_register_param(const char *name, shim_param_t fn)
{
	if (!strcmp(name, "swiotlb"))
		boot_param = fn;
}

#ifdef CONFIG_DMA_RESTRICTED_POOL
static shim_rmem_setup_t *rmem_setup;
static const struct reserved_mem_ops *rmem_ops;
static struct reserved_mem rmem;

void shim_register_rmem(const char *compatible, shim_rmem_setup_t *setup)
{
	if (!strcmp(compatible, "restricted-dma-pool"))
		rmem_setup = setup;
}

void shim_register_rmem_ops(const char *compatible, const struct reserved_mem_ops *ops)
{
	if (!strcmp(compatible, "restricted-dma-pool"))
		rmem_ops = ops;
}

static int rmem_init(void)
{
	if (rmem_setup)
		return rmem_setup(&rmem);
	rmem.ops = rmem_ops;
	return rmem_ops->node_init(rmem.fdt_node, &rmem);
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
	unsigned int i;

	if (!pristine_known)
		__builtin_memcpy(&pristine, &io_tlb_default_mem, sizeof(pristine));
	pristine_known = true;
	__builtin_memcpy(&io_tlb_default_mem, &pristine, sizeof(pristine));
	default_nslabs = IO_TLB_DEFAULT_SIZE >> IO_TLB_SHIFT;
	default_nareas = 0;
	swiotlb_force_bounce = false;
	swiotlb_force_disable = false;
#if defined(CONFIG_DEBUG_FS) && defined(SHIM_HAVE_TRACK_HIWATER)
	track_hiwater_enabled = false;
#endif
	for (i = 0; i < nresets; i++)
		resets[i]();
}

/* A restricted pool takes any number of slots, as firmware gives them. */
static const char *make_restricted(const struct ks_config *c)
{
#ifdef CONFIG_DMA_RESTRICTED_POOL
	struct ks_device *first;

	if (!rmem_setup && !rmem_ops)
		return "this kernel declares no restricted DMA pool";
	if (!c->nslabs || c->nareas > 1)
		return "a restricted pool needs a number of slots, and has one area";
	memset(&rmem, 0, sizeof(rmem));
	rmem.name = "restricted";
	rmem.base = c->start;
	rmem.size = c->nslabs << IO_TLB_SHIFT;
	if (!shim_reserve(rmem.base, PAGE_ALIGN(rmem.size)) || rmem_init())
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

/* swiotlb=, as it would be written; a part that is 0 stays empty. */
static void write_param(char *param, size_t room, uint64_t nslabs, uint64_t nareas)
{
	int n = 0;

	if (nslabs)
		n = snprintf(param, room, "%llu", (unsigned long long)nslabs);
	n += snprintf(param + n, room - n, ",");
	if (nareas)
		n += snprintf(param + n, room - n, "%llu,", (unsigned long long)nareas);
	snprintf(param + n, room - n, "force" SHIM_BOOT_WORDS);
}

static int ks_create(const struct ks_config *c, char *err, size_t err_size)
{
	bool restricted = c->flags & KS_RESTRICTED;
	const char *why = NULL;
	char param[96];

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
	shim.guest_encrypted = c->flags & KS_GUEST_ENCRYPTED;
	shim.decrypt_fails = c->flags & KS_DECRYPT_FAILS;
	possible_cpus = c->possible_cpus ? c->possible_cpus : 1;

	write_param(param, sizeof(param), c->nslabs, restricted && !c->nareas ? 1 : c->nareas);
	if (!boot_param || boot_param(param))
		return fail(err, err_size, "the kernel did not take swiotlb=");
	why = restricted ? make_restricted(c) : make_default(c);
	if (why)
		return fail(err, err_size, why);
	if (!shim_growth_base_set(default_pool_of(current_mem)->end))
		return fail(err, err_size, "the growth base lies in the pool");
	return 0;
}

#endif /* KERNEL_SETUP_H */
