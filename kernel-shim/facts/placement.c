// SPDX-License-Identifier: GPL-2.0-only
/* How the boot parameter is rounded, and which slots a map gets. */
#include "facts.h"

static void rounding(uint64_t n, uint64_t a, uint64_t want_n, uint64_t want_a)
{
	struct ks_pool p;

	make(n, a);
	ks->pool(0, &p);
	fact(p.nslabs == want_n && p.nareas == want_a,
	     "1  swiotlb=%" PRIu64 ",%" PRIu64 " gives %" PRIu64 " slots in %u areas", n, a,
	     p.nslabs, p.nareas);
}

void pool_facts(void)
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

void map_facts(void)
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

void search_facts(void)
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

void list_facts(void)
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
