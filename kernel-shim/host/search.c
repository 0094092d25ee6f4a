// SPDX-License-Identifier: GPL-2.0-only
/*
 * A search that never ends, told without a clock. Up to Linux 6.5 a search goes on until it is back
 * where it began, and nothing else ends it; a step can pass that place by. What the next step does
 * depends on the slot alone, as the area is locked. So a search that looks at one slot a second time
 * does the same again, for ever. Later kernels count their steps, and look at no slot twice.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "host.h"

/* Since the lock was taken. Only one thread searches. */
static uint64_t looks;
static unsigned int lowest, highest;

void shim_search_begins(void)
{
	looks = 0;
	lowest = UINT_MAX;
	highest = 0;
}

/*
 * Between the lowest and the highest slot there are only so many: with one look more than these, one
 * of them was looked at a second time. An area bounds a circle, and so it is found at the latest
 * with one look more than the area has slots.
 */
void shim_search_looks(unsigned int slot)
{
	uint64_t slots;

	if (slot < lowest)
		lowest = slot;
	if (slot > highest)
		highest = slot;
	slots = (uint64_t)highest - lowest + 1;
	if (++looks <= slots)
		return;
	fflush(stdout);
	fprintf(stderr, "the kernel's search never ends: %" PRIu64 " looks at %" PRIu64 " slots\n",
		looks, slots);
	_Exit(73);
}
