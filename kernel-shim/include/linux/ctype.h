/* SPDX-License-Identifier: GPL-2.0-only */
/* Character classes are the C library's. */
#ifndef SHIM_LINUX_CTYPE_H
#define SHIM_LINUX_CTYPE_H

#include <ctype.h>

#endif
