// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve whose reset leaves the mark as it is while it sweeps: a map that still
 * trusts the old mark, and takes more than the new one allows, tells nobody.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_RESET
/* It takes five operations in one order. */
#define HUNT_SEEDS 200000
#include "kernel.h"
#include "swiotlb/swiotlb.h"

/* A store of zero is left out; only the reset and the sweep make any. */
#pragma push_macro("WRITE_ONCE")
#undef WRITE_ONCE
#define WRITE_ONCE(x, val)                                                                         \
	({                                                                                         \
		instrument_access(&(x), sizeof(x), ACCESS_WRITE_ONCE);                             \
		if (__builtin_strcmp(__func__, "tracker_reset") || (val))                          \
			(x) = (__typeof__(x))(val);                                                \
	})
#include "trackers/reserve.h"
#pragma pop_macro("WRITE_ONCE")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
