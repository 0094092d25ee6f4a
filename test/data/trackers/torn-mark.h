/* SPDX-License-Identifier: GPL-2.0-only */
/* The mark is kept in two words, and read between the two stores. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t used;
	/* Together the mark: tens and ones. */
	long tens;
	long ones;
};

#include "swiotlb/types.h"

static inline long mark(struct tracker_mem *t)
{
	return 10 * LOAD(t->tens) + LOAD(t->ones);
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = atomic_long_add_return(nslots, &t->used);

#ifndef SOUND
	if (used <= mark(t))
		return;
#endif
	spin_lock(&mem->lock);
	if (used > mark(t)) {
		STORE(t->tens, used / 10);
		STORE(t->ones, used % 10);
	}
	spin_unlock(&mem->lock);
}

#include "atomic-count.h"

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long read;

	spin_lock(&mem->lock);
	read = (unsigned long)mark(t);
	spin_unlock(&mem->lock);
	return read;
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	spin_lock(&mem->lock);
	STORE(t->tens, 0);
	STORE(t->ones, 0);
	spin_unlock(&mem->lock);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
}
