// SPDX-License-Identifier: GPL-2.0-only
/* global-racy whose counter is not atomic either when it goes down. */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

#define atomic_long_sub(i, v) atomic_long_set((v), atomic_long_read(v) - (long)(i))
#include "trackers/global_racy.h"
#undef atomic_long_sub

#include "faulty/hunt.h"

int main(void)
{
	return hunt(LAB_FIND_USED | LAB_FIND_OVER);
}
