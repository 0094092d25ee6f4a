/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs of a watched tracker, which the allocator calls in another file. */
#ifndef TRACKER_FILE_VERBS_H
#define TRACKER_FILE_VERBS_H

#include "swiotlb/swiotlb.h"

struct tracker_mem;
struct io_tlb_area;

void watched_init(struct io_tlb_mem *mem, const struct tracker_params *params);
void watched_init_area(struct tracker_mem *t, struct io_tlb_area *area, bool transient);
void watched_retire_area(struct tracker_mem *t, struct io_tlb_area *area);
unsigned long watched_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
				 struct io_tlb_area *area, unsigned int nslots, unsigned long used);
void watched_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
		 unsigned long token);
unsigned long watched_sub_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
				 struct io_tlb_area *area, unsigned int nslots, unsigned long used);
void watched_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
		 unsigned long token);
void watched_sample(struct io_tlb_mem *mem);
int watched_enable(struct io_tlb_mem *mem, bool on);
int watched_set_tolerance(struct io_tlb_mem *mem, unsigned long slots);
unsigned long watched_used(struct io_tlb_mem *mem);
unsigned long watched_hiwater(struct io_tlb_mem *mem);
unsigned long watched_lower(struct io_tlb_mem *mem);
void watched_reset(struct io_tlb_mem *mem);
struct tracker_bounds watched_bounds(struct io_tlb_mem *mem);

#endif /* TRACKER_FILE_VERBS_H */
