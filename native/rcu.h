/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Read-copy-update for user space, as much of it as the lists of pools need.
 *
 * A reader writes down the epoch it began in, on a line of its own. Whoever
 * takes something out of a list gives it the epoch of that moment and moves the
 * epoch on; it may be freed when no reader is left that began in that epoch or
 * before. Nobody waits: what cannot be freed yet is tried again later.
 */
#ifndef RCU_H
#define RCU_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct rcu_head - what is to be freed later
 * @next: in the owner's list
 * @epoch: the last epoch in which a reader may have found it
 */
struct rcu_head {
	struct rcu_head *next;
	uint64_t epoch;
};

/**
 * rcu_thread_begin() - makes the record that the calling thread reads with
 *
 * Whoever measures calls it first: a thread that could not get its record reads
 * all the same, but it counts itself on a line that all such threads share, and
 * nothing is over while any of them reads.
 *
 * Return: 0, also when there is one already, or -ENOMEM. Not within a read.
 */
int rcu_thread_begin(void);

/* Readers may nest. What they found is theirs until the outermost unlock. */
void rcu_read_lock(void);
void rcu_read_unlock(void);
/* The calling thread reads nothing any more: what it began was left in the middle. */
void rcu_read_abandon(void);

/* Ends the epoch. Return: the epoch that ended. */
uint64_t rcu_end_epoch(void);
/* Whether every reader of this epoch, and of those before, is done. */
bool rcu_epoch_over(uint64_t epoch);

/*
 * Publishing and following a pointer that readers follow without a lock. Both
 * are sequentially consistent, stronger than the kernel's release and address
 * dependency: a reader that began too late to be waited for must not find what
 * was already taken out, and that needs one order of its record and the list.
 */
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_SEQ_CST)
#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_SEQ_CST)

#endif /* RCU_H */
