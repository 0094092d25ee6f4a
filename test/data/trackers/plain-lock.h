/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An exact count under a lock that is taken plainly behind the area's. In the lab it is right. In a
 * kernel an interrupt may map while its CPU holds the lock, and waits for it for ever: the kernel's
 * checks of locks must say so.
 */
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	spinlock_t lock;
	unsigned long used;
	unsigned long hiwater;
};

#include "swiotlb/types.h"

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	spin_lock_init(&mem_tracker(mem)->lock);
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	spin_lock(&t->lock);
	WRITE_ONCE(t->used, t->used + nslots);
	WRITE_ONCE(t->hiwater, max(t->hiwater, t->used));
	spin_unlock(&t->lock);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	spin_lock(&t->lock);
	WRITE_ONCE(t->used, t->used - nslots);
	spin_unlock(&t->lock);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return READ_ONCE(mem_tracker(mem)->used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return READ_ONCE(mem_tracker(mem)->hiwater);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	spin_lock_irq(&t->lock);
	WRITE_ONCE(t->hiwater, 0);
	spin_unlock_irq(&t->lock);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
}
