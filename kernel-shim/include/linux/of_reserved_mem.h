/* SPDX-License-Identifier: GPL-2.0-only */
/* Reserved memory that firmware describes; restricted pools are made of it. */
#ifndef SHIM_LINUX_OF_RESERVED_MEM_H
#define SHIM_LINUX_OF_RESERVED_MEM_H

#include <linux/device.h>
#include <linux/of.h>

/* Simplified: one region, which the caller of the shim describes. */

struct reserved_mem;

struct reserved_mem_ops {
	int (*node_init)(unsigned long node, struct reserved_mem *rmem);
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

typedef int shim_rmem_setup_t(struct reserved_mem *rmem);

void shim_register_rmem(const char *compatible, shim_rmem_setup_t *setup);
void shim_register_rmem_ops(const char *compatible, const struct reserved_mem_ops *ops);

/* What is declared is a function that sets the operations, in later trees the operations. */
#define RESERVEDMEM_OF_DECLARE(name, compatible, init)                                               \
	__attribute__((constructor)) static void shim_rmem_##name(void)                              \
	{                                                                                            \
		_Generic((init), shim_rmem_setup_t *                                               \
			 : shim_register_rmem, const struct reserved_mem_ops *                     \
			 : shim_register_rmem_ops)(compatible, init); \
	}

#endif
