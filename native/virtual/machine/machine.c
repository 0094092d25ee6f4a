// SPDX-License-Identifier: GPL-2.0-only
/* The scheduler of virtual time, and the machine's set-up. */
#include "virtual/machine/machine_order.h"
#include "engine/huge.h"

#include <stdlib.h>

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

static void vcpu_main(void)
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

bool machine_run(struct machine *m)
{
	struct machine *outer = machine_here;
	const struct instrument_engine *outer_engine = instrument_engine;

	if (!m->running) {
		for (u32 i = 0; i < m->nr; i++)
			order_set(m, &m->cpus[i], order_word(&m->cpus[i]));
		m->running = word_cpu(m, m->order[1]);
	}
	machine_here = m;
	instrument_engine = &machine_engine;
	run_next(m, m->running);
	coroutine_switch(&m->home, &m->running->co);
	m->running->section = instrument_section_now;
	instrument_engine = outer_engine;
	machine_here = outer;
	if (m->unknown_lock)
		return false;
	if (m->order[1] != NEVER)
		return true;
	m->deadlocked = m->waiting > 0;
	return false;
}

void machine_place(struct machine *m, u32 id, const struct lab_topology *topology)
{
	struct vcpu *cpu = &m->cpus[id];

	cpu->core = id % (topology->sockets * topology->cores);
	cpu->owner_word = line_owner_word(&m->lines, cpu->core);
}

static int locks_init(struct machine *m)
{
	for (int i = LINES_AREAS; i < NR_LINE_MEMORIES; i++) {
		m->locks[i] = calloc(m->lines.region[i].bytes / 4 + 1, sizeof(*m->locks[i]));
		if (!m->locks[i])
			return -ENOMEM;
	}
	return 0;
}

static void costs_init(struct machine *m, const struct lab_costs *costs, bool bitmap)
{
	m->handover = cost_ps(costs->handover);
	m->work[SECTION_SEARCH] = cost_ps(costs->search[bitmap]);
	m->work[SECTION_RELEASE] = cost_ps(costs->release[bitmap]);
	m->nr_copy = costs->nr_copy;
	for (u32 i = 0; i < costs->nr_copy; i++)
		m->copy[i] = (struct copy_segment){ (u64)costs->copy[i].bytes,
						    cost_ps(costs->copy[i].ns) };
	if (costs->socket_bytes_per_ns > 0)
		m->copy_ps_per_kib = cost_ps(1024 / costs->socket_bytes_per_ns);
}

int machine_init(struct machine *m, u32 nr, struct io_tlb_mem *mem, bool bitmap,
		 const struct lab_virtual *setup)
{
	size_t bytes = nr * sizeof(*m->cpus);
	int err;

	*m = (struct machine){ .nr = nr, .leaves = (u32)roundup_pow_of_two(nr) };
	costs_init(m, &setup->costs, bitmap);
	err = line_table_init(&m->lines, mem, &setup->costs, &setup->topology);
	if (err)
		return err;
	huge_collapse((void *)m->lines.region[LINES_SLOTS].base,
		      m->lines.region[LINES_SLOTS].bytes);
	m->order = malloc(2 * m->leaves * sizeof(*m->order));
	m->cpus = aligned_alloc(64, bytes);
	if (!m->order || !m->cpus || locks_init(m))
		return -ENOMEM;
	memset(m->cpus, 0, bytes);
	err = coroutine_adopt(&m->home);
	if (!err)
		err = coroutine_stacks_alloc(nr, &m->stacks);
	if (err)
		return err;
	for (u32 i = 0; i < 2 * m->leaves; i++)
		m->order[i] = NEVER;
	for (u32 i = 0; i < nr; i++) {
		m->cpus[i].id = (u16)i;
		m->cpus[i].core = NO_CORE;
		m->cpus[i].owner_word = line_owner_word(&m->lines, NO_CORE);
		m->cpus[i].wait_begun = NEVER;
		coroutine_create(&m->cpus[i].co, &m->stacks, i, vcpu_main);
	}
	return 0;
}

void machine_free(struct machine *m)
{
	if (m->stacks.memory)
		for (u32 i = 0; i < m->nr; i++)
			coroutine_destroy(&m->cpus[i].co);
	coroutine_stacks_free(&m->stacks);
	for (int i = 0; i < NR_LINE_MEMORIES; i++)
		free(m->locks[i]);
	line_table_free(&m->lines);
	free(m->order);
	free(m->cpus);
}
