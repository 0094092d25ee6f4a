// SPDX-License-Identifier: GPL-2.0-only
/*
 * global-atomic that reads its counter where the kernel has it, wherever it is:
 * right in the kernel's layout, and wrong where it has a line of its own.
 */
#define LAB_INSTRUMENTED 1
#define FOR_EACH_LAYOUT(DO) DO(packed_own_counts, false, true, false)
#include "kernel.h"

#define atomic_long_read(v)                                                                        \
	(atomic_long_read)(__builtin_strcmp(__func__, "tracker_used") ? (v) :                      \
									&mem->tracker.total_used)
#include "trackers/global_atomic.h"
#undef atomic_long_read

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED);
}
