/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The thread that does an allocator's growth work, as a kernel's workqueue does; above
 * the threads that map, which may hold every CPU.
 */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <pthread.h>
#include <semaphore.h>

#include "engine/lab.h"
#include "swiotlb/swiotlb.h"

struct worker {
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	pthread_t thread;
	sem_t work;
	struct lab_duty done; /* due: scheduled; made: begun */
	unsigned int cpus;    /* of the run */
	bool end;
};

/* To be called before the allocator is created: what it schedules is kept. */
void worker_init(struct worker *worker);
/* @ctx is the worker; from any thread, at any time. */
void worker_schedule(void *ctx);
/* 0 or -EAGAIN. */
int worker_start(struct worker *worker, const struct swiotlb_ops *ops, struct io_tlb_mem *mem);
/* What was scheduled and begun until now; from any thread. */
struct lab_duty worker_done(const struct worker *worker);
/* Does what is left to do, and ends. */
void worker_stop(struct worker *worker);

#endif /* ENGINE_WORKER_H */
