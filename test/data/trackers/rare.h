/* SPDX-License-Identifier: GPL-2.0-only */
/* An exact counter and mark, but one map of so many raises the mark without care. */
#include "trackers/tracker.h"

#ifndef CARELESS_EVERY
#define CARELESS_EVERY 64
#endif

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t used;
	atomic_long_t maps;
	atomic_long_t mark;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = atomic_long_add_return(nslots, &t->used);
	long mark = atomic_long_read(&t->mark);
	long maps = atomic_long_add_return(1, &t->maps);

	if (maps % CARELESS_EVERY == 0) {
		if (used > mark)
			atomic_long_set(&t->mark, used);
		return;
	}
	while (used > mark && !atomic_long_try_cmpxchg(&t->mark, &mark, used))
		;
}

#include "atomic-count.h"
#include "atomic-mark.h"
