/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What spin_lock() means in a tracker, in a kernel: maps and unmaps come in interrupts
 * as well, so a lock that they take has to keep interrupts away. The tracker has no
 * word for what the flags were, so they are kept here for each CPU. Locks are dropped
 * in the reverse order, and while one is held nothing else runs on the CPU but an
 * interrupt, which leaves the depth as it was. Workers and readers of files say
 * spin_lock_irq(), which is the kernel's own. tracker_used() is asked in a map that
 * finds no room, too, so it is not for that word.
 *
 * Included between the kernel's headers and the tracker, and taken back behind it.
 */
#ifndef SWIOTLB_LOCKS_H
#define SWIOTLB_LOCKS_H

#ifdef CONFIG_PREEMPT_RT
#error "a tracker's locks spin, and may be held by a CPU that is preempted then: not with PREEMPT_RT"
#endif

/* Locks that a tracker holds within each other, and those of an interrupt on top. */
#define TRACKER_LOCKS 8

struct tracker_flags {
	unsigned int depth;
	unsigned long flags[TRACKER_LOCKS];
};

static DEFINE_PER_CPU(struct tracker_flags, tracker_flags);

/* Interrupts are disabled. */
static __always_inline void tracker_keep_flags(unsigned long flags)
{
	struct tracker_flags *kept = this_cpu_ptr(&tracker_flags);

	BUG_ON(kept->depth >= TRACKER_LOCKS);
	kept->flags[kept->depth++] = flags;
}

/* A macro: the kernel's check of locks tells them apart by where they are taken. */
#define tracker_spin_lock(lock)                                                                    \
	do {                                                                                       \
		unsigned long __flags;                                                             \
                                                                                                   \
		spin_lock_irqsave(lock, __flags);                                                  \
		tracker_keep_flags(__flags);                                                       \
	} while (0)

static __always_inline void tracker_spin_unlock(spinlock_t *lock)
{
	struct tracker_flags *kept;
	unsigned long flags;

	/* The word of process context may have let them in since. */
	local_irq_disable();
	kept = this_cpu_ptr(&tracker_flags);
	flags = kept->flags[--kept->depth];
	spin_unlock_irqrestore(lock, flags);
}

static __always_inline bool tracker_spin_trylock(spinlock_t *lock)
{
	unsigned long flags;

	if (!spin_trylock_irqsave(lock, flags))
		return false;
	tracker_keep_flags(flags);
	return true;
}

#define spin_lock(lock) tracker_spin_lock(lock)
#define spin_unlock(lock) tracker_spin_unlock(lock)
#define spin_trylock(lock) tracker_spin_trylock(lock)

#endif /* SWIOTLB_LOCKS_H */
