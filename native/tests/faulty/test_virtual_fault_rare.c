// SPDX-License-Identifier: GPL-2.0-only
/*
 * A counter whose every 64th map raises the mark without care: no short schedule
 * comes so far. It takes the states behind a load.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_LOAD
#define HUNT_SEEDS 20000
#include "trackers/tracker.h"

#define CARELESS_EVERY 64

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t maps;
	atomic_long_t hiwater;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = atomic_long_add_return(nslots, &t->total_used);
	long mark = atomic_long_read(&t->hiwater);

	if (atomic_long_add_return(1, &t->maps) % CARELESS_EVERY == 0) {
		if (used > mark)
			atomic_long_set(&t->hiwater, used);
		return;
	}
	while (used > mark && !atomic_long_try_cmpxchg(&t->hiwater, &mark, used))
		;
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	atomic_long_sub(nslots, &t->total_used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->total_used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->hiwater);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
}

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
