// SPDX-License-Identifier: GPL-2.0-only
/* Guests whose memory is encrypted, in trees whose pools know about it. */
#include "tests.h"

static void make_guest(uint32_t flags)
{
	make_config(&(struct ks_config){
		.nslabs = 1024, .nareas = 2, .start = START, .flags = KS_GUEST_ENCRYPTED | flags });
}

void encryption_tests(void)
{
	struct ks_full full;
	uint64_t addr;

	if (!tree.encryption)
		return skip("the pools of this tree do not know whether they are decrypted");
	make_guest(0);
	addr = map(0, 0, SLOT, 0, 0);
	test(addr == START, "an encrypted guest: a device that needs decrypted memory maps");
	ks->trust(dev, true);
	test(map(0, 0, SLOT, 0, 0) == KS_FAILED,
	     "one that takes encrypted memory does not: its pool is a decrypted one");
	ks->full(&full);
	test(full.count == 0 && ks->used() == 1, "without a message, and nothing is counted");

	make_guest(KS_DECRYPT_FAILS);
	test(map(0, 0, SLOT, 0, 0) == KS_FAILED, "a pool that cannot be decrypted serves no map");
	ks->full(&full);
	test(full.count == 1 && full.used == (counts() ? 0 : 1024) && ks->area_used(0, 0) == 512 &&
		     ks->area_used(0, 1) == 512,
	     "its areas are full, and the message tells a used of %" PRIu64, full.used);
}
