/* SPDX-License-Identifier: GPL-2.0-only */
/* Segment boundaries. */
#ifndef SHIM_LINUX_IOMMU_HELPER_H
#define SHIM_LINUX_IOMMU_HELPER_H

#include <linux/kernel.h>
#include <linux/log2.h>

#include "../../host/host.h"

/* Kept. */

/* Does a run of @nr units from @index cross a multiple of @boundary, @shift units further on? */
static inline bool iommu_is_span_boundary(unsigned int index, unsigned int nr, unsigned long shift,
					  unsigned long boundary)
{
	shim_search_looks(index);
	BUG_ON(!is_power_of_2(boundary));
	return boundary - ((index + shift) & (boundary - 1)) < nr;
}

#endif
