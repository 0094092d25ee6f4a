// SPDX-License-Identifier: GPL-2.0-only
/* What trees behind 6.12 do otherwise: counters chosen at boot, encrypted memory. */
#include "facts.h"

/* Built without the word track_hiwater: no map and no unmap counts. */
void untracked_facts(void)
{
	struct ks_full full;
	int i;

	make(1024, 2);
	for (i = 0; i < 512; i++)
		map(0, 0, SLOT, 0, 0);
	fact(ks->used() == 512, "7.3 not tracked: io_tlb_used is the sum of the areas");
	fact(ks->hiwater() == 0, "7.3 io_tlb_used_hiwater is there, and reads 0");
	fact(ks->write_hiwater(0) == 0 && ks->write_hiwater(7) == -22,
	     "7.3 0 may be written to it, nothing else");
	for (i = 0; i < 512; i++)
		map(0, 0, SLOT, 0, 0);
	map(0, 0, SLOT, 0, 0);
	ks->full(&full);
	fact(full.count == 1 && full.used == 1024, "7.3 so is the used of \"buffer is full\"");
}

#ifdef SHIM_HAVE_CC
static void make_guest(uint32_t flags)
{
	make_config(&(struct ks_config){
		.nslabs = 1024, .nareas = 2, .start = START, .flags = KS_GUEST_ENCRYPTED | flags });
}

void encryption_facts(void)
{
	bool counted = ks->hiwater() != KS_NONE;
	struct ks_full full;
	uint64_t addr;

	make_guest(0);
	addr = map(0, 0, SLOT, 0, 0);
	fact(addr == START, "7.3 an encrypted guest: a device that needs decrypted memory maps");
	ks->trust(dev, true);
	fact(map(0, 0, SLOT, 0, 0) == KS_FAILED,
	     "7.3 one that takes encrypted memory does not: its pool is a decrypted one");
	ks->full(&full);
	fact(full.count == 0 && ks->used() == 1, "7.3 without a message, and nothing is counted");

	make_guest(KS_DECRYPT_FAILS);
	fact(map(0, 0, SLOT, 0, 0) == KS_FAILED,
	     "7.3 a pool that cannot be decrypted serves no map");
	ks->full(&full);
	fact(full.count == 1 && full.used == (counted ? 0 : 1024) && ks->area_used(0, 0) == 512 &&
		     ks->area_used(0, 1) == 512,
	     "7.3 its areas are full, and the message tells a used of %" PRIu64, full.used);
}
#else
void encryption_facts(void)
{
}
#endif
