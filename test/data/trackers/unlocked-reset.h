/* SPDX-License-Identifier: GPL-2.0-only */
/* The reset does not take the lock under which maps count and raise the mark. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	long used;
	long mark;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	spin_lock(&mem->lock);
	STORE(t->used, LOAD(t->used) + nslots);
	if (LOAD(t->used) > LOAD(t->mark))
		STORE(t->mark, LOAD(t->used));
	spin_unlock(&mem->lock);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	spin_lock(&mem->lock);
	STORE(t->used, LOAD(t->used) - nslots);
	spin_unlock(&mem->lock);
}

static inline unsigned long read_locked(struct io_tlb_mem *mem, const long *word)
{
	unsigned long value;

	spin_lock(&mem->lock);
	value = (unsigned long)LOAD(*word);
	spin_unlock(&mem->lock);
	return value;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return read_locked(mem, &mem_tracker(mem)->used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return read_locked(mem, &mem_tracker(mem)->mark);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

#ifdef SOUND
	spin_lock(&mem->lock);
#endif
	STORE(t->mark, LOAD(t->used));
#ifdef SOUND
	spin_unlock(&mem->lock);
#endif
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ 0, 0, 0 };
}
