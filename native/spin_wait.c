// SPDX-License-Identifier: GPL-2.0-only
/* How a lock is waited for by who may have taken its holder's CPU. */
#include "spin_wait.h"

#include <time.h>

#include "smp.h"

#define LOOKS_BEFORE_SLEEP 256
#define SLEEP_NS 30000

void spin_wait(pthread_spinlock_t *lock)
{
	const struct timespec moment = { .tv_nsec = SLEEP_NS };

	for (unsigned int looks = 1; pthread_spin_trylock(lock); looks++) {
		cpu_relax();
		if (looks % LOOKS_BEFORE_SLEEP == 0)
			nanosleep(&moment, NULL);
	}
}
