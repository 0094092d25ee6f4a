/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library's own header asks for the system's one. */
#ifndef SHIM_LINUX_LIMITS_H
#define SHIM_LINUX_LIMITS_H

#include_next <linux/limits.h>

/* Kept: it is the system's. */

#endif
