// SPDX-License-Identifier: GPL-2.0-only
/* The one generator: known numbers, an even spread, and streams that have nothing in common. */
#include "check.h"
#include "engine/random.h"

#define DRAWS 100000

/* Of splitmix64 from state 0, as it is published. */
static void test_known(void)
{
	static const uint64_t known[] = { 0xe220a8397b1dcdafULL, 0x6e789e6aa1b965f4ULL,
					  0x06c45d188009454fULL };
	struct random r = { 0 };

	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		CHECK_EQ(random_next(&r), known[i]);
}

/* Every number comes, none is out of range, and none much oftener than another. */
static void test_below(uint64_t n)
{
	static unsigned int seen[1000];
	struct random r = random_stream(1, n);

	for (uint64_t i = 0; i < n; i++)
		seen[i] = 0;
	for (unsigned int i = 0; i < DRAWS; i++) {
		uint64_t drawn = random_below(&r, n);

		CHECK(drawn < n);
		seen[drawn]++;
	}
	for (uint64_t i = 0; i < n; i++) {
		double expected = (double)DRAWS / (double)n, off = seen[i] - expected;

		/* Six standard deviations. */
		CHECK(off * off <= 36 * expected);
	}
}

/* Those of neighbouring parts and of neighbouring seeds differ from the first number on. */
static void test_streams(void)
{
	struct random r[16], again;

	for (unsigned int i = 0; i < 16; i++)
		r[i] = random_stream(7 + i / 4, i % 4);
	for (unsigned int draw = 0; draw < 100; draw++) {
		uint64_t drawn[16];

		for (unsigned int i = 0; i < 16; i++) {
			drawn[i] = random_next(&r[i]);
			for (unsigned int k = 0; k < i; k++)
				CHECK(drawn[k] != drawn[i]);
		}
	}
	r[0] = random_stream(7, 3);
	again = random_stream(7, 3);
	for (unsigned int draw = 0; draw < 100; draw++)
		CHECK_EQ(random_next(&r[0]), random_next(&again));
}

int main(void)
{
	struct random r = { 5 };

	test_known();
	CHECK_EQ(random_below(&r, 1), 0);
	test_below(2);
	test_below(10);
	test_below(1000);
	/* All 64 bits count. */
	CHECK(random_below(&r, UINT64_MAX) >> 32);
	test_streams();
	return 0;
}
