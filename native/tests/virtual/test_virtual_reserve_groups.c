// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve where each CPU is a group of its own: many groups, of which `check reserve` has
 * one with all CPUs, break no promise, whatever happens beside the maps.
 */
#define LAB_INSTRUMENTED 1
#define RESERVE_GROUP_SHIFT 0
#define HUNT_SEEDS seeds
#define FAULT_BESIDE                                                                               \
	(LAB_BESIDE_RESET | LAB_BESIDE_GROWTH | LAB_BESIDE_TOLERANCE | LAB_BESIDE_READER |         \
	 LAB_BESIDE_LOAD)
#include <stdint.h>

static uint64_t seeds;

#include "trackers/reserve.h"

#include "faulty/hunt.h"
#include "workloads.h"

#include <stdlib.h>

/* More of them by hand: test_virtual_reserve_groups_plain 100000. */
int main(int argc, char **argv)
{
	seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000 / SHORTER;
	CHECK_EQ(hunted(LAB_FIND_PROMISE), 0);
	return 0;
}
