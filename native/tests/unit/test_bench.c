// SPDX-License-Identifier: GPL-2.0-only
/* A short timing: figures that can be, and nothing left behind, however it ends. */
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/lab_bench.h"
#include "engine/lab_trackers.h"
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
	/* A line moves between threads that have CPUs of their own, and between no others. */
	CHECK_EQ(r.line != NULL, threads > 1 && r.pinned);
	for (unsigned int v = 0; v < VARIANTS; v++) {
		unsigned int measured = 0;

		for (unsigned int i = 0; i < ROUNDS; i++) {
			const double ns = r.ns_per_pair[v * ROUNDS + i];

			measured += !isnan(ns);
			CHECK(isnan(ns) || (ns > 1 && ns < 1e7));
			CHECK_EQ(isnan(ns), isnan(r.mean_ns[v * ROUNDS + i]));
			CHECK(isnan(ns) || (r.mean_ns[v * ROUNDS + i] > 1));
			CHECK(r.pairs[v * ROUNDS + i] > 0);
			CHECK_EQ(r.failed[v * ROUNDS + i], 0);
			CHECK_EQ(r.bytes[v * ROUNDS + i], r.pairs[v * ROUNDS + i] * 4096);
			CHECK(r.seconds[v * ROUNDS + i] > 0);
		}
		complete &= measured > 0;
		CHECK(r.dropped_by[v] >= 0 && r.dropped_by[v] <= 1);
		CHECK(!r.looks[v].exists);
		CHECK(!r.growth[v].exists);
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

static uint32_t tracker_named(const char *name)
{
	for (uint32_t i = 0; i < lab_nr_trackers(); i++)
		if (strcmp(lab_tracker_name(i), name) == 0)
			return i;
	CHECK(!"no such tracker");
	return 0;
}

/*
 * Timed threads that hold every CPU do not keep the sampler from its looks, nor does
 * it look at what is not sampled.
 */
static void test_looks(void)
{
	const struct lab_variant both[] = { { .tracker = 0 },
					    { .tracker = tracker_named("sampled") } };
	struct lab_control control = { 0 };
	struct lab_bench b = short_bench(cpus_allowed());
	struct lab_bench_result r;

	b.variants = both;
	b.nr_variants = 2;
	b.rounds = 40;
	b.sample_period_ns = 250000;
	b.realtime = true;
	CHECK_EQ(lab_run_bench(&b, &control, &r), 0);
	CHECK(!r.looks[0].exists);
	CHECK(r.looks[1].exists);
	/* Eight in a slice of two milliseconds; a slice that stood still is longer. */
	CHECK(r.looks[1].due >= 40 * 7);
	CHECK(r.looks[1].made <= r.looks[1].due);
	printf("%" PRIu64 " of %" PRIu64 " looks were made%s\n", r.looks[1].made, r.looks[1].due,
	       r.realtime ? "" : ", without real time");
	/* Below them it was none; above them, only a CPU that is taken away costs some. */
	if (r.realtime)
		CHECK(r.looks[1].made >= r.looks[1].due / 2);
	lab_bench_result_free(&r);
}

/* Growth work is counted where a pool can grow, and begun while the threads run. */
static void test_growth(void)
{
	struct lab_control control = { 0 };
	const struct lab_size_range whole = { 131072, 131072, 131072, 1 };
	struct lab_bench b = short_bench(1);
	struct lab_bench_result r;

	/* Two mappings fill it. */
	b.pool.nslabs = 128;
	b.pool.nareas = 1;
	b.workload.in_flight = 8;
	b.workload.sizes = &whole;
	b.pool.can_grow = true;
	/* Room for one more pool, or one transient one: maps go on asking for growth. */
	b.pool.grow_base = 0UL - 2 * (128UL << IO_TLB_SHIFT);
	CHECK_EQ(lab_run_bench(&b, &control, &r), 0);
	for (unsigned int v = 0; v < VARIANTS; v++) {
		CHECK(r.growth[v].exists);
		CHECK(r.growth[v].due > 0);
		CHECK(r.growth[v].made > 0);
		CHECK(r.growth[v].made <= r.growth[v].due);
		CHECK(!r.looks[v].exists);
	}
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
	test_looks();
	test_growth();
	test_refused();
	check_threads(before);
	return 0;
}
