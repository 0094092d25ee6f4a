// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree, promising what its shape can hold at rest, and nothing for the carries on their
 * way: one that gives a batch back may be passed by one that brings it.
 */
#define LAB_INSTRUMENTED 1
/* It takes four operations in one order. */
#define HUNT_SEEDS 20000
#include "swiotlb/swiotlb.h"

#define tracker_bounds(mem) tree_bounds(mem)
#include "trackers/tree.h"
#undef tracker_bounds

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	struct tracker_bounds bounds = tree_bounds(mem);

	bounds.under -= bounds.over;
	bounds.over = 0;
	return bounds;
}

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_OVER | LAB_FIND_UNDER);
}
