/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists that are read while one writer changes them. */
#ifndef SHIM_LINUX_RCULIST_H
#define SHIM_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

/* Kept. */

#define INIT_LIST_HEAD_RCU INIT_LIST_HEAD

/* The release store lets a reader that meets @entry see its contents. */
static inline void list_add_rcu(struct list_head *entry, struct list_head *head)
{
	struct list_head *first = head->next;

	*entry = (struct list_head){ .next = first, .prev = head };
	__atomic_store_n(&head->next, entry, __ATOMIC_RELEASE);
	first->prev = entry;
}

/* @entry->next stays, so that a reader standing on @entry finds its way on. */
static inline void list_del_rcu(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	WRITE_ONCE(entry->prev->next, entry->next);
	entry->prev = NULL;
}

#define list_for_each_entry_rcu(pos, head, member, ...)                                            \
	for (pos = container_of(READ_ONCE((head)->next), __typeof__(*pos), member);                \
	     (head) != &pos->member;                                                               \
	     pos = container_of(READ_ONCE(pos->member.next), __typeof__(*pos), member))

#endif
