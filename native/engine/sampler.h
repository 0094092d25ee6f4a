/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that looks at a sampled tracker every period, while its instance is at
 * work. Above the threads that map, which may hold every CPU.
 */
#ifndef ENGINE_SAMPLER_H
#define ENGINE_SAMPLER_H

#include <pthread.h>

#include "engine/step.h"

struct sampler {
	uint64_t period_ns;
	unsigned int cpus; /* of the run; it looks from the first */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool running;
	bool end;
	/* What is looked at, or NULL; and when next, in the time of clock_ns(). */
	const struct lab_instance *instance;
	uint64_t next;
	/* Of the period under way, when the last instance was left. */
	uint64_t left_ns;
	/* Set by the thread that is looked at, while its looks count. */
	bool open __attribute__((aligned(128)));
	uint64_t from;
	uint64_t to;
	uint64_t made;
};

/* @period_ns: between two looks; 0 for never. 0 or -EAGAIN. */
int sampler_start(struct sampler *sampler, uint64_t period_ns);
/* Looks at @instance from now on, if its tracker is sampled at all. */
void sampler_begin(struct sampler *sampler, const struct lab_instance *instance);
/* Within that, by one thread that maps: looks count from here, and until here. */
void sampler_open(struct sampler *sampler);
void sampler_close(struct sampler *sampler);
/*
 * Looks no more. Return: the looks that were due between open and close, and those made.
 * One that is made late may have been due right before: of many times together as many
 * are made as are due, of a single one a look more or less.
 */
struct lab_duty sampler_end(struct sampler *sampler);
void sampler_stop(struct sampler *sampler);

#endif /* ENGINE_SAMPLER_H */
