/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocation flags. */
#ifndef SHIM_LINUX_GFP_H
#define SHIM_LINUX_GFP_H

#include <linux/types.h>

/* Simplified: only whether it may block makes a difference: memory is there at once, or not at all. */

#define __GFP_DMA 0x01u
#define __GFP_HIGHMEM 0x02u
#define __GFP_DMA32 0x04u
#define __GFP_ZERO 0x100u
#define __GFP_DIRECT_RECLAIM 0x400u
#define __GFP_NOWARN 0x2000u
#define GFP_ZONEMASK (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32)
#define GFP_KERNEL __GFP_DIRECT_RECLAIM
#define GFP_NOWAIT __GFP_NOWARN
#define GFP_ATOMIC 0u

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

#endif
