// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs that wait for each other's write, by the word for it: the search says that
 * nobody can go on, and ends.
 */
#define LAB_INSTRUMENTED 1
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	long turn;
};

#include "swiotlb/types.h"

/* Two maps at once lose a turn, and then one waits for it. */
#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long turn = READ_ONCE(t->turn);

	WRITE_ONCE(t->turn, turn + 1);
	smp_cond_load_acquire(&t->turn, VAL == turn + 1);
}

#include "faulty/no_mark.h"

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_DEADLOCK);
}
