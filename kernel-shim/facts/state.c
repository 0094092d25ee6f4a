// SPDX-License-Identifier: GPL-2.0-only
/* What is copied, what fails, and what the counters say. */
#include "facts.h"

void bounce_facts(void)
{
	static unsigned char data[8192] __attribute__((aligned(8192)));
	unsigned char *pool;
	struct ks_pool p;
	uint64_t addr, before;
	uint32_t mam = 0xfff;
	int i;

	make_config(&(struct ks_config){
		.nslabs = 256, .nareas = 1, .start = KS_POOL_SELF, .copy = KS_COPY_REAL });
	ks->pool(0, &p);
	for (i = 0; i < 8192; i++)
		data[i] = i * 7 + 1;
	ks->device_masks(dev, mam, 0);
	addr = ks->map(dev, 0, (uintptr_t)data + 0x200, 3000, 0, KS_FROM_DEVICE, KS_SKIP_CPU_SYNC);
	pool = (unsigned char *)(uintptr_t)addr;
	fact(!memcmp(pool, data + 0x200, 3000),
	     "2  map copies for FROM_DEVICE with SKIP_CPU_SYNC as well");
	memset(pool, 0xaa, 3000);
	ks->sync(dev, addr + SLOT, 100, KS_FROM_DEVICE, false);
	fact(data[0x200 + SLOT] == 0xaa && data[0x200 + SLOT - 1] != 0xaa &&
		     data[0x200 + SLOT + 100] != 0xaa,
	     "7  sync of a part copies that part");
	ks->sync(dev, (addr & ~(SLOT - 1)) + SLOT + 16, 1, KS_FROM_DEVICE, false);
	fact(data[SLOT + 16] == 0xaa,
	     "7  in a later slot, below the byte offset: delta is negative");
	before = ks->warnings();
	ks->sync(dev, addr, 5000, KS_FROM_DEVICE, false);
	fact(ks->warnings() == before + 1 && data[0x200 + 2999] == 0xaa &&
		     data[0x200 + 3000] != 0xaa,
	     "7  too large a sync warns and is cut at the allocation's end");
	ks->unmap(dev, 0, addr, 3000, KS_FROM_DEVICE, 0);
	fact(ks->used() == 0 && p.nslabs == 256, "6  unmap gives all slots back");
	addr = ks->map(dev, 0, (uintptr_t)data, 1000, 0xfff, KS_TO_DEVICE, 0);
	before = ks->warnings();
	ks->sync(dev, addr, 4096, KS_FROM_DEVICE, false);
	fact(ks->warnings() == before, "7  padding behind the mapping is not protected");
}

void failure_facts(void)
{
	struct ks_full full;
	uint64_t i;

	make(1024, 2);
	map(0, 0, SLOT, 0, 0);
	fact(map(0, 0x200, 262144, 0, 0xfff) == KS_FAILED, "8  256 KiB and an offset never fit");
	ks->full(&full);
	fact(full.count == 1 && full.size == 262656 && full.total == 1024 && full.used == 1,
	     "8  the message: sz %" PRIu64 ", total %" PRIu64 ", used %" PRIu64, full.size,
	     full.total, full.used);
	ks->map(dev, 0, 0x200, 262144, 0, KS_TO_DEVICE, KS_NO_WARN);
	ks->full(&full);
	fact(full.count == 1, "8  NO_WARN is silent");
	for (i = 0; i < 3; i++) {
		static const uint32_t mam[] = { 0, 0x7ff, 0xfff };
		static const uint64_t want[] = { 262144, 260096, 258048 };

		ks->device_masks(dev, mam[i], 0);
		fact(ks->max_mapping_size(dev) == want[i],
		     "8  max_mapping_size with mam %x: %" PRIu64, mam[i],
		     ks->max_mapping_size(dev));
	}
	fact(map(0, 0x1000, 262144, 0, 0xfff) != KS_FAILED,
	     "8  larger maps than that work where offset and size fit");
}

static uint64_t stolen;

static void steal(void)
{
	shim_irq_hook = NULL;
	stolen = map(0, 0, SLOT, 0, 0);
}

void counter_facts(void)
{
	uint64_t last = 0;
	int i;

	make(1024, 1);
	for (i = 0; i < 1024; i++)
		last = map(0, 0, SLOT, 0, 0);
	if (ks->hiwater() == KS_NONE) {
		fact(ks->used() == 1024, "9  without debugfs used is the sum of the areas");
		fact(ks->write_hiwater(0) != 0, "9  and there is no hiwater");
		return;
	}
	fact(ks->used() == 1024 && ks->hiwater() == 1024, "9  a full pool");
	shim_irq_hook = steal;
	unmap(last, 0);
	shim_irq_hook = NULL;
	fact(stolen == last && ks->hiwater() == 1025 && ks->used() == 1024,
	     "9  an interrupt between unlock and subtraction: hiwater %" PRIu64 " of 1024",
	     ks->hiwater());
	fact(ks->write_hiwater(7) == -22 && ks->hiwater() == 1025, "9  only 0 may be written");
	fact(ks->write_hiwater(0) == 0 && ks->hiwater() == 0, "9  reset: 0, not the current use");
	unmap(last, 0);
	map(0, 0, SLOT, 0, 0);
	fact(ks->hiwater() == 1024, "9  the next map lifts it to the current use");
	map(0, 0, SLOT, 0, 0);
	fact(ks->used() == 1024 && ks->hiwater() == 1024, "13 a failed map changes no counter");
}
