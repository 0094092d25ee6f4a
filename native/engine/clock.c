// SPDX-License-Identifier: GPL-2.0-only
/* What time stamps are made of here, and how fast they run. */
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "engine/clock.h"

/*
 * The kernel keeps its time by the counter only after it has found it the same on
 * all CPUs and never stopping; on arm64 that is so by the architecture, and the
 * name stands for it.
 */
#define CLOCK_SOURCE "/sys/devices/system/clocksource/clocksource0/current_clocksource"
#if defined(__x86_64__)
#define TRUSTED "tsc\n"
#define COUNTER "tsc"
#else
#define TRUSTED "arch_sys_counter\n"
#define COUNTER "cntvct_el0"
#endif

bool ticks_of_processor;

static pthread_once_t decided = PTHREAD_ONCE_INIT, measured = PTHREAD_ONCE_INIT;
static double rate = 1;

static void decide(void)
{
	char name[64] = "";
	int fd = open(CLOCK_SOURCE, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	/* Where nothing is known, nothing is trusted. */
	if (fd < 0)
		return;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	ticks_of_processor = n > 0 && !strcmp(name, TRUSTED);
}

/*
 * The widest of a few windows decides least: the estimate whose two end points
 * were read fastest is taken, because a pause between the two clocks is error.
 */
static void measure(void)
{
	uint64_t best = UINT64_MAX;

	pthread_once(&decided, decide);
	for (int i = 0; i < 5 && ticks_of_processor; i++) {
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
}

void ticks_init(void)
{
	pthread_once(&measured, measure);
}

double ticks_per_ns(void)
{
	ticks_init();
	return rate;
}

uint64_t counted_in(uint64_t ns)
{
	return smp_here.told_ns ? ns : (uint64_t)((double)ns * ticks_per_ns());
}

const char *ticks_source(void)
{
	pthread_once(&decided, decide);
	return ticks_of_processor ? COUNTER : "clock_gettime";
}
