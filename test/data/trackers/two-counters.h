/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps and unmaps are counted apart, and read one after the other. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	unsigned long mapped;
	unsigned long unmapped;
	atomic_long_t used;
	atomic_long_t mark;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = atomic_long_add_return(nslots, &t->used);

	__atomic_fetch_add(&t->mapped, nslots, __ATOMIC_SEQ_CST);
#ifndef SOUND
	used = -(long)LOAD(t->unmapped);
	used += (long)LOAD(t->mapped);
#endif
	RAISE(t->mark, used);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	atomic_long_sub(nslots, &t->used);
	__atomic_fetch_add(&t->unmapped, nslots, __ATOMIC_SEQ_CST);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used);
}

#include "atomic-mark.h"
