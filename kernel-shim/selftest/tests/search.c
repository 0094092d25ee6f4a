// SPDX-License-Identifier: GPL-2.0-only
/* Which slots a request gets: areas, alignment, boundaries, run counts. */
#include "tests.h"

static void place_tests(void)
{
	struct ks_mapping m;
	uint64_t a, b;

	make(1024, 1);
	map(0, 0, 1, 0, 0);
	test(where(map(0, 0, 4096, 0, 0)).slot == 2, "a plain page is page aligned");
	test(where(map(0, 0, 2049, 0, 0)).slot == 4, "2049 bytes take 2 slots");
	map(0, 0, 1, 0, 0);
	test(where(map(0, 0, 4095, 0, 0)).slot == 7, "4095 bytes may cross a page");
	m = where(map(0, 0, 4096, 0, 1));
	test(m.slot == 9, "any min_align_mask switches the page rule off: slot %d", m.slot);

	make(1024, 1);
	a = map(0, 0, 2048, 0, 0);
	b = map(0, 0, 2048, 0, 0);
	unmap(a, 0);
	test(where(map(0, 0, 2048, 0, 0)).slot == 2 && ks->area_index(0, 0) == 3,
	     "next fit: a freed slot behind is not taken, unmap moves nothing");
	unmap(b, 0);

	make(256, 1);
	test(where(map(0, 0, 2048, 0, 0xfff)).slot == 0 &&
		     where(map(0, 0, 2048, 0, 0xfff)).slot == 1,
	     "orig 0 needs no alignment");
	make(1024, 1);
	ks->device_masks(dev, 0, 0x3fff);
	map(0, 0, 6 * SLOT, 0, 0);
	ks->device_masks(dev, 0, 0x3fff);
	m = where(ks->map(dev, 0, 0, 3 * SLOT, 0, KS_TO_DEVICE, 0));
	test(m.slot == 8, "a run does not cross the segment boundary: slot %d", m.slot);

	make_config(&(struct ks_config){ .nslabs = 256, .nareas = 1, .start = START + 0x1000 });
	test(where(map(0, 0, 2048, 0x1fff, 0)).slot == 2,
	     "alignment is that of the address, not of the slot number");
}

static void area_tests(void)
{
	int i;

	make(2048, 4);
	test(where(map(6, 0, 2048, 0, 0)).slot == 1024, "CPU 6 of 4 areas starts at area 2");
	for (i = 0; i < 4; i++)
		map(3, 0, 262144, 0, 0);
	test(where(map(3, 0, 262144, 0, 0)).slot == 0, "area 3 full: the next is area 0");
}

static void list_tests(void)
{
	uint64_t a, b, c;

	make(256, 1);
	a = map(0, 0, 3 * SLOT, 0, 1);
	b = map(0, 0, 2 * SLOT, 0, 1);
	c = map(0, 0, 1 * SLOT, 0, 1);
	unmap(b, 1);
	test(slot(3).list == 2 && slot(4).list == 1 && slot(5).list == 0 && slot(6).list == 122,
	     "a freed run counts to the next used slot");
	unmap(a, 1);
	test(slot(0).list == 5 && slot(2).list == 3, "freed runs merge downwards");
	unmap(c, 1);
	test(slot(0).list == 128 && slot(127).list == 1 && slot(128).list == 128,
	     "and upwards, within the segment");
}

void search_tests(void)
{
	place_tests();
	area_tests();
	list_tests();
}
