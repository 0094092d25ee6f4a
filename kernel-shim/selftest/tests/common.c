// SPDX-License-Identifier: GPL-2.0-only
/* Short ways to ask the kernel's allocator. */
#include "tests.h"

const struct ks_api *ks;
struct ks_device *dev;

bool built_with(const char *option)
{
	const char *at = strstr(ks->configuration, option);

	return at && (at[strlen(option)] == ' ' || !at[strlen(option)]);
}

bool counts(void)
{
	return built_with("DEBUG_FS") && (!tree.chosen_at_boot || built_with("track_hiwater")) &&
	       ks->hiwater() != KS_NONE;
}

void make_config(const struct ks_config *config)
{
	char why[128];

	ks->destroy();
	if (ks->create(config, why, sizeof(why))) {
		printf("Bail out! no pool of %" PRIu64 " slots: %s\n", config->nslabs, why);
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

uint64_t map_many(uint64_t n)
{
	uint64_t last = KS_FAILED;

	while (n--)
		last = map(0, 0, SLOT, 0, 0);
	return last;
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
