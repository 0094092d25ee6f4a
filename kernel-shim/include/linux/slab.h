/* SPDX-License-Identifier: GPL-2.0-only */
/* The heap, which is part of mm.h here. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/mm.h>

/* Empty: see mm.h. */

#endif
