// SPDX-License-Identifier: GPL-2.0-only
/* How many CPUs of a replay were at work, and what operations took while all of them were. */
#include <stdlib.h>

#include "virtual/machine/recorded_plan.h"

static int by_time(const void *a, const void *b)
{
	u64 one = *(const u64 *)a, other = *(const u64 *)b;

	return one < other ? -1 : one > other;
}

/* How many of the sorted @times are before @at. */
static u32 earlier(const u64 *times, u32 n, u64 at)
{
	u32 low = 0, high = n;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (times[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Not placed, not left undone, and no unmap of a map that failed. */
static bool op_worked(const struct recorded_op *o)
{
	return o->done != NEVER && o->took;
}

/* When a CPU began its first operation and ended its last one; false where it did none. */
static bool cpu_worked(const struct recorded_run *r, const struct recorded_cpu *cpu, u64 *begun,
		       u64 *ended)
{
	bool any = false;

	for (u32 i = cpu->first; i != NO_OP; i = r->ops[i].next) {
		const struct recorded_op *o = &r->ops[i];

		if (!op_worked(o))
			continue;
		if (!any)
			*begun = o->done - o->took;
		*ended = o->done;
		any = true;
	}
	return any;
}

int recorded_work(struct recorded_run *r)
{
	struct lab_recorded_result *result = r->result;
	u64 *begun = calloc(2 * (size_t)r->run.cpus, sizeof(*begun));
	u64 *ended = begun + r->run.cpus;
	u64 timed = 0, at_work = 0;
	u32 n = 0;

	if (!begun)
		return -ENOMEM;
	for (u32 i = 0; i < r->run.cpus; i++)
		n += cpu_worked(r, &r->cpus[i], &begun[n], &ended[n]);
	result->cpus = n;
	qsort(begun, n, sizeof(*begun), by_time);
	qsort(ended, n, sizeof(*ended), by_time);
	for (size_t i = 0; n && i < r->recorded->nr_ops; i++) {
		const struct recorded_op *o = &r->ops[i];
		u64 from = o->done - o->took;

		if (!op_worked(o))
			continue;
		timed++;
		at_work += earlier(begun, n, from + 1) - earlier(ended, n, from + 1);
		if (from < begun[n - 1] || o->done > ended[0])
			continue;
		result->together++;
		result->together_ns += (double)o->took / 1000;
	}
	result->at_work = timed ? (double)at_work / (double)timed : 0;
	free(begun);
	return 0;
}
