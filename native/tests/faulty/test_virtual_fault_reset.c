// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve whose reset leaves the mark as it is until the areas are swept: a map that
 * still trusts the old mark, and takes more than the new one allows, tells nobody.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_RESET
#define HUNT_SEEDS 200000
#include "kernel.h"
#include "swiotlb/swiotlb.h"

/* The reset's zero is left out. */
#pragma push_macro("WRITE_ONCE")
#undef WRITE_ONCE
#define WRITE_ONCE(x, val)                                                                         \
	({                                                                                         \
		instrument_access(&(x), sizeof(x), ACCESS_WRITE_ONCE);                             \
		if (__builtin_strcmp(__func__, "tracker_reset") || (val))                          \
			(x) = (__typeof__(x))(val);                                                \
	})
/* What is granted is read with an addition of nothing only when all areas are swept: then it comes. */
#define atomic_long_add_return(i, v)                                                               \
	({                                                                                         \
		struct tracker_mem *of =                                                           \
			(struct tracker_mem *)((char *)(v)-offsetof(struct tracker_mem, granted)); \
		long sum = (atomic_long_add_return)((i), (v));                                     \
                                                                                                   \
		if (!__builtin_strcmp(__func__, "tracker_end_sweep") && of->before) {              \
			instrument_access(&of->mark, sizeof(of->mark), ACCESS_WRITE_ONCE);         \
			of->mark = 0;                                                              \
		}                                                                                  \
		sum;                                                                               \
	})
#include "trackers/reserve.h"
#undef atomic_long_add_return
#pragma pop_macro("WRITE_ONCE")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
