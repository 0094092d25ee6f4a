// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the port takes for granted about the allocator of 6.12, asked of the real code; and what later
 * trees do otherwise. One line per fact; exit 0 all hold, 1 some do not, 77 this tree is an older one.
 */
#include <stdarg.h>

#include "facts.h"

const struct ks_api *ks;
struct ks_device *dev;
static unsigned int passed, failed;

void fact(bool holds, const char *fmt, ...)
{
	va_list ap;

	printf(holds ? "ok   " : "FAIL ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (holds)
		passed++;
	else
		failed++;
}

void make_config(const struct ks_config *config)
{
	char why[128];

	ks->destroy();
	if (ks->create(config, why, sizeof(why))) {
		printf("FAIL create: %s\n", why);
		exit(1);
	}
	dev = ks->device(0, 0, 0);
}

void make(uint64_t nslabs, uint64_t nareas)
{
	make_config(&(struct ks_config){ .nslabs = nslabs, .nareas = nareas, .start = START });
}

uint64_t map(int cpu, uint64_t orig, size_t size, uint32_t am, uint32_t mam)
{
	ks->device_masks(dev, mam, 0);
	return ks->map(dev, cpu, orig, size, am, KS_BIDIRECTIONAL, 0);
}

void unmap(uint64_t addr, uint32_t mam)
{
	ks->device_masks(dev, mam, 0);
	ks->unmap(dev, 0, addr, SLOT, KS_TO_DEVICE, 0);
}

struct ks_mapping where(uint64_t addr)
{
	struct ks_mapping m = { .slot = -1 };

	if (addr != KS_FAILED)
		ks->describe(dev, addr, &m);
	return m;
}

struct ks_slot slot(uint64_t index)
{
	struct ks_slot s = { 0 };

	ks->slot(0, index, &s);
	return s;
}

static int finish(void)
{
	ks->destroy();
	printf("# %u hold, %u do not\n", passed, failed);
	return failed ? 1 : 0;
}

int main(void)
{
#ifndef SHIM_HAVE_PAD_SLOTS
	printf("skip: a tree without padding slots places by older rules\n");
	return 77;
#endif
	ks = kernel_shim_api();
	printf("# %s\n", *ks->configuration ? ks->configuration : "no options");
#ifdef SHIM_HAVE_TRACK_HIWATER
	if (strstr(ks->configuration, "DEBUG_FS") && !strstr(ks->configuration, "track_hiwater")) {
		untracked_facts();
		return finish();
	}
#endif
	pool_facts();
	map_facts();
	if (!strstr(ks->configuration, "DYNAMIC")) {
		search_facts();
		list_facts();
		bounce_facts();
		failure_facts();
		counter_facts();
	} else {
		growth_facts();
	}
	if (strstr(ks->configuration, "RESTRICTED"))
		restricted_facts();
	layout_facts();
	held_facts();
	encryption_facts();
	return finish();
}
