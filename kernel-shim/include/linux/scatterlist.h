/* SPDX-License-Identifier: GPL-2.0-only */
/* Scatter lists. */
#ifndef SHIM_LINUX_SCATTERLIST_H
#define SHIM_LINUX_SCATTERLIST_H

#include <linux/mm.h>

/* Empty: nothing of it is needed. */

#endif
