/* SPDX-License-Identifier: GPL-2.0-only */
/* What two maps have put aside is folded by both of them. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t used;
	atomic_long_t mark;
	long aside;
};

#include "swiotlb/types.h"

static inline void fold(struct tracker_mem *t)
{
	long aside, used;

#ifdef SOUND
	aside = __atomic_exchange_n(&t->aside, 0, __ATOMIC_SEQ_CST);
#else
	aside = LOAD(t->aside);
	STORE(t->aside, 0);
#endif
	used = atomic_long_add_return(aside, &t->used);
	RAISE(t->mark, used);
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	__atomic_fetch_add(&t->aside, (long)nslots, __ATOMIC_SEQ_CST);
	fold(t);
}

#include "atomic-count.h"

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)max(atomic_long_read(&mem_tracker(mem)->mark), 0L);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->mark, 0);
}

/* A map may return while another has yet to count for it. */
static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ TRACKER_UNBOUNDED, TRACKER_UNBOUNDED, TRACKER_UNTIL_RESET };
}
