/* SPDX-License-Identifier: GPL-2.0-only */
/* memcpy and memset. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <string.h>
#include <linux/types.h>
#include "../../host/host.h"

/* Simplified: an instance without copies leaves out all of them. */

static inline void *shim_memset(void *to, int c, size_t n)
{
	if (!shim.copy && c == 0 && n >= 4096)
		return to;
	return memset(to, c, n);
}

/* Without copies, the address of what would be copied is not even looked up. */
#define memcpy(to, from, n) (shim.copy ? (memcpy)(to, from, n) : NULL)
#define memset shim_memset

#endif
