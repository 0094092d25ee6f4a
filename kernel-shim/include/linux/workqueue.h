/* SPDX-License-Identifier: GPL-2.0-only */
/* Work items wait for shim_settle(). */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/list.h>
#include "../../host/host.h"

struct work_struct {
	atomic_long_t data;
	struct list_head entry;
	void (*func)(struct work_struct *work);
};

#define __WORK_INITIALIZER(name, fn)                                                               \
	{                                                                                          \
		.entry = LIST_HEAD_INIT((name).entry), .func = (fn),                               \
	}

#define INIT_WORK(work, fn) (*(work) = (struct work_struct)__WORK_INITIALIZER(*(work), fn))

static inline bool schedule_work(struct work_struct *work)
{
	return shim_defer_work(work, (void (*)(void *))work->func);
}

#endif
