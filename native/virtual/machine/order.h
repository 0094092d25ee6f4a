/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is first in time: what the scheduler (machine.c) and the hooks (machine_hooks.c) share. */
#ifndef VIRTUAL_MACHINE_ORDER_H
#define VIRTUAL_MACHINE_ORDER_H

#include "virtual/machine/machine.h"

/* The machine that runs on this thread. */
extern INSTRUMENT_TLS struct machine *machine_here;

extern const struct instrument_engine machine_engine;

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

/* A section's time, but for copies and for waiting. */
static const enum lab_spent section_spent[NR_SECTIONS] = {
	[SECTION_OTHER] = LAB_SPENT_OTHER,     [SECTION_SEARCH] = LAB_SPENT_SEARCH,
	[SECTION_RELEASE] = LAB_SPENT_RELEASE, [SECTION_COUNT] = LAB_SPENT_TRACKER,
	[SECTION_TRACKER] = LAB_SPENT_TRACKER,
};

static __always_inline void spend_in(struct vcpu *cpu, enum instrument_section section, u64 done)
{
	cpu->spent[section_spent[section]] += done - cpu->now;
	cpu->now = done;
}

static __always_inline void spend_section(struct vcpu *cpu, u64 done)
{
	spend_in(cpu, instrument_section_now, done);
}

/* Sets @cpu's word, and the minima above it. */
static __always_inline void order_set(struct machine *m, const struct vcpu *cpu, u64 word)
{
	u64 *order = m->order;

	for (u32 i = m->leaves + cpu->id; i > 1; i >>= 1) {
		u64 other = order[i ^ 1];

		order[i] = word;
		word = min(word, other);
	}
	order[1] = word;
}

static __always_inline u64 order_word(const struct vcpu *cpu)
{
	return cpu->now << CPU_BITS | cpu->id;
}

static __always_inline struct vcpu *word_cpu(struct machine *m, u64 word)
{
	return &m->cpus[word & ((1U << CPU_BITS) - 1)];
}

/* The least of all words but that of CPU @id. */
static __always_inline u64 order_others(const struct machine *m, u32 id)
{
	u64 least = NEVER;

	for (u32 i = m->leaves + id; i > 1; i >>= 1)
		least = min(least, m->order[i ^ 1]);
	return least;
}

/* When @cpu has something to do that others may race with: @posted_at, or now. */
static __always_inline u64 due_word(const struct vcpu *cpu)
{
	return (cpu->posted ? cpu->posted_at : cpu->now) << CPU_BITS | cpu->id;
}

static __always_inline bool in_tracker(enum instrument_section section)
{
	return section == SECTION_COUNT || section == SECTION_TRACKER;
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

#endif /* VIRTUAL_MACHINE_ORDER_H */
