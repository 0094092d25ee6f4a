/* SPDX-License-Identifier: GPL-2.0-only */
/* Files with one number in them. */
#ifndef SHIM_LINUX_FS_H
#define SHIM_LINUX_FS_H

#include <linux/types.h>
#include "../../host/host.h"

/* Simplified: see debugfs.h. */

struct file_operations {
	int (*get)(void *data, u64 *val);
	int (*set)(void *data, u64 val);
};

#endif
