/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot allocator: first the pool, at its chosen address, then its descriptors. */
#ifndef SHIM_LINUX_MEMBLOCK_H
#define SHIM_LINUX_MEMBLOCK_H

#include <linux/cache.h>
#include <linux/mm.h>

/* Simplified: the first allocation of a boot is the pool, wherever the caller wants it. */

#define ARCH_LOW_ADDRESS_LIMIT 0xffffffffUL

#define memblock_alloc(bytes, align) shim_boot_alloc(bytes, align)
#define memblock_alloc_low(bytes, align) shim_boot_alloc(bytes, align)
#define memblock_free(vaddr, bytes) shim_boot_free(vaddr)
#define memblock_phys_free(paddr, bytes) shim_boot_free(phys_to_virt(paddr))
#define memblock_free_late(paddr, bytes) shim_boot_free(phys_to_virt(paddr))

#endif
