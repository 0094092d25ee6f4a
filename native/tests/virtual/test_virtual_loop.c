// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that change one word: what follows from the costs alone. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "virtual/lab_loop.h"
#include "check.h"
#include "costs.h"

static struct lab_loop_result run(struct lab_loop loop)
{
	struct lab_control control = { 0 };
	struct lab_loop_result result, again;

	const double follow = loop.costs.follow;

	loop.costs = costs;
	loop.costs.hold = 0;
	loop.costs.follow = follow;
	loop.costs.complex = 100;
	loop.seed = 1;
	CHECK(!lab_loop_check(&loop));
	CHECK_EQ(lab_run_loop(&loop, &control, &result), 0);
	CHECK_EQ(lab_run_loop(&loop, &control, &again), 0);
	CHECK(result.ns_per_change == again.ns_per_change);
	return result;
}

static bool near(double a, double b)
{
	return fabs(a - b) < 0.01 * b;
}

/* Each addition is a move, and everybody waits for those of all others. */
static void additions_queue(void)
{
	const struct lab_topology one = { 1, 16, 1, 0 }, two = { 2, 8, 1, 0 },
				  complexes = { 1, 4, 1, 1 };

	CHECK(near(run((struct lab_loop){ .topology = one, .cpus = 1, .duration_ns = 1e5 })
			   .ns_per_change,
		   costs.atomic));
	for (unsigned int n = 2; n <= 16; n *= 2) {
		struct lab_loop loop = { .topology = one, .cpus = n, .duration_ns = 1e5 };
		struct lab_loop_result r = run(loop);

		CHECK(near(r.ns_per_change, n * costs.core));
		CHECK(near(r.attempts, 1));
	}
	CHECK(run((struct lab_loop){ .topology = two, .cpus = 16, .duration_ns = 1e5 })
		      .ns_per_change > 16 * costs.core);
	CHECK(near(run((struct lab_loop){ .topology = complexes, .cpus = 4, .duration_ns = 1e5 })
			   .ns_per_change,
		   4 * 100));
}

/*
 * Who waited for a move gets the line sooner behind it. Two CPUs never wait for each
 * other's: what they wait for is their own move, whatever follows.
 */
static void moves_follow_each_other(void)
{
	const struct lab_topology one = { 1, 16, 1, 0 }, complexes = { 1, 4, 1, 1 };
	const double follow = costs.core / 3;
	struct lab_loop loop = { .topology = one, .duration_ns = 1e5 };

	loop.costs.follow = follow;
	loop.cpus = 2;
	CHECK(near(run(loop).ns_per_change, costs.core));
	for (loop.cpus = 4; loop.cpus <= 16; loop.cpus *= 2)
		CHECK(near(run(loop).ns_per_change, loop.cpus * follow));
	/* Further, it is as much longer; and never longer than a move. */
	loop.topology = complexes;
	loop.cpus = 4;
	CHECK(near(run(loop).ns_per_change, 4 * follow * 100 / costs.core));
	loop.costs.follow = 2 * costs.core;
	CHECK(near(run(loop).ns_per_change, 4 * 100));
	loop.costs.follow = -1;
	CHECK_EQ(strcmp(lab_loop_check(&loop), "costs.follow"), 0);
}

/* An exchange whose look is out of date is made once more. */
static void exchanges_are_repeated(void)
{
	const struct lab_topology one = { 1, 8, 1, 0 };
	struct lab_loop loop = { .topology = one, .kind = LAB_LOOP_EXCHANGE, .duration_ns = 1e5 };
	struct lab_loop_result alone, many;

	loop.cpus = 1;
	alone = run(loop);
	CHECK(near(alone.attempts, 1));
	CHECK(near(alone.ns_per_change, 2 * costs.own + costs.atomic));
	loop.cpus = 8;
	many = run(loop);
	CHECK(many.attempts > 1.5);
	CHECK(many.ns_per_change > 8 * costs.core);
}

static void what_makes_no_sense_is_refused(void)
{
	struct lab_loop loop = {
		.topology = { 1, 4, 1, 0 }, .costs = costs, .cpus = 4, .duration_ns = 1e4
	};
	struct lab_control control = { 0 };
	struct lab_loop_result result;

	CHECK(!lab_loop_check(&loop));
	loop.cpus = 5;
	CHECK_EQ(strcmp(lab_loop_check(&loop), "cpus"), 0);
	CHECK_EQ(lab_run_loop(&loop, &control, &result), -EINVAL);
	loop.cpus = 4;
	loop.duration_ns = -1;
	CHECK(lab_loop_check(&loop));
	loop.duration_ns = 1e4;
	loop.kind = LAB_NR_LOOPS;
	CHECK_EQ(strcmp(lab_loop_check(&loop), "kind"), 0);
	loop.kind = LAB_LOOP_ADD;
	loop.topology.complex_cores = LAB_VIRTUAL_MAX_CPUS + 1;
	CHECK_EQ(strcmp(lab_loop_check(&loop), "topology.complexCores"), 0);
	loop.topology.complex_cores = 0;
	loop.costs.complex = -1;
	CHECK_EQ(strcmp(lab_loop_check(&loop), "costs.complex"), 0);
}

static void a_stop_ends_it(void)
{
	const struct lab_loop loop = {
		.topology = { 1, 4, 1, 0 }, .costs = costs, .cpus = 4, .duration_ns = 3e12
	};
	struct lab_control control = { 0 };
	struct lab_loop_result result;

	lab_stop(&control);
	CHECK_EQ(lab_run_loop(&loop, &control, &result), 0);
	CHECK(result.cancelled);
}

int main(void)
{
	additions_queue();
	moves_follow_each_other();
	exchanges_are_repeated();
	what_makes_no_sense_is_refused();
	a_stop_ends_it();
	return 0;
}
