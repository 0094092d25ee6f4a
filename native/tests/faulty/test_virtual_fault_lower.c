// SPDX-License-Identifier: GPL-2.0-only
/*
 * per-area that takes the sum of its marks for what was in use for certain: each area had
 * its own, but not all at one instant.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#pragma push_macro("max")
#undef max
#define max(a, b) ((a) + (b))
#include "trackers/per_area.h"
#pragma pop_macro("max")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_LOWER);
}
