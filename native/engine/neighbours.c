// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two probes of neighbouring threads. A line goes to and fro between each
 * thread and the next: near threads and far ones differ in that, but two threads
 * of one core need not be nearer than two cores of one cluster. So a loop that does nothing
 * but execute is timed alone and on all threads at once: only those that share
 * a core slow each other down.
 *
 * Medians of short chunks, because any thread may lose its CPU for a moment.
 */
#include "engine/neighbours.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "engine/median.h"

#define CHUNKS 16
#define TRIPS 12 /* to and fro, in a chunk */
#define BURN_LOOPS 128
/* Of one pair; what takes this long has lost a CPU. */
#define GIVE_UP_NS 1000000UL
#define LOOKS_BETWEEN_CLOCKS 64

/* A line between thread i and thread i + 1. */
struct crossing {
	atomic_uint word __attribute__((aligned(128)));
	atomic_bool given_up __attribute__((aligned(128)));
	double ns; /* one way */
};

struct burner {
	double alone __attribute__((aligned(128)));
	double together;
};

struct neighbours {
	struct pinned_threads *team;
	unsigned int members;
	double ns_per_tick;
	struct crossing *crossings; /* members - 1 */
	struct burner *burners;	    /* members */
	double *slowdowns;	    /* members, to sort */
};

/*
 * Without a pause between two looks: it takes longer than many a move. Returns
 * false when the other one does not come.
 *
 * Acquire, with the release of the store that is waited for: it is the hand-over
 * of a lock that is imitated.
 */
static bool await(struct crossing *c, unsigned int value, uint64_t deadline)
{
	for (unsigned int i = 1; atomic_load_explicit(&c->word, memory_order_acquire) != value;
	     i++) {
		if (i % LOOKS_BETWEEN_CLOCKS)
			continue;
		/* Relaxed: whoever reads it does nothing but end. */
		if (clock_ns() > deadline)
			atomic_store_explicit(&c->given_up, true, memory_order_relaxed);
		if (atomic_load_explicit(&c->given_up, memory_order_relaxed))
			return false;
	}
	return true;
}

static void cross_left(struct crossing *c, double ns_per_tick)
{
	const uint64_t deadline = clock_ns() + GIVE_UP_NS;
	double chunks[CHUNKS];
	unsigned int turn = 0;

	for (unsigned int k = 0; k < CHUNKS; k++) {
		uint64_t begin = ticks();

		for (unsigned int i = 0; i < TRIPS; i++, turn += 2) {
			atomic_store_explicit(&c->word, turn + 1, memory_order_release);
			if (!await(c, turn + 2, deadline))
				return;
		}
		chunks[k] = (double)(ticks() - begin) * ns_per_tick / (2 * TRIPS);
	}
	c->ns = median_of(chunks, CHUNKS);
}

static void cross_right(struct crossing *c)
{
	const uint64_t deadline = clock_ns() + GIVE_UP_NS;

	for (unsigned int turn = 0; turn < 2 * CHUNKS * TRIPS; turn += 2) {
		if (!await(c, turn + 1, deadline))
			return;
		atomic_store_explicit(&c->word, turn + 2, memory_order_release);
	}
}

/* Eight additions that do not wait for each other: more than any core does at once. */
static void burn(void)
{
	unsigned long r0 = 0, r1 = 0, r2 = 0, r3 = 0, r4 = 0, r5 = 0, r6 = 0, r7 = 0;

#define ADD(r)                                                                                     \
	do {                                                                                       \
		(r)++;                                                                             \
		__asm__ __volatile__("" : "+r"(r));                                                \
	} while (0)
#define ADD_ALL()                                                                                  \
	do {                                                                                       \
		ADD(r0);                                                                           \
		ADD(r1);                                                                           \
		ADD(r2);                                                                           \
		ADD(r3);                                                                           \
		ADD(r4);                                                                           \
		ADD(r5);                                                                           \
		ADD(r6);                                                                           \
		ADD(r7);                                                                           \
	} while (0)
	for (unsigned int i = 0; i < BURN_LOOPS; i++) {
		ADD_ALL();
		ADD_ALL();
		ADD_ALL();
		ADD_ALL();
	}
#undef ADD_ALL
#undef ADD
}

static double burn_chunks(void)
{
	double chunks[CHUNKS];

	for (unsigned int k = 0; k < CHUNKS; k++) {
		uint64_t begin = ticks();

		burn();
		chunks[k] = (double)(ticks() - begin);
	}
	return median_of(chunks, CHUNKS);
}

static void probe_member(void *ctx, unsigned int me)
{
	struct neighbours *n = ctx;

	/* First the pairs that begin with an even thread, then the others. */
	for (unsigned int turn = 0; turn < 2; turn++) {
		pinned_threads_meet(n->team);
		if (me % 2 == turn && me + 1 < n->members)
			cross_left(&n->crossings[me], n->ns_per_tick);
		else if (me % 2 != turn && me > 0)
			cross_right(&n->crossings[me - 1]);
	}
	for (unsigned int turn = 0; turn < n->members; turn++) {
		pinned_threads_meet(n->team);
		if (me == turn)
			n->burners[me].alone = burn_chunks();
	}
	pinned_threads_meet(n->team);
	n->burners[me].together = burn_chunks();
}

void neighbours_probe(struct neighbours *n, struct lab_line *line)
{
	*line = (struct lab_line){ INFINITY, 0, NAN };
	for (unsigned int i = 0; i + 1 < n->members; i++) {
		atomic_init(&n->crossings[i].word, 0);
		atomic_init(&n->crossings[i].given_up, false);
		n->crossings[i].ns = NAN;
	}
	pinned_threads_run(n->team, probe_member, n);
	for (unsigned int i = 0; i + 1 < n->members; i++) {
		if (isnan(n->crossings[i].ns)) {
			*line = (struct lab_line){ NAN, NAN, NAN };
			return;
		}
		line->nearest_ns = fmin(line->nearest_ns, n->crossings[i].ns);
		line->furthest_ns = fmax(line->furthest_ns, n->crossings[i].ns);
	}
	for (unsigned int i = 0; i < n->members; i++)
		n->slowdowns[i] = n->burners[i].together / n->burners[i].alone;
	sort_values(n->slowdowns, n->members);
	line->slowdown = n->slowdowns[n->members - 2];
}

int neighbours_create(struct pinned_threads *team, unsigned int members, struct neighbours **result)
{
	struct neighbours *n;

	if (members < 2 || !pinned_threads_facts(team).pinned)
		return -EINVAL;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->team = team;
	n->members = members;
	n->ns_per_tick = 1 / ticks_per_ns();
	n->crossings = aligned_alloc(128, (members - 1) * sizeof(*n->crossings));
	n->burners = aligned_alloc(128, members * sizeof(*n->burners));
	n->slowdowns = calloc(members, sizeof(*n->slowdowns));
	if (!n->crossings || !n->burners || !n->slowdowns) {
		neighbours_destroy(n);
		return -ENOMEM;
	}
	*result = n;
	return 0;
}

void neighbours_destroy(struct neighbours *n)
{
	if (!n)
		return;
	free(n->crossings);
	free(n->burners);
	free(n->slowdowns);
	free(n);
}
