/* SPDX-License-Identifier: GPL-2.0-only */
/* The mark is compared outside the lock, and stored inside without another look. */
#include "plain-mark.h"

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	long used = atomic_long_add_return(nslots, &t->used);

	if (used <= LOAD(t->mark))
		return;
	spin_lock(&mem->lock);
#ifdef SOUND
	if (used > LOAD(t->mark))
#endif
		STORE(t->mark, used);
	spin_unlock(&mem->lock);
}
