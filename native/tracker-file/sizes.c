// SPDX-License-Identifier: GPL-2.0-only
/*
 * How large an area is with a tracker in it, and what the tracker takes in a kernel, for
 * whoever reads what the compiler makes of this. The tracker file is included first, as
 * in allocator.c.
 */
#include "swiotlb/types.h"

char tracker_file_area_bytes[sizeof(struct io_tlb_area)];

/* In a kernel the cold words of an area are found by their address. */
struct kernel_area {
	unsigned long used;
	struct tracker_area tracker;
#ifdef tracker_cold
	struct tracker_cold *cold;
#endif
	unsigned int index;
	spinlock_t lock;
};

struct kernel_plain_area {
	unsigned long used;
	unsigned int index;
	spinlock_t lock;
};

char kernel_area_bytes[sizeof(struct kernel_area)];
char kernel_plain_area_bytes[sizeof(struct kernel_plain_area)];
/* One more: what has no size has no symbol. */
char kernel_mem_bytes[sizeof(struct tracker_mem) + 1];
#ifdef tracker_cold
char kernel_cold_bytes[sizeof(struct tracker_cold) + 1];
#else
char kernel_cold_bytes[1];
#endif
