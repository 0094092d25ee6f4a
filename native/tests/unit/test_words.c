// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel words for who is in no map: the clock, as a thread reads it and as an engine
 * tells it, and a lock that is waited for without keeping its holder from a CPU.
 */
#include <time.h>

#include "check.h"
#include "engine/clock.h"

static void pause_ns(long ns)
{
	const struct timespec pause = { .tv_nsec = ns };

	nanosleep(&pause, NULL);
}

static void test_clock(void)
{
	const u64 begun = get_cycles(), before = clock_ns();
	u64 took, wall;

	pause_ns(20000000);
	took = get_cycles() - begun;
	wall = clock_ns() - before;
	CHECK(took >= ns_to_cycles(19000000));
	/* The clock was read around the counter. */
	CHECK(took <= ns_to_cycles(wall + wall / 50));
}

static void test_told(void)
{
	uint64_t now = 5;

	smp_tell_time(&now);
	CHECK_EQ(get_cycles(), 5);
	now = 7;
	CHECK_EQ(get_cycles(), 7);
	/* What is told is in nanoseconds. */
	CHECK_EQ(ns_to_cycles(1234), 1234);
	smp_tell_time(NULL);
	CHECK(get_cycles() != 7);
}

static spinlock_t lock;
static atomic_bool held;

#define HOLD_NS 50000000L

static void *hold(void *arg)
{
	spin_lock(&lock);
	atomic_store(&held, true);
	pause_ns(HOLD_NS);
	atomic_store(&held, false);
	spin_unlock(&lock);
	return NULL;
}

static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * 1000000000ULL + (u64)ts.tv_nsec;
}

static void test_lock(void)
{
	pthread_t holder;
	u64 spent;

	spin_lock_init(&lock);
	CHECK_EQ(pthread_create(&holder, NULL, hold, NULL), 0);
	while (!atomic_load(&held))
		pause_ns(100000);
	spent = cpu_ns();
	spin_lock_irq(&lock);
	spent = cpu_ns() - spent;
	CHECK(!atomic_load(&held));
	CHECK(!spin_trylock(&lock));
	spin_unlock_irq(&lock);
	/* It slept most of the time. */
	CHECK(spent < HOLD_NS / 2);
	CHECK_EQ(pthread_join(holder, NULL), 0);
	CHECK(spin_trylock(&lock));
	spin_unlock(&lock);
}

int main(void)
{
	ticks_init();
	test_clock();
	test_told();
	test_lock();
	return 0;
}
