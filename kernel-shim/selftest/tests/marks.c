// SPDX-License-Identifier: GPL-2.0-only
/* The debugfs files: io_tlb_used and io_tlb_used_hiwater. */
#include "tests.h"

/* DEBUG_FS, in a tree that has a mark and keeps it. */
static void counted_tests(void)
{
	uint64_t last;

	last = map_many(600);
	test(ks->used() == 600 && ks->hiwater() == 600, "600 slots: used and the mark tell them");
	unmap(last, 0);
	test(ks->used() == 599 && ks->hiwater() == 600, "an unmap lowers used, and not the mark");
	test(ks->write_hiwater(7) == -22 && ks->hiwater() == 600, "only 0 may be written");
	test(ks->write_hiwater(0) == 0 && ks->hiwater() == 0 && ks->used() == 599,
	     "a reset sets the mark to 0, not to the current use");
	map_many(1);
	test(ks->hiwater() == 600, "the next map lifts it to the current use");
	if (built_with("SWIOTLB_DYNAMIC"))
		return;
	map_many(424);
	test(ks->used() == 1024 && ks->hiwater() == 1024, "a full pool");
	test(map_many(1) == KS_FAILED && ks->used() == 1024 && ks->hiwater() == 1024,
	     "a failed map changes no counter");
}

/* Built without the word track_hiwater: no map and no unmap counts. */
static void untracked_tests(void)
{
	struct ks_full full;

	map_many(512);
	test(ks->used() == 512, "not tracked: io_tlb_used is the sum of the areas");
	test(ks->hiwater() == 0, "io_tlb_used_hiwater is there, and reads 0");
	test(ks->write_hiwater(0) == 0 && ks->write_hiwater(7) == -22,
	     "0 may be written to it, nothing else");
	if (built_with("SWIOTLB_DYNAMIC"))
		return;
	map_many(513);
	ks->full(&full);
	test(full.count == 1 && full.used == 1024, "so is the used of \"buffer is full\"");
}

void marks_tests(void)
{
	make(1024, 2);
	if (counts())
		return counted_tests();
	if (built_with("DEBUG_FS") && tree.chosen_at_boot)
		return untracked_tests();
	map_many(512);
	test(ks->used() == 512, "without counters used is the sum of the areas");
	test(ks->hiwater() == KS_NONE && ks->write_hiwater(0) != 0, "and there is no mark");
}
