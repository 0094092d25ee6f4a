/* SPDX-License-Identifier: GPL-2.0-only */
/* Two maps raise the mark, and the lower one stores last. */
#include "plain-mark.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = atomic_long_add_return(nslots, &t->used);

#ifdef SOUND
	long mark = LOAD(t->mark);

	while (used > mark && !__atomic_compare_exchange_n(&t->mark, &mark, used, false,
							   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
#else
	if (used > LOAD(t->mark))
		STORE(t->mark, used);
#endif
}
