/* SPDX-License-Identifier: GPL-2.0-only */
/* Page frame numbers; pages of 4 KiB. */
#ifndef SHIM_LINUX_PFN_H
#define SHIM_LINUX_PFN_H

#include <linux/types.h>

/* Kept. */

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (-PAGE_SIZE)

#define PFN_DOWN(addr) ((addr) / PAGE_SIZE)
#define PFN_UP(addr) PFN_DOWN((addr) + ~PAGE_MASK)
#define PFN_PHYS(pfn) ((phys_addr_t)(pfn)*PAGE_SIZE)
#define PHYS_PFN(addr) ((unsigned long)PFN_DOWN(addr))

#endif
