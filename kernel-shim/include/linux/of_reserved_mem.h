/* SPDX-License-Identifier: GPL-2.0-only */
/* Reserved memory that firmware describes; restricted pools are made of it. */
#ifndef SHIM_LINUX_OF_RESERVED_MEM_H
#define SHIM_LINUX_OF_RESERVED_MEM_H

#include <linux/device.h>
#include <linux/of.h>

struct reserved_mem;

struct reserved_mem_ops {
	int (*device_init)(struct reserved_mem *rmem, struct device *dev);
	void (*device_release)(struct reserved_mem *rmem, struct device *dev);
};

struct reserved_mem {
	const char *name;
	unsigned long fdt_node;
	struct device_node *dev_node;
	const struct reserved_mem_ops *ops;
	phys_addr_t base;
	phys_addr_t size;
	void *priv;
};

typedef int (*shim_rmem_setup_t)(struct reserved_mem *rmem);

void shim_register_rmem(const char *compatible, shim_rmem_setup_t fn);

#define RESERVEDMEM_OF_DECLARE(name, compatible, fn)                                               \
	__attribute__((constructor)) static void shim_rmem_##name(void)                            \
	{                                                                                          \
		shim_register_rmem(compatible, fn);                                                \
	}

#endif
