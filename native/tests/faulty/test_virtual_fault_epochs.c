// SPDX-License-Identifier: GPL-2.0-only
/*
 * epochs that counts on clocks being closer than it says they may be: a stretch of one
 * area that was over before another's began by one clock, and was not by the other.
 * Where clocks keep to what it counts on, nothing is found.
 */
#define LAB_INSTRUMENTED 1
#include "kernel.h"

static unsigned int said_ns;

#define EPOCHS_SKEW_NS 50
#include "trackers/epochs.h"

static inline struct tracker_bounds bounds_as_said(struct io_tlb_mem *mem)
{
	struct tracker_bounds bounds = tracker_bounds(mem);

	bounds.skew_ns = said_ns;
	return bounds;
}

/* A structure has this name, too. */
#define tracker_bounds(mem) bounds_as_said(mem)

#include "faulty/hunt.h"

int main(void)
{
	said_ns = EPOCHS_SKEW_NS;
	CHECK_EQ(hunted(LAB_FIND_PROMISE), 0);
	said_ns = 2 * EPOCHS_SKEW_NS;
	return hunt(LAB_FIND_UNDER);
}
