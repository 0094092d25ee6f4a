// SPDX-License-Identifier: GPL-2.0-only
/*
 * switchable that keeps its mark when it is turned on again: what the last period
 * had in use is reported as a peak of this one.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_SWITCH
#include "kernel.h"

/* The mark of the new period is the old one's. */
#pragma push_macro("atomic_long_set")
#define atomic_long_set(v, i)                                                                      \
	(atomic_long_set)((v), (i) | (atomic_long_read(v) & (SWITCHABLE_PERIOD - 1)))
#include "trackers/switchable.h"
#pragma pop_macro("atomic_long_set")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_OVER);
}
