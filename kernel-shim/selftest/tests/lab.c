// SPDX-License-Identifier: GPL-2.0-only
/* What the lab's allocator and trackers ask of whom runs them: a CPU's number, and the time. */
#include "kernel.h"

SMP_TLS struct smp smp_here;
/* No test reads the processor's counter: each tells the time, or meets no tracker with a clock. */
bool ticks_of_processor;

/* Time that is told is in nanoseconds. */
uint64_t counted_in(uint64_t ns)
{
	return ns;
}
