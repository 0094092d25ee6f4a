/* SPDX-License-Identifier: GPL-2.0-only */
/* The mark is raised to a sum that is older than the own map. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	long used;
	atomic_long_t mark;
};

#include "swiotlb/types.h"

#define tracker_add_locked tracker_add_locked
static inline unsigned long tracker_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	return (unsigned long)LOAD(t->used) + nslots;
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = __atomic_add_fetch(&t->used, (long)nslots, __ATOMIC_SEQ_CST);

#ifndef SOUND
	used = (long)token;
#endif
	RAISE(t->mark, used);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	__atomic_fetch_sub(&t->used, (long)nslots, __ATOMIC_SEQ_CST);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)LOAD(mem_tracker(mem)->used);
}

#include "atomic-mark.h"
