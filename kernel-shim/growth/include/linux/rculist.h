/* SPDX-License-Identifier: GPL-2.0-only */
/* Readers of a list that the thread sanitizer can follow. */
#ifndef SHIM_GROWTH_RCULIST_H
#define SHIM_GROWTH_RCULIST_H

#include_next <linux/rculist.h>

/*
 * The kernel orders what an entry holds behind the pointer to it by their dependency alone. Consume
 * says that; compilers make it an acquire, which the sanitizer understands.
 */
#define shim_follow(pointer, type, member)                                                         \
	container_of(__atomic_load_n(&(pointer), __ATOMIC_CONSUME), type, member)

#undef list_for_each_entry_rcu
#define list_for_each_entry_rcu(pos, head, member, ...)                                            \
	for (pos = shim_follow((head)->next, __typeof__(*pos), member); (head) != &pos->member;    \
	     pos = shim_follow(pos->member.next, __typeof__(*pos), member))

#endif
