/* SPDX-License-Identifier: GPL-2.0-only */
/* RCU with readers that are waited for: deferred.c. */
#ifndef SHIM_GROWTH_RCUPDATE_H
#define SHIM_GROWTH_RCUPDATE_H

#include_next <linux/rcupdate.h>

void shim_read_begin(void);
void shim_read_end(void);

#undef rcu_read_lock
#undef rcu_read_unlock
#define rcu_read_lock() shim_read_begin()
#define rcu_read_unlock() shim_read_end()

#endif
