// SPDX-License-Identifier: GPL-2.0-only
/*
 * reserve whose addition is not atomic: two areas that take slots at once count
 * as one, and the mark stays below the peak.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define atomic_long_add_return(i, v)                                                               \
	({                                                                                         \
		long __sum = atomic_long_read(v) + (long)(i);                                      \
                                                                                                   \
		atomic_long_set((v), __sum);                                                       \
		__sum;                                                                             \
	})
#include "trackers/reserve.h"
#undef atomic_long_add_return

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
