// SPDX-License-Identifier: GPL-2.0-only
/* The team of threads: creation, pinning, jobs. */
#include "engine/pinned_threads.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/clock.h"

#define SPINS_BEFORE_YIELD 4000
#define STACK_BYTES (256UL << 10)
#define TEAM_PRIORITY 1
#define MOST_NICE (-20)
/* None is wanted: member i has the i-th that this process may use. */
#define ANY_CPU UINT_MAX

struct member {
	struct pinned_threads *team;
	pthread_t thread;
	unsigned int number;
	unsigned int cpu; /* as the kernel numbers it, or ANY_CPU */
	bool pinned;
	bool realtime;
};

struct pinned_threads {
	unsigned int members;
	unsigned int made; /* those of them that have a thread: all, but in pinned_threads_create() */
	unsigned int cpus;
	bool want_realtime;
	pthread_mutex_t mutex;
	pthread_cond_t wake; /* a job is there, or the team ends */
	pthread_cond_t done;
	uint64_t job_number;
	unsigned int ready; /* members that have set themselves up */
	unsigned int busy;
	bool end;
	pinned_job job;
	void *ctx;
	/* On a line of their own: they are spun on. */
	unsigned int arrived __attribute__((aligned(128)));
	unsigned int meeting;
	struct member member[] __attribute__((aligned(128)));
};

static void member_pin(struct member *m)
{
	cpu_set_t allowed, one;
	unsigned int nth = 0;

	if (m->team->members > m->team->cpus ||
	    pthread_getaffinity_np(pthread_self(), sizeof(allowed), &allowed))
		return;
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		if (m->cpu == ANY_CPU ? nth++ != m->number : cpu != m->cpu)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		m->pinned = !pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
		return;
	}
}

static void *member_main(void *arg)
{
	struct member *m = arg;
	struct pinned_threads *team = m->team;
	uint64_t seen = 0;

	member_pin(m);
	/* Without a CPU of its own, a real-time thread could keep the others out. */
	if (team->want_realtime && m->pinned) {
		struct sched_param param = { .sched_priority = TEAM_PRIORITY };

		m->realtime = !pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	}
	pthread_mutex_lock(&team->mutex);
	team->ready++;
	pthread_cond_signal(&team->done);
	for (;;) {
		while (team->job_number == seen && !team->end)
			pthread_cond_wait(&team->wake, &team->mutex);
		if (team->job_number == seen)
			break;
		seen = team->job_number;
		pthread_mutex_unlock(&team->mutex);
		team->job(team->ctx, m->number);
		pthread_mutex_lock(&team->mutex);
		if (--team->busy == 0)
			pthread_cond_signal(&team->done);
	}
	pthread_mutex_unlock(&team->mutex);
	return NULL;
}

static unsigned int cpus_allowed(void)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return 1;
	return (unsigned int)CPU_COUNT(&allowed);
}

int pinned_threads_create_on(unsigned int members, const unsigned int *cpus, bool realtime,
			     struct pinned_threads **result)
{
	struct pinned_threads *team = aligned_alloc(
		128, (sizeof(*team) + members * sizeof(struct member) + 127) & ~127UL);
	pthread_attr_t attr;
	sigset_t all, old;
	int err = 0;

	if (!team)
		return -ENOMEM;
	*team = (struct pinned_threads){
		.cpus = cpus_allowed(),
		.members = members,
		.want_realtime = realtime,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.wake = PTHREAD_COND_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
	};
	/* Signals are for the threads of whoever called. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (unsigned int i = 0; i < members && !err; i++) {
		team->member[i] = (struct member){
			.team = team,
			.number = i,
			.cpu = cpus ? cpus[i] : ANY_CPU,
		};
		err = pthread_create(&team->member[i].thread, &attr, member_main, &team->member[i]);
		team->made += !err;
	}
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		pinned_threads_destroy(team);
		return -EAGAIN;
	}
	pthread_mutex_lock(&team->mutex);
	while (team->ready < members)
		pthread_cond_wait(&team->done, &team->mutex);
	pthread_mutex_unlock(&team->mutex);
	*result = team;
	return 0;
}

int pinned_threads_create(unsigned int members, bool realtime, struct pinned_threads **result)
{
	return pinned_threads_create_on(members, NULL, realtime, result);
}

struct pinned_threads_facts pinned_threads_facts(const struct pinned_threads *team)
{
	struct pinned_threads_facts facts = { true, true, team->members > team->cpus };

	for (unsigned int i = 0; i < team->members; i++) {
		facts.pinned &= team->member[i].pinned;
		facts.realtime &= team->member[i].realtime;
	}
	return facts;
}

void pinned_threads_run(struct pinned_threads *team, pinned_job job, void *ctx)
{
	pthread_mutex_lock(&team->mutex);
	team->job = job;
	team->ctx = ctx;
	team->busy = team->members;
	team->job_number++;
	pthread_cond_broadcast(&team->wake);
	while (team->busy)
		pthread_cond_wait(&team->done, &team->mutex);
	pthread_mutex_unlock(&team->mutex);
}

void pinned_threads_meet(struct pinned_threads *team)
{
	unsigned int meeting = __atomic_load_n(&team->meeting, __ATOMIC_ACQUIRE);
	unsigned int spins = 0;

	if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) == team->members) {
		__atomic_store_n(&team->arrived, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&team->meeting, meeting + 1, __ATOMIC_RELEASE);
		return;
	}
	/* Bounded: every member of the team runs the same job. */
	while (__atomic_load_n(&team->meeting, __ATOMIC_ACQUIRE) == meeting) {
		cpu_relax();
		if (++spins > SPINS_BEFORE_YIELD)
			sched_yield();
	}
}

void rise_above_pinned_threads(void)
{
	const struct sched_param param = { .sched_priority = TEAM_PRIORITY + 1 };

	/* Without real time, a sleep ends up to 50 us late, so that timers can be merged. */
	(void)prctl(PR_SET_TIMERSLACK, 1UL);
	/* Where all is refused, what such threads did in time is counted all the same. */
	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &param))
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), MOST_NICE);
}

void pinned_threads_destroy(struct pinned_threads *team)
{
	pthread_mutex_lock(&team->mutex);
	team->end = true;
	pthread_cond_broadcast(&team->wake);
	pthread_mutex_unlock(&team->mutex);
	for (unsigned int i = 0; i < team->made; i++)
		pthread_join(team->member[i].thread, NULL);
	pthread_mutex_destroy(&team->mutex);
	pthread_cond_destroy(&team->wake);
	pthread_cond_destroy(&team->done);
	free(team);
}
