/* SPDX-License-Identifier: GPL-2.0-only */
/* Work items. */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include "../../host/host.h"

/* Kept. */

struct work_struct {
	atomic_long_t data;
	struct list_head entry;
	void (*func)(struct work_struct *work);
};

struct workqueue_struct;

struct rcu_work {
	struct work_struct work;
	struct rcu_head rcu;
	struct workqueue_struct *wq;
};

#define __WORK_INITIALIZER(name, fn)                                                               \
	{                                                                                          \
		.entry = LIST_HEAD_INIT((name).entry), .func = (fn),                               \
	}

#define INIT_WORK(work, fn) (*(work) = (struct work_struct)__WORK_INITIALIZER(*(work), fn))
#define INIT_RCU_WORK(rwork, fn) INIT_WORK(&(rwork)->work, fn)
#define to_rcu_work(item) container_of(item, struct rcu_work, work)

/* Simplified: an item waits for shim_settle() and runs on the thread that calls it. */

static inline bool schedule_work(struct work_struct *work)
{
	return shim_defer_work(work, (void (*)(void *))work->func);
}

/* Simplified: runs with the RCU callbacks, and so before the growth work. One queue. */

#define system_wq ((struct workqueue_struct *)NULL)

static inline void shim_rcu_work_run(struct rcu_head *head)
{
	struct work_struct *work = &container_of(head, struct rcu_work, rcu)->work;

	work->func(work);
}

static inline bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	rwork->wq = wq;
	call_rcu(&rwork->rcu, shim_rcu_work_run);
	return true;
}

#endif
