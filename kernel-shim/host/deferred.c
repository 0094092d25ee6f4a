// SPDX-License-Identifier: GPL-2.0-only
/* RCU callbacks and work items: queued by the kernel code, run by shim_settle(). */
#include <pthread.h>
#include <stdlib.h>

#include "host.h"

#define MAX_WORK 4

struct work {
	void *item;
	void (*func)(void *item);
};

bool shim_grace_is_over;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shim_callback *callbacks;
static struct shim_callback **callbacks_tail = &callbacks;
static struct work queue[MAX_WORK];
static unsigned int queued;

void shim_defer_rcu(void *head, void (*func)(void *head))
{
	struct shim_callback *cb = head;

	if (shim_grace_is_over) {
		func(head);
		return;
	}
	cb->next = NULL;
	cb->func = func;
	pthread_mutex_lock(&lock);
	*callbacks_tail = cb;
	callbacks_tail = &cb->next;
	pthread_mutex_unlock(&lock);
}

/* Return: %false if @item was waiting already; it runs once then. */
bool shim_defer_work(void *item, void (*func)(void *item))
{
	unsigned int i;
	bool fresh;

	pthread_mutex_lock(&lock);
	for (i = 0; i < queued && queue[i].item != item; i++)
		;
	fresh = i == queued && queued < MAX_WORK;
	if (fresh)
		queue[queued++] = (struct work){ item, func };
	pthread_mutex_unlock(&lock);
	return fresh;
}

/**
 * shim_settle() - run what is queued: first the RCU callbacks, then the work
 *
 * The caller sees to it that no thread is inside the kernel code when callbacks are waiting, since
 * a reader of the pool lists could still hold what they free.
 */
void shim_settle(void)
{
	struct work work[MAX_WORK];
	struct shim_callback *cb;
	unsigned int i, n;

	pthread_mutex_lock(&lock);
	cb = callbacks;
	callbacks = NULL;
	callbacks_tail = &callbacks;
	n = queued;
	for (i = 0; i < n; i++)
		work[i] = queue[i];
	queued = 0;
	pthread_mutex_unlock(&lock);

	while (cb) {
		struct shim_callback *next = cb->next;

		cb->func(cb);
		cb = next;
	}
	for (i = 0; i < n; i++)
		work[i].func(work[i].item);
}

/* Forget what is queued; its memory goes with the instance. */
void shim_deferred_reset(void)
{
	callbacks = NULL;
	callbacks_tail = &callbacks;
	queued = 0;
}
