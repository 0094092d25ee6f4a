/* SPDX-License-Identifier: GPL-2.0-only */
/* Nothing of it is needed. */
#ifndef SHIM_LINUX_IO_H
#define SHIM_LINUX_IO_H

#include <linux/mm.h>

#endif
