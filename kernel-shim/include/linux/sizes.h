/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes in bytes. */
#ifndef SHIM_LINUX_SIZES_H
#define SHIM_LINUX_SIZES_H

/* Kept. */

#define SZ_1K 0x400
#define SZ_2K 0x800
#define SZ_4K 0x1000
#define SZ_1M 0x100000

#endif
