/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log-linear histogram: values below 16 have a bucket each, above that each
 * power of two has 16 buckets, so a bucket is at most 1/16 of its value wide.
 */
#ifndef ENGINE_HISTOGRAM_H
#define ENGINE_HISTOGRAM_H

#include "engine/lab.h"

static inline unsigned int histogram_bucket(uint64_t value)
{
	unsigned int shift, bucket;

	if (value < 16)
		return (unsigned int)value;
	shift = 63 - (unsigned int)__builtin_clzll(value) - 4;
	bucket = 16 * shift + (unsigned int)(value >> shift);
	return bucket < LAB_HISTOGRAM_BUCKETS ? bucket : LAB_HISTOGRAM_BUCKETS - 1;
}

static inline void histogram_add(struct lab_histogram *h, uint64_t value)
{
	h->count++;
	h->bucket[histogram_bucket(value)]++;
}

#endif /* ENGINE_HISTOGRAM_H */
