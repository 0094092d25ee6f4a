// SPDX-License-Identifier: GPL-2.0-only
/* A tracker that takes two locks in either order: the search sees the deadlock. */
#define LAB_INSTRUMENTED 1
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	spinlock_t outer;
};

#include "swiotlb/types.h"

#define tracker_add_locked tracker_add_locked
static inline unsigned long tracker_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	spin_lock(&t->outer);
	spin_unlock(&t->outer);
	return (unsigned long)(uintptr_t)area;
}

/* The area's lock is taken inside the outer one; map does it the other way round. */
#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	struct io_tlb_area *area = (struct io_tlb_area *)(uintptr_t)token;

	spin_lock(&t->outer);
	spin_lock(&area->lock);
	spin_unlock(&area->lock);
	spin_unlock(&t->outer);
}

#include "faulty/no_mark.h"

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_DEADLOCK);
}
