/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A team of pinned threads that do one thing after another together.
 *
 * Between two jobs the threads sleep. At the start of a job they wait for each
 * other in a short spin, so that the timed part begins on all CPUs at once; a
 * thread that waits long gives its CPU away, because the others may need it.
 */
#ifndef ENGINE_TEAM_H
#define ENGINE_TEAM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct team;

/* One thread's part of a job. */
typedef void (*team_job)(void *ctx, unsigned int member);

/**
 * struct team_facts - what the team got of what was asked for
 * @pinned: every thread has a CPU of its own
 * @realtime: every thread runs under SCHED_FIFO
 * @oversubscribed: there are more threads than CPUs
 */
struct team_facts {
	bool pinned;
	bool realtime;
	bool oversubscribed;
};

int team_create(unsigned int members, bool realtime, struct team **team);
struct team_facts team_facts(const struct team *team);
/* Runs @job on every member; returns when all are done. */
void team_run(struct team *team, team_job job, void *ctx);
/* Within a job: returns when all members are here. */
void team_meet(struct team *team);
void team_destroy(struct team *team);

/*
 * Puts the calling thread above all teams, where real time is granted: what has to
 * be done beside a team whose threads hold every CPU is done by such a thread.
 */
void team_rise_above(void);

#endif /* ENGINE_TEAM_H */
