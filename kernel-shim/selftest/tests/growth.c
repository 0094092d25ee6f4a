// SPDX-License-Identifier: GPL-2.0-only
/* Pools that grow: transient pools, growth pools, and what they are searched for. */
#include "tests.h"

void growth_tests(void)
{
	struct ks_pool p;
	struct ks_mapping m;
	uint64_t a, b, i;

	make(4096, 32);
	for (i = 0; i < 32; i++)
		map(0, 0, 262144, 0, 0);
	a = map(5, 0, 3 * SLOT, 0, 0);
	m = where(a);
	test(m.pool == -1 && m.slot == 0 && m.nslots == 3, "a full pool: a transient one of 3");
	test(ks->used() == (counts() ? 4099 : 4096) && ks->total() == 4096 &&
		     (ks->transient() == KS_NONE || ks->transient() == 3),
	     "it counts as used and transient, not in the total");
	test(!ks->pool(1, &p), "growth is work for later");
	ks->settle();
	ks->pool(1, &p);
	test(p.nslabs == 2048 && p.nareas == 16 && ks->total() == 6144,
	     "4096/32 grows by %" PRIu64 "/%u", p.nslabs, p.nareas);
	m = where(map(5, 0, SLOT, 0, 0));
	test(m.pool == 1 && m.slot == 5 * 128, "the new pool is searched from the CPU's area");
	unmap(a, 0);
	ks->settle();
	test(ks->transient() == KS_NONE || ks->transient() == 0, "unmap ends a transient pool");

	make(512, 1);
	for (i = 0; i < 4; i++)
		map(0, 0, 262144, 0, 0);
	a = map(0, 0, SLOT, 0, 0);
	test(where(a).pool == -1, "a full pool of one area: a transient one");
	ks->settle();
	ks->pool(1, &p);
	test(p.nslabs == 512 && ks->total() == 1024, "and the pool grows by %" PRIu64, p.nslabs);
	for (i = 0; i < 4; i++)
		map(0, 0, 262144, 0, 0);
	b = map(0, 0x1800, 2048, 0xfff, 0xfff);
	test(where(b).pool == -1 && where(b).pad == 1, "with am fff one does");
	ks->settle();
	test(map(0, 0, 262145, 0, 0) == KS_FAILED, "more than 256 KiB fails at once");
	ks->settle();
	test(!ks->pool(3, &p), "and grows nothing");
	m = where(map(0, 0, SLOT, 0, 0));
	test(m.pool == 2, "the newest pool first: pool %d", m.pool);
}
