/* SPDX-License-Identifier: GPL-2.0-only */
/* The clocks of all CPUs: what time is spent on, and who is first. */
#ifndef VIRTUAL_ORDER_H
#define VIRTUAL_ORDER_H

#include "virtual/machine/vcpu.h"

/* A section's time, but for copies and for waiting. */
static const enum lab_spent section_spent[NR_SECTIONS] = {
	[SECTION_OTHER] = LAB_SPENT_OTHER,     [SECTION_SEARCH] = LAB_SPENT_SEARCH,
	[SECTION_RELEASE] = LAB_SPENT_RELEASE, [SECTION_COUNT] = LAB_SPENT_TRACKER,
	[SECTION_TRACKER] = LAB_SPENT_TRACKER,
};

static __always_inline void spend_in(struct vcpu *cpu, enum instrument_section section, u64 done)
{
	if (unlikely(cpu->track))
		event_spent(cpu->track, section_spent[section], cpu->now, done);
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

static __always_inline bool in_tracker(enum instrument_section section)
{
	return section == SECTION_COUNT || section == SECTION_TRACKER;
}

#endif /* VIRTUAL_ORDER_H */
