/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs of a watched tracker, which the allocator calls in another file. */
#ifndef TRACKER_FILE_VERBS_H
#define TRACKER_FILE_VERBS_H

#include "swiotlb/swiotlb.h"

struct tracker_mem;
struct io_tlb_area;

void own_init(struct io_tlb_mem *mem, const struct tracker_params *params);
void own_init_area(struct tracker_mem *t, struct io_tlb_area *area, bool transient);
void own_retire_area(struct tracker_mem *t, struct io_tlb_area *area);
unsigned long own_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
			     struct io_tlb_area *area, unsigned int nslots, unsigned long used);
void own_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
	     unsigned long token);
unsigned long own_sub_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
			     struct io_tlb_area *area, unsigned int nslots, unsigned long used);
void own_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
	     unsigned long token);
void own_sample(struct io_tlb_mem *mem);
int own_enable(struct io_tlb_mem *mem, bool on);
int own_set_tolerance(struct io_tlb_mem *mem, unsigned long slots);
unsigned long own_used(struct io_tlb_mem *mem);
unsigned long own_hiwater(struct io_tlb_mem *mem);
void own_reset(struct io_tlb_mem *mem);
struct tracker_bounds own_bounds(struct io_tlb_mem *mem);

#endif /* TRACKER_FILE_VERBS_H */
