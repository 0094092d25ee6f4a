// SPDX-License-Identifier: GPL-2.0-only
/*
 * An exact counter that believes its clock: who reads a time before the last one is
 * taken for late, and does not raise the mark. While the clocks of all CPUs are the same
 * none is ever late; as soon as they may be apart, a peak is lost. So the search must
 * find nothing where the tracker asks for equal clocks, and the fault where it says that
 * they may differ.
 */
#define LAB_INSTRUMENTED 1
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	spinlock_t lock;
	u64 latest;
	unsigned long used;
	unsigned long mark;
};

#include "swiotlb/types.h"

static unsigned int apart_ns;

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	spin_lock_init(&mem_tracker(mem)->lock);
}

static inline void count(struct tracker_mem *t, long nslots)
{
	u64 now;

	spin_lock(&t->lock);
	now = get_cycles();
	t->used += (unsigned long)nslots;
	if (now >= t->latest) {
		t->latest = now;
		t->mark = max(t->mark, t->used);
	}
	spin_unlock(&t->lock);
}

#define tracker_add_locked tracker_add_locked
static inline unsigned long tracker_add_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	count(t, nslots);
	return 0;
}

#define tracker_sub_locked tracker_sub_locked
static inline unsigned long tracker_sub_locked(struct tracker_mem *t, struct io_tlb_mem *mem,
					       struct io_tlb_area *area, unsigned int nslots,
					       unsigned long used)
{
	count(t, -(long)nslots);
	return 0;
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return mem_areas_used(mem);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return mem_tracker(mem)->mark;
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = 0,
					.over = TRACKER_UNBOUNDED,
					.skew_ns = apart_ns };
}

#include "faulty/hunt.h"

int main(void)
{
	CHECK_EQ(hunted(LAB_FIND_PROMISE), 0);
	apart_ns = 200;
	return hunt(LAB_FIND_UNDER);
}
