/* SPDX-License-Identifier: GPL-2.0-only */
/* Used is one atomic word, which an unmap takes its slots from: nothing is planted here. */
#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	atomic_long_sub(nslots, &t->used);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used);
}
