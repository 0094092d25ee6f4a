/* SPDX-License-Identifier: GPL-2.0-only */
/* Doubly linked lists. */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <linux/kernel.h>

/* Kept. */

#define LIST_HEAD_INIT(name)                                                                       \
	{                                                                                          \
		.next = &(name), .prev = &(name)                                                   \
	}

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	*head = (struct list_head)LIST_HEAD_INIT(*head);
}

#endif
