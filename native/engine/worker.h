/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread that does an allocator's growth work, as a kernel's workqueue does. */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <pthread.h>
#include <semaphore.h>

#include "swiotlb/swiotlb.h"

struct worker {
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	pthread_t thread;
	sem_t work;
	bool end;
};

/* To be called before the allocator is created: what it schedules is kept. */
void worker_init(struct worker *worker);
/* @ctx is the worker; from any thread, at any time. */
void worker_schedule(void *ctx);
/* 0 or -EAGAIN. */
int worker_start(struct worker *worker, const struct swiotlb_ops *ops, struct io_tlb_mem *mem);
/* Does what is left to do, and ends. */
void worker_stop(struct worker *worker);

#endif /* ENGINE_WORKER_H */
