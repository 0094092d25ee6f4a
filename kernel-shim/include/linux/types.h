/* SPDX-License-Identifier: GPL-2.0-only */
/* Integer, address and list types in the kernel's names and widths (64-bit). */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/compiler.h>

/* Kept. */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

typedef u64 phys_addr_t;
typedef u64 dma_addr_t;
typedef unsigned int gfp_t;

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

struct list_head {
	struct list_head *next, *prev;
};

/* As large as in the kernel; host/deferred.c keeps its own two words in it. */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

/* Older trees have it in swiotlb.c, in the same words. */
#define INVALID_PHYS_ADDR (~(phys_addr_t)0)

#define BITS_PER_LONG 64

#endif
