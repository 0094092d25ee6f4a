/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiler words. */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

/* Kept. */

#define likely(x) __builtin_expect((x) ? 1 : 0, 1)
#define unlikely(x) __builtin_expect((x) ? 1 : 0, 0)

#define __maybe_unused __attribute__((unused))
#define __always_unused __attribute__((unused))
#define __aligned(n) __attribute__((aligned(n)))

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) ((void)(*(volatile __typeof__(x) *)&(x) = (v)))

#endif
