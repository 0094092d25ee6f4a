// SPDX-License-Identifier: GPL-2.0-only
/*
 * switchable that leaves out a map of an older period: turned off and on while the
 * map is between its unlock and its addition, its slots are never in the mark.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_SWITCH
#include "kernel.h"
#include "swiotlb/swiotlb.h"

/* It never looks whether a period has begun. */
#pragma push_macro("unlikely")
#undef unlikely
#define unlikely(x) ((void)(x), false)
#include "trackers/switchable.h"
#pragma pop_macro("unlikely")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
