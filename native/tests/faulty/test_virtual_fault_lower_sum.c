// SPDX-License-Identifier: GPL-2.0-only
/*
 * global-atomic that takes a sum of the areas for what was in use for certain. At rest it
 * is; read beside maps and unmaps it may be one that never was.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_READER
#define HUNT_SEEDS 100000
#include "trackers/global_atomic.h"

#define tracker_lower tracker_lower
static inline unsigned long tracker_lower(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_LOWER);
}
