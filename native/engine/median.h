/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in order, and the one in the middle. */
#ifndef ENGINE_MEDIAN_H
#define ENGINE_MEDIAN_H

#include <stddef.h>
#include <stdlib.h>

static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* No NaN among them. */
static inline void sort_values(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), by_value);
}

/* Sorts them; at least one. */
static inline double median_of(double *values, size_t n)
{
	sort_values(values, n);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

#endif /* ENGINE_MEDIAN_H */
