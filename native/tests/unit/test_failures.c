// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every engine with its n-th allocation, or its n-th thread, failing: it ends with
 * the error that names what could not be had, and leaves nothing behind. The
 * sanitizer's look for leaks is part of the test.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lab_bench.h"
#include "virtual/lab_calibrate.h"
#include "virtual/lab_recorded.h"
#include "costs.h"
#include "failing.h"
#include "rcu.h"
#include "search.h"
#include "fixture.h"
#include "workloads.h"

#define STEPS 400

static const struct lab_pool growing_pool = {
	.nslabs = 256,
	.nareas = 2,
	.start = POOL_START,
	.can_grow = true,
	.grow_base = 2 * POOL_START,
};

static struct lab_variant reserve(void)
{
	return (struct lab_variant){ .tracker = tracker_number("reserve"), .tolerance = 8 };
}

static struct lab_workload small(bool copy)
{
	struct lab_workload w = toggling(2, 1);

	w.copy = copy;
	return w;
}

static int run_serial(const struct lab_pool *pool)
{
	const struct lab_variant variant = reserve();
	const struct lab_workload w = small(true);
	struct lab_control control = { 0 };
	struct lab_accuracy a;

	return lab_run_serial(pool, &variant, &w, STEPS, 10, &control, &a, NULL);
}

static int run_threads(const struct lab_pool *pool)
{
	const struct lab_variant variant = reserve();
	const struct lab_workload w = small(true);
	struct lab_control control = { 0 };
	struct lab_accuracy a;

	return lab_run_accuracy(pool, &variant, &w, STEPS, 100000, false, &control, &a);
}

static int run_bench(const struct lab_pool *pool)
{
	const struct lab_variant variants[] = { { .tracker = 0 }, reserve() };
	const struct lab_bench bench = {
		.pool = *pool,
		.variants = variants,
		.nr_variants = 2,
		.workload = small(true),
		.rounds = 1,
		.slice_ns = 200000,
		.latency_rounds = 1,
		.sample_period_ns = 100000,
	};
	struct lab_control control = { 0 };
	struct lab_bench_result r;
	int err = lab_run_bench(&bench, &control, &r);

	lab_bench_result_free(&r);
	return err;
}

static int run_replay(const struct lab_pool *pool)
{
	const struct lab_variant variant = reserve();
	struct lab_op ops[32] = { 0 };
	const struct lab_replay_plan replay = {
		.ops = ops,
		.nr_ops = 32,
		.sample_every = 4,
		.trail = true,
		.at_fd = -1,
		.placements_fd = -1,
		.hash_every = 8,
	};
	struct lab_replay_result r;
	struct lab_control control = { 0 };
	int err;

	for (unsigned int i = 0; i < 32; i++)
		ops[i] = (struct lab_op){
			.kind = LAB_OP_MAP, .id = i, .orig = i << 20, .size = 32 << IO_TLB_SHIFT
		};
	err = lab_replay(pool, &variant, &replay, &control, &r);
	lab_replay_result_free(&r);
	return err;
}

static int run_virtual(const struct lab_pool *pool)
{
	const struct lab_variant variant = reserve();
	const struct lab_workload w = small(false);
	const struct lab_virtual setup = {
		.topology = { 1, 2, 1, 0 },
		.costs = costs,
		.steps = STEPS,
		.sample_period_ns = 10000,
	};
	struct lab_control control = { 0 };
	struct lab_virtual_result r;

	return lab_run_virtual(pool, &variant, &w, &setup, &control, &r);
}

static int run_recorded(const struct lab_pool *pool)
{
	const struct lab_variant variant = reserve();
	const struct lab_op ops[] = {
		{ .kind = LAB_OP_MAP, .id = 1, .orig = 0x1000, .size = 4096 },
		{ .kind = LAB_OP_RESET },
		{ .kind = LAB_OP_UNMAP, .cpu = 1, .id = 1 },
	};
	const struct lab_recorded recorded = { .ops = ops, .nr_ops = 3 };
	const struct lab_virtual setup = { .topology = { 1, 2, 1, 0 }, .costs = costs };
	struct lab_control control = { 0 };
	struct lab_recorded_result r;

	return lab_replay_virtual(pool, &variant, &recorded, &setup, &control, &r);
}

static int run_search(uint32_t wanted, uint64_t seeds)
{
	const struct lab_variant variant = {
		.tracker = tracker_number("global-racy"),
		.enabled = true,
	};
	struct lab_check check = search_for(wanted, seeds);
	struct lab_control control = { 0 };
	struct lab_check_result r;
	int err;

	check.beside = LAB_BESIDE_RESET | LAB_BESIDE_GROWTH;
	err = lab_run_check(&variant, &check, &control, &r);
	if (!err)
		lab_check_result_free(&r);
	return err;
}

/* Finds something, and makes it short. */
static int run_found(const struct lab_pool *pool)
{
	return run_search(LAB_FIND_BELOW_TRUTH, 100);
}

static int run_kept(const struct lab_pool *pool)
{
	return run_search(LAB_FIND_DEADLOCK, 30);
}

static int run_calibrate(const struct lab_pool *pool)
{
	struct lab_control control = { 0 };
	struct lab_calibration r;
	int err = lab_calibrate(1, NULL, &control, &r);

	lab_calibration_free(&r);
	return err;
}

/*
 * Fails the first call, the second... up to the first run that needs fewer. The
 * further, the larger the steps. Return: how often it was tried.
 */
static unsigned int fail_each(const char *name, int (*run)(const struct lab_pool *pool),
			      const struct lab_pool *pool, atomic_long *left, int want)
{
	unsigned int tries = 0;
	int err;

	CHECK_EQ(run(pool), 0);
	for (long n = 1;; n += n < 48 ? 1 : n) {
		atomic_store(&struck, false);
		atomic_store(left, n);
		err = run(pool);
		atomic_store(left, 0);
		if (!atomic_load(&struck))
			break;
		if (err != want)
			fprintf(stderr, "%s, number %ld:\n", name, n);
		CHECK_EQ(err, want);
		tries++;
	}
	CHECK_EQ(err, 0);
	return tries;
}

/* What a thread reads without a record of its own is waited for all the same. */
static void *read_unrecorded(void *arg)
{
	uint64_t epoch;

	atomic_store(&memory_left, 1);
	CHECK_EQ(rcu_thread_begin(), -ENOMEM);
	atomic_store(&memory_left, 1);
	rcu_read_lock();
	atomic_store(&memory_left, 0);
	rcu_read_lock();
	epoch = rcu_end_epoch();
	CHECK(!rcu_epoch_over(epoch));
	rcu_read_unlock();
	CHECK(!rcu_epoch_over(epoch));
	rcu_read_unlock();
	CHECK(rcu_epoch_over(epoch));
	rcu_read_lock();
	CHECK(!rcu_epoch_over(rcu_end_epoch()));
	rcu_read_abandon();
	CHECK(rcu_epoch_over(rcu_end_epoch()));
	CHECK_EQ(rcu_thread_begin(), 0);
	return NULL;
}

int main(void)
{
	const struct {
		const char *name;
		int (*run)(const struct lab_pool *pool);
		const struct lab_pool *pool;
		unsigned int memory, threads; /* tries at least */
	} runs[] = {
		{ "serial", run_serial, &test_pool, 5, 0 },
		{ "serial, growing", run_serial, &growing_pool, 8, 0 },
		{ "threads", run_threads, &test_pool, 8, 3 },
		{ "threads, growing", run_threads, &growing_pool, 10, 4 },
		{ "bench", run_bench, &test_pool, 15, 3 },
		{ "bench, growing", run_bench, &growing_pool, 15, 5 },
		{ "replay", run_replay, &test_pool, 8, 0 },
		{ "replay, growing", run_replay, &growing_pool, 10, 0 },
		{ "virtual", run_virtual, &test_pool, 12, 0 },
		{ "recorded", run_recorded, &test_pool, 12, 0 },
		{ "search that finds", run_found, NULL, 12, 0 },
		{ "search that finds nothing", run_kept, NULL, 12, 0 },
		{ "calibrate", run_calibrate, NULL, 12, 2 },
	};
	const unsigned int threads = threads_at_start();
	pthread_t thread;

	/* Before anybody else has left a record behind. */
	CHECK_EQ(pthread_create(&thread, NULL, read_unrecorded, NULL), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		unsigned int memory =
			fail_each(runs[i].name, runs[i].run, runs[i].pool, &memory_left, -ENOMEM);
		unsigned int made =
			fail_each(runs[i].name, runs[i].run, runs[i].pool, &threads_left, -EAGAIN);

		printf("%s: %u allocations, %u threads\n", runs[i].name, memory, made);
		CHECK(memory >= runs[i].memory);
		CHECK(made >= runs[i].threads);
	}
	check_threads(threads);
	return 0;
}
