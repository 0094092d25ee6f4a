/* SPDX-License-Identifier: GPL-2.0-only */
/* What a scenario can be made of that shows the same with less; shrink.c tries it. */
#ifndef VIRTUAL_SCHEDULE_SIMPLIFY_H
#define VIRTUAL_SCHEDULE_SIMPLIFY_H

#include "virtual/schedule/types.h"

/* What may be made smaller or plainer: an operation, or the whole. */
enum scenario_change {
	LEAVE_OUT,
	HALVE,
	PLAIN_LAYOUT,
	NO_LOAD,
	SMALL_POOL,
	NO_LOOK,
	NO_READ,
	NO_TOLERANCE,
	NO_GROWTH,
	ON_AT_ONCE,
	NO_SWITCH,
	PLAIN_CLOCK,
	PLAIN_STRETCH,
	NO_WATCH,
};

/**
 * scenario_simplify() - make one change
 * @layouts: those that it may have, a bit each
 * @at: the operation that is left out or halved, or the layout's bit; else it means nothing
 *
 * Return: whether there was anything to change.
 */
bool scenario_simplify(struct lab_scenario *scenario, u32 layouts, enum scenario_change change,
		       size_t at);

/* @scenario without the operations from @from to @to, nor the unmaps of their maps. */
void scenario_leave_out(struct lab_scenario *scenario, size_t from, size_t to);

#endif /* VIRTUAL_SCHEDULE_SIMPLIFY_H */
