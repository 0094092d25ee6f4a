/* SPDX-License-Identifier: GPL-2.0-only */
/* Symbols for modules. */
#ifndef SHIM_LINUX_EXPORT_H
#define SHIM_LINUX_EXPORT_H

/* Empty: there are no modules. */

#define EXPORT_SYMBOL(name) struct device
#define EXPORT_SYMBOL_GPL(name) struct device

#endif
