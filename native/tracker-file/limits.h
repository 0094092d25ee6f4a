/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How large a user's tracker may be. Declared twice, what is too large is a conflict of
 * types, in whose words the compiler names both sizes.
 */
#ifndef TRACKER_FILE_LIMITS_H
#define TRACKER_FILE_LIMITS_H

#include "swiotlb/types.h"

/* A pair of lines for each of NR_CPUS, and seven times that. */
#define TRACKER_MEM_MAX (1UL << 20)
#define TRACKER_AREA_MAX (4UL << 10)
#define TRACKER_COLD_MAX (64UL << 10)

#define TRACKER_AT_MOST(type, most) (sizeof(type) > (most) ? (most) : sizeof(type))

extern char tracker_mem_bytes[sizeof(struct tracker_mem)];
extern char tracker_mem_bytes[TRACKER_AT_MOST(struct tracker_mem, TRACKER_MEM_MAX)];
extern char tracker_area_bytes[sizeof(struct tracker_area)];
extern char tracker_area_bytes[TRACKER_AT_MOST(struct tracker_area, TRACKER_AREA_MAX)];

#ifdef tracker_cold
extern char tracker_cold_bytes[sizeof(struct tracker_cold)];
extern char tracker_cold_bytes[TRACKER_AT_MOST(struct tracker_cold, TRACKER_COLD_MAX)];
#endif

#endif /* TRACKER_FILE_LIMITS_H */
