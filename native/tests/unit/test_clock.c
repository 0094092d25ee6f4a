// SPDX-License-Identifier: GPL-2.0-only
/* Time stamps: they go on, as fast as the clock, and from one thread to the next. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "engine/clock.h"

#define TURNS 2000

static void test_rate(void)
{
	const struct timespec pause = { 0, 50000000 };
	uint64_t ns = clock_ns(), t = ticks_before();
	double measured;

	nanosleep(&pause, NULL);
	measured = (double)(ticks_after() - t) / ticks_per_ns();
	ns = clock_ns() - ns;
	CHECK(measured > 45e6);
	/* The clock was read around the ticks: it may have been longer, by a lost CPU. */
	CHECK(measured < (double)ns * 1.01);
}

/* The counter itself, whether it is trusted here or not. */
static void test_counter(void)
{
	uint64_t a = counter_ticks_before(), b = counter_ticks(), c = counter_ticks_after();

	CHECK(a <= b);
	CHECK(b <= c);
	for (int i = 0; i < 1000000 && c == a; i++)
		c = counter_ticks_after();
	CHECK(c > a);
}

static atomic_uint turn;
static uint64_t stamp;

/* Each of two takes a stamp behind the other's. */
static void *take_turns(void *arg)
{
	const unsigned int me = arg != NULL;
	uint64_t t;

	for (unsigned int i = me; i < TURNS; i += 2) {
		while (atomic_load(&turn) != i)
			cpu_relax();
		/* A stamp from before may be taken before the turn is seen. */
		t = ticks_after();
		CHECK(t >= stamp);
		stamp = t;
		atomic_store(&turn, i + 1);
	}
	return NULL;
}

static void test_order(void)
{
	pthread_t other;

	CHECK_EQ(pthread_create(&other, NULL, take_turns, &turn), 0);
	take_turns(NULL);
	CHECK_EQ(pthread_join(other, NULL), 0);
}

int main(void)
{
	ticks_init();
	printf("time stamps: %s, %.3f in a nanosecond\n", ticks_source(), ticks_per_ns());
	CHECK_EQ(ticks_of_processor, strcmp(ticks_source(), "clock_gettime") != 0);
	test_counter();
	for (int trusted = ticks_of_processor; trusted >= 0; trusted--) {
		test_order();
		atomic_store(&turn, 0);
		stamp = 0;
		if (trusted)
			test_rate();
		/* Then as where the kernel does not trust the counter. */
		ticks_of_processor = false;
	}
	return 0;
}
