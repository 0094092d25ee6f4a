// SPDX-License-Identifier: GPL-2.0-only
/*
 * local-peak whose sampler and reset merge an area without its lock: what a map or an unmap
 * changes meanwhile is counted twice, or not at all.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define spin_lock_irq(lock) ((void)0)
#define spin_unlock_irq(lock) ((void)0)
#include "swiotlb/swiotlb.h"

#include "trackers/local_peak.h"
#undef spin_lock_irq
#undef spin_unlock_irq

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED);
}
