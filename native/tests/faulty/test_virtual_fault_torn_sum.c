// SPDX-License-Identifier: GPL-2.0-only
/*
 * A mark that is raised to a sum of the areas, read while they change. It takes a map that
 * stands still between two of them, an unmap that ends and a map that begins then; and three
 * areas, as the walk holds the lock of one. Wherever a search of the usual length begins, it
 * must find that, with all beside it that check has beside such a tracker.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE (LAB_BESIDE_RESET | LAB_BESIDE_GROWTH | LAB_BESIDE_READER | LAB_BESIDE_LOAD)
#define HUNT_SEEDS 10000
#include "../../../test/data/trackers/torn-sum.h"

#include "faulty/hunt.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RANGES 4
#else
#define RANGES 30
#endif

int main(void)
{
	CHECK_EQ(hunt_in_ranges(RANGES, LAB_FIND_OVER), RANGES);
	return hunt(LAB_FIND_OVER);
}
