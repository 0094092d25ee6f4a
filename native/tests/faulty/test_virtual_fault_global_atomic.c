// SPDX-License-Identifier: GPL-2.0-only
/* global-atomic whose mark is raised by a plain store: a record can be lost. */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define atomic_long_try_cmpxchg(v, old, new) (*(old) = 0, atomic_long_set((v), (new)), true)
#include "trackers/global_atomic.h"
#undef atomic_long_try_cmpxchg

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_UNDER);
}
