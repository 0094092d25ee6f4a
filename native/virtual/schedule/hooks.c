// SPDX-License-Identifier: GPL-2.0-only
/* The hooks of the instrumented build in a schedule: who goes on, locks, and data races. */
#include "virtual/schedule/schedule_runner.h"

#include <stdlib.h>

/* More accesses than any small scenario makes. */
#define ACCESSES_MAX (1UL << 16)

INSTRUMENT_TLS struct schedule_runner *schedule_runner_now;

u32 schedule_lock_holder(const struct schedule_runner *r, const pthread_spinlock_t *lock)
{
	for (u32 i = 0; i < r->nr_locks; i++)
		if (r->locks[i].lock == lock)
			return r->locks[i].holder + 1;
	return 0;
}

static u32 can_go_on(const struct schedule_runner *r)
{
	u32 mask = 0;

	for (u32 i = 0; i < r->nr; i++) {
		const struct schedule_cpu *cpu = &r->cpus[i];

		if (cpu->done || cpu->awaits.ptr ||
		    (cpu->wants && schedule_lock_holder(r, cpu->wants)))
			continue;
		if (cpu->waits_for && !r->state[cpu->waits_for - 1].done)
			continue;
		if (cpu->wants_work && !r->work && r->busy)
			continue;
		mask |= 1U << i;
	}
	return mask;
}

static bool record(struct schedule_runner *r, u32 cpu)
{
	if (r->nr_choices == r->room_choices) {
		size_t room = max(2 * r->room_choices, (size_t)1024);
		u8 *choices = realloc(r->choices, room);

		if (!choices) {
			r->out_of_memory = true;
			return false;
		}
		r->choices = choices;
		r->room_choices = room;
	}
	r->choices[r->nr_choices++] = (u8)cpu;
	return true;
}

bool schedule_next_cpu(struct schedule_runner *r)
{
	u32 mask = can_go_on(r);

	if (!mask) {
		for (u32 i = 0; i < r->nr; i++)
			r->findings |= r->cpus[i].done ? 0 : LAB_FIND_DEADLOCK;
		return false;
	}
	if (r->nr_choices >= ACCESSES_MAX) {
		r->findings |= LAB_FIND_ENDLESS;
		return false;
	}
	r->moment.running = r->running;
	r->moment.accesses = r->nr_choices;
	r->running = schedule_policy_choose(r->policy, mask, &r->moment);
	return record(r, r->running);
}

void schedule_yield(struct schedule_runner *r)
{
	u32 from = r->running;

	if (!schedule_next_cpu(r))
		coroutine_leave(&r->co[from], &r->home);
	else if (r->running != from)
		coroutine_switch(&r->co[from], &r->co[r->running]);
}

static bool is_plain(enum access_kind kind)
{
	return kind < ACCESS_READ_ONCE;
}

static bool is_write(enum access_kind kind)
{
	return kind != ACCESS_READ && kind != ACCESS_READ_ONCE;
}

static bool overlap(const struct schedule_access *a, const struct schedule_access *b)
{
	uintptr_t p = (uintptr_t)a->ptr, q = (uintptr_t)b->ptr;

	return p < q + b->size && q < p + a->size;
}

static struct lab_race_side side_of(const struct schedule_access *a)
{
	return (struct lab_race_side){ a->from, (u32)a->size, is_write(a->kind),
				       is_plain(a->kind) };
}

/* @a is a plain one. Each pair of places once. */
static void note_race(struct schedule_runner *r, const struct schedule_access *a,
		      const struct schedule_access *b)
{
	for (u32 i = 0; i < r->nr_races; i++) {
		const struct lab_race_side *known = r->races[i].sides;

		if ((known[0].from == a->from && known[1].from == b->from) ||
		    (known[0].from == b->from && known[1].from == a->from))
			return;
	}
	if (r->nr_races < LAB_CHECK_MAX_RACES)
		r->races[r->nr_races++] = (struct lab_race){ { side_of(a), side_of(b) } };
}

/*
 * Two CPUs are about to touch the same memory, neither keeps the other from it, and
 * one of them writes. Where one of the accesses is plain, the compiler may do
 * anything about it.
 */
static noinline void look_for_races(struct schedule_runner *r, const struct schedule_access *a)
{
	for (u32 i = 0; i < r->nr; i++) {
		const struct schedule_access *b = &r->cpus[i].next;

		if (i == r->running || !b->ptr || !overlap(a, b) ||
		    !(is_write(a->kind) || is_write(b->kind)))
			continue;
		if (is_plain(a->kind))
			note_race(r, a, b);
		else if (is_plain(b->kind))
			note_race(r, b, a);
	}
}

/* Whoever waits for this write looks again. */
static noinline void wake_awaiting(struct schedule_runner *r, const struct schedule_access *write)
{
	for (u32 i = 0; i < r->nr; i++) {
		struct schedule_access *awaits = &r->cpus[i].awaits;

		if (!awaits->ptr || !overlap(awaits, write))
			continue;
		awaits->ptr = NULL;
		r->awaiting--;
	}
}

static void access_wait(struct schedule_runner *r, const struct schedule_access *access)
{
	struct schedule_access *next = &r->cpus[r->running].next;
	bool plain = is_plain(access->kind);

	*next = *access;
	r->plain += plain;
	schedule_yield(r);
	r->plain -= plain;
	if (plain || r->plain)
		look_for_races(r, access);
	schedule_tell_access(r, access);
	if (r->awaiting && is_write(access->kind))
		wake_awaiting(r, access);
	r->moment.reads += !is_write(access->kind);
	next->ptr = NULL;
}

static void hook_access(const volatile void *ptr, size_t size, enum access_kind kind)
{
	if (!is_plain(kind))
		access_wait(schedule_runner_now, &(struct schedule_access){ ptr, size, kind, 0 });
}

static void hook_watched(const volatile void *ptr, size_t size, enum access_kind kind,
			 uintptr_t from)
{
	struct schedule_runner *r = schedule_runner_now;

	if (!coroutine_stacks_hold(&r->stacks, ptr))
		access_wait(r, &(struct schedule_access){ ptr, size, kind, from });
}

static void lock_take(struct schedule_runner *r, pthread_spinlock_t *lock)
{
	if (r->nr_locks == MAX_LOCKS) {
		r->too_many_locks = true;
		coroutine_leave(&r->co[r->running], &r->home);
		return;
	}
	r->locks[r->nr_locks++] = (struct schedule_lock){ lock, r->running };
}

void schedule_misuse(struct schedule_runner *r, const char *what)
{
	if (!r->broken)
		r->broken = what;
	r->findings |= LAB_FIND_BROKEN;
}

/* Where the tracker asks for the lock. Read before anybody else goes on. */
static uintptr_t place_of_lock(void)
{
	uintptr_t from = instrument_lock_from;

	instrument_lock_from = 0;
	return from;
}

static void hook_lock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = schedule_runner_now;
	uintptr_t from = place_of_lock();
	struct schedule_cpu *cpu = &r->cpus[r->running];

	if (schedule_lock_holder(r, lock) == r->running + 1)
		schedule_misuse(r, "a CPU takes a lock that it holds already");
	cpu->wants = lock;
	cpu->wants_from = from;
	schedule_yield(r);
	cpu->wants = NULL;
	lock_take(r, lock);
	schedule_tell_lock(r, LAB_STEP_LOCK, lock, from);
}

static bool hook_trylock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = schedule_runner_now;
	uintptr_t from = place_of_lock();
	bool free;

	schedule_yield(r);
	free = !schedule_lock_holder(r, lock);
	if (free)
		lock_take(r, lock);
	schedule_tell_lock(r, free ? LAB_STEP_LOCK : LAB_STEP_REFUSED, lock, from);
	return free;
}

static void hook_unlock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = schedule_runner_now;
	uintptr_t from = place_of_lock();

	schedule_yield(r);
	schedule_tell_lock(r, LAB_STEP_UNLOCK, lock, from);
	for (u32 i = 0; i < r->nr_locks; i++) {
		if (r->locks[i].lock == lock && r->locks[i].holder == r->running) {
			r->locks[i] = r->locks[--r->nr_locks];
			return;
		}
	}
	schedule_misuse(r, "a CPU unlocks a lock that it does not hold");
}

static void hook_copy(void *dst, const void *src, size_t size)
{
}

static unsigned int hook_cpu(void)
{
	return schedule_runner_now->running;
}

static void hook_wait(const volatile void *ptr, size_t size)
{
	struct schedule_runner *r = schedule_runner_now;

	r->cpus[r->running].awaits = (struct schedule_access){ ptr, size, ACCESS_READ_ONCE, 0 };
	r->awaiting++;
	schedule_yield(r);
}

/* So many accesses take the same time each. */
#define TIME_BLOCK 16
#define TIME_JUMP_NS 100000

static u64 time_drawn(const struct schedule_runner *r, size_t block, u32 what)
{
	struct random random = random_stream(r->scenario->clock, ((u64)block << 8) + what);

	return random_next(&random);
}

/* What comes behind the CPUs' numbers in the draws. */
#define DRAW_PACE SCHEDULE_MAX_CPUS

static u64 time_of_access(const struct schedule_runner *r, size_t access)
{
	u64 drawn;

	if (!r->scenario->clock)
		return SCHEDULE_STEP_NS;
	drawn = time_drawn(r, access / TIME_BLOCK, DRAW_PACE);
	switch (drawn % 8) {
	case 0:
		return 0;
	case 1:
		return access % TIME_BLOCK ? 0 : (drawn >> 8) % TIME_JUMP_NS;
	case 2:
	case 3:
		return (drawn >> 8) % (20 * SCHEDULE_STEP_NS);
	default:
		return SCHEDULE_STEP_NS;
	}
}

u64 schedule_cycles(struct schedule_runner *r, u32 me)
{
	struct schedule_time *t = &r->time;
	struct schedule_cpu *cpu = &r->cpus[me];
	u64 ahead = 0;

	for (; t->accesses < r->nr_choices; t->accesses++)
		t->now_ns += time_of_access(r, t->accesses);
	/* Now and then not ahead at all, or as far as may be. */
	if (r->scenario->clock && t->skew_ns) {
		u64 drawn = time_drawn(r, t->accesses / TIME_BLOCK, me);

		ahead = drawn % 4 == 0 ? 0 :
			drawn % 4 == 1 ? t->skew_ns :
					 (drawn >> 8) % (t->skew_ns + 1);
	}
	cpu->read_ns = max(cpu->read_ns, t->now_ns + ahead);
	return cpu->read_ns;
}

static uint64_t hook_cycles(void)
{
	struct schedule_runner *r = schedule_runner_now;

	/* As a racing access: others may do something before it is read. */
	schedule_yield(r);
	return schedule_cycles(r, r->running);
}

static void hook_count(void)
{
	struct schedule_runner *r = schedule_runner_now;

	if (r->cpus[r->running].change)
		truth_count(&r->truth, r->cpus[r->running].change);
	r->most_used = max(r->most_used, (u64)r->truth.used);
}

const struct instrument_engine schedule_engine = {
	.access = hook_access,
	.lock = hook_lock,
	.trylock = hook_trylock,
	.unlock = hook_unlock,
	.copy = hook_copy,
	.count = hook_count,
	.cpu = hook_cpu,
	.cycles = hook_cycles,
	.wait = hook_wait,
	.watched = hook_watched,
	.told = hook_watched,
};
