/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls whose target is chosen at boot. */
#ifndef SHIM_LINUX_STATIC_CALL_H
#define SHIM_LINUX_STATIC_CALL_H

#include <linux/init.h>

/* Simplified: a call through a pointer, where a kernel on x86 patches a direct call. */

#define DEFINE_STATIC_CALL(name, fn)                                                               \
	static __typeof__(fn) *shim_static_call_##name = fn;                                       \
	static void shim_static_call_reset_##name(void)                                            \
	{                                                                                          \
		shim_static_call_##name = fn;                                                      \
	}                                                                                          \
	__attribute__((constructor)) static void shim_static_call_register_##name(void)            \
	{                                                                                          \
		shim_register_reset(shim_static_call_reset_##name);                                \
	}
#define static_call(name) (*shim_static_call_##name)
#define static_call_update(name, fn) ((void)(shim_static_call_##name = (fn)))

#endif
