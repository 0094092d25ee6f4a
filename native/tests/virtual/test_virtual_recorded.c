// SPDX-License-Identifier: GPL-2.0-only
/* Recorded operations in virtual time: order, waits, resets, pace, what makes no sense. */
#include <math.h>
#include <string.h>

#include "engine/random.h"
#include "virtual/lab_recorded.h"
#include "costs.h"
#include "fixture.h"
#include "workloads.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SLOT 2048

static const struct lab_pool pool = { .nslabs = 1024, .nareas = 4, .start = POOL_START };

static int run(const char *tracker, const struct lab_op *ops, size_t n, const double *at_ns,
	       struct lab_recorded_result *r)
{
	const struct lab_variant variant = {
		.tracker = tracker_number(tracker),
		.enabled = true,
		.tolerance = 16,
		.batch = 4,
	};
	const struct lab_virtual setup = {
		.topology = { 1, 4, 1, 0 },
		.costs = costs,
		.sample_period_ns = 1000,
	};
	const struct lab_recorded recorded = {
		.ops = ops,
		.nr_ops = n,
		.at_ns = at_ns,
		.copy = true,
		.seed = 3,
	};
	struct lab_control control = { 0 };

	CHECK_SOUND(lab_recorded_check(&pool, &recorded, &setup));
	return lab_replay_virtual(&pool, &variant, &recorded, &setup, &control, r);
}

static struct lab_op map_op(uint32_t cpu, uint64_t id, uint64_t slots)
{
	return (struct lab_op){
		.kind = LAB_OP_MAP, .cpu = cpu, .id = id, .orig = 0x1000, .size = slots * SLOT
	};
}

static struct lab_op unmap_op(uint32_t cpu, uint64_t id)
{
	return (struct lab_op){ .kind = LAB_OP_UNMAP, .cpu = cpu, .id = id };
}

static struct lab_op place_op(uint64_t id, uint64_t slot, uint64_t slots)
{
	struct lab_op op = map_op(0, id, slots);

	op.kind = LAB_OP_PLACE;
	op.expect = slot + 1;
	return op;
}

static const struct lab_op reset_op = { .kind = LAB_OP_RESET };

static void check_kept(const struct lab_recorded_result *r)
{
	const struct lab_accuracy *a = &r->run.accuracy;

	check_promise(a);
	CHECK(!r->run.deadlocked);
	CHECK(!a->cancelled);
	CHECK(a->truth_low <= r->run.truth);
	CHECK(r->run.truth <= a->truth_high);
}

/* CPU 1 unmaps what CPU 0 maps last: it has nothing to do before that. */
static void an_unmap_waits_for_its_map(void)
{
	const struct lab_op ops[] = {
		map_op(0, 1, 4), map_op(0, 2, 4), map_op(0, 3, 4),   unmap_op(1, 3),
		map_op(1, 4, 8), unmap_op(0, 4),  map_op(2, 5, 200), unmap_op(3, 5),
	};
	struct lab_recorded_result r;
	const struct lab_accuracy *a = &r.run.accuracy;

	CHECK_EQ(run("global-atomic", ops, COUNT(ops), NULL, &r), 0);
	check_kept(&r);
	CHECK_EQ(a->maps, 5);
	CHECK_EQ(a->unmaps, 2);
	CHECK_EQ(a->failed_maps, 1);
	CHECK_EQ(a->failed_slots, 200);
	CHECK_EQ(a->full, 1);
	CHECK_EQ(r.skipped, 1);
	CHECK_EQ(a->used, 8);
	/* CPU 1 for CPU 0, CPU 0 for CPU 1, CPU 3 for CPU 2. */
	CHECK_EQ(r.waits, 3);
	CHECK(r.longest_wait_ns <= r.waited_ns);
	CHECK(r.waited_ns <= 3 * r.longest_wait_ns);
	CHECK_EQ(r.run.pairs, 4);
	/* Waiting is no part of an operation. */
	CHECK(r.run.spent_ns[LAB_SPENT_THINK] >= r.waited_ns - 1);
	/* Three are done before any unmap can be, whoever goes first. */
	CHECK_EQ(r.run.truth, 16);
	CHECK_EQ(a->hiwater, 16);
}

static void a_reset_divides_the_record(void)
{
	const struct lab_op ops[] = {
		place_op(9, 256, 10), map_op(0, 1, 100), map_op(1, 2, 50), reset_op,
		unmap_op(1, 1),	      map_op(0, 3, 1),	 reset_op,	   reset_op,
		map_op(2, 4, 2),      unmap_op(3, 9),	 unmap_op(0, 2),   reset_op,
	};

	for (uint32_t i = 0; i < swiotlb_nr_trackers; i++) {
		const char *name = swiotlb_trackers[i].name;
		struct lab_recorded_result r;

		CHECK_EQ(run(name, ops, COUNT(ops) - 1, NULL, &r), 0);
		CHECK_SOUND(r.run.accuracy.broken);
		CHECK(!r.run.deadlocked);
		/* 61 at the reset, and 2 more, perhaps after others have gone. */
		CHECK(r.run.truth == 61 || r.run.truth == 63);
		CHECK_EQ(r.run.accuracy.used, 3);
		CHECK(r.waits > 0);
		if (!strcmp(name, "global-atomic") || !strcmp(name, "reserve"))
			check_kept(&r);
		/* With a reset at the end, what is in use is the peak. */
		CHECK_EQ(run(name, ops, COUNT(ops), NULL, &r), 0);
		CHECK_EQ(r.run.truth, 3);
		CHECK_EQ(r.run.accuracy.truth_high, 3);
	}
}

static void times_are_kept(void)
{
	const struct lab_op ops[] = {
		map_op(0, 1, 8), unmap_op(1, 1), map_op(2, 2, 8), unmap_op(2, 2), map_op(3, 3, 8),
	};
	/* Any moment may be the first; one is not known; one is recorded too early. */
	const double at_ns[] = { 5e9, 5e9 + 3e6, 5e9 + 1e6, NAN, 5e9 + 2e9 };
	struct lab_recorded_result r, free_run;

	CHECK_EQ(run("global-atomic", ops, COUNT(ops), at_ns, &r), 0);
	check_kept(&r);
	CHECK_EQ(r.waits, 0);
	/* Never two of the first two at a time; the last is alone. */
	CHECK_EQ(r.run.truth, 16);
	CHECK(r.run.virtual_ns >= 2e9);
	CHECK(r.run.virtual_ns < 2e9 + 1e6);
	CHECK(r.late_ns < 1e4);
	CHECK_EQ(run("global-atomic", ops, COUNT(ops), NULL, &free_run), 0);
	CHECK(free_run.run.virtual_ns < 1e5);
	CHECK_EQ(free_run.late_ns, 0);
}

/* Maps and unmaps of many CPUs, the unmaps mostly by others than mapped. */
static size_t draw(struct lab_op *ops, size_t room, uint64_t seed)
{
	struct random random = random_stream(seed, 1);
	uint64_t live[64], next = 1;
	size_t n = 0, nr_live = 0;

	while (n < room) {
		uint32_t cpu = (uint32_t)random_below(&random, 4);

		if (nr_live < COUNT(live) && random_below(&random, 2)) {
			live[nr_live++] = next;
			ops[n++] = map_op(cpu, next++, 1 + random_below(&random, 40));
		} else if (nr_live) {
			size_t k = random_below(&random, nr_live);

			ops[n++] = unmap_op(cpu, live[k]);
			live[k] = live[--nr_live];
		}
	}
	return n;
}

/* Each of four CPUs maps and unmaps, and CPU 3 goes on when the others have ended. */
static void a_cpu_that_goes_on_alone_is_told(void)
{
	enum { BUSY = 50, ALONE = 2000, OPS = 2 * (4 * BUSY + ALONE) };
	static struct lab_op ops[OPS];
	struct lab_recorded_result r, even;
	size_t n = 0;
	u64 id = 1;

	for (int i = 0; i < BUSY; i++) {
		for (uint32_t cpu = 0; cpu < 4; cpu++, id++) {
			ops[n++] = map_op(cpu, id, 4);
			ops[n++] = unmap_op(cpu, id);
		}
	}
	CHECK_EQ(run("global-atomic", ops, n, NULL, &even), 0);
	check_kept(&even);
	CHECK_EQ(even.cpus, 4);
	/* They begin within a microsecond, and end about together. */
	CHECK(even.at_work > 3.5 && even.at_work <= 4);
	CHECK(even.together > n * 8 / 10 && even.together < n);
	CHECK(even.together_ns < even.run.ns_per_pair * (double)even.run.pairs);

	for (int i = 0; i < ALONE; i++, id++) {
		ops[n++] = map_op(3, id, 4);
		ops[n++] = unmap_op(3, id);
	}
	CHECK_EQ(n, OPS);
	CHECK_EQ(run("global-atomic", ops, n, NULL, &r), 0);
	check_kept(&r);
	CHECK_EQ(r.cpus, 4);
	CHECK(r.at_work > 1 && r.at_work < 1.5);
	CHECK(r.together > 4 * BUSY * 2 * 8 / 10 && r.together < 4 * BUSY * 2 + BUSY);
	/* Alone nobody is waited for: all operations took less than those of all CPUs. */
	CHECK(r.run.ns_per_pair < 0.8 * 2 * r.together_ns / (double)r.together);
	/* One that maps nothing is none of them, nor is an unmap of what could not be mapped work. */
	ops[0] = map_op(2, 1, 200);
	ops[1] = unmap_op(1, 1);
	CHECK_EQ(run("off", ops, 2, NULL, &r), 0);
	CHECK_EQ(r.cpus, 1);
	CHECK_EQ(r.skipped, 1);
	CHECK_EQ(r.together, 1);
	CHECK(r.at_work == 1);
}

static void random_records_end(void)
{
	static struct lab_op ops[2000];
	static struct lab_recorded_result a, b;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		size_t n = draw(ops, COUNT(ops), seed);
		const char *name = swiotlb_trackers[seed % swiotlb_nr_trackers].name;

		CHECK_EQ(run(name, ops, n, NULL, &a), 0);
		check_kept(&a);
		CHECK(a.run.accuracy.maps + a.run.accuracy.unmaps + a.skipped == n);
		/* Same seed, same result; the padding is as it was set. */
		CHECK_EQ(run(name, ops, n, NULL, &b), 0);
		CHECK_EQ(memcmp(&a, &b, sizeof(a)), 0);
	}
}

static void check_bad(const struct lab_op *ops, size_t n, uint64_t bad)
{
	struct lab_recorded_result r;

	CHECK_EQ(run("off", ops, n, NULL, &r), -EINVAL);
	CHECK_EQ(r.bad_op, bad);
}

static void what_makes_no_sense_is_named(void)
{
	const struct lab_op unknown[] = { map_op(0, 1, 1), unmap_op(0, 2) };
	const struct lab_op twice[] = { map_op(0, 1, 1), unmap_op(0, 1), unmap_op(1, 1) };
	const struct lab_op live[] = { map_op(0, 1, 1), map_op(1, 1, 1) };
	const struct lab_op cpu[] = { map_op(0, 1, 1), map_op(4, 2, 1) };
	const struct lab_op early[] = { unmap_op(0, 1), map_op(0, 1, 1) };
	const struct lab_op late_place[] = { map_op(0, 1, 1), place_op(2, 64, 1) };
	const struct lab_op taken[] = { place_op(1, 64, 2), place_op(2, 65, 1) };
	const struct lab_op index[] = { { .kind = LAB_OP_SET_INDEX, .cpu = 4 } };
	const struct lab_op none[] = { map_op(0, 1, 0) };

	check_bad(unknown, COUNT(unknown), 1);
	check_bad(twice, COUNT(twice), 2);
	check_bad(live, COUNT(live), 1);
	check_bad(cpu, COUNT(cpu), 1);
	check_bad(early, COUNT(early), 0);
	check_bad(late_place, COUNT(late_place), 1);
	check_bad(taken, COUNT(taken), 1);
	check_bad(index, COUNT(index), 0);
	check_bad(none, COUNT(none), 0);
}

int main(void)
{
	a_cpu_that_goes_on_alone_is_told();
	an_unmap_waits_for_its_map();
	a_reset_divides_the_record();
	times_are_kept();
	random_records_end();
	what_makes_no_sense_is_named();
	return 0;
}
