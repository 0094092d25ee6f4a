// SPDX-License-Identifier: GPL-2.0-only
/* How the boot parameter is rounded, what a new pool looks like, where things lie. */
#include "tests.h"

static void rounding(uint64_t n, uint64_t a, uint64_t want_n, uint64_t want_a)
{
	struct ks_pool p;

	make(n, a);
	ks->pool(0, &p);
	test(p.nslabs == want_n && p.nareas == want_a,
	     "swiotlb=%" PRIu64 ",%" PRIu64 " gives %" PRIu64 " slots in %u areas", n, a, p.nslabs,
	     p.nareas);
}

static void pool_tests(void)
{
	struct ks_pool p;
	unsigned int i;
	bool good = true;

	if (tree.first)
		return skip("the first tree with areas rounds otherwise");
	rounding(300, 8, 1024, 8);
	rounding(5000, 2, 8192, 2);
	rounding(130, 1, 256, 1);
	rounding(1000, 3, 1024, 4);
	make_config(&(struct ks_config){ .start = START, .possible_cpus = 6 });
	ks->pool(0, &p);
	test(p.nslabs == 32768 && p.nareas == 8, "no parameter, 6 CPUs: %" PRIu64 "/%u", p.nslabs,
	     p.nareas);
	make_config(&(struct ks_config){
		.nslabs = 8192, .nareas = 64, .start = START, .boot_limit = 600 * SLOT });
	ks->pool(0, &p);
	test(p.nslabs == 512, "no room for 8192 slots: %" PRIu64, p.nslabs);
	make(512, 2);
	for (i = 0; i < 512; i++)
		good &= slot(i).list == 128 - i % 128 && slot(i).orig_addr == ~0ULL &&
			slot(i).alloc_size == 0 && slot(i).pad_slots == 0;
	test(good, "a new pool: run counts to the segment's end, no original addresses");
}

static void layout_tests(void)
{
	struct ks_layout l;

	make(1024, 4);
	ks->layout(&l);
	if (!tree.pad_slots)
		return skip("a tree without padding slots lays its pool out otherwise");
	test(l.area_size == 16 && l.slot_size == 24, "area %d bytes, slot %d bytes", l.area_size,
	     l.slot_size);
	if (!strstr(ks->configuration, "DYNAMIC"))
		test(l.pool_size == 64 && l.mem_nslabs == 0x40, "pool %d bytes, nslabs at %x",
		     l.pool_size, l.mem_nslabs);
	if (!strstr(ks->configuration, "DYNAMIC") && l.total_used >= 0)
		test(l.total_used == 0x58 && l.used_hiwater == 0x60,
		     "total_used at %x, used_hiwater at %x", l.total_used, l.used_hiwater);
	test(l.mem_address_mod_128 == 0 && l.areas_address_mod_128 == 0 &&
		     l.slots_address_mod_128 == 0,
	     "everything starts a pair of cache lines");
}

void init_tests(void)
{
	pool_tests();
	layout_tests();
}
