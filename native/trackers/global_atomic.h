/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * global-atomic - Linux 6.4 to 7.2 with debugfs: one counter and one mark for all.
 *
 * Every map adds to the counter and raises the mark by compare-exchange, every
 * unmap subtracts, all after the area's lock was dropped. The mark is exact for
 * this counter: it is the largest value that the counter ever had. The counter
 * itself may run ahead of the slots: between an unmap's unlock and its
 * subtraction another map can take the same slots, so that the mark may exceed
 * the pool. Between a map's addition and its compare-exchange a reader sees the
 * counter above the mark.
 */
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
};

_Static_assert(offsetof(struct tracker_mem, used_hiwater) == 8, "0x60 in struct io_tlb_mem");

#include "swiotlb/types.h"

#define tracker_add tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	long new_used, old_hiwater;

	new_used = atomic_long_add_return(nslots, &t->total_used);
	old_hiwater = atomic_long_read(&t->used_hiwater);
	/* Bounded: each retry means that another CPU has raised the mark. */
	do {
		if (new_used <= old_hiwater)
			break;
	} while (!atomic_long_try_cmpxchg(&t->used_hiwater, &old_hiwater, new_used));
}

#define tracker_sub tracker_sub
static __always_inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	atomic_long_sub(nslots, &t->total_used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->total_used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used_hiwater);
}

/* To zero, not to what is in use: the next map lifts it to that. */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->used_hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
}
