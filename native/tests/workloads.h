/* SPDX-License-Identifier: GPL-2.0-only */
/* Pools and workloads for tests of the engines, and what must be left behind: nothing. */
#ifndef TESTS_WORKLOADS_H
#define TESTS_WORKLOADS_H

#include <dirent.h>
#include <pthread.h>
#include <time.h>

#include "check.h"
#include "engine/lab.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
/* A sanitizer makes everything several times slower. */
#define SHORTER 8
#else
#define SHORTER 1
#endif

static const struct lab_pool test_pool = { .nslabs = 4096, .nareas = 8, .start = 0x40000000 };

static const struct lab_size_range test_sizes[] = {
	{ .first = 2048, .last = 65536, .step = 2048, .weight = 3 },
	{ .first = 4096, .last = 4096, .step = 1, .weight = 1 },
};

/* Each place mapped or not, at random: use hovers near its own record. */
static inline struct lab_workload toggling(uint32_t cpus, uint64_t seed)
{
	return (struct lab_workload){
		.cpus = cpus,
		.in_flight = 16,
		.order = LAB_RANDOM,
		.load = LAB_TOGGLE,
		.sizes = test_sizes,
		.nr_sizes = 2,
		.orig_align = 512,
		.min_align_mask = 0xfff,
		.direction = 1,
		.seed = seed,
	};
}

static inline void check_promise(const struct lab_accuracy *a)
{
	CHECK_SOUND(a->broken);
	CHECK(a->truth_low <= a->truth_high);
	if (a->bound_under != UINT64_MAX)
		CHECK(a->hiwater + a->bound_under >= a->truth_low);
	if (a->bound_over != UINT64_MAX)
		CHECK(a->hiwater <= a->truth_high + a->bound_over);
	if (a->lower != UINT64_MAX)
		CHECK(a->lower <= a->truth_high);
}

/* Threads of this process. */
static inline unsigned int threads_alive(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned int n = 0;

	CHECK(dir);
	for (const struct dirent *e = readdir(dir); e; e = readdir(dir))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

static inline void *nothing(void *arg)
{
	return arg;
}

/*
 * To be called first: a sanitizer starts a thread of its own with the first thread.
 * One that was joined may be seen for a moment longer.
 */
static inline unsigned int threads_at_start(void)
{
	const struct timespec pause = { 0, 1000000 };
	unsigned int least = UINT32_MAX;
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, nothing, NULL), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	for (int i = 0; i < 30; i++) {
		unsigned int alive = threads_alive();

		least = alive < least ? alive : least;
		nanosleep(&pause, NULL);
	}
	return least;
}

/* A joined thread may be seen for a moment longer. */
static inline void check_threads(unsigned int want)
{
	const struct timespec pause = { 0, 1000000 };

	for (int i = 0; i < 1000 && threads_alive() != want; i++)
		nanosleep(&pause, NULL);
	CHECK_EQ(threads_alive(), want);
}

/* Stops a run from another thread after some milliseconds. */
struct stopper {
	pthread_t thread;
	struct lab_control *control;
	unsigned int ms;
};

static inline void *stopper_main(void *arg)
{
	struct stopper *s = arg;
	const struct timespec pause = { 0, s->ms * 1000000L };

	nanosleep(&pause, NULL);
	lab_stop(s->control);
	return NULL;
}

static inline void stop_later(struct stopper *s, struct lab_control *control, unsigned int ms)
{
	*s = (struct stopper){ .control = control, .ms = ms };
	CHECK_EQ(pthread_create(&s->thread, NULL, stopper_main, s), 0);
}

#endif /* TESTS_WORKLOADS_H */
