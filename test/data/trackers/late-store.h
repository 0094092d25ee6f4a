/* SPDX-License-Identifier: GPL-2.0-only */
/* The mark is compared outside the lock, and stored inside without another look. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t used;
	long mark;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = atomic_long_add_return(nslots, &t->used);

	if (used <= LOAD(t->mark))
		return;
	spin_lock(&mem->lock);
#ifdef SOUND
	if (used > LOAD(t->mark))
#endif
		STORE(t->mark, used);
	spin_unlock(&mem->lock);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	atomic_long_sub(nslots, &t->used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)LOAD(mem_tracker(mem)->mark);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	STORE(mem_tracker(mem)->mark, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ 0, 0, TRACKER_UNTIL_RESET };
}
