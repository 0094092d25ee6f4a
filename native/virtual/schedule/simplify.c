// SPDX-License-Identifier: GPL-2.0-only
/* One change to a scenario, which makes it smaller or plainer. */
#include "virtual/schedule/simplify.h"

/* The kind of an operation that is about to be left out. */
#define LEFT_OUT UINT16_MAX

/* Whether the map with this id is one of the operations from @from to @to. */
static bool maps_id(const struct lab_scenario *scenario, size_t from, size_t to, u64 id)
{
	for (size_t i = from; i < to; i++)
		if (scenario->ops[i].kind == LAB_OP_MAP && scenario->ops[i].id == id)
			return true;
	return false;
}

void scenario_leave_out(struct lab_scenario *scenario, size_t from, size_t to)
{
	struct lab_scenario whole = *scenario;
	size_t n = from, load = min(from, whole.load);

	/* Those that stay only move to the front: what is asked about moves last. */
	for (size_t i = to; i < whole.nr_ops; i++) {
		struct lab_op *op = &scenario->ops[i];

		if (op->kind == LAB_OP_UNMAP && maps_id(&whole, from, to, op->id))
			op->kind = LEFT_OUT;
	}
	for (size_t i = to; i < whole.nr_ops; i++) {
		if (scenario->ops[i].kind == LEFT_OUT)
			continue;
		load += i < whole.load;
		scenario->ops[n++] = scenario->ops[i];
	}
	scenario->load = load;
	scenario->nr_ops = n;
}

/* Half of it, in whole slots; false for what is one slot already. */
static bool halve(struct lab_scenario *scenario, size_t at)
{
	struct lab_op *op = &scenario->ops[at];

	if (op->kind != LAB_OP_MAP || op->size <= IO_TLB_SIZE)
		return false;
	op->size = op->size / 2 / IO_TLB_SIZE * IO_TLB_SIZE;
	return true;
}

/* As large as most pools are at most. Return: whether it was larger. */
static bool small_pool(struct lab_pool *pool)
{
	const u64 most = pool->nareas * 2UL * IO_TLB_SEGSIZE;

	if (pool->nslabs <= most)
		return false;
	pool->nslabs = most;
	return true;
}

/* Return: whether there was one to take away. */
static bool one_fewer(u32 *count)
{
	if (!*count)
		return false;
	--*count;
	return true;
}

bool scenario_simplify(struct lab_scenario *scenario, u32 layouts, enum scenario_change change,
		       size_t at)
{
	bool can = true;

	switch (change) {
	case LEAVE_OUT:
		scenario_leave_out(scenario, at, at + 1);
		break;
	case HALVE:
		can = halve(scenario, at);
		break;
	case PLAIN_LAYOUT:
		can = scenario->layout >> at & 1;
		scenario->layout &= ~(1U << at);
		can = can && layouts >> scenario->layout & 1;
		break;
	case NO_LOAD:
		can = scenario->load;
		scenario_leave_out(scenario, 0, scenario->load);
		break;
	case SMALL_POOL:
		can = small_pool(&scenario->pool);
		break;
	case NO_READ:
		can = one_fewer(&scenario->reads);
		break;
	case NO_LOOK:
		can = one_fewer(&scenario->looks);
		break;
	case NO_TOLERANCE:
		can = one_fewer(&scenario->nr_tolerances);
		break;
	case NO_GROWTH:
		can = scenario->pool.can_grow;
		scenario->pool.can_grow = false;
		break;
	case ON_AT_ONCE:
		can = scenario->late_switch;
		scenario->late_switch = false;
		scenario->switches -= can;
		break;
	case NO_SWITCH:
		/* Off at first, it is turned on. */
		can = scenario->switches > scenario->late_switch;
		scenario->switches -= can;
		break;
	case PLAIN_CLOCK:
		can = scenario->clock;
		scenario->clock = 0;
		break;
	case PLAIN_STRETCH:
		can = scenario->stretch_ns;
		scenario->stretch_ns = 0;
		break;
	case NO_WATCH:
		can = scenario->watched;
		scenario->watched = false;
		break;
	}
	return can;
}
