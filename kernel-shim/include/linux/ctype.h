/* SPDX-License-Identifier: GPL-2.0-only */
/* Character classes. */
#ifndef SHIM_LINUX_CTYPE_H
#define SHIM_LINUX_CTYPE_H

#include <ctype.h>

/* Kept: the C library's, which are the kernel's for ASCII. */

#endif
