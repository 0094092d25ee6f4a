// SPDX-License-Identifier: GPL-2.0-only
/* Who runs next in virtual time, and the unlocks that are made on the way. */
#include "virtual/machine/turn.h"

INSTRUMENT_TLS struct machine *machine_here;

/* What so many CPUs leave behind when they are left stays in the processor's near caches. */
#define PREFETCH_ABOVE 256

#define PREFETCH_STACK_LINES 8
/* What a switch has below its frame's address. */
#define BELOW_FRAME 96

/*
 * CPU @id's lines, and those of its stack: it left it about as deep as the last
 * one that was left.
 */
static __always_inline void vcpu_prefetch(const struct machine *m, u32 id)
{
	const char *cpu = (const char *)&m->cpus[id];
	const char *stack = coroutine_stack_top(&m->stacks, id) - m->depth;

	__builtin_prefetch(cpu, 1);
	__builtin_prefetch(cpu + 64, 1);
	for (int i = 0; i < PREFETCH_STACK_LINES; i++)
		__builtin_prefetch(stack + (ptrdiff_t)64 * i, 1);
}

/* @next runs now. Who is likely to be next then is fetched meanwhile. */
static __always_inline void run_next(struct machine *m, struct vcpu *next)
{
	u64 horizon = order_others(m, next->id);

	m->running = next;
	m->horizon = horizon;
	instrument_section_now = next->section;
	/* NEVER names a CPU that is not there: a prefetch may go nowhere. */
	if (m->nr > PREFETCH_ABOVE)
		vcpu_prefetch(m, horizon & ((1U << CPU_BITS) - 1));
}

static noinline void go_home(struct machine *m, struct vcpu *from)
{
	coroutine_switch(&from->co, &m->home);
}

/*
 * First come, first served, as the kernel's queued lock. Whoever is next goes on
 * behind @at.
 */
static noinline void lock_hand_over(struct machine *m, struct lock_state *state,
				    const struct line_span *span, u64 at)
{
	struct vcpu *to = &m->cpus[state->first - 1];
	enum lab_spent on = in_tracker(to->section) ? LAB_SPENT_TRACKER : LAB_SPENT_LOCK_WAIT;

	state->first = (u16)to->wait_next;
	if (!to->wait_next)
		state->last = 0;
	state->holder = to->id + 1;
	to->now = max(to->now, at) + m->handover;
	to->now = charge(m, to, span, ACCESS_ATOMIC);
	if (unlikely(to->track))
		event_spent(to->track, on, to->wait_begun, to->now);
	to->spent[on] += to->now - to->wait_begun;
	to->wait_begun = NEVER;
	m->waiting--;
	order_set(m, to, order_word(to));
	m->horizon = min(m->horizon, order_word(to));
}

void machine_make_unlock(struct machine *m, struct vcpu *cpu)
{
	struct line_span span;
	struct lock_state *state = lock_find(m, cpu->posted, &span);

	cpu->posted = NULL;
	cpu->unlocked = line_access(&m->lines, &span, cpu->core, cpu->owner_word, true,
				    m->lines.costs.own, cpu->walk, cpu->posted_at);
	state->holder = 0;
	if (unlikely(state->first))
		lock_hand_over(m, state, &span, cpu->unlocked);
}

/*
 * Whoever is first in time; its unlock is made, if that is what it is first with.
 * NULL if nobody is left: the end, or a deadlock.
 */
static __always_inline struct vcpu *first_cpu(struct machine *m)
{
	for (;;) {
		u64 first = m->order[1];
		struct vcpu *cpu;

		if (unlikely(first == NEVER))
			return NULL;
		cpu = word_cpu(m, first);
		if (!cpu->posted)
			return cpu;
		machine_make_unlock(m, cpu);
		await_unlock(m, cpu);
		order_set(m, cpu, order_word(cpu));
	}
}

/*
 * The only place where one CPU is left for another: out of line, so that the
 * hooks keep no registers for it when they do not switch, and so that the
 * processor always finds the jump going to the same place.
 */
noinline void machine_run_first(struct machine *m, struct vcpu *from)
{
	struct vcpu *next;

	from->section = instrument_section_now;
	next = first_cpu(m);
	if (unlikely(!next)) {
		go_home(m, from);
	} else if (next == from) {
		m->horizon = order_others(m, from->id);
	} else {
		m->switches++;
		m->depth = (size_t)(coroutine_stack_top(&m->stacks, from->id) -
				    (char *)__builtin_frame_address(0)) +
			   BELOW_FRAME;
		run_next(m, next);
		coroutine_switch(&from->co, &next->co);
	}
}

void machine_await_turn(struct machine *m, struct vcpu *cpu)
{
	order_set(m, cpu, due_word(cpu));
	machine_run_first(m, cpu);
}

void machine_pause(struct machine *m, struct vcpu *cpu)
{
	order_set(m, cpu, due_word(cpu));
	go_home(m, cpu);
}

void machine_sync(struct machine *m, struct vcpu *cpu)
{
	sync_order(m, cpu);
}

void machine_park(struct machine *m, struct vcpu *cpu)
{
	m->waiting++;
	order_set(m, cpu, NEVER);
	machine_run_first(m, cpu);
}

void machine_wake(struct machine *m, struct vcpu *cpu, u64 at)
{
	cpu->now = max(cpu->now, at);
	m->waiting--;
	order_set(m, cpu, order_word(cpu));
	m->horizon = min(m->horizon, order_word(cpu));
}

/*
 * Each waits for a word, and is woken by a write to any word of its line: then it has
 * lost the line, and looks again.
 */
void machine_written(struct machine *m, const struct line_span *span, u64 at)
{
	if (!span->region)
		return;
	for (size_t i = span->first; i < span->first + span->nr; i++) {
		struct cache_line *line = &span->region->lines[i];

		while (line->waiter) {
			struct vcpu *cpu = &m->cpus[line->waiter - 1];

			line->waiter = (u16)cpu->wait_next;
			m->awaiting--;
			machine_wake(m, cpu, at);
		}
	}
}

void machine_vcpu_main(void)
{
	struct machine *m = machine_here;
	struct vcpu *cpu = m->running, *next;

	coroutine_entered();
	cpu->program(m, cpu);
	if (cpu->posted)
		machine_await_turn(m, cpu);
	order_set(m, cpu, NEVER);
	next = first_cpu(m);
	if (!next) {
		coroutine_leave(&cpu->co, &m->home);
		return;
	}
	run_next(m, next);
	coroutine_leave(&cpu->co, &next->co);
}

void machine_go(struct machine *m)
{
	run_next(m, m->running);
	coroutine_switch(&m->home, &m->running->co);
}
