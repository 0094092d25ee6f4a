/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes of arrays: an overflow saturates. */
#ifndef SHIM_LINUX_OVERFLOW_H
#define SHIM_LINUX_OVERFLOW_H

#include <stddef.h>
#include <stdint.h>

/* Kept. */

static inline size_t array_size(size_t n, size_t bytes)
{
	size_t product;

	return __builtin_mul_overflow(n, bytes, &product) ? SIZE_MAX : product;
}

#endif
