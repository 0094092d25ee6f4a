/* SPDX-License-Identifier: GPL-2.0-only */
/* Errors carried in pointers. */
#ifndef SHIM_LINUX_ERR_H
#define SHIM_LINUX_ERR_H

#include <errno.h>
#include <stdint.h>
#include <linux/types.h>

/* Kept. */

#define SHIM_MAX_ERRNO 4095

static inline void *ERR_PTR(long error)
{
	return (void *)(intptr_t)error;
}

static inline long PTR_ERR(const void *p)
{
	return (long)p;
}

static inline bool IS_ERR(const void *p)
{
	return (unsigned long)p >= (unsigned long)-SHIM_MAX_ERRNO;
}

#endif
