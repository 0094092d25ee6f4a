/* SPDX-License-Identifier: GPL-2.0-only */
/* RCU. */
#ifndef SHIM_LINUX_RCUPDATE_H
#define SHIM_LINUX_RCUPDATE_H

#include <linux/types.h>
#include "../../host/host.h"

/* Simplified: readers cost nothing, as in a kernel without preemption; callbacks wait for shim_settle(). */

#define rcu_read_lock()                                                                            \
	do {                                                                                       \
	} while (0)
#define rcu_read_unlock()                                                                          \
	do {                                                                                       \
	} while (0)

#define call_rcu(head, fn) shim_defer_rcu(head, (void (*)(void *))(fn))

#endif
