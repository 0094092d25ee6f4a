/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual machine: its CPUs, their time, and who runs next.
 *
 * Each CPU is a coroutine with a clock of its own. It runs ahead of the others
 * in what only it can see; before an access that others may race with, it lets
 * every CPU run that is behind it. So such accesses are made in the order of
 * virtual time, and of CPU numbers where the time is the same. A CPU that waits
 * for a lock has no place in that order until the lock is handed to it.
 *
 * An unlock is a store, and as in a processor's store buffer only the next racing
 * access of that CPU waits for it. So a CPU that has posted one runs on, and has the
 * place in the order that the unlock has, until it is made.
 *
 * Times are picoseconds.
 */
#ifndef VIRTUAL_VCPU_H
#define VIRTUAL_VCPU_H

#include "virtual/coroutine.h"
#include "virtual/machine/event_log.h"
#include "virtual/machine/line.h"
#include "engine/random.h"
#include "instrument_engine.h"

/* A clock and a CPU number make one word, the clock above: who is next is a minimum. */
#define CPU_BITS 11
#define NEVER UINT64_MAX
/* Virtual time ends here, after two and a half hours. */
#define TIME_MAX (NEVER >> CPU_BITS)

struct machine;

/**
 * struct vcpu - a virtual CPU; what each switch needs comes first, on one line
 * @co: where it stands
 * @now: its clock
 * @posted: the lock whose unlock is still to be made, NULL for none
 * @posted_at: the time of that
 * @posted_section: what the allocator did, for the latest
 * @posted_by_unmap: in an unmap, for the latest
 * @unlocked: when the latest unlock was done
 * @owner_word: line_owner_word() of @core
 * @core: where it is; NO_CORE for one without a place in the machine
 * @section: what the allocator does, while the CPU does not run
 * @locks: how many it holds
 * @spent: by enum lab_spent
 * @wait_next: behind it in the queue of a lock, or of those who wait for a write, plus one
 * @wait_begun: when it began to wait for a lock; NEVER if it does not
 * @track: its part of the log; NULL without one
 * @locked: the lock that it took last
 * @change: slots that the operation under way takes, or gives back if negative
 * @jitter: its own stream
 * @pace: what the work of its operation takes, in 1/PACE_MEAN of the mean
 * @walk: struct line_costs' walk at that pace
 * @program: what it runs
 */
struct vcpu {
	struct coroutine co;
	u64 now;
	pthread_spinlock_t *posted;
	u64 posted_at;
	u64 unlocked;
	u64 owner_word;
	u16 id;
	u16 locks;
	u32 core;
	enum instrument_section section;
	enum instrument_section posted_section;
	bool posted_by_unmap;
	u32 wait_next;
	u64 spent[LAB_NR_SPENT];
	struct event_track *track;
	const volatile void *locked;
	long change;
	u64 wait_begun;
	struct random jitter;
	u32 pace;
	u64 walk;
	void (*program)(struct machine *m, struct vcpu *cpu);
} __attribute__((aligned(64)));

/*
 * An operation's own work is drawn anew each time, from this share below to this share
 * above its mean, in 1/PACE_MEAN: CPUs in lockstep would meet, or miss, each other for ever.
 */
#define PACE_MEAN 256
#define JITTER 64

static __always_inline u64 paced(u64 mean, u32 pace)
{
	return mean * pace / PACE_MEAN;
}

/* Holder, and first and last of the queue; each a CPU plus one, 0 for none. */
struct lock_state {
	u16 holder;
	u16 first;
	u16 last;
};

/* The work that an area's lock is taken for, by section. */
#define NR_SECTIONS (SECTION_TRACKER + 1)

struct site_stats {
	u64 count;
	u64 ps;
};

struct copy_segment {
	u64 bytes;
	u64 ps;
};

/**
 * struct machine - all of it
 * @order: a tree of minima: leaf @leaves + i is CPU i's word, each node the least
 *	below it, order[1] the least of all. The word of the CPU that runs may be
 *	one that its clock has left behind.
 * @horizon: the least word of all others: before that the CPU that runs goes on
 * @cpus: the CPUs, and behind them what else has a clock (the sampler)
 * @nr: how many, those included
 * @locks: by region and word of memory
 * @sites: of maps and unmaps, by enum lab_site. An operation that takes slots
 *	(struct vcpu's @change) is a map.
 * @copies_done: by socket: until when its memory is busy with copies
 * @log: of all events; NULL for none
 * @depth: bytes of its stack that the last CPU that was left had in use
 * @area_bytes: from one area to the next
 * @counted: called at each SECTION_COUNT of a CPU
 * @syncs: times that a CPU asked whether it is first
 * @unasked: racing accesses since the last of them
 * @waiting: CPUs that wait for a lock, or to be woken
 * @awaiting: those of them that wait for a write to some line
 * @deadlocked: all that have not ended do
 * @unknown_lock: a lock was taken where the engine knows of none, or released by a
 *	CPU that does not hold it
 */
struct machine {
	u64 *order;
	u32 leaves;
	u32 nr;
	struct vcpu *cpus;
	struct vcpu *running;
	u64 horizon;
	u64 syncs;
	u32 unasked;
	struct line_table lines;
	struct lock_state *locks[NR_LINE_MEMORIES];
	u64 handover;
	u64 clock;
	u64 work[NR_SECTIONS];
	struct copy_segment copy[LAB_VIRTUAL_MAX_COPY_COSTS];
	u32 nr_copy;
	u64 copy_ps_per_kib;
	struct site_stats sites[2][LAB_NR_SITES];
	u64 copies_done[LAB_VIRTUAL_MAX_SOCKETS];
	size_t area_bytes;
	void (*counted)(struct machine *m, struct vcpu *cpu);
	struct event_log *log;
	size_t depth;
	struct coroutine home;
	struct coroutine_stacks stacks;
	u64 switches;
	u64 lock_takes;
	u64 lock_waits;
	u32 waiting;
	u32 awaiting;
	bool deadlocked;
	bool unknown_lock;
};

/* From a program: @ps of work that no line is needed for. */
static inline void vcpu_spend(struct vcpu *cpu, enum lab_spent on, u64 ps)
{
	if (unlikely(cpu->track))
		event_spent(cpu->track, on, cpu->now, cpu->now + ps);
	cpu->now += ps;
	cpu->spent[on] += ps;
}

#endif /* VIRTUAL_VCPU_H */
