// SPDX-License-Identifier: GPL-2.0-only
/* Buckets follow each other without gaps, none is wider than promised, and nothing is lost. */
#include "check.h"
#include "engine/histogram.h"
#include "engine/random.h"

#define BUCKETS ((unsigned int)LAB_HISTOGRAM_BUCKETS)

/* The least value of each bucket, by the definition: 16 to a power of two. */
static uint64_t lowest(unsigned int bucket)
{
	return bucket < 16 ? bucket : (uint64_t)(16 + bucket % 16) << (bucket / 16 - 1);
}

int main(void)
{
	static struct lab_histogram h;
	struct random r = { 3 };
	uint64_t sum = 0;

	for (unsigned int b = 0; b < BUCKETS; b++) {
		CHECK_EQ(histogram_bucket(lowest(b)), b);
		if (b)
			CHECK_EQ(histogram_bucket(lowest(b) - 1), b - 1);
		/* A sixteenth of its value, or one. */
		if (b >= 16 && b + 1 < BUCKETS)
			CHECK(16 * (lowest(b + 1) - lowest(b)) <= lowest(b));
	}
	/* What is beyond the last belongs to it. */
	CHECK_EQ(histogram_bucket(lowest(BUCKETS - 1) * 4), BUCKETS - 1);
	CHECK_EQ(histogram_bucket(UINT64_MAX), BUCKETS - 1);

	for (unsigned int i = 0; i < 10000; i++) {
		uint64_t value = random_next(&r);

		histogram_add(&h, value >> random_below(&r, 64));
	}
	for (unsigned int b = 0; b < BUCKETS; b++)
		sum += h.bucket[b];
	CHECK_EQ(sum, 10000);
	CHECK_EQ(h.count, 10000);
	histogram_add(&h, 17);
	CHECK_EQ(h.count, 10001);
	CHECK(h.bucket[17] > 0);
	return 0;
}
