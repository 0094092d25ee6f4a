// SPDX-License-Identifier: GPL-2.0-only
/* The hooks of the instrumented build in virtual time: what each access and each lock takes. */
#include "virtual/machine/hooks.h"
#include "virtual/machine/turn.h"

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

static __always_inline void access_done(struct machine *m, struct vcpu *cpu, enum access_kind kind,
					u64 done)
{
	u64 begun = cpu->now;

	spend_section(cpu, done);
	if (unlikely(in_tracker(instrument_section_now)))
		site_note(m, cpu, access_site[kind], begun);
}

/* An access that took nothing from anybody. */
static __always_inline void access_own(struct machine *m, struct vcpu *cpu,
				       const struct line_span *span, enum access_kind kind)
{
	span->stats->accesses += span->nr;
	access_done(m, cpu, kind, cpu->now + own_lines(span, m->lines.costs.own, cpu->walk));
}

static noinline void access_any(struct machine *m, struct vcpu *cpu, uintptr_t p, size_t size,
				enum access_kind kind)
{
	struct line_span span = line_find(&m->lines, p, size);
	bool shared = (kind == ACCESS_READ || kind == ACCESS_READ_ONCE) &&
		      line_is_shared(&m->lines, &span, cpu->core, cpu->now);
	/* The descriptor is never written, but moves with the counters beside it. */
	bool races = kind >= ACCESS_READ_ONCE || span.region == &m->lines.region[LINES_MEM];

	if (races && needs_order(m, cpu, &span, kind, shared)) {
		sync_order(m, cpu);
		shared = false;
	}
	if (shared)
		access_own(m, cpu, &span, kind);
	else
		access_done(m, cpu, kind, charge(m, cpu, &span, kind));
}

/* Whether an access lies in @memory, on lines that @cpu's core has. */
static __always_inline bool find_own(struct machine *m, const struct vcpu *cpu,
				     enum line_memory memory, enum lab_line_class class,
				     uintptr_t p, size_t size, struct line_span *span)
{
	return line_find_in(&m->lines.region[memory], &m->lines.stats[class], p, size, span) &&
	       lines_owned(&span->region->owner[span->first], span->nr, cpu->owner_word);
}

/* Whether an access lies in the descriptor, on a line that @cpu's core shares. */
static __always_inline bool find_shared_descriptor(struct machine *m, const struct vcpu *cpu,
						   uintptr_t p, size_t size, struct line_span *span)
{
	return p < m->lines.descriptor_end &&
	       line_find_in(&m->lines.region[LINES_MEM], &m->lines.stats[LAB_LINE_DESCRIPTOR], p,
			    size, span) &&
	       line_is_shared(&m->lines, span, cpu->core, cpu->now);
}

/*
 * Most accesses are plain ones to lines that this core has, of slots or of the area
 * that it locked, and reads of the descriptor, which it shares. access_any() would
 * do the same for them, and does the rest.
 */
static void hook_access(const volatile void *ptr, size_t size, enum access_kind kind)
{
	struct machine *m = machine_here;
	struct vcpu *cpu = m->running;
	uintptr_t p = (uintptr_t)ptr;
	struct line_span span;

	if (kind <= ACCESS_WRITE &&
	    (find_own(m, cpu, LINES_SLOTS, LAB_LINE_SLOTS, p, size, &span) ||
	     find_own(m, cpu, LINES_AREAS, LAB_LINE_AREA, p, size, &span)))
		access_own(m, cpu, &span, kind);
	else if ((kind == ACCESS_READ || kind == ACCESS_READ_ONCE) &&
		 find_shared_descriptor(m, cpu, p, size, &span) && ++m->unasked <= UNASKED_MAX)
		access_own(m, cpu, &span, kind);
	else
		access_any(m, cpu, p, size, kind);
}

/* What a tracker announces costs what it costs those of the lab, which announce the same. */
static void hook_told(const volatile void *ptr, size_t size, enum access_kind kind, uintptr_t from)
{
	hook_access(ptr, size, kind);
}

/* Whether @p lies in the area whose lock @cpu has taken last. */
static bool in_locked_area(const struct machine *m, const struct vcpu *cpu, uintptr_t p)
{
	const struct line_region *areas = &m->lines.region[LINES_AREAS];
	const uintptr_t lock = (uintptr_t)cpu->locked - areas->base;

	return cpu->locks && lock < areas->bytes && p - areas->base < areas->bytes &&
	       lock / m->area_bytes == (p - areas->base) / m->area_bytes;
}

/*
 * What a tracker reads and writes without a kernel word is free where its core has
 * the line, and in the area that it locked, as for the trackers of the lab. Else it is
 * what the word would have been.
 */
static void hook_watched(const volatile void *ptr, size_t size, enum access_kind kind,
			 uintptr_t from)
{
	struct machine *m = machine_here;
	struct line_span span;

	if (kind <= ACCESS_WRITE) {
		if (coroutine_stacks_hold(&m->stacks, ptr))
			return;
		span = line_find(&m->lines, (uintptr_t)ptr, size);
		if (lines_had(&m->lines, &span, m->running->core, kind == ACCESS_WRITE) ||
		    in_locked_area(m, m->running, (uintptr_t)ptr))
			return;
		kind = kind == ACCESS_WRITE ? ACCESS_WRITE_ONCE : ACCESS_READ_ONCE;
	}
	hook_access(ptr, size, kind);
}

/* Nothing is known of who has it: such an allocator cannot be run. It is left here. */
static noinline void lock_unknown(struct machine *m)
{
	m->unknown_lock = true;
	coroutine_leave(&m->running->co, &m->home);
}

static __always_inline void lock_got(struct machine *m, struct vcpu *cpu, struct lock_state *state,
				     const pthread_spinlock_t *lock)
{
	state->holder = cpu->id + 1;
	cpu->locks++;
	cpu->locked = lock;
	m->lock_takes++;
	spend_section(cpu, cpu->now + paced(m->work[instrument_section_now], cpu->pace));
}

static __always_inline enum lab_site lock_site(void)
{
	return in_tracker(instrument_section_now) ? LAB_SITE_TRACKER_LOCK : LAB_SITE_LOCK;
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
	machine_run_first(m, cpu);
	/* The lock was handed to this CPU, and its clock set to that moment. */
}

/* Return: whether the running CPU has it; who does not wait may find it taken. */
static __always_inline bool lock_ask(pthread_spinlock_t *lock, bool waits)
{
	struct machine *m = machine_here;
	struct vcpu *cpu = m->running;
	struct line_span span;
	struct lock_state *state = lock_find(m, lock, &span);
	bool refused;
	u64 begun;

	if (unlikely(!state)) {
		lock_unknown(m);
		return false;
	}
	sync_order(m, cpu);
	begun = cpu->now;
	if (cpu->core == NO_CORE)
		m->lines.look++;
	/* A trylock as the kernel's: it looks before it writes. */
	refused = !waits && state->holder;
	spend_section(cpu, charge(m, cpu, &span, refused ? ACCESS_READ_ONCE : ACCESS_ATOMIC));
	if (unlikely(waits && state->holder))
		lock_queue(m, cpu, state);
	site_note(m, cpu, lock_site(), begun);
	if (!refused)
		lock_got(m, cpu, state, lock);
	return !refused;
}

static void hook_lock(pthread_spinlock_t *lock)
{
	lock_ask(lock, true);
}

static bool hook_trylock(pthread_spinlock_t *lock)
{
	return lock_ask(lock, false);
}

/*
 * A plain store, for which a processor does not wait: it is posted, and made when
 * nobody is behind it in time. The CPU goes on with what only it can see.
 */
static void hook_unlock(pthread_spinlock_t *lock)
{
	struct machine *m = machine_here;
	struct vcpu *cpu = m->running;
	struct site_stats *site;
	struct line_span span;
	struct lock_state *state = lock_find(m, lock, &span);

	/* Not by who has it, or a second time before the first is made. */
	if (unlikely(!state || state->holder != cpu->id + 1 || cpu->posted == lock)) {
		lock_unknown(m);
		return;
	}
	/* One at a time. */
	if (unlikely(cpu->posted))
		sync_order(m, cpu);
	cpu->posted = lock;
	cpu->posted_at = cpu->now;
	cpu->posted_section = instrument_section_now;
	cpu->posted_by_unmap = cpu->change < 0;
	site = unlock_site(m, cpu);
	site->count++;
	site->ps += m->lines.costs.own;
	spend_section(cpu, cpu->now + m->lines.costs.own);
	cpu->locks--;
	if (due_word(cpu) < m->horizon)
		machine_make_unlock(m, cpu);
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
	struct machine *m = machine_here;
	struct vcpu *cpu = m->running;
	u64 done;

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

/*
 * Who waits for a write has the line, and sees nothing else until it loses it. With an
 * unlock to be made others may write first, and memory that the engine does not know
 * is nobody's: there it only lets the others run, and looks again.
 */
static void hook_wait(const volatile void *ptr, size_t size)
{
	struct machine *m = machine_here;
	struct vcpu *cpu = m->running;
	struct line_span span = line_find(&m->lines, (uintptr_t)ptr, size);
	struct cache_line *line;
	u64 begun, woken;

	if (cpu->posted || !span.region) {
		spend_section(cpu, cpu->now + m->lines.costs.own);
		sync_order(m, cpu);
		return;
	}
	line = &span.region->lines[span.first];
	cpu->wait_next = line->waiter;
	line->waiter = cpu->id + 1;
	m->awaiting++;
	begun = cpu->now;
	machine_park(m, cpu);
	/* Woken: the time is what it waited for. */
	woken = cpu->now;
	cpu->now = begun;
	spend_section(cpu, woken);
	if (in_tracker(instrument_section_now))
		m->sites[cpu->change < 0][LAB_SITE_READ].ps += woken - begun;
}

static unsigned int hook_cpu(void)
{
	const struct vcpu *cpu = machine_here->running;

	/* Who has no place in the machine, as the sampler, is no CPU: it looks from the first. */
	return cpu->core == NO_CORE ? 0 : cpu->id;
}

/*
 * In nanoseconds. Who reads the clock lets all run that are behind it, so that the times
 * that are read are in the order in which the reads are made.
 */
static uint64_t hook_cycles(void)
{
	struct machine *m = machine_here;
	struct vcpu *cpu = m->running;

	sync_order(m, cpu);
	spend_section(cpu, cpu->now + m->clock);
	return cpu->now / 1000;
}

static void hook_count(void)
{
	machine_here->counted(machine_here, machine_here->running);
}

const struct instrument_engine machine_engine = {
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
	.told = hook_told,
};
