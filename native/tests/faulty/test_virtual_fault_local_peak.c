// SPDX-License-Identifier: GPL-2.0-only
/*
 * local-peak whose sampler merges an area without its lock: what a map or an unmap
 * changes meanwhile is counted twice, or not at all.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define spin_trylock(lock) true
#pragma push_macro("spin_unlock")
#define spin_unlock(lock)                                                                          \
	do {                                                                                       \
		if (__builtin_strcmp(__func__, "tracker_sample"))                                  \
			(spin_unlock)(lock);                                                       \
	} while (0)
#include "swiotlb/swiotlb.h"

#include "trackers/local_peak.h"
#pragma pop_macro("spin_unlock")
#undef spin_trylock

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED);
}
