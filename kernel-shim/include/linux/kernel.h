/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic and assertion helpers. */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <errno.h>
#include <stdlib.h>
#include <linux/types.h>
#include <linux/printk.h>
#include "../../host/host.h"

/* Kept. */

#define min_t(type, a, b)                                                                          \
	({                                                                                         \
		type shim_a = (a);                                                                 \
		type shim_b = (b);                                                                 \
		shim_b < shim_a ? shim_b : shim_a;                                                 \
	})

#define max_t(type, a, b)                                                                          \
	({                                                                                         \
		type shim_a = (a);                                                                 \
		type shim_b = (b);                                                                 \
		shim_a < shim_b ? shim_b : shim_a;                                                 \
	})

#define min(a, b) min_t(__typeof__((a) + (b)), a, b)
#define max(a, b) max_t(__typeof__((a) + (b)), a, b)
#define umin(a, b) min_t(u64, a, b)
#define umax(a, b) max_t(u64, a, b)

/* The smaller one, where 0 stands for "no limit". */
#define min_not_zero(a, b)                                                                         \
	({                                                                                         \
		__typeof__((a) + (b)) shim_p = (a), shim_q = (b);                                  \
		!shim_p ? shim_q : !shim_q ? shim_p : min(shim_p, shim_q);                         \
	})

#define ALIGN(x, a) (((x) + (__typeof__(x))((a)-1)) & ~(__typeof__(x))((a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~(__typeof__(x))((a)-1))
#define IS_ALIGNED(x, a) (!((x) & (__typeof__(x))((a)-1)))
#define DIV_ROUND_UP(n, d) (((n)-1 + (d)) / (d))
#define roundup(x, y) (DIV_ROUND_UP(x, y) * (y))
#define rounddown(x, y) ((x) - (x) % (y))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* True for options that are defined as 1: an undefined one keeps its own name as text. */
#define SHIM_TEXT(x) #x
#define SHIM_EXPANDED_TEXT(x) SHIM_TEXT(x)
#define IS_ENABLED(option) (SHIM_EXPANDED_TEXT(option)[0] == '1')

/* Simplified: a BUG ends the program, a warning is counted. */

#define BUG_ON(condition)                                                                          \
	do {                                                                                       \
		if (unlikely(condition))                                                           \
			shim_bug(__FILE__, __LINE__, #condition);                                  \
	} while (0)

#define BUG() shim_bug(__FILE__, __LINE__, "BUG()")

#define WARN_ON_ONCE(condition)                                                                    \
	({                                                                                         \
		static bool shim_warned;                                                           \
		bool shim_hit = (condition);                                                       \
		if (unlikely(shim_hit))                                                            \
			shim_warn_once(&shim_warned, NULL, "WARNING: %s", #condition);             \
		shim_hit;                                                                          \
	})

#define WARN_ONCE(condition, fmt, ...)                                                             \
	({                                                                                         \
		static bool shim_warned;                                                           \
		bool shim_hit = (condition);                                                       \
		if (unlikely(shim_hit))                                                            \
			shim_warn_once(&shim_warned, NULL, fmt, ##__VA_ARGS__);                    \
		shim_hit;                                                                          \
	})
#define panic(fmt, ...)                                                                            \
	do {                                                                                       \
		shim_log(NULL, fmt, ##__VA_ARGS__);                                                \
		shim_bug(__FILE__, __LINE__, "panic()");                                           \
	} while (0)

/* Simplified: digits and what is behind them, as the C library reads them. */

#define simple_strtoul strtoul

#endif
