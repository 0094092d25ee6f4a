/* SPDX-License-Identifier: GPL-2.0-only */
/* Two maps at once lose a turn, and then one waits for it: AWAIT(word, value) says how. */
#ifndef TESTS_FAULTY_TURN_H
#define TESTS_FAULTY_TURN_H

#define LAB_INSTRUMENTED 1
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	long turn;
};

#include "swiotlb/types.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long turn = READ_ONCE(t->turn);

	WRITE_ONCE(t->turn, turn + 1);
	AWAIT(t->turn, turn + 1);
}

#include "faulty/no_mark.h"

#endif /* TESTS_FAULTY_TURN_H */
