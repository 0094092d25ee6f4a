/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in use, counted a second time to judge the tracker by: under the area's
 * lock, where the slots change hands, in one order of all operations. For tests
 * alone; it is what the tracker is there to avoid.
 */
#ifndef SWIOTLB_TRUTH_H
#define SWIOTLB_TRUTH_H

static atomic_long_t truth_used, truth_hiwater;

/* The allocator that is there first, whose files are read; restricted pools have others. */
static struct io_tlb_mem *truth_mem;

static inline void truth_attach(struct io_tlb_mem *mem)
{
	if (!truth_mem)
		truth_mem = mem;
}

static inline void truth_add(struct io_tlb_mem *mem, long nslots)
{
	long used, hiwater;

	if (mem != truth_mem)
		return;
	used = atomic_long_add_return(nslots, &truth_used);
	hiwater = atomic_long_read(&truth_hiwater);
	while (used > hiwater && !atomic_long_try_cmpxchg(&truth_hiwater, &hiwater, used))
		;
}

/* A new mark begins. Maps under way count for it. */
static inline void truth_begin(struct io_tlb_mem *mem)
{
	if (mem == truth_mem)
		atomic_long_set(&truth_hiwater, atomic_long_read(&truth_used));
}

static inline void truth_debugfs(struct io_tlb_mem *mem)
{
	if (mem != truth_mem)
		return;
	debugfs_create_ulong("io_tlb_true_hiwater", 0400, mem->debugfs,
			     (unsigned long *)&truth_hiwater.counter);
	debugfs_create_ulong("io_tlb_true_used", 0400, mem->debugfs,
			     (unsigned long *)&truth_used.counter);
}

#endif /* SWIOTLB_TRUTH_H */
