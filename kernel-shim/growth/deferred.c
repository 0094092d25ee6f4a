// SPDX-License-Identifier: GPL-2.0-only
/*
 * In place of host/deferred.c: what the kernel puts off is done by threads of its own while others
 * map. One does the work items, as a workqueue does; one waits for the readers of the pool lists
 * and then runs the RCU callbacks.
 *
 * Nothing here orders two threads that map against each other, which the kernel's own words do not
 * order either: the thread sanitizer would not see their races then.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../native/rcu.h"
#include "../host/host.h"

#define MAX_WORK 4
#define PAUSE_NS 50000

struct work {
	void *item;
	void (*func)(void *item);
	bool pending;
};

static struct work table[MAX_WORK];
static struct shim_callback *callbacks; /* the newest first */
static long outstanding;		/* items and callbacks that are not done */

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static bool running, ending;
static pthread_t work_thread, rcu_thread;
static sem_t work_wake, rcu_wake;

static void nap(void)
{
	nanosleep(&(struct timespec){ 0, PAUSE_NS }, NULL);
}

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem))
		;
}

static void done(void)
{
	/* Release: whoever waits for the end of all sees what was done. */
	__atomic_sub_fetch(&outstanding, 1, __ATOMIC_RELEASE);
}

/* Entered by a reader of the kernel code; nests. */
void shim_read_begin(void)
{
	rcu_read_lock();
	/*
	 * The kernel's list words are weaker than those that native/rcu.h is made for: nothing may
	 * be read from a list before the reader's record can be seen.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void shim_read_end(void)
{
	rcu_read_unlock();
}

static void *work_main(void *arg)
{
	for (;;) {
		wait_for(&work_wake);
		if (__atomic_load_n(&ending, __ATOMIC_ACQUIRE))
			return NULL;
		for (unsigned int i = 0; i < MAX_WORK; i++) {
			struct work *w = &table[i];

			/* Not pending while it runs: what is asked for meanwhile is done again. */
			if (!__atomic_exchange_n(&w->pending, false, __ATOMIC_SEQ_CST))
				continue;
			/* Both are written by whoever asks, always the same: @pending has published them. */
			__atomic_load_n(&w->func, __ATOMIC_RELAXED)(
				__atomic_load_n(&w->item, __ATOMIC_RELAXED));
			done();
		}
	}
}

static void *rcu_main(void *arg)
{
	for (;;) {
		struct shim_callback *batch, *next;

		wait_for(&rcu_wake);
		if (__atomic_load_n(&ending, __ATOMIC_ACQUIRE))
			return NULL;
		batch = __atomic_exchange_n(&callbacks, NULL, __ATOMIC_ACQUIRE);
		if (!batch)
			continue;
#ifndef FAULT_NO_GRACE_PERIOD
		const uint64_t epoch = rcu_end_epoch();

		while (!rcu_epoch_over(epoch)) {
			if (__atomic_load_n(&ending, __ATOMIC_ACQUIRE))
				return NULL;
			nap();
		}
#endif
		for (; batch; batch = next) {
			next = batch->next;
			batch->func(batch);
			done();
		}
	}
}

/* With the first thing that is put off. The threads end with the instance. */
static void start(void)
{
	if (__atomic_load_n(&running, __ATOMIC_ACQUIRE))
		return;
	pthread_mutex_lock(&start_lock);
	if (!running) {
		sem_init(&work_wake, 0, 0);
		sem_init(&rcu_wake, 0, 0);
		ending = false;
		if (pthread_create(&work_thread, NULL, work_main, NULL) ||
		    pthread_create(&rcu_thread, NULL, rcu_main, NULL)) {
			fprintf(stderr, "deferred work: no thread could be made for it\n");
			_Exit(1);
		}
		__atomic_store_n(&running, true, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&start_lock);
}

void shim_defer_rcu(void *head, void (*func)(void *head))
{
	struct shim_callback *cb = head;

	start();
	cb->func = func;
	__atomic_add_fetch(&outstanding, 1, __ATOMIC_RELAXED);
	cb->next = __atomic_load_n(&callbacks, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&callbacks, &cb->next, cb, true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
	sem_post(&rcu_wake);
#ifdef SHIM_PREEMPTIBLE
	/* Another task's turn, which may be long enough for a grace period. */
	nap();
#endif
}

/* The place of @item in the table, made at its first use. */
static struct work *work_of(void *item, void (*func)(void *item))
{
	for (unsigned int i = 0; i < MAX_WORK; i++) {
		struct work *w = &table[i];
		void *here = __atomic_load_n(&w->item, __ATOMIC_ACQUIRE);

		if (!here && __atomic_compare_exchange_n(&w->item, &here, item, false,
							 __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE))
			here = item;
		if (here != item)
			continue;
		/* Always the same; @pending publishes it. */
		__atomic_store_n(&w->func, func, __ATOMIC_RELAXED);
		return w;
	}
	fprintf(stderr, "deferred work: more than %d items\n", MAX_WORK);
	_Exit(1);
}

/* Return: %false if @item was waiting already; it runs once then. */
bool shim_defer_work(void *item, void (*func)(void *item))
{
	struct work *w;

	start();
	w = work_of(item, func);
	__atomic_add_fetch(&outstanding, 1, __ATOMIC_RELAXED);
	/* A full barrier, as the kernel's own test of its pending bit. */
	if (__atomic_exchange_n(&w->pending, true, __ATOMIC_SEQ_CST)) {
		done();
		return false;
	}
	sem_post(&work_wake);
	return true;
}

/* Waits until all that was put off is done. Nobody maps; the caller bounds the wait. */
void shim_settle(void)
{
	while (__atomic_load_n(&outstanding, __ATOMIC_ACQUIRE))
		nap();
}

/* Ends the threads. What is not done is forgotten; its memory goes with the instance. */
void shim_deferred_reset(void)
{
	if (running) {
		__atomic_store_n(&ending, true, __ATOMIC_RELEASE);
		sem_post(&work_wake);
		sem_post(&rcu_wake);
		pthread_join(work_thread, NULL);
		pthread_join(rcu_thread, NULL);
		sem_destroy(&work_wake);
		sem_destroy(&rcu_wake);
	}
	running = false;
	callbacks = NULL;
	outstanding = 0;
	for (unsigned int i = 0; i < MAX_WORK; i++)
		table[i] = (struct work){ 0 };
}
