// SPDX-License-Identifier: GPL-2.0-only
/* A short timing: figures that can be, and nothing left behind, however it ends. */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <string.h>

#include "engine/clock.h"
#include "swiotlb/swiotlb.h"
#include "workloads.h"

#define VARIANTS 3
#define ROUNDS 5

static const struct lab_variant variants[VARIANTS] = { { .tracker = 0 },
						       { .tracker = 1 },
						       { .tracker = 1, .layout = 7 } };

static struct lab_bench short_bench(uint32_t threads)
{
	const struct lab_size_range *size = &test_sizes[1];
	struct lab_bench b = {
		.pool = test_pool,
		.variants = variants,
		.nr_variants = VARIANTS,
		.workload = toggling(threads, 1),
		.rounds = ROUNDS,
		.slice_ns = 2000000,
		.latency_rounds = 1,
		.sample_period_ns = 1000000,
	};

	b.workload.load = LAB_STEADY;
	b.workload.sizes = size;
	b.workload.nr_sizes = 1;
	return b;
}

static unsigned int cpus_allowed(void)
{
	cpu_set_t allowed;

	CHECK_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	return (unsigned int)CPU_COUNT(&allowed);
}

static uint64_t bucket_sum(const struct lab_histogram *h)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < LAB_HISTOGRAM_BUCKETS; i++)
		n += h->bucket[i];
	return n;
}

/* Whether a slice of each variant was long enough to say something. */
static bool try_result(uint32_t threads, bool copy, enum lab_load load)
{
	bool complete = true;
	struct lab_bench b = short_bench(threads);
	struct lab_control control = { 0 };
	struct lab_bench_result r;

	b.workload.copy = copy;
	b.workload.load = load;
	CHECK_EQ(lab_run_bench(&b, &control, &r), 0);
	CHECK(!r.cancelled);
	CHECK_EQ(r.oversubscribed, threads > cpus_allowed());
	CHECK(!r.oversubscribed || !r.pinned);
	CHECK(r.dropped >= 0 && r.dropped <= 1);
	CHECK(r.timer_ns > 0);
	for (unsigned int v = 0; v < VARIANTS; v++) {
		unsigned int measured = 0;

		for (unsigned int i = 0; i < ROUNDS; i++) {
			const double ns = r.ns_per_pair[v * ROUNDS + i];

			measured += !isnan(ns);
			CHECK(isnan(ns) || (ns > 1 && ns < 1e7));
		}
		complete &= measured > 0;
		CHECK(r.pairs[v] > 0);
		CHECK_EQ(r.failed[v], 0);
		CHECK_EQ(r.bytes[v], r.pairs[v] * 4096);
		CHECK(r.seconds[v] > 0);
		CHECK(r.map_ns[v].count > 0);
		CHECK_EQ(r.map_ns[v].count, bucket_sum(&r.map_ns[v]));
		CHECK_EQ(r.unmap_ns[v].count, bucket_sum(&r.unmap_ns[v]));
		CHECK_EQ(r.pair_ns[v].count, load == LAB_STEADY ? r.unmap_ns[v].count : 0);
	}
	lab_bench_result_free(&r);
	return complete;
}

/* What else the machine does may spoil every slice; not time after time. */
static void test_result(uint32_t threads, bool copy, enum lab_load load)
{
	for (int i = 0; i < 10; i++)
		if (try_result(threads, copy, load))
			return;
	CHECK(!"no slice was measured in ten runs");
}

static void count_progress(void *ctx, const struct lab_progress *progress)
{
	uint64_t *seen = ctx;

	CHECK(progress->done > *seen);
	CHECK(progress->done <= progress->total);
	*seen = progress->done;
}

static void test_progress(void)
{
	struct lab_bench b = short_bench(1);
	uint64_t seen = 0;
	struct lab_control control = { .progress = count_progress, .ctx = &seen };
	struct lab_bench_result r;

	CHECK_EQ(lab_run_bench(&b, &control, &r), 0);
	CHECK_EQ(seen, ROUNDS + 1);
	lab_bench_result_free(&r);
}

/* An hour of rounds ends soon after another thread asked for it. */
static void test_cancel(uint32_t threads)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		struct lab_bench b = short_bench(threads);
		struct lab_control control = { 0 };
		struct lab_bench_result r;
		struct stopper stopper;
		uint64_t begin;

		b.rounds = 600000;
		stop_later(&stopper, &control, 30);
		begin = clock_ns();
		CHECK_EQ(lab_run_bench(&b, &control, &r), 0);
		best = min(best, clock_ns() - begin);
		CHECK_EQ(pthread_join(stopper.thread, NULL), 0);
		CHECK(r.cancelled);
		lab_bench_result_free(&r);
	}
	/* Of 3,600 s asked for; the rest is set-up and the sanitizer. */
	CHECK(best < 20000000000ULL);
}

/* Stopped before it began: no round is timed. */
static void test_cancelled_before(void)
{
	struct lab_control control = { .stop = 1 };
	struct lab_bench b = short_bench(2);
	struct lab_bench_result r;

	CHECK_EQ(lab_run_bench(&b, &control, &r), 0);
	CHECK(r.cancelled);
	CHECK_EQ(r.pairs[0], 0);
	lab_bench_result_free(&r);
}

/* Slices too short to say anything are timed again, but not for ever. */
static void test_nothing_measured(void)
{
	struct lab_bench b = short_bench(1);
	uint64_t seen = 0;
	struct lab_control control = { .progress = count_progress, .ctx = &seen };
	struct lab_bench_result r;

	b.slice_ns = 1;
	CHECK_EQ(lab_run_bench(&b, &control, &r), 0);
	CHECK_EQ(seen, ROUNDS + 1);
	for (unsigned int i = 0; i < VARIANTS * ROUNDS; i++)
		CHECK(isnan(r.ns_per_pair[i]));
	lab_bench_result_free(&r);
}

static void test_refused(void)
{
	struct lab_control control = { 0 };
	struct lab_bench_result r;
	struct lab_bench b = short_bench(1);

	b.nr_variants = 0;
	CHECK_EQ(lab_run_bench(&b, &control, &r), -EINVAL);
	b = short_bench(1);
	b.slice_ns = 0;
	CHECK_EQ(lab_run_bench(&b, &control, &r), -EINVAL);
	b = short_bench(1);
	b.pool.nareas = 3;
	CHECK_EQ(lab_run_bench(&b, &control, &r), -EINVAL);
	CHECK(!r.ns_per_pair);
	b = short_bench(0);
	CHECK_EQ(lab_run_bench(&b, &control, &r), -EINVAL);
}

int main(void)
{
	const unsigned int before = threads_at_start();

	test_result(1, false, LAB_STEADY);
	test_result(1, true, LAB_STEADY);
	test_result(min(2U, cpus_allowed()), false, LAB_TOGGLE);
	/* Threads that share CPUs stand still, and are measured all the same. */
	test_result(cpus_allowed() + 2, false, LAB_STEADY);
	test_progress();
	test_cancel(1);
	test_cancel(cpus_allowed() + 2);
	test_cancelled_before();
	test_nothing_measured();
	test_refused();
	check_threads(before);
	return 0;
}
