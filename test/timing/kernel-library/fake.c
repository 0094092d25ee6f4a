// SPDX-License-Identifier: GPL-2.0-only
/*
 * A library with kernel-shim's face and no kernel behind it: every map of a CPU
 * gets the same slot. FAKE_VERSION, FAKE_AREAS_AT and FAKE_EXTRA_SLABS make it
 * one that must be refused.
 */
#include <stdio.h>

#include "../../../kernel-shim/kernel_shim.h"

#ifndef FAKE_VERSION
#define FAKE_VERSION KS_API_VERSION
#endif
#ifndef FAKE_AREAS_AT
#define FAKE_AREAS_AT 0
#endif
#ifndef FAKE_EXTRA_SLABS
#define FAKE_EXTRA_SLABS 0
#endif

#define SLOT_BYTES 2048

struct ks_device {
	char nothing;
};

static struct ks_config made;
static bool exists;
static struct ks_device only;

static int create(const struct ks_config *config, char *err, size_t err_size)
{
	if (exists) {
		snprintf(err, err_size, "this library holds an allocator already");
		return -1;
	}
	made = *config;
	exists = true;
	return 0;
}

static void destroy(void)
{
	exists = false;
}

static struct ks_device *device(uint32_t min_align, uint64_t boundary, uint64_t dma_mask)
{
	(void)min_align;
	(void)boundary;
	(void)dma_mask;
	return &only;
}

static uint64_t map_held(struct ks_holder *holder, unsigned int cpu, uint64_t orig, size_t size,
			 unsigned int alloc_align, unsigned int dir, unsigned long attrs)
{
	(void)orig;
	(void)size;
	(void)alloc_align;
	(void)dir;
	(void)attrs;
	return holder->device == &only ? made.start + cpu * SLOT_BYTES : KS_FAILED;
}

static void unmap_held(struct ks_holder *holder, uint64_t addr, size_t size, unsigned int dir,
		       unsigned long attrs)
{
	(void)holder;
	(void)addr;
	(void)size;
	(void)dir;
	(void)attrs;
}

static bool pool(int number, struct ks_pool *out)
{
	*out = (struct ks_pool){
		.start = made.start,
		.nslabs = made.nslabs + FAKE_EXTRA_SLABS,
		.nareas = (uint32_t)made.nareas,
	};
	return number == 0;
}

static void layout(struct ks_layout *l)
{
	*l = (struct ks_layout){ .areas_address_mod_128 = FAKE_AREAS_AT };
}

__attribute__((visibility("default"))) const struct ks_api *kernel_shim_api(void)
{
	static const struct ks_api api = {
		.version = FAKE_VERSION,
		.size = sizeof(api),
		.create = create,
		.destroy = destroy,
		.device = device,
		.map_held = map_held,
		.unmap_held = unmap_held,
		.pool = pool,
		.layout = layout,
	};

	return &api;
}
