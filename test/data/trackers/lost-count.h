/* SPDX-License-Identifier: GPL-2.0-only */
/* Two maps add to one word, and what one of them adds is lost. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	unsigned long used;
	atomic_long_t mark;
};

#include "swiotlb/types.h"

/* Return: what is in use with it. */
static inline unsigned long count(struct tracker_mem *t, long n)
{
#ifdef SOUND
	return __atomic_add_fetch(&t->used, n, __ATOMIC_SEQ_CST);
#else
	unsigned long used = LOAD(t->used) + n;

	STORE(t->used, used);
	return used;
#endif
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = (long)count(t, nslots);

	RAISE(t->mark, used);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	count(t, -(long)nslots);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return LOAD(mem_tracker(mem)->used);
}

#include "atomic-mark.h"
