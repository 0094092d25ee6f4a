// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve, with a group for each CPU, in which what is asked for a group never gets
 * there, and what is put back neither: ever more is granted than anybody has.
 */
#define LAB_INSTRUMENTED 1
#define RESERVE_GROUP_SHIFT 0
#define HUNT_SEEDS 50000
#include "kernel.h"

/* What is added and not looked at. */
#define atomic_long_add(i, v) ((void)(i))
#include "trackers/reserve.h"
#undef atomic_long_add

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_OVER);
}
