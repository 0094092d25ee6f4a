// SPDX-License-Identifier: GPL-2.0-only
/*
 * tree that reads a node behind its addition, and not with it: two carries that meet
 * both go on with the same batch, or neither does.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define atomic_long_add_return(i, v)                                                               \
	({                                                                                         \
		atomic_long_add((i), (v));                                                         \
		atomic_long_read(v);                                                               \
	})
#include "trackers/tree.h"
#undef atomic_long_add_return

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED);
}
