/* SPDX-License-Identifier: GPL-2.0-only */
/* A small seeded generator (splitmix64): same seed, same numbers everywhere. */
#ifndef ENGINE_RANDOM_H
#define ENGINE_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
	uint64_t z = (r->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* 0 to @n - 1; the bias is below n / 2^64. */
static inline uint64_t random_below(struct random *r, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)random_next(r) * n) >> 64);
}

/* An independent stream for part @index of whatever @seed seeds. */
static inline struct random random_stream(uint64_t seed, uint64_t index)
{
	struct random r = { seed + index * 0xd1342543de82ef95ULL };

	r.state = random_next(&r);
	return r;
}

#endif /* ENGINE_RANDOM_H */
