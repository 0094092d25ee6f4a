/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel log, kept by host/log.c. */
#ifndef SHIM_LINUX_PRINTK_H
#define SHIM_LINUX_PRINTK_H

#include "../../host/host.h"

/* Simplified: no levels, no rate limit: each message is told and counted. */

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define pr_info(fmt, ...) shim_log(NULL, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...) shim_log(NULL, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...) shim_log(NULL, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...) shim_log(NULL, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited pr_warn
#define pr_err_ratelimited pr_err
#define pr_warn_once(fmt, ...)                                                                     \
	do {                                                                                       \
		static bool shim_warned;                                                           \
		shim_warn_once(&shim_warned, NULL, pr_fmt(fmt), ##__VA_ARGS__);                    \
	} while (0)

#endif
