/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree's own header, and nothing else of its include folder. */
#ifndef SHIM_LINUX_SWIOTLB_H
#define SHIM_LINUX_SWIOTLB_H

#include KERNEL_SWIOTLB_H

/* Kept: it is the kernel's. */

#endif
