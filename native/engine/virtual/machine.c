// SPDX-License-Identifier: GPL-2.0-only
/* The hooks of the instrumented build in virtual time, and the scheduler. */
#include "engine/virtual/machine.h"
#include "engine/huge.h"

#include <stdlib.h>

/* The machine that runs on this thread. */
static INSTRUMENT_TLS struct machine *machine;

/* A section's time, but for copies and for waiting. */
static const enum lab_spent section_spent[NR_SECTIONS] = {
	[SECTION_OTHER] = LAB_SPENT_OTHER,     [SECTION_SEARCH] = LAB_SPENT_SEARCH,
	[SECTION_RELEASE] = LAB_SPENT_RELEASE, [SECTION_COUNT] = LAB_SPENT_TRACKER,
	[SECTION_TRACKER] = LAB_SPENT_TRACKER,
};

static __always_inline void spend_section(struct vcpu *cpu, u64 done)
{
	cpu->spent[section_spent[instrument_section_now]] += done - cpu->now;
	cpu->now = done;
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

/*
 * The only place where one CPU is left for another: out of line, so that the
 * hooks keep no registers for it when they do not switch, and so that the
 * processor always finds the jump going to the same place.
 */
static noinline void switch_cpu(struct machine *m, struct vcpu *from, struct vcpu *to)
{
	m->switches++;
	from->section = instrument_section_now;
	m->depth = (size_t)(coroutine_stack_top(&m->stacks, from->id) -
			    (char *)__builtin_frame_address(0)) +
		   BELOW_FRAME;
	run_next(m, to);
	coroutine_switch(&from->co, &to->co);
}

static noinline void go_home(struct machine *m, struct vcpu *from)
{
	coroutine_switch(&from->co, &m->home);
}

/* Whoever is first in time goes on; nobody left is the end, or a deadlock. */
static __always_inline void run_first(struct machine *m, struct vcpu *from)
{
	u64 first = m->order[1];
	struct vcpu *next;

	if (unlikely(first == NEVER)) {
		go_home(m, from);
		return;
	}
	next = word_cpu(m, first);
	if (next != from)
		switch_cpu(m, from, next);
}

static __always_inline void sync_order(struct machine *m, struct vcpu *cpu)
{
	m->unasked = 0;
	if (unlikely(++m->syncs % PAUSE_EVERY == 0)) {
		order_set(m, cpu, order_word(cpu));
		go_home(m, cpu);
	}
	if (order_word(cpu) < m->horizon)
		return;
	order_set(m, cpu, order_word(cpu));
	run_first(m, cpu);
}

void machine_sync(struct machine *m, struct vcpu *cpu)
{
	sync_order(m, cpu);
}

void machine_park(struct machine *m, struct vcpu *cpu)
{
	m->waiting++;
	order_set(m, cpu, NEVER);
	run_first(m, cpu);
}

void machine_wake(struct machine *m, struct vcpu *cpu, u64 at)
{
	cpu->now = max(cpu->now, at);
	m->waiting--;
	order_set(m, cpu, order_word(cpu));
	m->horizon = min(m->horizon, order_word(cpu));
}

static __always_inline u64 charge(struct machine *m, const struct vcpu *cpu,
				  const struct line_span *span, enum access_kind kind)
{
	u64 own = kind >= ACCESS_ATOMIC ? m->lines.costs.atomic : m->lines.costs.own;
	bool exclusive = kind != ACCESS_READ && kind != ACCESS_READ_ONCE;

	return line_access(&m->lines, span, cpu->core, cpu->owner_word, exclusive, own, cpu->now);
}

/*
 * A racing access may be made ahead of the others, as a plain one is, in two
 * cases. To an area under a lock: who else is to see it waits for the unlock, and
 * who looks without the lock sees it no earlier than the lock was taken. And a
 * read of a line that this core shares: it takes the line from nobody. But
 * seldom enough in a row, so that nobody waits for another's write for ever.
 */
#define UNASKED_MAX 64

static __always_inline bool needs_order(struct machine *m, const struct vcpu *cpu,
					const struct line_span *span, enum access_kind kind,
					bool shared)
{
	if (kind >= ACCESS_ATOMIC || ++m->unasked > UNASKED_MAX)
		return true;
	return !shared && !(cpu->locks && span->region == &m->lines.region[LINES_AREAS]);
}

static __always_inline bool in_tracker(enum instrument_section section)
{
	return section == SECTION_COUNT || section == SECTION_TRACKER;
}

/* What @cpu did since @begun is to be found under @site. */
static __always_inline void site_note(struct machine *m, const struct vcpu *cpu, enum lab_site site,
				      u64 begun)
{
	struct site_stats *stats = &m->sites[cpu->change < 0][site];

	stats->count++;
	stats->ps += cpu->now - begun;
}

static const enum lab_site access_site[] = {
	[ACCESS_READ] = LAB_SITE_READ,	    [ACCESS_WRITE] = LAB_SITE_WRITE,
	[ACCESS_READ_ONCE] = LAB_SITE_READ, [ACCESS_WRITE_ONCE] = LAB_SITE_WRITE,
	[ACCESS_ATOMIC] = LAB_SITE_ADD,	    [ACCESS_EXCHANGE] = LAB_SITE_EXCHANGE,
};

static noinline void access_any(struct machine *m, struct vcpu *cpu, uintptr_t p, size_t size,
				enum access_kind kind)
{
	struct line_span span = line_find(&m->lines, p, size);
	bool shared = (kind == ACCESS_READ || kind == ACCESS_READ_ONCE) &&
		      line_is_shared(&m->lines, &span, cpu->core, cpu->now);
	/* The descriptor is never written, but moves with the counters beside it. */
	bool races = kind >= ACCESS_READ_ONCE || span.region == &m->lines.region[LINES_MEM];
	u64 begun;

	if (races && needs_order(m, cpu, &span, kind, shared)) {
		sync_order(m, cpu);
		shared = false;
	}
	begun = cpu->now;
	if (shared) {
		span.stats->accesses++;
		spend_section(cpu, begun + m->lines.costs.own);
	} else {
		spend_section(cpu, charge(m, cpu, &span, kind));
	}
	if (in_tracker(instrument_section_now))
		site_note(m, cpu, access_site[kind], begun);
}

/* Most accesses are plain ones to lines of slots that this core has. */
static void hook_access(const volatile void *ptr, size_t size, enum access_kind kind)
{
	struct machine *m = machine;
	struct vcpu *cpu = m->running;
	const struct line_region *slots = &m->lines.region[LINES_SLOTS];
	uintptr_t at = (uintptr_t)ptr - slots->base;
	size_t first = at >> LINE_SHIFT, nr = ((at + size - 1) >> LINE_SHIFT) - first + 1;

	if (unlikely(kind > ACCESS_WRITE || at >= slots->bytes ||
		     !lines_owned(&slots->owner[first], nr, cpu->owner_word))) {
		access_any(m, cpu, (uintptr_t)ptr, size, kind);
		return;
	}
	m->lines.stats[LAB_LINE_SLOTS].accesses += nr;
	spend_section(cpu, cpu->now + nr * m->lines.costs.own);
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

/* Nothing is known of who has it: such an allocator cannot be run. It is left here. */
static noinline void lock_unknown(struct machine *m)
{
	m->unknown_lock = true;
	coroutine_leave(&m->running->co, &m->home);
}

static __always_inline void lock_got(struct machine *m, struct vcpu *cpu, struct lock_state *state)
{
	state->holder = cpu->id + 1;
	cpu->locks++;
	m->lock_takes++;
	spend_section(cpu, cpu->now + m->work[instrument_section_now]);
}

/* @site, if it is an area's lock. */
static __always_inline enum lab_site lock_site(enum lab_site site)
{
	return in_tracker(instrument_section_now) ? LAB_SITE_TRACKER_LOCK : site;
}

static noinline void lock_queue(struct machine *m, struct vcpu *cpu, struct lock_state *state)
{
	cpu->wait_next = 0;
	cpu->wait_begun = cpu->now;
	if (state->last)
		m->cpus[state->last - 1].wait_next = cpu->id + 1;
	else
		state->first = cpu->id + 1;
	state->last = cpu->id + 1;
	m->lock_waits++;
	m->waiting++;
	order_set(m, cpu, NEVER);
	run_first(m, cpu);
	/* The lock was handed to this CPU, and its clock set to that moment. */
}

static void hook_lock(pthread_spinlock_t *lock)
{
	struct machine *m = machine;
	struct vcpu *cpu = m->running;
	struct line_span span;
	struct lock_state *state = lock_find(m, lock, &span);
	u64 begun;

	if (unlikely(!state)) {
		lock_unknown(m);
		return;
	}
	sync_order(m, cpu);
	begun = cpu->now;
	spend_section(cpu, charge(m, cpu, &span, ACCESS_ATOMIC));
	if (unlikely(state->holder))
		lock_queue(m, cpu, state);
	site_note(m, cpu, lock_site(LAB_SITE_LOCK), begun);
	lock_got(m, cpu, state);
}

static bool hook_trylock(pthread_spinlock_t *lock)
{
	struct machine *m = machine;
	struct vcpu *cpu = m->running;
	struct line_span span;
	struct lock_state *state = lock_find(m, lock, &span);
	u64 begun;

	if (unlikely(!state)) {
		lock_unknown(m);
		return false;
	}
	sync_order(m, cpu);
	begun = cpu->now;
	/* As the kernel's: it looks before it writes. */
	if (state->holder) {
		spend_section(cpu, charge(m, cpu, &span, ACCESS_READ_ONCE));
		site_note(m, cpu, lock_site(LAB_SITE_LOCK), begun);
		return false;
	}
	spend_section(cpu, charge(m, cpu, &span, ACCESS_ATOMIC));
	site_note(m, cpu, lock_site(LAB_SITE_LOCK), begun);
	lock_got(m, cpu, state);
	return true;
}

/* First come, first served, as the kernel's queued lock. */
static noinline void lock_hand_over(struct machine *m, struct vcpu *from, struct lock_state *state,
				    const struct line_span *span)
{
	struct vcpu *to = &m->cpus[state->first - 1];

	state->first = (u16)to->wait_next;
	if (!to->wait_next)
		state->last = 0;
	state->holder = to->id + 1;
	to->now = max(to->now, from->now) + m->handover;
	to->now = charge(m, to, span, ACCESS_ATOMIC);
	to->spent[in_tracker(to->section) ? LAB_SPENT_TRACKER : LAB_SPENT_LOCK_WAIT] +=
		to->now - to->wait_begun;
	to->wait_begun = NEVER;
	m->waiting--;
	order_set(m, to, order_word(to));
	m->horizon = min(m->horizon, order_word(to));
}

static void hook_unlock(pthread_spinlock_t *lock)
{
	struct machine *m = machine;
	struct vcpu *cpu = m->running;
	struct line_span span;
	struct lock_state *state = lock_find(m, lock, &span);
	u64 begun;

	if (unlikely(!state)) {
		lock_unknown(m);
		return;
	}
	sync_order(m, cpu);
	begun = cpu->now;
	spend_section(cpu, charge(m, cpu, &span, ACCESS_WRITE_ONCE));
	site_note(m, cpu, lock_site(LAB_SITE_UNLOCK), begun);
	cpu->locks--;
	state->holder = 0;
	if (unlikely(state->first))
		lock_hand_over(m, cpu, state, &span);
}

static u64 copy_ps(const struct machine *m, u64 bytes)
{
	const struct copy_segment *low = m->copy, *high;

	if (m->nr_copy == 1 || bytes <= low->bytes)
		return low->bytes ? low->ps * bytes / low->bytes : low->ps;
	while (low + 2 < m->copy + m->nr_copy && low[1].bytes < bytes)
		low++;
	high = low + 1;
	/* In whole numbers, so that it is the same everywhere. */
	if (high->ps <= low->ps)
		return low->ps;
	return low->ps + (u64)((unsigned __int128)(high->ps - low->ps) * (bytes - low->bytes) /
			       (high->bytes - low->bytes));
}

/* Nothing is copied: nobody reads it. */
static void hook_copy(void *dst, const void *src, size_t size)
{
	struct machine *m = machine;
	struct vcpu *cpu = m->running;
	u64 done;

	(void)dst;
	(void)src;
	if (!m->nr_copy || cpu->core == NO_CORE)
		return;
	sync_order(m, cpu);
	done = cpu->now + copy_ps(m, size);
	if (m->copy_ps_per_kib) {
		u64 *busy = &m->copies_done[m->lines.socket_of[cpu->core]];

		*busy = max(*busy, cpu->now) + m->copy_ps_per_kib * size / 1024;
		done = max(done, *busy);
	}
	vcpu_spend(cpu, LAB_SPENT_COPY, done - cpu->now);
}

static void hook_count(void)
{
	machine->counted(machine, machine->running);
}

static const struct instrument_engine virtual_engine = {
	.access = hook_access,
	.lock = hook_lock,
	.trylock = hook_trylock,
	.unlock = hook_unlock,
	.copy = hook_copy,
	.count = hook_count,
};

static void vcpu_main(void)
{
	struct machine *m = machine;
	struct vcpu *cpu = m->running;
	u64 first;

	coroutine_entered();
	cpu->program(m, cpu);
	order_set(m, cpu, NEVER);
	first = m->order[1];
	if (first == NEVER) {
		coroutine_leave(&cpu->co, &m->home);
		return;
	}
	run_next(m, word_cpu(m, first));
	coroutine_leave(&cpu->co, &m->running->co);
}

bool machine_run(struct machine *m)
{
	struct machine *outer = machine;
	const struct instrument_engine *outer_engine = instrument_engine;

	if (!m->running) {
		for (u32 i = 0; i < m->nr; i++)
			order_set(m, &m->cpus[i], order_word(&m->cpus[i]));
		m->running = word_cpu(m, m->order[1]);
	}
	machine = m;
	instrument_engine = &virtual_engine;
	run_next(m, m->running);
	coroutine_switch(&m->home, &m->running->co);
	m->running->section = instrument_section_now;
	instrument_engine = outer_engine;
	machine = outer;
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
	err = coroutine_stacks_alloc(nr, &m->stacks);
	if (err)
		return err;
	for (u32 i = 0; i < 2 * m->leaves; i++)
		m->order[i] = NEVER;
	coroutine_adopt(&m->home);
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
