/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A team of pinned threads that do one thing after another together.
 *
 * Between two jobs the threads sleep. At the start of a job they wait for each
 * other in a short spin, so that the timed part begins on all CPUs at once; a
 * thread that waits long gives its CPU away, because the others may need it.
 */
#ifndef ENGINE_PINNED_THREADS_H
#define ENGINE_PINNED_THREADS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct pinned_threads;

/* One thread's part of a job. */
typedef void (*pinned_job)(void *ctx, unsigned int member);

/**
 * struct pinned_threads_facts - what the team got of what was asked for
 * @pinned: every thread has a CPU of its own
 * @realtime: every thread runs under SCHED_FIFO
 * @oversubscribed: there are more threads than CPUs
 */
struct pinned_threads_facts {
	bool pinned;
	bool realtime;
	bool oversubscribed;
};

int pinned_threads_create(unsigned int members, bool realtime, struct pinned_threads **team);
/* Member i on the CPU that the kernel calls @cpus[i]; NULL: on the i-th that there is. */
int pinned_threads_create_on(unsigned int members, const unsigned int *cpus, bool realtime,
			     struct pinned_threads **team);
struct pinned_threads_facts pinned_threads_facts(const struct pinned_threads *team);
/* Runs @job on every member; returns when all are done. */
void pinned_threads_run(struct pinned_threads *team, pinned_job job, void *ctx);
/* Within a job: returns when all members are here. */
void pinned_threads_meet(struct pinned_threads *team);
void pinned_threads_destroy(struct pinned_threads *team);

/*
 * Puts the calling thread above all teams, where real time is granted, and else as
 * far before them as niceness goes: what has to be done beside a team whose threads
 * hold every CPU is done by such a thread.
 */
void rise_above_pinned_threads(void);

#endif /* ENGINE_PINNED_THREADS_H */
