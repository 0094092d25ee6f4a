/* SPDX-License-Identifier: GPL-2.0-only */
/* An exact mark in an atomic word, read and reset: nothing is planted here. */
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->mark);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->mark, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
}
