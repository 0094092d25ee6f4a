/* SPDX-License-Identifier: GPL-2.0-only */
/* Cache lines of 64 bytes. */
#ifndef SHIM_LINUX_CACHE_H
#define SHIM_LINUX_CACHE_H

#include <linux/compiler.h>

/* Kept. */

#define L1_CACHE_BYTES 64
#define SMP_CACHE_BYTES 64
#define __read_mostly
#define ____cacheline_aligned __aligned(64)
#define ____cacheline_aligned_in_smp __aligned(64)

#endif
