/* SPDX-License-Identifier: GPL-2.0-only */
/* Boot-time hooks. */
#ifndef SHIM_LINUX_INIT_H
#define SHIM_LINUX_INIT_H

#include <linux/compiler.h>

/* Empty: nothing is freed after boot, nothing is read-only after it. */

#define __init
#define __initdata
#define __exit
#define __ref
#define __ro_after_init

/* Simplified: the shim remembers the functions, and calls them when an instance is made. */

typedef int (*shim_initcall_t)(void);
typedef int (*shim_param_t)(char *value);

void shim_register_initcall(shim_initcall_t fn);
void shim_register_reset(void (*fn)(void));
void shim_register_param(const char *name, shim_param_t fn);

#define late_initcall(fn)                                                                          \
	__attribute__((constructor)) static void shim_initcall_##fn(void)                          \
	{                                                                                          \
		shim_register_initcall(fn);                                                        \
	}

#define early_param(name, fn)                                                                      \
	__attribute__((constructor)) static void shim_param_##fn(void)                             \
	{                                                                                          \
		shim_register_param(name, fn);                                                     \
	}

#endif
