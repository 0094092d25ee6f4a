/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a schedule's run share. From the top: schedule (sets it up and
 * lets it go), judge (at its end), program (what each CPU does), readings (what is read
 * of the mark), hooks (what each access does: who goes on), steps (what is told of it
 * to whoever wants to know), policy (whom it chooses).
 */
#ifndef VIRTUAL_SCHEDULE_RUNNER_H
#define VIRTUAL_SCHEDULE_RUNNER_H

#include "virtual/coroutine.h"
#include "virtual/schedule/policy.h"
#include "virtual/schedule/types.h"
#include "virtual/truth.h"
#include "instrument_engine.h"

#define MAX_LOCKS 64

/* A spin lock that somebody has taken, for as long as somebody has it. */
struct schedule_lock {
	pthread_spinlock_t *lock;
	u32 holder;
};

/**
 * struct schedule_access - an access that is about to be made
 * @ptr: NULL for none
 * @from: where in the object of a watched tracker; 0 if it is not one of its
 */
struct schedule_access {
	const volatile void *ptr;
	size_t size;
	enum access_kind kind;
	uintptr_t from;
};

/**
 * struct schedule_cpu - one CPU
 * @wants: the lock it waits for, or NULL
 * @wants_from: where a watched tracker asks for it, as in struct schedule_access
 * @awaits: the memory that another must write first; NULL for none
 * @waits_for: the operation that must end first, plus one; 0 for none
 * @wants_work: it waits until growth work was put off, or there is none to come
 * @change: slots of the operation under way
 * @read_ns: the latest time that it has read
 * @next: the access that it is about to make
 * @done: its program has ended
 */
struct schedule_cpu {
	struct device dev;
	pthread_spinlock_t *wants;
	uintptr_t wants_from;
	struct schedule_access awaits;
	size_t waits_for;
	bool wants_work;
	long change;
	u64 read_ns;
	struct schedule_access next;
	bool done;
};

/**
 * struct schedule_time - how time goes by
 * @now_ns: what a clock without an error says
 * @accesses: as many had been made then
 * @skew_ns: how far the CPUs' clocks may be apart, as the tracker says
 *
 * Each access takes some time, drawn for every few of them from the scenario's @clock:
 * none at all, SCHEDULE_STEP_NS, a good deal more, or so much once that all clocks
 * jump. Each CPU's clock is ahead of it by up to @skew_ns, drawn likewise; none goes
 * backwards. So time hangs on the schedule and on @clock alone, and with 0 it goes on
 * evenly, the same for all.
 */
struct schedule_time {
	u64 now_ns;
	size_t accesses;
	u64 skew_ns;
};

#define SCHEDULE_STEP_NS 100

/* What became of an operation: for a map, where it lies. */
struct op_state {
	phys_addr_t tlb_addr;
	size_t map; /* of an unmap: its map */
	u32 nslots;
	bool done;
};

/**
 * struct schedule_runner - what is kept from one schedule to the next
 * @co: the CPUs' coroutines, made when first needed
 * @made: those that are there, a bit each
 * @parked: those that have ended their program and wait for the next schedule;
 *	the others were left in the middle
 * @running: the CPU that makes the next access
 * @busy: CPUs that are not through with their maps and unmaps
 * @under_way, @ops_begun: maps and unmaps
 * @moment: what the policy is told
 * @work: growth work was put off
 * @resetting: how many are at it to reset the mark, or to begin it anew
 * @resets: how many have begun that
 * @off: the tracker is turned off, or not yet on in all areas
 * @past: enum tracker_until, since the mark's beginning or its last quiet reset
 * @mark: what the tracker reported when it was last looked at
 * @most_used: slots in use at once, at most, whoever reset the mark meanwhile
 * @broken: what is wrong with the use of a lock; NULL for nothing
 * @awaiting: CPUs that wait for a write
 * @plain: CPUs whose next access is a plain one
 * @races: those of all schedules so far, @nr_races of them
 * @time: the time, in nanoseconds, and up to which of the accesses it has gone
 * @read_used, @read_hiwater: what a reader saw, where used was above the mark
 * @steps: what was done, where somebody wants to know: LAB_CHECK_MAX_STEPS of them; or NULL
 * @nr_steps, @steps_cut: how many there are, and whether there were more
 * @telling: a schedule is under way, and not what comes before or behind it
 * @unsettled: where the latest of them writes to; NULL for nowhere
 */
struct schedule_runner {
	struct coroutine home;
	struct coroutine_stacks stacks;
	struct coroutine co[SCHEDULE_MAX_CPUS];
	u32 made;
	u32 parked;
	struct schedule_cpu cpus[SCHEDULE_MAX_CPUS];
	u32 nr;
	u32 running;
	u32 busy;
	u32 under_way;
	u32 ops_begun;
	struct schedule_moment moment;
	bool work;
	u32 resetting;
	u32 resets;
	bool off;
	u32 past;
	struct schedule_lock locks[MAX_LOCKS];
	u32 nr_locks;
	const char *broken;
	u32 awaiting;
	u32 plain;
	struct lab_race races[LAB_CHECK_MAX_RACES];
	u32 nr_races;
	const struct schedule_subject *subject;
	const struct swiotlb_ops *ops;
	const struct lab_scenario *scenario;
	struct schedule_policy *policy;
	struct io_tlb_mem *mem;
	struct truth truth;
	struct op_state *state;
	size_t room_state;
	u8 *choices;
	size_t nr_choices;
	size_t room_choices;
	u32 *begun;
	size_t nr_begun;
	u64 mark;
	u64 most_used;
	struct schedule_time time;
	u64 read_used;
	u64 read_hiwater;
	struct lab_step *steps;
	size_t nr_steps;
	bool steps_cut;
	bool telling;
	const volatile void *unsettled;
	u32 findings;
	bool too_many_locks;
	bool out_of_memory;
};

/* hooks.c */

/* The runner at work on this thread. */
extern INSTRUMENT_TLS struct schedule_runner *schedule_runner_now;
extern const struct instrument_engine schedule_engine;
/* Sets who is next; false when the schedule is over, for good or for bad. */
bool schedule_next_cpu(struct schedule_runner *r);
/* Before an access that others may race with: somebody else may go on first. */
void schedule_yield(struct schedule_runner *r);
/* Who has taken a lock, plus one; 0 for nobody. */
u32 schedule_lock_holder(const struct schedule_runner *r, const pthread_spinlock_t *lock);
/* A lock is used as none may be; the first of these is kept. */
void schedule_misuse(struct schedule_runner *r, const char *what);

/* The time that CPU @cpu reads now. */
u64 schedule_cycles(struct schedule_runner *r, u32 cpu);

/* program.c */

/* Whether CPU @me has anything to do. */
bool schedule_has_program(const struct schedule_runner *r, u32 me);
/* What comes before the schedule: nobody can go on in between. */
void schedule_load(struct schedule_runner *r);
/* What CPU @me does, from its begin to its end. */
void schedule_program(struct schedule_runner *r, u32 me);

/* readings.c */

/* A look at the mark that no CPU notices: without a reset it must not fall. */
void schedule_watch_mark(struct schedule_runner *r);
/*
 * What is promised now, in words that no CPU notices. No schedule runs them otherwise,
 * so this is how they are searched.
 */
struct tracker_bounds schedule_bounds(struct schedule_runner *r);
/*
 * The program of who reads the two files again and again: one behind the other, so in
 * either order. Nothing is promised of a mark that was begun anew between the two.
 */
void schedule_read_both(struct schedule_runner *r);

/* steps.c */

/* The CPU that runs begins something: enum lab_step_kind. Nothing, unless somebody wants to know. */
void schedule_begins(struct schedule_runner *r, enum lab_step_kind kind, u64 slots);
/* And has done it. */
void schedule_ends(struct schedule_runner *r, u64 got);
/* It is about to make this access. */
void schedule_tell_access(struct schedule_runner *r, const struct schedule_access *access);
/* It has done this with a lock; @from as in struct schedule_access. */
void schedule_tell_lock(struct schedule_runner *r, enum lab_step_kind kind,
			const pthread_spinlock_t *lock, uintptr_t from);
/* The schedule is over: who never went on, and what was written last. */
void schedule_tell_end(struct schedule_runner *r);

/* judge.c */

/* When everybody is done: sets the findings, and @outcome but for the schedule itself. */
void schedule_judge(struct schedule_runner *r, struct schedule_outcome *outcome);

#endif /* VIRTUAL_SCHEDULE_RUNNER_H */
