// SPDX-License-Identifier: GPL-2.0-only
/* Workloads in virtual time: truth, promises, sameness, limits. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "virtual/lab_predict.h"
#include "costs.h"
#include "fixture.h"
#include "workloads.h"

struct plan {
	const char *tracker;
	uint32_t cpus;
	uint32_t sockets;
	uint32_t in_flight;
	uint64_t steps;
	double duration_ns; /* where there are no steps */
	uint64_t nslabs;
	uint32_t nareas;
	uint64_t smallest; /* 0: a page */
	uint64_t largest;
	const struct lab_costs *costs; /* NULL: those of the tests */
	bool copy;
	bool random;
	uint64_t seed;
	struct lab_burst burst;
	struct lab_events *events;
};

/* Single pages, with an area of 512 slots for each CPU. */
static struct plan pages(const char *tracker, uint32_t cpus, uint32_t sockets)
{
	return (struct plan){
		.tracker = tracker,
		.cpus = cpus,
		.sockets = sockets,
		.in_flight = 4,
		.steps = 300,
		.nslabs = 512 * (uint64_t)cpus,
		.nareas = cpus,
		.largest = 4096,
		.seed = 3,
	};
}

static int try_under(const struct plan *p, struct lab_control *control,
		     struct lab_virtual_result *r)
{
	const struct lab_pool pool = { p->nslabs, p->nareas, .start = POOL_START };
	const struct lab_variant variant = {
		.tracker = tracker_number(p->tracker),
		.enabled = true,
	};
	const struct lab_size_range sizes = { p->smallest ?: 4096, p->largest, 4096, 1 };
	const struct lab_workload w = {
		.cpus = p->cpus,
		.in_flight = p->in_flight,
		.order = LAB_RANDOM,
		.load = p->random ? LAB_TOGGLE : LAB_STEADY,
		.sizes = &sizes,
		.nr_sizes = 1,
		.orig_align = 4096,
		.copy = p->copy,
		.seed = p->seed,
		.burst = p->burst,
	};
	const struct lab_virtual setup = {
		.topology = { p->sockets, p->cpus / p->sockets, 1, 0 },
		.costs = p->costs ? *p->costs : costs,
		.steps = p->steps,
		.duration_ns = p->duration_ns,
		.warm_steps = 2 * p->in_flight,
		.sample_period_ns = 20000,
		.events = p->events,
	};

	CHECK_SOUND(lab_virtual_check(&pool, &w, &setup));
	return lab_run_virtual(&pool, &variant, &w, &setup, control, r);
}

static struct lab_virtual_result run_under(const struct plan *p, struct lab_control *control)
{
	struct lab_virtual_result r;

	CHECK_EQ(try_under(p, control, &r), 0);
	return r;
}

static struct lab_virtual_result run(const struct plan *p)
{
	struct lab_control control = { 0 };

	return run_under(p, &control);
}

static void check_result(const struct plan *p, const struct lab_virtual_result *r)
{
	const struct lab_accuracy *a = &r->accuracy;
	double spent = 0;

	check_promise(a);
	CHECK(!r->deadlocked);
	CHECK(!a->cancelled);
	/* A CPU that is faster than others makes more steps while they warm up. */
	CHECK(r->steps >= p->cpus * (p->steps + 2 * p->in_flight));
	/* Time and throughput are one figure, as all CPUs have one stretch of time. */
	CHECK(fabs(r->pairs_per_second * r->ns_per_pair / 1e9 / p->cpus - 1) < 1e-9);
	/* The truth is one of the orders that the overlap allows. */
	CHECK(a->truth_low <= r->truth);
	CHECK(r->truth <= a->truth_high);
	CHECK(a->truth_high <= a->demand_peak);
	CHECK(r->truth > 0);
	CHECK(r->truth <= p->nslabs);
	/* Every nanosecond is accounted for. */
	for (int i = 0; i < LAB_NR_SPENT; i++)
		spent += r->spent_ns[i];
	CHECK(spent > r->ns_per_pair * (double)r->pairs * 0.999);
	CHECK(spent < r->ns_per_pair * (double)r->pairs * 1.001);
	/* As are all parts of the run, and the lines by what was done meanwhile. */
	for (int i = 0; i < LAB_VIRTUAL_WINDOWS; i++)
		CHECK(r->window_ns[i] > 0 || p->steps < LAB_VIRTUAL_WINDOWS);
	CHECK(r->half_ns[0] > 0);
	CHECK(r->half_ns[1] > 0);
}

static void every_tracker_keeps_its_promise(void)
{
	for (uint32_t i = 0; i < swiotlb_nr_trackers; i++) {
		struct plan p = pages(swiotlb_trackers[i].name, 16, 2);
		struct lab_virtual_result r;

		p.in_flight = 8;
		p.steps = 200;
		p.nslabs = 16384;
		p.largest = 65536;
		p.random = true;
		p.seed = 7;
		p.burst = (struct lab_burst){ 8, 262144, 200, 40 };
		r = run(&p);
		check_result(&p, &r);
		/* With room for all, and too small for it: maps fail then. */
		p.nslabs = 2048;
		r = run(&p);
		check_result(&p, &r);
		CHECK(r.accuracy.failed_maps > 0);
		CHECK(r.accuracy.full > 0);
	}
}

/* The structure holds padding, so two results are compared as runs leave them. */
static void same_seed_same_result(void)
{
	struct plan p = pages("global-atomic", 32, 4);
	static struct lab_virtual_result a, b, c;

	p.largest = 16384;
	p.copy = true;
	a = run(&p);
	b = run(&p);
	CHECK_EQ(memcmp(&a, &b, sizeof(a)), 0);
	p.seed = 2;
	c = run(&p);
	CHECK(a.virtual_ns != c.virtual_ns);
	CHECK(a.spent_ns[LAB_SPENT_COPY] > 0);
}

/*
 * Two CPUs whose locks lie on one line, and which walk over lines of their own for most of
 * their time. In lockstep each would lose the line at the same place for ever: which place
 * would be the seed's, and so what a pair takes.
 */
static void a_walk_keeps_no_step(void)
{
	struct lab_costs walks = costs;
	struct plan p = pages("global-atomic", 2, 1);
	double least = INFINITY, most = 0;

	walks.core = 30;
	walks.map[0] = walks.search[0] = walks.unmap[0] = walks.release[0] = 0.01;
	p.costs = &walks;
	p.in_flight = 1;
	p.steps = 4000;
	p.smallest = p.largest = 262144;
	for (p.seed = 1; p.seed <= 8; p.seed++) {
		const struct lab_virtual_result r = run(&p);

		least = fmin(least, r.ns_per_pair);
		most = fmax(most, r.ns_per_pair);
	}
	printf("256 KiB on one line of locks, 8 seeds: %.0f to %.0f ns a pair\n", least, most);
	CHECK(most < 1.02 * least);
}

/* One line for all: it saturates, and what does not need it goes on. */
static void the_counter_is_a_bottleneck(void)
{
	struct plan p = pages("off", 64, 2);
	struct lab_virtual_result off = run(&p), atomic;

	p.tracker = "global-atomic";
	atomic = run(&p);
	CHECK_EQ(off.accuracy.locked, 0);
	CHECK(off.spent_ns[LAB_SPENT_TRACKER] < off.spent_ns[LAB_SPENT_SEARCH] / 100);
	CHECK(atomic.accuracy.locked >= 2 * atomic.pairs);
	CHECK(atomic.pairs_per_second < off.pairs_per_second / 2);
	printf("waited for: counters %.0f, descriptor %.0f, areas %.0f ns\n",
	       atomic.lines[LAB_LINE_COUNTERS].waited_ns,
	       atomic.lines[LAB_LINE_DESCRIPTOR].waited_ns, atomic.lines[LAB_LINE_AREA].waited_ns);
	/* The descriptor moves with the counters; neighbouring areas share lines, too. */
	CHECK(atomic.lines[LAB_LINE_COUNTERS].waited_ns +
		      atomic.lines[LAB_LINE_DESCRIPTOR].waited_ns >
	      3 * atomic.lines[LAB_LINE_AREA].waited_ns);
	CHECK(atomic.spent_ns[LAB_SPENT_TRACKER] > off.spent_ns[LAB_SPENT_SEARCH]);
	printf("64 CPUs: off %.0f ns, global-atomic %.0f ns a pair\n", off.ns_per_pair,
	       atomic.ns_per_pair);
}

static void one_area_queues_for_its_lock(void)
{
	struct plan p = pages("off", 8, 1);
	struct lab_virtual_result r;

	p.nareas = 1;
	r = run(&p);
	check_result(&p, &r);
	CHECK(r.locks_waited > r.locks / 2);
	CHECK(r.spent_ns[LAB_SPENT_LOCK_WAIT] > r.spent_ns[LAB_SPENT_SEARCH]);
}

/* The thread sanitizer needs a megabyte for each coroutine, and its time. */
#ifdef __SANITIZE_THREAD__
#define MANY_CPUS 64
#else
#define MANY_CPUS 1024
#endif

static void many_cpus_fit(void)
{
	struct plan p = pages("per-area", MANY_CPUS, 8);
	struct lab_virtual_result r;
	struct rusage usage;

	p.steps = 4;
	p.nslabs = 524288;
	p.copy = true;
	r = run(&p);
	check_result(&p, &r);
	CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
	printf("%d CPUs, 1 GiB pool: %ld MiB resident\n", MANY_CPUS, usage.ru_maxrss >> 10);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	CHECK(usage.ru_maxrss < 1L << 20);
#endif
}

static void stop_soon(void *ctx, const struct lab_progress *progress)
{
	struct lab_control *control = ctx;

	lab_stop(control);
}

static void a_stopped_run_ends(void)
{
	struct plan p = pages("global-atomic", 128, 1);
	struct lab_control control = { .progress = stop_soon };
	struct lab_virtual_result r;

	control.ctx = &control;
	p.steps = 0;
	p.duration_ns = 3e12;
	r = run_under(&p, &control);
	CHECK(r.accuracy.cancelled);
	CHECK(r.accuracy.maps > 0);
	CHECK(r.virtual_ns < 3e12);
}

static void what_cannot_be_run_is_named(void)
{
	const struct lab_pool pool = { 65536, 128, .start = POOL_START };
	struct lab_pool growing = pool;
	const struct lab_workload w = { .cpus = 128 };
	const struct lab_virtual good = { .topology = { 2, 32, 2, 0 }, .costs = costs, .steps = 1 };
	struct lab_virtual bad;

	CHECK_SOUND(lab_virtual_check(&pool, &w, &good));
	growing.can_grow = true;
	CHECK_EQ(strcmp(lab_virtual_check(&growing, &w, &good), "pool.canGrow"), 0);
#define REFUSED(member, value, field)                                                              \
	do {                                                                                       \
		bad = good;                                                                        \
		bad.member = (value);                                                              \
		CHECK_EQ(strcmp(lab_virtual_check(&pool, &w, &bad), field), 0);                    \
	} while (0)
	REFUSED(topology.cores, 31, "cpus");
	REFUSED(topology.sockets, 0, "topology.sockets");
	REFUSED(costs.core, -1, "costs.core");
	REFUSED(costs.core, 0. / 0., "costs.core");
	REFUSED(costs.own, 0, "costs.own");
	REFUSED(costs.walk, 0, "costs.walk");
	REFUSED(costs.copy[1].bytes, 10, "costs.copy");
	REFUSED(steps, 0, "steps");
#undef REFUSED
}

/* Whatever is logged, and how much of it, the run is the same. */
static void a_log_changes_nothing(void)
{
	static const char *const names[] = { "off", "global-atomic", "reserve", "epochs", "tree" };
	static struct lab_virtual_result before, r;
	struct lab_control control = { 0 };
	struct lab_event last;
	FILE *file = tmpfile();

	CHECK(file);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct lab_events all = { .fd = fileno(file), .most = 1 << 20 };
		struct lab_events some = { .fd = fileno(file), .most = 100 };
		struct lab_events full = { .fd = open("/dev/full", O_WRONLY), .most = 100 };
		struct plan p = pages(names[i], 8, 2);

		before = run(&p);
		p.events = &all;
		r = run(&p);
		CHECK_EQ(memcmp(&before, &r, sizeof(r)), 0);
		CHECK_EQ(all.lost, 0);
		CHECK(all.kept > 2 * 8 * 300);
		CHECK_EQ(pread(fileno(file), &last, sizeof(last),
			       (off_t)((all.kept - 1) * sizeof(last))),
			 sizeof(last));
		CHECK(last.kind < LAB_NR_EVENT_KINDS);
		p.events = &some;
		r = run(&p);
		CHECK_EQ(memcmp(&before, &r, sizeof(r)), 0);
		CHECK_EQ(some.kept, 100);
		CHECK_EQ(some.kept + some.lost, all.kept);
		CHECK(some.lost_from_ps < some.lost_to_ps);
		p.events = &full;
		CHECK_EQ(try_under(&p, &control, &r), -ENOSPC);
		close(full.fd);
	}
	fclose(file);
}

/* For how long one CPU waits for its area's lock, each time that it has to. */
static double mean_wait(const char *tracker)
{
	struct plan p = pages(tracker, 1, 1);
	struct lab_virtual_result r;

	p.steps = 20000;
	r = run(&p);
	return r.locks_waited ? r.spent_ns[LAB_SPENT_LOCK_WAIT] / (double)r.locks_waited : 0;
}

/*
 * What the worker reads and writes without an atomic word takes time, and it holds an
 * area's lock meanwhile: an area's log has more lines than its marks.
 */
static void a_workers_plain_lines_take_time(void)
{
	double windowed = mean_wait("windowed");

	CHECK_EQ(mean_wait("off"), 0);
	CHECK(windowed > 0);
	CHECK(mean_wait("epochs") > 2 * windowed);
}

int main(void)
{
	every_tracker_keeps_its_promise();
	same_seed_same_result();
	a_walk_keeps_no_step();
	the_counter_is_a_bottleneck();
	one_area_queues_for_its_lock();
	many_cpus_fit();
	a_stopped_run_ends();
	a_log_changes_nothing();
	a_workers_plain_lines_take_time();
	what_cannot_be_run_is_named();
	return 0;
}
