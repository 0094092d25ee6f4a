/* SPDX-License-Identifier: GPL-2.0-only */
/* memcpy and memset: an instance without copies leaves out all of them. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <string.h>
#include <linux/types.h>
#include "../../host/host.h"

static inline void *shim_memcpy(void *to, const void *from, size_t n)
{
	return shim.copy ? memcpy(to, from, n) : to;
}

/* A region of the shim is zero when it is new; without copies it stays so, and costs no memory. */
static inline void *shim_memset(void *to, int c, size_t n)
{
	if (!shim.copy && c == 0 && n >= 4096)
		return to;
	return memset(to, c, n);
}

#define memcpy	shim_memcpy
#define memset	shim_memset

#endif
