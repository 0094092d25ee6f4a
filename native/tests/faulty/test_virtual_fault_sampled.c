// SPDX-License-Identifier: GPL-2.0-only
/* sampled that keeps the latest sum, not the largest: the mark falls. */
#define LAB_INSTRUMENTED 1
#include "faulty/read.h"

/* The comparison with the mark reads zero. */
#pragma push_macro("READ_ONCE")
#include "swiotlb/swiotlb.h"
#undef READ_ONCE
#define READ_ONCE(x) faulty_read(x, __builtin_strcmp(__func__, "tracker_sample") ? (x) : 0)
#include "trackers/sampled.h"
#pragma pop_macro("READ_ONCE")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_FELL);
}
