// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve that takes off its mark the tolerance of now, and not that of the mark: lowered
 * since, it leaves more than was in use.
 */
#define LAB_INSTRUMENTED 1
#define FAULT_BESIDE LAB_BESIDE_TOLERANCE
#include "trackers/reserve.h"

/* The verb is the tracker's, but for the word. */
#undef tracker_lower
#define tracker_lower faulty_verb
static inline unsigned long faulty_verb(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	long lower;

	spin_lock(&mem->lock);
	lower = t->mark - t->tolerance;
	spin_unlock(&mem->lock);
	return (unsigned long)max(lower, 0L);
}

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_LOWER);
}
