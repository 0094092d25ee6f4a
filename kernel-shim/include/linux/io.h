/* SPDX-License-Identifier: GPL-2.0-only */
/* Input and output memory. */
#ifndef SHIM_LINUX_IO_H
#define SHIM_LINUX_IO_H

#include <linux/mm.h>

/* Empty: nothing of it is needed. */

#endif
