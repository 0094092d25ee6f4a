// SPDX-License-Identifier: GPL-2.0-only
/* Other pools: grown, transient and restricted; where things lie; devices that are held. */
#include "facts.h"

void growth_facts(void)
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

void restricted_facts(void)
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

void layout_facts(void)
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

void held_facts(void)
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
