// SPDX-License-Identifier: GPL-2.0-only
/* Loading a library with kernel-shim's face, and giving it the port's. */
#include "engine/kernel_library.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../kernel-shim/kernel_shim.h"

/* map_held and unmap_held are given one of our devices, and find theirs at its beginning. */
_Static_assert(offsetof(struct device, dma_io_tlb_mem) == 0, "a device begins as a ks_holder does");

/**
 * struct kernel_library - the allocator of one library
 * @ops: what the engine calls
 * @mem: what the engine knows it by
 * @api: the library's own face
 * @next: in the list of those that are open
 */
struct kernel_library {
	struct swiotlb_ops ops;
	struct io_tlb_mem *mem;
	const struct ks_api *api;
	struct kernel_library *next;
};

static struct kernel_library *open_ones;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

__attribute__((format(printf, 2, 3))) static int complain(char complaint[LAB_COMPLAINT_BYTES],
							  const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint, LAB_COMPLAINT_BYTES, format, args);
	va_end(args);
	return -EINVAL;
}

static void kernel_library_destroy(struct io_tlb_mem *mem)
{
	struct kernel_library **at = &open_ones, *f;

	pthread_mutex_lock(&opening);
	while (*at && (*at)->mem != mem)
		at = &(*at)->next;
	f = *at;
	if (f) {
		*at = f->next;
		f->api->destroy();
		free(f);
	}
	pthread_mutex_unlock(&opening);
}

/* Nothing in the kernel's code is sampled. */
static void kernel_library_sample(struct io_tlb_mem *mem)
{
}

/* The face of a library. It stays loaded: its thread-local words cannot be given back. */
static const struct ks_api *load_api(const char *path, char complaint[LAB_COMPLAINT_BYTES])
{
	const struct ks_api *(*get)(void);
	const struct ks_api *api;
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library) {
		complain(complaint, "%s", dlerror());
		return NULL;
	}
	*(void **)&get = dlsym(library, KERNEL_SHIM_SYMBOL);
	api = get ? get() : NULL;
	dlclose(library);
	if (api && api->version == KS_API_VERSION && api->size == sizeof(*api))
		return api;
	complain(complaint, "%s: not built from this version's kernel-shim", path);
	return NULL;
}

/* Whether it is what the port would be: the same pool, everything on the same lines. */
static int check_made(const struct ks_api *api, const struct lab_pool *pool,
		      char complaint[LAB_COMPLAINT_BYTES])
{
	struct ks_layout l;
	struct ks_pool made;

	if (!api->pool(0, &made) || made.start != pool->start || made.nslabs != pool->nslabs ||
	    made.nareas != pool->nareas)
		return complain(complaint, "the kernel made another pool of %llu slots, %u areas",
				(unsigned long long)pool->nslabs, pool->nareas);
	api->layout(&l);
	if ((uint32_t)l.mem_address_mod_128 != pool->mem_offset || l.areas_address_mod_128 ||
	    l.slots_address_mod_128)
		return complain(
			complaint,
			"the kernel's structures lie at %d, its areas at %d, its slots at %d "
			"modulo 128, the port's at %u, 0, 0",
			l.mem_address_mod_128, l.areas_address_mod_128, l.slots_address_mod_128,
			pool->mem_offset);
	return 0;
}

static int open_locked(struct kernel_library *f, const char *path, const struct lab_pool *pool,
		       const struct lab_workload *w, char complaint[LAB_COMPLAINT_BYTES])
{
	const struct ks_config config = {
		.nslabs = pool->nslabs,
		.nareas = pool->nareas,
		.start = pool->start,
		.copy = w->copy ? KS_COPY_REAL : KS_COPY_NONE,
	};
	char why[128];
	int err;

	f->api = load_api(path, complaint);
	if (!f->api)
		return -EINVAL;
	if (f->api->create(&config, why, sizeof(why)))
		return complain(complaint, "%s: %s", path, why);
	err = check_made(f->api, pool, complaint);
	if (!err) {
		f->mem = (struct io_tlb_mem *)f->api->device(w->min_align_mask,
							     w->seg_boundary_mask, 0);
		err = f->mem ? 0 : -ENOMEM;
	}
	if (err) {
		f->api->destroy();
		return err;
	}
	f->next = open_ones;
	open_ones = f;
	return 0;
}

int kernel_library_open(const char *path, const struct lab_pool *pool,
			const struct lab_workload *workload, struct lab_instance *instance,
			char complaint[LAB_COMPLAINT_BYTES])
{
	struct kernel_library *f;
	int err;

	if (pool->can_grow)
		return complain(complaint, "%s: a pool that grows is not timed", path);
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	pthread_mutex_lock(&opening);
	err = open_locked(f, path, pool, workload, complaint);
	pthread_mutex_unlock(&opening);
	if (err) {
		free(f);
		return err;
	}
	/*
	 * No wrapper in between: the arguments are the same, but for the device,
	 * which is a pointer to something that begins with a pointer for both.
	 */
	f->ops = (struct swiotlb_ops){
		.destroy = kernel_library_destroy,
		.map = (__typeof__(f->ops.map))f->api->map_held,
		.unmap = (__typeof__(f->ops.unmap))f->api->unmap_held,
		.sample = kernel_library_sample,
	};
	*instance = (struct lab_instance){ .ops = &f->ops, .mem = f->mem, .pool = *pool };
	return 0;
}
