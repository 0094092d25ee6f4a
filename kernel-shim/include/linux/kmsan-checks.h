/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory sanitizer of the kernel. */
#ifndef SHIM_LINUX_KMSAN_CHECKS_H
#define SHIM_LINUX_KMSAN_CHECKS_H

/* Empty: there is none. */

#define kmsan_unpoison_memory(addr, bytes)                                                         \
	do {                                                                                       \
	} while (0)
#define kmsan_check_memory(addr, bytes)                                                            \
	do {                                                                                       \
	} while (0)

#endif
