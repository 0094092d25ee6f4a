// SPDX-License-Identifier: GPL-2.0-only
/* batched whose fold reads, adds and stores: a fold can be lost. */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define atomic_long_add_return(i, v)                                                               \
	({                                                                                         \
		long __sum = atomic_long_read(v) + (i);                                            \
                                                                                                   \
		atomic_long_set((v), __sum);                                                       \
		__sum;                                                                             \
	})
#include "trackers/batched.h"
#undef atomic_long_add_return

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED | LAB_FIND_UNDER);
}
