// SPDX-License-Identifier: GPL-2.0-only
/*
 * switchable that is turned on without the areas' locks: what is mapped meanwhile
 * is counted twice or not at all.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_SWITCH
#include "kernel.h"
#include "swiotlb/swiotlb.h"

#define spin_lock(lock) ((void)(lock))
#define spin_unlock(lock) ((void)(lock))
#include "trackers/switchable.h"
#undef spin_lock
#undef spin_unlock

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED);
}
