// SPDX-License-Identifier: GPL-2.0-only
/* Which topologies and costs the virtual engine can run. */
#include <math.h>

#include "virtual/lab_recorded.h"
#include "kernel.h"

/*
 * No access takes longer than a millisecond, and no copy or pause longer than a
 * second: all CPUs of a machine that wait for each other stay within virtual time.
 */
#define COST_MAX_NS 1e6
#define PAUSE_MAX_NS 1e9
#define DURATION_MAX_NS 3.6e12

static bool cost_ok(double ns)
{
	return ns >= 0 && ns <= COST_MAX_NS;
}

static bool pause_ok(double ns)
{
	return ns >= 0 && ns <= PAUSE_MAX_NS;
}

static const char *check_topology(const struct lab_topology *t, uint32_t cpus)
{
	if (!t->sockets || t->sockets > LAB_VIRTUAL_MAX_SOCKETS)
		return "topology.sockets";
	if (!t->cores || t->cores > LAB_VIRTUAL_MAX_CPUS)
		return "topology.cores";
	if (t->complex_cores > LAB_VIRTUAL_MAX_CPUS)
		return "topology.complexCores";
	if (!t->threads || t->threads > LAB_VIRTUAL_MAX_CPUS)
		return "topology.threads";
	if (!cpus || cpus > LAB_VIRTUAL_MAX_CPUS ||
	    (uint64_t)t->sockets * t->cores * t->threads != cpus)
		return "cpus";
	return NULL;
}

static const char *check_copy(const struct lab_costs *c, bool copy)
{
	if (c->nr_copy > LAB_VIRTUAL_MAX_COPY_COSTS || (copy && !c->nr_copy))
		return "costs.copy";
	for (uint32_t i = 0; i < c->nr_copy; i++)
		if (!pause_ok(c->copy[i].ns) || !(c->copy[i].bytes >= 1) ||
		    c->copy[i].bytes > UINT32_MAX ||
		    (i && c->copy[i].bytes <= c->copy[i - 1].bytes))
			return "costs.copy";
	/* Zero is no limit; less than a byte in a microsecond is no memory. */
	if (c->socket_bytes_per_ns != 0 &&
	    !(c->socket_bytes_per_ns >= 1e-3 && c->socket_bytes_per_ns <= 1e6))
		return "costs.socketBandwidth";
	return NULL;
}

static const char *check_costs(const struct lab_costs *c, bool copy)
{
	const struct {
		const char *name;
		double ns;
	} costs[] = {
		{ "costs.own", c->own },
		{ "costs.walk", c->walk },
		{ "costs.atomic", c->atomic },
		{ "costs.shared", c->shared },
		{ "costs.core", c->core },
		{ "costs.complex", c->complex },
		{ "costs.socket", c->socket },
		{ "costs.hold", c->hold },
		{ "costs.follow", c->follow },
		{ "costs.handover", c->handover },
		{ "costs.clock", c->clock },
		{ "costs.map", c->map[0] },
		{ "costs.map", c->map[1] },
		{ "costs.search", c->search[0] },
		{ "costs.search", c->search[1] },
		{ "costs.unmap", c->unmap[0] },
		{ "costs.unmap", c->unmap[1] },
		{ "costs.release", c->release[0] },
		{ "costs.release", c->release[1] },
	};

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (!cost_ok(costs[i].ns))
			return costs[i].name;
	/* Time must go on: an access that takes none could be repeated for ever. */
	if (c->own < 0.01)
		return "costs.own";
	if (c->walk < 0.01)
		return "costs.walk";
	if (c->atomic < 0.01)
		return "costs.atomic";
	return check_copy(c, copy);
}

static const char *check_machine(const struct lab_pool *pool, const struct lab_virtual *setup,
				 uint32_t cpus, bool copy)
{
	const char *field = check_topology(&setup->topology, cpus);

	/* Lines and locks of pools to come would have to be found as they come. */
	if (pool->can_grow)
		return "pool.canGrow";
	if (!field)
		field = check_costs(&setup->costs, copy);
	if (field)
		return field;
	if (!pause_ok(setup->sample_period_ns) ||
	    (setup->sample_period_ns > 0 && setup->sample_period_ns < 1))
		return "samplePeriod";
	return NULL;
}

const char *lab_virtual_check(const struct lab_pool *pool, const struct lab_workload *workload,
			      const struct lab_virtual *setup)
{
	const char *field = check_machine(pool, setup, workload->cpus, workload->copy);

	if (field)
		return field;
	if (!setup->steps == !(setup->duration_ns > 0) || setup->steps > (1ULL << 40))
		return "steps";
	if (setup->duration_ns > DURATION_MAX_NS || setup->duration_ns < 0)
		return "duration";
	if (setup->warm_steps > (1ULL << 40))
		return "warmSteps";
	if (!pause_ok(setup->think_ns))
		return "think";
	return NULL;
}

const char *lab_recorded_check(const struct lab_pool *pool, const struct lab_recorded *recorded,
			       const struct lab_virtual *setup)
{
	const struct lab_topology *t = &setup->topology;
	const uint64_t cpus = (uint64_t)t->sockets * t->cores * t->threads;
	const char *field = check_machine(
		pool, setup, (uint32_t)(cpus < UINT32_MAX ? cpus : UINT32_MAX), recorded->copy);
	double first = INFINITY, last = -INFINITY;

	if (field || !recorded->at_ns)
		return field;
	for (size_t i = 0; i < recorded->nr_ops; i++) {
		first = fmin(first, recorded->at_ns[i]);
		last = fmax(last, recorded->at_ns[i]);
	}
	return last - first > DURATION_MAX_NS ? "at" : NULL;
}
