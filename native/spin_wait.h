/* SPDX-License-Identifier: GPL-2.0-only */
/* How a lock is waited for by who may have taken its holder's CPU. Include kernel.h, never this file. */
#ifndef SPIN_WAIT_H
#define SPIN_WAIT_H

#include <pthread.h>

/* Shown to trackers that are loaded at run time. */
#pragma GCC visibility push(default)

/**
 * spin_wait() - take a lock without keeping its holder from its CPU for long
 *
 * The sampler's thread runs above all that map, so that the holder of a lock may be a
 * thread whose CPU it has taken: it looks some times, sleeps a moment, and looks again.
 * It waits as long as the lock is held, and one such moment more.
 */
void spin_wait(pthread_spinlock_t *lock);

#pragma GCC visibility pop

#endif /* SPIN_WAIT_H */
