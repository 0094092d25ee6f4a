// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the port takes for granted about the allocator of 6.12, asked of the real code. One line per
 * fact; exit 0 all hold, 1 some do not, 77 this tree is an older one.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_shim.h"

#define START 0x40000000ULL
#define SLOT 2048ULL

extern void (*shim_irq_hook)(void);

static const struct ks_api *ks;
static struct ks_device *dev;
static unsigned int passed, failed;

static __attribute__((format(printf, 2, 3))) void fact(bool holds, const char *fmt, ...)
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

static void make_config(const struct ks_config *config)
{
	char why[128];

	ks->destroy();
	if (ks->create(config, why, sizeof(why))) {
		printf("FAIL create: %s\n", why);
		exit(1);
	}
	dev = ks->device(0, 0, 0);
}

static void make(uint64_t nslabs, uint64_t nareas)
{
	make_config(&(struct ks_config){ .nslabs = nslabs, .nareas = nareas, .start = START });
}

static uint64_t map(int cpu, uint64_t orig, size_t size, uint32_t am, uint32_t mam)
{
	ks->device_masks(dev, mam, 0);
	return ks->map(dev, cpu, orig, size, am, KS_BIDIRECTIONAL, 0);
}

static void unmap(uint64_t addr, uint32_t mam)
{
	ks->device_masks(dev, mam, 0);
	ks->unmap(dev, 0, addr, SLOT, KS_TO_DEVICE, 0);
}

static struct ks_mapping where(uint64_t addr)
{
	struct ks_mapping m = { .slot = -1 };

	if (addr != KS_FAILED)
		ks->describe(dev, addr, &m);
	return m;
}

static struct ks_slot slot(uint64_t index)
{
	struct ks_slot s = { 0 };

	ks->slot(0, index, &s);
	return s;
}

static void rounding(uint64_t n, uint64_t a, uint64_t want_n, uint64_t want_a)
{
	struct ks_pool p;

	make(n, a);
	ks->pool(0, &p);
	fact(p.nslabs == want_n && p.nareas == want_a,
	     "1  swiotlb=%" PRIu64 ",%" PRIu64 " gives %" PRIu64 " slots in %u areas", n, a,
	     p.nslabs, p.nareas);
}

static void pool_facts(void)
{
	struct ks_pool p;
	unsigned int i;
	bool good = true;

	rounding(300, 8, 1024, 8);
	rounding(5000, 2, 8192, 2);
	rounding(130, 1, 256, 1);
	rounding(1000, 3, 1024, 4);
	make_config(&(struct ks_config){ .start = START, .possible_cpus = 6 });
	ks->pool(0, &p);
	fact(p.nslabs == 32768 && p.nareas == 8, "1  no parameter, 6 CPUs: %" PRIu64 "/%u",
	     p.nslabs, p.nareas);
	make_config(&(struct ks_config){
		.nslabs = 8192, .nareas = 64, .start = START, .boot_limit = 600 * SLOT });
	ks->pool(0, &p);
	fact(p.nslabs == 512 && p.nareas == 4, "1  no room for 8192/64: %" PRIu64 "/%u", p.nslabs,
	     p.nareas);
	make(512, 2);
	for (i = 0; i < 512; i++)
		good &= slot(i).list == 128 - i % 128 && slot(i).orig_addr == ~0ULL &&
			slot(i).alloc_size == 0 && slot(i).pad_slots == 0;
	fact(good, "1  a new pool: run counts to the segment's end, no original addresses");
}

static void map_facts(void)
{
	struct ks_mapping m;
	struct ks_slot s;
	uint64_t addr, orig = 0x107feca00;
	bool good;
	int i;

	/* offset = orig & mam & (am | 7ff) = 0xca00 & 0xffff: 25 padding slots and 0x200 bytes */
	make(2048, 4);
	addr = map(1, orig, 4096, 0xffff, 0xffff);
	m = where(addr);
	fact(m.pad == 25 && m.offset == 0x200 && m.nslots == 32 && m.slot % 32 == 0,
	     "2  padding: %d slots and %d bytes, %d slots taken", m.pad, m.offset, m.nslots);
	good = true;
	for (i = 0; i < 32; i++) {
		s = slot(m.slot + i);
		good &= s.alloc_size == 65536 - (0x200 + i * SLOT);
		good &= s.orig_addr == (i < 25 ? ~0ULL : orig + (i - 25) * SLOT);
		good &= s.pad_slots == (i == 25 ? 25 : 0);
	}
	fact(good, "2  descriptors: sizes from the first slot on, originals behind the padding");
	fact(ks->warnings() == 1, "2  an alloc_align_mask above fff warns, and the map goes on");
	addr = map(1, orig, 3000, 0, 0xfff);
	m = where(addr);
	s = slot(m.slot + m.nslots - 1);
	fact(m.nslots == 2 && s.alloc_size == 3512ULL - (0x200 + SLOT),
	     "2  the last slot's size counts from the slot grid: %" PRIu64, s.alloc_size);
	addr = map(1, orig, 4096, 0, 0xfff);
	m = where(addr);
	s = slot(m.slot + m.nslots - 1);
	fact(m.nslots == 3 && s.alloc_size == 4608ULL - (0x200 + 2 * SLOT),
	     "2  4096 bytes at 200: 3 slots, last size %" PRIu64, s.alloc_size);
	addr = map(1, orig, 3600, 0, 0xfff);
	m = where(addr);
	s = slot(m.slot + m.nslots - 1);
	fact(m.nslots == 3 && (int64_t)s.alloc_size < 0,
	     "2  a size below its slot's start wraps: %" PRId64, (int64_t)s.alloc_size);

	make(2048, 4);
	fact(where(map(6, 0, 2048, 0, 0)).slot == 1024, "3  CPU 6 of 4 areas starts at area 2");
	for (i = 0; i < 4; i++)
		map(3, 0, 262144, 0, 0);
	fact(where(map(3, 0, 262144, 0, 0)).slot == 0, "3  area 3 full: the next is area 0");
}

static void search_facts(void)
{
	struct ks_mapping m;
	uint64_t a, b;

	make(1024, 1);
	map(0, 0, 1, 0, 0);
	fact(where(map(0, 0, 4096, 0, 0)).slot == 2, "4  a plain page is page aligned");
	fact(where(map(0, 0, 2049, 0, 0)).slot == 4, "4  2049 bytes take 2 slots");
	map(0, 0, 1, 0, 0);
	fact(where(map(0, 0, 4095, 0, 0)).slot == 7, "4  4095 bytes may cross a page");
	m = where(map(0, 0, 4096, 0, 1));
	fact(m.slot == 9, "4  any min_align_mask switches the page rule off: slot %d", m.slot);

	make(1024, 1);
	a = map(0, 0, 2048, 0, 0);
	b = map(0, 0, 2048, 0, 0);
	unmap(a, 0);
	fact(where(map(0, 0, 2048, 0, 0)).slot == 2 && ks->area_index(0, 0) == 3,
	     "4  next fit: a freed slot behind is not taken, unmap moves nothing");
	unmap(b, 0);

	/* stride 2, right residue 1: a free slot that the scan starts just behind is missed */
	make(256, 1);
	for (int i = 0; i < 128; i++)
		map(0, 0x1800, 2048, 0, 0xfff);
	fact(ks->used() == 128 && map(0, 0x1800, 2048, 0, 0xfff) == KS_FAILED,
	     "4  128 odd slots of 256 taken, no 129th");
	make(256, 1);
	for (int i = 0; i < 127; i++)
		map(0, 0x1800, 2048, 0, 0xfff);
	ks->set_index(0, 254);
	a = map(0, 0x1800, 2048, 0, 0xfff);
	fact(where(a).slot == 255, "4  the last odd slot is found from 254");
	unmap(a, 0xfff);
	ks->set_index(0, 0);
	fact(where(map(0, 0x1800, 2048, 0, 0xfff)).slot == 255, "4  and from 0");
	make(256, 1);
	a = KS_FAILED;
	for (int i = 0; i < 128; i++) {
		b = map(0, 0x1800, 2048, 0, 0xfff);
		if (where(b).slot == 127)
			a = b;
	}
	unmap(a, 0xfff);
	ks->set_index(0, 128);
	b = map(0, 0x1800, 2048, 0, 0xfff);
	fact(b == KS_FAILED, "4  free slot 127 is missed by a scan from 128 (%d)", where(b).slot);
	ks->set_index(0, 126);
	fact(where(map(0, 0x1800, 2048, 0, 0xfff)).slot == 127, "4  and found from 126");

	make(256, 1);
	fact(where(map(0, 0, 2048, 0, 0xfff)).slot == 0 &&
		     where(map(0, 0, 2048, 0, 0xfff)).slot == 1,
	     "4  orig 0 needs no alignment");
	make(1024, 1);
	ks->device_masks(dev, 0, 0x3fff);
	map(0, 0, 6 * SLOT, 0, 0);
	ks->device_masks(dev, 0, 0x3fff);
	m = where(ks->map(dev, 0, 0, 3 * SLOT, 0, KS_TO_DEVICE, 0));
	fact(m.slot == 8, "4  a run does not cross the segment boundary: slot %d", m.slot);

	make_config(&(struct ks_config){ .nslabs = 256, .nareas = 1, .start = START + 0x1000 });
	fact(where(map(0, 0, 2048, 0x1fff, 0)).slot == 2,
	     "1  alignment is that of the address, not of the slot number");
}

static void list_facts(void)
{
	uint64_t a, b, c;

	make(256, 1);
	a = map(0, 0, 3 * SLOT, 0, 1);
	b = map(0, 0, 2 * SLOT, 0, 1);
	c = map(0, 0, 1 * SLOT, 0, 1);
	unmap(b, 1);
	fact(slot(3).list == 2 && slot(4).list == 1 && slot(5).list == 0 && slot(6).list == 122,
	     "5  a freed run counts to the next used slot");
	unmap(a, 1);
	fact(slot(0).list == 5 && slot(2).list == 3, "5  freed runs merge downwards");
	unmap(c, 1);
	fact(slot(0).list == 128 && slot(127).list == 1 && slot(128).list == 128,
	     "5  and upwards, within the segment");
}

static void bounce_facts(void)
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

static void failure_facts(void)
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

static void counter_facts(void)
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

static void growth_facts(void)
{
	struct ks_pool p;
	struct ks_mapping m;
	uint64_t a, b, i;

	make(4096, 32);
	for (i = 0; i < 32; i++)
		map(0, 0, 262144, 0, 0);
	a = map(5, 0, 3 * SLOT, 0, 0);
	m = where(a);
	fact(m.pool == -1 && m.slot == 0 && m.nslots == 3, "10 a full pool: a transient one of 3");
	fact(ks->used() == (ks->hiwater() == KS_NONE ? 4096 : 4099) && ks->total() == 4096 &&
		     (ks->transient() == KS_NONE || ks->transient() == 3),
	     "10 it counts as used and transient, not in the total");
	fact(!ks->pool(1, &p), "10 growth is work for later");
	ks->settle();
	ks->pool(1, &p);
	fact(p.nslabs == 2048 && p.nareas == 16 && ks->total() == 6144,
	     "10 4096/32 grows by %" PRIu64 "/%u", p.nslabs, p.nareas);
	m = where(map(5, 0, SLOT, 0, 0));
	fact(m.pool == 1 && m.slot == 5 * 128, "3  the new pool is searched from the CPU's area");
	unmap(a, 0);
	ks->settle();
	fact(ks->transient() == KS_NONE || ks->transient() == 0, "10 unmap ends a transient pool");

	make(512, 1);
	for (i = 0; i < 4; i++)
		map(0, 0, 262144, 0, 0);
	a = map(0, 0x1800, 2048, 0, 0xfff);
	fact(a == KS_FAILED, "10 mam fff, am 0, bit 11 set: no transient pool serves it");
	ks->settle();
	ks->pool(1, &p);
	fact(p.nslabs == 512 && ks->total() == 1024, "10 yet the pool grows, by %" PRIu64,
	     p.nslabs);
	for (i = 0; i < 4; i++)
		map(0, 0, 262144, 0, 0);
	b = map(0, 0x1800, 2048, 0xfff, 0xfff);
	fact(where(b).pool == -1 && where(b).pad == 1, "10 with am fff one does");
	ks->settle();
	fact(map(0, 0, 262145, 0, 0) == KS_FAILED, "3  more than 256 KiB fails at once");
	ks->settle();
	fact(!ks->pool(3, &p), "10 and grows nothing");
	m = where(map(0, 0, SLOT, 0, 0));
	fact(m.pool == 2, "3  the newest pool first: pool %d", m.pool);
}

static void restricted_facts(void)
{
	struct ks_pool p;
	struct ks_mapping m;
	uint64_t a, b;

	make_config(&(struct ks_config){ .nslabs = 1000, .start = START, .flags = KS_RESTRICTED });
	ks->pool(0, &p);
	fact(p.nslabs == 1000 && p.nareas == 1 && slot(999).list == 1 && slot(896).list == 104,
	     "11 a restricted pool: any number of slots, one area");
	map(0, 0, SLOT, 0, 0);
	a = ks->alloc(dev, 0, 100);
	m = where(a);
	fact(m.slot % 2 == 0 && m.nslots == 1 && slot(m.slot).orig_addr == ~0ULL,
	     "11 100 bytes: %d slot at slot %d, no original address", m.nslots, m.slot);
	b = ks->alloc(dev, 0, 12288);
	m = where(b);
	fact(m.slot % 8 == 0 && m.nslots == 6, "11 12288 bytes: %d slots at slot %d", m.nslots,
	     m.slot);
	fact(ks->release(dev, a, 100) && ks->release(dev, b, 12288) && ks->used() == 1,
	     "11 both come back");
}

static void layout_facts(void)
{
	struct ks_layout l;

	make(1024, 4);
	ks->layout(&l);
	fact(l.area_size == 16 && l.slot_size == 24, "12 area %d bytes, slot %d bytes", l.area_size,
	     l.slot_size);
	if (!strstr(ks->configuration, "DYNAMIC"))
		fact(l.pool_size == 64 && l.mem_nslabs == 0x40, "12 pool %d bytes, nslabs at %x",
		     l.pool_size, l.mem_nslabs);
	if (!strstr(ks->configuration, "DYNAMIC") && l.total_used >= 0)
		fact(l.total_used == 0x58 && l.used_hiwater == 0x60,
		     "12 total_used at %x, used_hiwater at %x", l.total_used, l.used_hiwater);
	fact(l.mem_address_mod_128 == 0 && l.areas_address_mod_128 == 0 &&
		     l.slots_address_mod_128 == 0,
	     "12 everything starts a pair of cache lines");
}

static void held_facts(void)
{
	struct ks_holder holder;
	char why[128];
	uint64_t a;

	make(1024, 4);
	holder.device = dev;
	a = ks->map_held(&holder, 2, 0x1000, 4096, 0, KS_TO_DEVICE, 0);
	fact(a == START + 512 * 2048 && ks->used() == 2, "a held device maps by its CPU's area");
	ks->unmap_held(&holder, a, 4096, KS_TO_DEVICE, 0);
	fact(ks->used() == 0, "a held device unmaps");
	fact(ks->create(&(struct ks_config){ .nslabs = 1024, .start = START }, why, sizeof(why)) &&
		     ks->total() == 1024,
	     "a second allocator is refused, the first stays");
}

int main(void)
{
#ifndef SHIM_HAVE_PAD_SLOTS
	printf("skip: a tree without padding slots places by older rules\n");
	return 77;
#endif
	ks = kernel_shim_api();
	printf("# %s\n", *ks->configuration ? ks->configuration : "no options");
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
	ks->destroy();
	printf("# %u hold, %u do not\n", passed, failed);
	return failed ? 1 : 0;
}
