// SPDX-License-Identifier: GPL-2.0-only
/* off whose sum leaves out the lowest bit of each area. */
#define LAB_INSTRUMENTED 1
#include "faulty/read.h"

#pragma push_macro("READ_ONCE")
#undef READ_ONCE
#define READ_ONCE(x) faulty_read(x, (x) & ~(__typeof__(x))1)
#include "trackers/off.h"
#pragma pop_macro("READ_ONCE")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED);
}
