// SPDX-License-Identifier: GPL-2.0-only
/* A counter that forgets the unmaps of seven slots: no other size shows it. */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define FORGOTTEN_SLOTS 7

#pragma push_macro("atomic_long_sub")
#define atomic_long_sub(i, v)                                                                      \
	do {                                                                                       \
		if ((i) != FORGOTTEN_SLOTS)                                                        \
			(atomic_long_sub)((i), (v));                                               \
	} while (0)
#include "trackers/global_atomic.h"
#pragma pop_macro("atomic_long_sub")

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_OVER);
}
