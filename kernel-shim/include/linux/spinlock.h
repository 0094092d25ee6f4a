/* SPDX-License-Identifier: GPL-2.0-only */
/* Spin locks of 4 bytes, as in the kernel. */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <pthread.h>
#include <asm/barrier.h>
#include <linux/atomic.h>
#include <linux/smp.h>
#include <linux/types.h>

/* Kept. */

typedef struct {
	pthread_spinlock_t raw;
} spinlock_t;

_Static_assert(sizeof(spinlock_t) == 4, "struct io_tlb_area needs a lock of 4 bytes");

/* glibc: 1 is free, and pthread_spin_init() stores nothing else. */
#define __SPIN_LOCK_UNLOCKED(name)                                                                 \
	{                                                                                          \
		1                                                                                  \
	}

static inline void spin_lock_init(spinlock_t *lock)
{
	pthread_spin_init(&lock->raw, PTHREAD_PROCESS_PRIVATE);
}

static inline void spin_lock(spinlock_t *lock)
{
	pthread_spin_lock(&lock->raw);
	shim_search_begins();
}

static inline void spin_unlock(spinlock_t *lock)
{
	pthread_spin_unlock(&lock->raw);
}

/* Simplified: interrupts do not exist, but for a test that stands in for one. */

#ifdef SHIM_IRQ_HOOK
/* A test's stand-in for an interrupt, which can come as soon as they are enabled again. */
extern void (*shim_irq_hook)(void);
#define shim_irqs_on()                                                                             \
	do {                                                                                       \
		if (shim_irq_hook)                                                                 \
			shim_irq_hook();                                                           \
	} while (0)
#else
#define shim_irqs_on()                                                                             \
	do {                                                                                       \
	} while (0)
#endif

#define local_irq_save(flags) ((flags) = 0)
#define local_irq_restore(flags) ((void)(flags))

#define spin_lock_irqsave(lock, flags)                                                             \
	do {                                                                                       \
		local_irq_save(flags);                                                             \
		spin_lock(lock);                                                                   \
	} while (0)

#define spin_unlock_irqrestore(lock, flags)                                                        \
	do {                                                                                       \
		spin_unlock(lock);                                                                 \
		local_irq_restore(flags);                                                          \
		shim_irqs_on();                                                                    \
	} while (0)

#endif
