// SPDX-License-Identifier: GPL-2.0-only
/* CPUs that change one word in virtual time. */
/* Where areas lie is the same behind every tracker. */
#include "trackers/off.h"

#include <stdlib.h>

#include "virtual/lab_loop.h"
#include "virtual/machine/run.h"

/**
 * struct loop_run - one run
 * @word: its memory is that of the areas, which nobody uses here; what it holds is
 *	@value, because an area begins there
 * @half: when the part that is measured begins
 * @changes: made in it
 * @attempts: locked instructions of those changes
 */
struct loop_run {
	struct virtual_run run;
	const struct lab_loop *loop;
	const void *word;
	u64 value;
	u64 half;
	u64 changes;
	u64 attempts;
};

static struct loop_run *loop_of(struct machine *m)
{
	return (struct loop_run *)((char *)run_of(m) - offsetof(struct loop_run, run));
}

/*
 * Each access is announced first: after that it is this CPU's turn until the next one.
 * Between a look and its exchange a CPU makes the new value, which takes about what an
 * access to an own line does: without that, CPUs in lockstep would miss each other for
 * ever.
 *
 * Return: the locked instructions that it took.
 */
static u64 change(struct loop_run *l, struct vcpu *v)
{
	u64 seen, attempts = 0;

	if (l->loop->kind == LAB_LOOP_ADD) {
		instrument_access(l->word, sizeof(l->value), ACCESS_ATOMIC);
		l->value++;
		return 1;
	}
	instrument_access(l->word, sizeof(l->value), ACCESS_READ_ONCE);
	seen = l->value;
	for (;;) {
		vcpu_spend(v, LAB_SPENT_OTHER, jittered(v, l->run.machine.lines.costs.own));
		instrument_access(l->word, sizeof(l->value), ACCESS_EXCHANGE);
		attempts++;
		if (l->value == seen)
			break;
		seen = l->value;
	}
	l->value++;
	return attempts;
}

static void loop_program(struct machine *m, struct vcpu *v)
{
	struct loop_run *l = loop_of(m);

	while (v->now < l->run.end && !l->run.stop) {
		const u64 attempts = change(l, v);

		l->run.result->steps++;
		if (v->now < l->half || v->now >= l->run.end)
			continue;
		l->changes++;
		l->attempts += attempts;
	}
	l->run.working--;
}

const char *lab_loop_check(const struct lab_loop *loop)
{
	const struct lab_topology *t = &loop->topology;
	const struct lab_pool pool = { .nslabs = 128, .nareas = 1 };
	const struct lab_virtual setup = {
		.topology = *t,
		.costs = loop->costs,
		.duration_ns = loop->duration_ns,
	};
	const uint64_t cpus = (uint64_t)t->sockets * t->cores * t->threads;
	const struct lab_workload w = { .cpus = (uint32_t)min(cpus, (uint64_t)UINT32_MAX) };
	const char *field;

	if (loop->kind >= LAB_NR_LOOPS)
		return "kind";
	field = lab_virtual_check(&pool, &w, &setup);
	if (!field && (!loop->cpus || loop->cpus > cpus))
		return "cpus";
	return field;
}

int lab_run_loop(const struct lab_loop *loop, struct lab_control *control,
		 struct lab_loop_result *result)
{
	const struct lab_pool pool = { .nslabs = 128, .nareas = 1, .start = 0x40000000UL };
	/* No tracker: the first of the list is "off". */
	const struct lab_variant variant = { 0 };
	const struct lab_virtual setup = {
		.topology = loop->topology,
		.costs = loop->costs,
		.duration_ns = loop->duration_ns,
	};
	const struct run_plan plan = {
		.pool = &pool,
		.variant = &variant,
		.setup = &setup,
		.cpus = loop->cpus,
		.seed = loop->seed,
		.program = loop_program,
	};
	struct lab_virtual_result *whole;
	struct loop_run *l;
	int err = -ENOMEM;

	*result = (struct lab_loop_result){ 0 };
	if (lab_loop_check(loop))
		return -EINVAL;
	l = calloc(1, sizeof(*l));
	whole = calloc(1, sizeof(*whole));
	if (!l || !whole)
		goto free;
	l->loop = loop;
	err = run_open(&l->run, &plan, whole);
	if (err)
		goto free;
	l->word = (const void *)l->run.in.mem->defpool.areas;
	l->half = l->run.end / 2;
	err = run_execute(&l->run, control);
	result->cancelled = l->run.stop;
	result->changes = l->changes;
	if (l->changes) {
		const double ps = (double)(l->run.end - l->half);

		result->ns_per_change = ps / 1000 * loop->cpus / (double)l->changes;
		result->attempts = (double)l->attempts / (double)l->changes;
	}
	run_close(&l->run);
free:
	free(whole);
	free(l);
	return err;
}
