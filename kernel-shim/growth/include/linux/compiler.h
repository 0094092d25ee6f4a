/* SPDX-License-Identifier: GPL-2.0-only */
/* Marked accesses that the thread sanitizer knows as such. */
#ifndef SHIM_GROWTH_COMPILER_H
#define SHIM_GROWTH_COMPILER_H

#include_next <linux/compiler.h>

/* Relaxed: no tearing, and no order. To the sanitizer a volatile access is an ordinary one. */
#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#endif
