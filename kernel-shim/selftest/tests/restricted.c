// SPDX-License-Identifier: GPL-2.0-only
/* Restricted pools: swiotlb_alloc() and swiotlb_free(). */
#include "tests.h"

void restricted_tests(void)
{
	struct ks_pool p;
	struct ks_mapping m;
	uint64_t a, b;

	make_config(&(struct ks_config){ .nslabs = 1000, .start = START, .flags = KS_RESTRICTED });
	ks->pool(0, &p);
	test(p.nslabs == 1000 && p.nareas == 1 && slot(999).list == 1 && slot(896).list == 104,
	     "a restricted pool: any number of slots, one area");
	map(0, 0, SLOT, 0, 0);
	a = ks->alloc(dev, 0, 100);
	m = where(a);
	test(m.slot % 2 == 0 && m.nslots == 1 && slot(m.slot).orig_addr == ~0ULL,
	     "100 bytes: %d slot at slot %d, no original address", m.nslots, m.slot);
	b = ks->alloc(dev, 0, 12288);
	m = where(b);
	test(m.slot % 8 == 0 && m.nslots == 6, "12288 bytes: %d slots at slot %d", m.nslots,
	     m.slot);
	test(ks->release(dev, a, 100) && ks->release(dev, b, 12288) && ks->used() == 1,
	     "both come back");
}
