// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a line that two CPUs want: how long it takes to be had, for how long
 * it stays, and whether its neighbours leave with it.
 */
#include "virtual/calibrate/probe.h"

#include <math.h>
#include <stdatomic.h>

/* Longer than a line needs to another core and back. */
#define PAUSE_STEPS 500
#define BESIDE_LOOPS 200
/* In so many of them at the least the other one must have been seen to add. */
#define BESIDE_ACTIVE (BESIDE_LOOPS / 4)

/* @x, after a chain of so many multiplications that nobody can cut short. */
static inline unsigned long delayed(unsigned long x, unsigned int steps)
{
	for (unsigned int i = 0; i < steps; i++) {
		x = x * 0x9e3779b97f4a7c15UL + 1;
		__asm__ volatile("" : "+r"(x));
	}
	return x;
}

/* Nothing, but not before @x is known: what takes its address from it waits for that. */
static inline size_t nothing_behind(unsigned long x)
{
	unsigned long none = 0;

	__asm__ volatile("" : "+r"(none));
	return x & none;
}

double probe_delay(unsigned int delay)
{
	uint64_t begin = ticks_before();
	unsigned long x = begin;

	for (int i = 0; i < PROBE_LOOPS / 4; i++) {
		x = delayed(x, delay);
		__asm__ volatile("" : "+r"(x));
	}
	return elapsed_ns(begin) / (PROBE_LOOPS / 4);
}

#define TAKEN_LOOPS 100
/* In so many of them at the least the other one must have been seen to add. */
#define TAKEN_ACTIVE (TAKEN_LOOPS / 2)

/**
 * struct taken_probe - two that add to one line in turn, each after a pause
 * @line: that of both, and behind it one of each by itself, to see what the loop takes
 *	without the other
 * @ns: by thread: what a loop took longer than that, for each addition that found the line with
 *	the other
 */
struct taken_probe {
	struct pinned_threads *team;
	struct {
		atomic_ulong word;
	} __attribute__((aligned(256))) line[3];
	double ns[2] __attribute__((aligned(256)));
};

/* Return: ticks; @taken: additions before which the other one had added. */
static uint64_t add_and_pause(atomic_ulong *word, int *taken)
{
	unsigned long last = atomic_load(word);
	uint64_t begin = ticks_before();

	*taken = 0;
	for (int i = 0; i < TAKEN_LOOPS; i++) {
		const unsigned long seen = atomic_fetch_add(word, 1);

		*taken += seen != last;
		last = seen + 1;
		word += nothing_behind(delayed(seen, PAUSE_STEPS));
	}
	return ticks_after() - begin;
}

static void taken_member(void *ctx, unsigned int me)
{
	struct taken_probe *p = ctx;
	uint64_t alone, together;
	int none, taken;

	(void)add_and_pause(&p->line[1 + me].word, &none);
	alone = add_and_pause(&p->line[1 + me].word, &none);
	pinned_threads_meet(p->team);
	together = add_and_pause(&p->line[0].word, &taken);
	p->ns[me] = taken < TAKEN_ACTIVE ?
			    NAN :
			    ((double)together - (double)alone) / ticks_per_ns() / taken;
}

double probe_taken(struct pinned_threads *team)
{
	struct taken_probe p = { .team = team };

	pinned_threads_run(team, taken_member, &p);
	return (p.ns[0] + p.ns[1]) / 2;
}

#define BESIDE_LINES 32

/**
 * struct beside_probe - one that adds all the time, and one that does what is timed
 * @line: from the beginning of a pair on
 * @added: the line that is added to
 * @read: the one that is only read
 * @delay: steps between two additions; the read is left out then
 * @done: the timed one has ended
 * @result: as the probe returns it
 */
struct beside_probe {
	struct {
		atomic_ulong word;
	} __attribute__((aligned(64))) line[BESIDE_LINES] __attribute__((aligned(1024)));
	struct pinned_threads *team __attribute__((aligned(1024)));
	size_t added;
	size_t read;
	unsigned int delay;
	double result;
	atomic_bool done __attribute__((aligned(1024)));
};

static void add_all_the_time(struct beside_probe *p)
{
	while (!atomic_load_explicit(&p->done, memory_order_relaxed))
		atomic_fetch_add(&p->line[p->added].word, 1);
}

/* Return: mean time of a read, in the loops in which the other one was seen to add. */
static double read_beside(struct beside_probe *p)
{
	unsigned long last = atomic_load(&p->line[p->added].word);
	uint64_t spent = 0, latest = 0;
	int active = 0;

	for (int i = 0; i < BESIDE_LOOPS; i++) {
		const unsigned long now = atomic_fetch_add(&p->line[p->added].word, 1);
		const size_t place = p->read + nothing_behind(delayed(now, PAUSE_STEPS));
		uint64_t begin;
		unsigned long seen;

		/* Nothing of the pause is left, and the read has not begun. */
		ticks_after();
		begin = ticks_before();
		seen = atomic_load_explicit(&p->line[place].word, memory_order_relaxed);
		__asm__ volatile("" : : "r"(seen));
		/* Whether it added during the loop before is seen only here. */
		if (i && now != last) {
			active++;
			spent += latest;
		}
		last = now + 1;
		latest = ticks_after() - begin;
	}
	return active < BESIDE_ACTIVE ? NAN : (double)spent / ticks_per_ns() / active;
}

static void beside_member(void *ctx, unsigned int me)
{
	struct beside_probe *p = ctx;

	pinned_threads_meet(p->team);
	if (me) {
		add_all_the_time(p);
		return;
	}
	p->result = read_beside(p);
	atomic_store(&p->done, true);
}

double probe_beside(struct pinned_threads *team, enum lab_place place)
{
	static const struct {
		size_t added;
		size_t read;
	} places[LAB_NR_PLACES] = {
		[LAB_FAR] = { 0, 16 }, [LAB_ABOVE] = { 0, 1 }, [LAB_BELOW] = { 1, 0 },
		[LAB_NEXT] = { 1, 2 }, [LAB_SAME] = { 0, 0 },
	};
	struct beside_probe p = { .team = team,
				  .added = places[place].added,
				  .read = places[place].read };

	pinned_threads_run(team, beside_member, &p);
	return p.result;
}

static void kept_member(void *ctx, unsigned int me)
{
	struct beside_probe *p = ctx;
	atomic_ulong *word = &p->line[p->added].word;
	unsigned long last = 0;
	int active = 0, kept = 0;

	pinned_threads_meet(p->team);
	if (me) {
		add_all_the_time(p);
		return;
	}
	for (int i = 0; i < BESIDE_LOOPS; i++) {
		const unsigned long first = atomic_fetch_add(word, 1);
		const size_t nothing = nothing_behind(delayed(first, p->delay));
		const unsigned long second = atomic_fetch_add(word + nothing, 1);
		const size_t later = nothing_behind(delayed(second, PAUSE_STEPS));

		/* Nobody came in the pause before: the other one has lost its CPU. */
		if (first != last) {
			active++;
			kept += second == first + 1;
		}
		last = second + 1;
		word += later;
	}
	p->result = active < BESIDE_ACTIVE ? NAN : (double)kept / active;
	atomic_store(&p->done, true);
}

double probe_kept(struct pinned_threads *team, unsigned int delay)
{
	struct beside_probe p = { .team = team, .delay = delay };

	pinned_threads_run(team, kept_member, &p);
	return p.result;
}
