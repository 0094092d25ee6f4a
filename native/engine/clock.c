// SPDX-License-Identifier: GPL-2.0-only
/* How fast the time stamp counter runs. */
#include <pthread.h>

#include "engine/clock.h"

static pthread_once_t measured = PTHREAD_ONCE_INIT;
static double rate = 1;

/*
 * The widest of a few windows decides least: the estimate whose two end points
 * were read fastest is taken, because a pause between the two clocks is error.
 */
static void measure(void)
{
#if defined(__x86_64__)
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 5; i++) {
		uint64_t a0 = ticks(), n0 = clock_ns(), b0 = ticks();
		struct timespec pause = { 0, 4000000 };
		uint64_t a1, n1, b1, error;

		nanosleep(&pause, NULL);
		a1 = ticks();
		n1 = clock_ns();
		b1 = ticks();
		error = (b0 - a0) + (b1 - a1);
		if (error < best && n1 > n0) {
			best = error;
			rate = (double)((a1 + b1) / 2 - (a0 + b0) / 2) / (double)(n1 - n0);
		}
	}
#endif
}

double ticks_per_ns(void)
{
	pthread_once(&measured, measure);
	return rate;
}
