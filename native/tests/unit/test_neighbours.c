/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks at how threads stand to each other: figures that can be, in bounded time. */
#include <errno.h>
#include <math.h>
#include <sched.h>

#include "engine/clock.h"
#include "engine/median.h"
#include "engine/neighbours.h"
#include "workloads.h"

#define LOOKS 40

static unsigned int cpus_allowed(void)
{
	cpu_set_t allowed;

	CHECK_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	return (unsigned int)CPU_COUNT(&allowed);
}

/* With @members threads, each with a CPU of its own. */
static void test_looks(unsigned int members)
{
	double moves[LOOKS], took[LOOKS];
	struct neighbours *n;
	struct pinned_threads *team;
	unsigned int seen = 0;

	CHECK_EQ(pinned_threads_create(members, true, &team), 0);
	CHECK_EQ(neighbours_create(team, members, &n), 0);
	for (unsigned int i = 0; i < LOOKS; i++) {
		uint64_t begin = clock_ns();
		struct lab_line line;

		neighbours_probe(n, &line);
		took[i] = (double)(clock_ns() - begin);
		CHECK_EQ(isnan(line.nearest_ns), isnan(line.furthest_ns));
		CHECK_EQ(isnan(line.nearest_ns), isnan(line.slowdown));
		if (isnan(line.nearest_ns))
			continue;
		CHECK(line.nearest_ns <= line.furthest_ns);
		CHECK(members > 2 || line.nearest_ns == line.furthest_ns);
		/* No store is seen elsewhere at once, nor takes as long as a look may. */
		CHECK(line.nearest_ns > 1);
		CHECK(line.furthest_ns < 1e6);
		CHECK(line.slowdown > 0);
		moves[seen++] = line.furthest_ns;
	}
	/* Whatever the host does: it does not take a CPU away in every single look. */
	CHECK(seen > 0);
	sort_values(moves, seen);
	sort_values(took, LOOKS);
	printf("%u threads: %u of %d looks, a line moves in %.1f ns, a look takes %.0f us\n",
	       members, seen, LOOKS, moves[seen / 2], took[LOOKS / 2] / 1000);
	/* Bounded: a pair gives up after a millisecond, and there are two turns of pairs. */
	CHECK(took[LOOKS / 2] < SHORTER * 50e6);
	neighbours_destroy(n);
	pinned_threads_destroy(team);
}

/* More threads than CPUs, or one alone: there is nothing to look at. */
static void test_refused(void)
{
	const unsigned int many = cpus_allowed() + 1;
	struct neighbours *n = NULL;
	struct pinned_threads *team;

	CHECK_EQ(pinned_threads_create(many, true, &team), 0);
	CHECK_EQ(neighbours_create(team, many, &n), -EINVAL);
	pinned_threads_destroy(team);
	CHECK_EQ(pinned_threads_create(1, true, &team), 0);
	CHECK_EQ(neighbours_create(team, 1, &n), -EINVAL);
	pinned_threads_destroy(team);
	CHECK(!n);
}

static void note_cpu(void *ctx, unsigned int me)
{
	((int *)ctx)[me] = sched_getcpu();
}

/* Each member is on the CPU that was wanted for it, and none on one that is not there. */
static void test_chosen(void)
{
	unsigned int cpus[2], found = 0;
	struct pinned_threads *team;
	cpu_set_t allowed;
	int on[2];

	CHECK_EQ(sched_getaffinity(0, sizeof(allowed), &allowed), 0);
	/* The second comes first. */
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE && found < 2; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			cpus[1 - found++] = cpu;
	CHECK_EQ(pinned_threads_create_on(2, cpus, false, &team), 0);
	CHECK(pinned_threads_facts(team).pinned);
	pinned_threads_run(team, note_cpu, on);
	CHECK_EQ(on[0], (int)cpus[0]);
	CHECK_EQ(on[1], (int)cpus[1]);
	pinned_threads_destroy(team);
	cpus[1] = CPU_SETSIZE;
	CHECK_EQ(pinned_threads_create_on(2, cpus, false, &team), 0);
	CHECK(!pinned_threads_facts(team).pinned);
	pinned_threads_destroy(team);
}

int main(void)
{
	const unsigned int before = threads_at_start();
	const unsigned int cpus = cpus_allowed();

	test_refused();
	if (cpus < 2)
		SKIP("a line moves between two CPUs; here is one");
	test_chosen();
	test_looks(2);
	if (cpus > 2)
		test_looks(cpus > 8 ? 8 : cpus);
	check_threads(before);
	return 0;
}
