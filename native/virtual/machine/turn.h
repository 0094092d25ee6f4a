/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose turn it is in virtual time, and what an unlock has to do with it.
 *
 * One unlock, from posted to made:
 *
 *  1. hook_unlock() (hooks.c) does not touch the lock. It notes in @posted and
 *     @posted_at which lock, and the time; the CPU pays for one store and runs on, as
 *     a processor does that has the store in its buffer.
 *  2. If nobody else has anything to do before that time (due_word() below the
 *     horizon), machine_make_unlock() follows at once: go on at 5.
 *  3. Otherwise the CPU does what only it can see, until it comes to an access that
 *     others may race with, or to another unlock: sync_order(). As something is
 *     posted, machine_await_turn() gives it the place in the order that the *unlock*
 *     has, not that of its clock, which is further on by now.
 *  4. The others run. When the unlock is first in time, first_cpu() makes it. There
 *     the line of the lock moves, as of @posted_at, and @unlocked is when that was
 *     done; a CPU that queued for the lock becomes the holder and gets a place.
 *  5. await_unlock(): the next access that others may race with begins no earlier
 *     than @unlocked. The wait is booked on the unlock.
 *  6. The CPU is back in the order with its clock, and has its turn when it is first.
 *
 * So a CPU has at most one unlock posted, a lock counts as held until 4, and whoever
 * is switched to has none: a program that ends makes its own last (machine_vcpu_main()).
 */
#ifndef VIRTUAL_TURN_H
#define VIRTUAL_TURN_H

#include "virtual/machine/order.h"

/* The machine that runs on this thread. */
extern INSTRUMENT_TLS struct machine *machine_here;

/**
 * machine_run_first() - lets the CPU run that is first in time
 * @from: the one that runs; its word in the order says when it is next, or NEVER
 *
 * Returns when that is @from.
 */
void machine_run_first(struct machine *m, struct vcpu *from);

/* @cpu waits until every CPU that is behind it has run, and its unlock is made. */
void machine_await_turn(struct machine *m, struct vcpu *cpu);

/* To where machine_run() was called, which comes back here. */
void machine_pause(struct machine *m, struct vcpu *cpu);

/* Makes the unlock that @cpu has posted; nobody is behind it in time. */
void machine_make_unlock(struct machine *m, struct vcpu *cpu);

/* Where each CPU's coroutine begins. */
void machine_vcpu_main(void);

/* The CPU that is first runs, until one of them goes home. */
void machine_go(struct machine *m);

/* From a program: lets everybody run who is behind @cpu in time. */
void machine_sync(struct machine *m, struct vcpu *cpu);

/*
 * From a program: waits until another one calls machine_wake(). Right behind a sync,
 * for an unlock that is still posted would never be made.
 */
void machine_park(struct machine *m, struct vcpu *cpu);
/* From another program: @cpu goes on, at @at at the earliest. */
void machine_wake(struct machine *m, struct vcpu *cpu, u64 at);

/* After so many syncs machine_run() comes back to its caller: some 0.3 ms. */
#define PAUSE_EVERY 8192

/* What @span is in was written by @at: whoever waits for that looks again. */
void machine_written(struct machine *m, const struct line_span *span, u64 at);

/* When @cpu has something to do that others may race with: @posted_at, or now. */
static __always_inline u64 due_word(const struct vcpu *cpu)
{
	return (cpu->posted ? cpu->posted_at : cpu->now) << CPU_BITS | cpu->id;
}

static __always_inline u64 charge(struct machine *m, const struct vcpu *cpu,
				  const struct line_span *span, enum access_kind kind)
{
	u64 own = kind >= ACCESS_ATOMIC ? m->lines.costs.atomic : m->lines.costs.own;
	bool exclusive = kind != ACCESS_READ && kind != ACCESS_READ_ONCE;
	u64 done = line_access(&m->lines, span, cpu->core, cpu->owner_word, exclusive, own,
			       cpu->walk, cpu->now);

	if (unlikely(m->awaiting) && exclusive)
		machine_written(m, span, done);
	return done;
}

/* NULL for memory in which the engine knows of no locks. */
static __always_inline struct lock_state *lock_find(struct machine *m, pthread_spinlock_t *lock,
						    struct line_span *span)
{
	*span = line_find(&m->lines, (uintptr_t)lock, sizeof(*lock));
	if (!span->region || span->region == &m->lines.region[LINES_SLOTS])
		return NULL;
	return &m->locks[span->region - m->lines.region]
			[((uintptr_t)lock - span->region->base) / sizeof(*lock)];
}

static __always_inline struct site_stats *unlock_site(struct machine *m, const struct vcpu *cpu)
{
	return &m->sites[cpu->posted_by_unmap]
			[in_tracker(cpu->posted_section) ? LAB_SITE_TRACKER_LOCK : LAB_SITE_UNLOCK];
}

/*
 * A racing access begins when the last unlock is done, as a locked instruction
 * does. The wait is the unlock's, not what @cpu does by now.
 */
static __always_inline void await_unlock(struct machine *m, struct vcpu *cpu)
{
	if (cpu->unlocked <= cpu->now)
		return;
	unlock_site(m, cpu)->ps += cpu->unlocked - cpu->now;
	spend_in(cpu, cpu->posted_section, cpu->unlocked);
}

/* Before an access that others may race with. */
static __always_inline void sync_order(struct machine *m, struct vcpu *cpu)
{
	m->unasked = 0;
	if (unlikely(++m->syncs % PAUSE_EVERY == 0))
		machine_pause(m, cpu);
	if (!cpu->posted) {
		await_unlock(m, cpu);
		if (order_word(cpu) < m->horizon)
			return;
	}
	machine_await_turn(m, cpu);
}

#endif /* VIRTUAL_TURN_H */
