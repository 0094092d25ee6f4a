// SPDX-License-Identifier: GPL-2.0-only
/* Lowest and highest peak from the logs of all threads. */
#include "engine/envelope.h"

#include <errno.h>
#include <stdlib.h>

struct moment {
	uint64_t time;
	int64_t change;
	uint32_t failed;
};

/* At the same time stamp: @first is what comes first, maps or unmaps. */
static int by_time_unmaps_first(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->change > y->change) - (x->change < y->change);
}

static int by_time_maps_first(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->change < y->change) - (x->change > y->change);
}

static uint64_t peak(const struct moment *moments, size_t n, uint64_t *demand)
{
	int64_t used = 0, highest = 0;

	for (size_t i = 0; i < n; i++) {
		used += moments[i].change;
		if (used > highest)
			highest = used;
		if (demand && (uint64_t)(used + moments[i].failed) > *demand)
			*demand = (uint64_t)(used + moments[i].failed);
	}
	return (uint64_t)highest;
}

/* Lays out each operation at its earlier or its later end. */
static void place_moments(const struct op_log *logs, unsigned int nr_logs, int maps_late,
			  struct moment *moments)
{
	for (unsigned int i = 0; i < nr_logs; i++) {
		for (size_t k = 0; k < logs[i].count; k++) {
			const struct logged_op *op = &logs[i].ops[k];
			int late = (op->nslots < 0) != maps_late;

			*moments++ = (struct moment){
				.time = late ? op->after : op->before,
				.change = op->nslots,
				.failed = op->failed,
			};
		}
	}
}

int envelope_compute(const struct op_log *logs, unsigned int nr_logs, struct envelope *envelope)
{
	struct moment *moments;
	size_t n = 0;

	for (unsigned int i = 0; i < nr_logs; i++)
		n += logs[i].count;
	moments = malloc((n + 1) * sizeof(*moments));
	if (!moments)
		return -ENOMEM;
	envelope->demand = 0;
	place_moments(logs, nr_logs, 1, moments);
	qsort(moments, n, sizeof(*moments), by_time_unmaps_first);
	envelope->low = peak(moments, n, NULL);
	place_moments(logs, nr_logs, 0, moments);
	qsort(moments, n, sizeof(*moments), by_time_maps_first);
	envelope->high = peak(moments, n, &envelope->demand);
	free(moments);
	return 0;
}
