/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in use, counted a second time to judge the tracker by: under the area's
 * lock, where the slots change hands, in one order of all operations. For tests
 * alone; it is what the tracker is there to avoid.
 */
#ifndef SWIOTLB_TRUTH_H
#define SWIOTLB_TRUTH_H

static atomic_long_t truth_used, truth_hiwater;

static inline void truth_add(long nslots)
{
	long used = atomic_long_add_return(nslots, &truth_used);
	long hiwater = atomic_long_read(&truth_hiwater);

	while (used > hiwater && !atomic_long_try_cmpxchg(&truth_hiwater, &hiwater, used))
		;
}

/* A new mark begins. Maps under way count for it. */
static inline void truth_begin(void)
{
	atomic_long_set(&truth_hiwater, atomic_long_read(&truth_used));
}

static inline void truth_debugfs(struct dentry *dir)
{
	debugfs_create_ulong("io_tlb_true_hiwater", 0400, dir,
			     (unsigned long *)&truth_hiwater.counter);
	debugfs_create_ulong("io_tlb_true_used", 0400, dir, (unsigned long *)&truth_used.counter);
}

#endif /* SWIOTLB_TRUTH_H */
