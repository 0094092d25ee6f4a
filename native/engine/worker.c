// SPDX-License-Identifier: GPL-2.0-only
/* The growth thread. It sleeps on a semaphore, which map may post with a lock held. */
#include "engine/worker.h"

#include <time.h>

#include "engine/pinned_threads.h"

/* Longer than any lock of the allocator is held by a thread that runs. */
#define LOCK_PAUSE_NS 20000

static void *worker_main(void *arg)
{
	const struct timespec pause = { 0, LOCK_PAUSE_NS };
	struct worker *w = arg;

	rise_above_pinned_threads();
	smp_set(0, w->cpus);
	do {
		while (sem_wait(&w->work))
			;
		/* Not the post that only ends it. */
		if (worker_done(w).made < worker_done(w).due)
			__atomic_add_fetch(&w->done.made, 1, __ATOMIC_RELAXED);
		/*
		 * Above the threads that map, a lock must not be spun for: its holder may
		 * be the one whose CPU this is.
		 */
		while (!w->ops->try_work(w->mem))
			nanosleep(&pause, NULL);
	} while (!__atomic_load_n(&w->end, __ATOMIC_ACQUIRE));
	return NULL;
}

void worker_init(struct worker *w)
{
	*w = (struct worker){ 0 };
	sem_init(&w->work, 0, 0);
}

void worker_schedule(void *ctx)
{
	struct worker *w = ctx;

	/* Relaxed: a count. The semaphore orders the work. */
	__atomic_add_fetch(&w->done.due, 1, __ATOMIC_RELAXED);
	sem_post(&w->work);
}

struct lab_duty worker_done(const struct worker *w)
{
	return (struct lab_duty){
		.exists = true,
		.due = __atomic_load_n(&w->done.due, __ATOMIC_RELAXED),
		.made = __atomic_load_n(&w->done.made, __ATOMIC_RELAXED),
	};
}

int worker_start(struct worker *w, const struct swiotlb_ops *ops, struct io_tlb_mem *mem)
{
	w->ops = ops;
	w->mem = mem;
	w->cpus = smp_nr();
	if (!pthread_create(&w->thread, NULL, worker_main, w))
		return 0;
	w->ops = NULL; /* there is no thread to stop */
	return -EAGAIN;
}

void worker_stop(struct worker *w)
{
	if (w->ops) {
		__atomic_store_n(&w->end, true, __ATOMIC_RELEASE);
		sem_post(&w->work);
		pthread_join(w->thread, NULL);
	}
	sem_destroy(&w->work);
}
