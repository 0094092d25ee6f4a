// SPDX-License-Identifier: GPL-2.0-only
/* Runs one schedule, and judges what the tracker says against the truth. */
#include "virtual/schedule/schedule_runner.h"

#include <stdlib.h>

#include "rcu.h"

/* More accesses than any small scenario makes. */
#define ACCESSES_MAX (1UL << 16)
/* The runner at work on this thread. */
static INSTRUMENT_TLS struct schedule_runner *runner_now;

static u32 lock_holder(const struct schedule_runner *r, const pthread_spinlock_t *lock)
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

		if (cpu->done || (cpu->wants && lock_holder(r, cpu->wants)))
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

/* Sets who is next; false when the schedule is over, for good or for bad. */
static bool next_cpu(struct schedule_runner *r)
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
	r->running = schedule_policy_choose(r->policy, mask, r->running, r->nr_choices);
	return record(r, r->running);
}

void schedule_yield(struct schedule_runner *r)
{
	u32 from = r->running;

	if (!next_cpu(r))
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
	next->ptr = NULL;
}

static void hook_access(const volatile void *ptr, size_t size, enum access_kind kind)
{
	if (!is_plain(kind))
		access_wait(runner_now, &(struct schedule_access){ ptr, size, kind, 0 });
}

static void hook_watched(const volatile void *ptr, size_t size, enum access_kind kind,
			 uintptr_t from)
{
	struct schedule_runner *r = runner_now;

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

static void misuse(struct schedule_runner *r, const char *what)
{
	if (!r->broken)
		r->broken = what;
	r->findings |= LAB_FIND_BROKEN;
}

static void hook_lock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = runner_now;
	struct schedule_cpu *cpu = &r->cpus[r->running];

	if (lock_holder(r, lock) == r->running + 1)
		misuse(r, "a CPU takes a lock that it holds already");
	cpu->wants = lock;
	schedule_yield(r);
	cpu->wants = NULL;
	lock_take(r, lock);
}

static bool hook_trylock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = runner_now;

	schedule_yield(r);
	if (lock_holder(r, lock))
		return false;
	lock_take(r, lock);
	return true;
}

static void hook_unlock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = runner_now;

	schedule_yield(r);
	for (u32 i = 0; i < r->nr_locks; i++) {
		if (r->locks[i].lock == lock && r->locks[i].holder == r->running) {
			r->locks[i] = r->locks[--r->nr_locks];
			return;
		}
	}
	misuse(r, "a CPU unlocks a lock that it does not hold");
}

static void hook_copy(void *dst, const void *src, size_t size)
{
	(void)dst;
	(void)src;
	(void)size;
}

static unsigned int hook_cpu(void)
{
	return runner_now->running;
}

static void hook_count(void)
{
	struct schedule_runner *r = runner_now;

	if (r->cpus[r->running].change)
		truth_count(&r->truth, r->cpus[r->running].change);
}

static const struct instrument_engine schedule_engine = {
	.access = hook_access,
	.lock = hook_lock,
	.trylock = hook_trylock,
	.unlock = hook_unlock,
	.copy = hook_copy,
	.count = hook_count,
	.cpu = hook_cpu,
	.watched = hook_watched,
};

/* One program after another, a schedule each. */
static void cpu_main(void)
{
	coroutine_entered();
	for (;;) {
		struct schedule_runner *r = runner_now;
		u32 me = r->running;

		r->parked &= ~(1U << me);
		schedule_program(r, me);
		r->cpus[me].done = true;
		r->parked |= 1U << me;
		coroutine_switch(&r->co[me], next_cpu(r) ? &r->co[r->running] : &r->home);
	}
}

/* Pairs each unmap with its map, and refuses what could not be run. */
static int pair_ops(struct schedule_runner *r)
{
	const struct lab_scenario *s = r->scenario;

	if (!s->cpus || s->cpus > LAB_CHECK_MAX_CPUS || s->layout >= SWIOTLB_NR_LAYOUTS ||
	    s->nr_tolerances > LAB_CHECK_MAX_TOLERANCES || s->load > s->nr_ops)
		return -EINVAL;
	if (s->nr_ops > r->room_state) {
		struct op_state *state = realloc(r->state, s->nr_ops * sizeof(*state));
		u32 *begun = realloc(r->begun, s->nr_ops * sizeof(*begun));

		r->state = state ? state : r->state;
		r->begun = begun ? begun : r->begun;
		if (!state || !begun)
			return -ENOMEM;
		r->room_state = s->nr_ops;
	}
	for (size_t i = 0; i < s->nr_ops; i++) {
		const struct lab_op *op = &s->ops[i];
		size_t map = i;

		r->state[i] = (struct op_state){ .tlb_addr = DMA_MAPPING_ERROR };
		if (op->kind == LAB_OP_RESET || op->kind == LAB_OP_SETTLE)
			continue;
		if (op->cpu >= s->cpus || (op->kind != LAB_OP_MAP && op->kind != LAB_OP_UNMAP))
			return -EINVAL;
		if (op->kind == LAB_OP_MAP) {
			if (!op->size || op->size > UINT32_MAX || op->seg_boundary_mask)
				return -EINVAL;
			continue;
		}
		while (map-- > 0)
			if (s->ops[map].id == op->id)
				break;
		if (map == SIZE_MAX || s->ops[map].kind != LAB_OP_MAP)
			return -EINVAL;
		r->state[i].map = map;
	}
	return 0;
}

/* Unless it is there, and has not been left in the middle of the last schedule. */
static void make_coroutine(struct schedule_runner *r, u32 i)
{
	u32 bit = 1U << i;

	if (r->parked & bit)
		return;
	if (r->made & bit)
		coroutine_destroy(&r->co[i]);
	coroutine_create(&r->co[i], &r->stacks, i, cpu_main);
	r->made |= bit;
	/* Also when its turn never comes, it can begin with the next one. */
	r->parked |= bit;
}

static void begin(struct schedule_runner *r)
{
	r->busy = r->scenario->cpus;
	r->under_way = r->ops_begun = r->past = 0;
	r->resets = r->resetting = 0;
	r->work = false;
	r->off = r->scenario->late_switch;
	r->nr_locks = r->findings = r->plain = 0;
	r->broken = NULL;
	r->nr_choices = r->nr_begun = 0;
	r->mark = r->read_used = r->read_hiwater = 0;
	truth_reset(&r->truth);
	for (u32 i = 0; i < r->nr; i++) {
		r->cpus[i] = (struct schedule_cpu){
			.dev = { .dma_io_tlb_mem = r->mem, .seg_boundary_mask = DMA_BIT_ALL },
			.done = !schedule_has_program(r, i),
		};
		make_coroutine(r, i);
	}
	/* Nobody else is there meanwhile. */
	schedule_load(r);
}

/* The mark against what is promised; @past is what the promise has ended with. */
static u32 judge_mark(const struct truth *t, u64 mark, const struct tracker_bounds *bounds,
		      u32 past)
{
	u64 low = (u64)t->low, high = (u64)t->high, truth = (u64)t->peak;
	bool tracks = bounds->under != TRACKER_UNBOUNDED || bounds->over != TRACKER_UNBOUNDED;
	u32 findings = 0;

	if (bounds->under != TRACKER_UNBOUNDED && mark + bounds->under < low)
		findings |= LAB_FIND_UNDER;
	if (bounds->over != TRACKER_UNBOUNDED && mark > high + bounds->over)
		findings |= LAB_FIND_OVER;
	if (past) {
		u32 which = past & TRACKER_UNTIL_RESET ? LAB_FIND_RESET : LAB_FIND_TRANSIENT;

		return findings ? which : 0;
	}
	if (tracks && mark < truth)
		findings |= LAB_FIND_BELOW_TRUTH;
	if (mark > truth)
		findings |= LAB_FIND_ABOVE_TRUTH;
	return findings;
}

static void judge(struct schedule_runner *r, struct schedule_outcome *outcome)
{
	const struct swiotlb_ops *ops = r->ops;
	const struct truth *t = &r->truth;
	struct tracker_bounds bounds = schedule_bounds(r);
	u64 mark = ops->hiwater(r->mem), used = ops->used(r->mem);
	const char *broken;

	if (r->nr_locks)
		misuse(r, "a lock is held when nobody does anything any more");
	broken = r->broken ? r->broken : ops->check(r->mem);
	outcome->until = bounds.until;
	outcome->past = bounds.until & r->past;
	/* Turned off, it has nothing to say of a mark. */
	if (!r->off)
		r->findings |= judge_mark(t, mark, &bounds, outcome->past);
	if (used != (u64)t->used)
		r->findings |= outcome->past & TRACKER_UNTIL_TRANSIENT &&
					       ops->transient_nslabs(r->mem) ?
				       LAB_FIND_TRANSIENT :
				       LAB_FIND_USED;
	if (broken)
		r->findings |= LAB_FIND_BROKEN;
	if (mark > r->scenario->pool.nslabs && !r->scenario->pool.can_grow)
		r->findings |= LAB_FIND_ABOVE_POOL;
	outcome->numbers = (struct lab_check_result){
		.truth = (u64)t->peak,
		.low = (u64)t->low,
		.high = (u64)t->high,
		.used = used,
		.live = (u64)t->used,
		.hiwater = mark,
		.bound_under = bounds.under,
		.bound_over = bounds.over,
		.read_used = r->read_used,
		.read_hiwater = r->read_hiwater,
		.broken = broken,
	};
}

static int execute(struct schedule_runner *r, struct schedule_outcome *outcome)
{
	struct schedule_runner *outer = runner_now;
	const struct instrument_engine *outer_engine = instrument_engine;
	bool first;

	instrument_engine = NULL;
	begin(r);
	first = next_cpu(r);
	runner_now = r;
	instrument_engine = &schedule_engine;
	instrument_searching = true;
	if (first)
		coroutine_switch(&r->home, &r->co[r->running]);
	instrument_searching = false;
	instrument_engine = NULL;
	/* In the middle of an operation nothing need be in order. */
	if (r->findings & (LAB_FIND_DEADLOCK | LAB_FIND_ENDLESS) || r->out_of_memory ||
	    r->too_many_locks)
		rcu_read_abandon();
	else
		judge(r, outcome);
	if (r->broken)
		outcome->numbers.broken = r->broken;
	instrument_engine = outer_engine;
	runner_now = outer;
	outcome->findings = r->findings;
	outcome->choices = r->choices;
	outcome->nr_choices = r->nr_choices;
	outcome->begun = r->begun;
	outcome->nr_begun = r->nr_begun;
	if (r->too_many_locks)
		return -EINVAL;
	return r->out_of_memory || r->truth.out_of_memory || r->ops->starved(r->mem) ? -ENOMEM : 0;
}

static void work_was_put_off(void *ctx)
{
	((struct schedule_runner *)ctx)->work = true;
}

int schedule_run(struct schedule_runner *r, const struct schedule_subject *subject,
		 const struct lab_scenario *scenario, struct schedule_policy *policy,
		 struct schedule_outcome *outcome)
{
	const struct swiotlb_config config = {
		.nslabs = scenario->pool.nslabs,
		.nareas = scenario->pool.nareas,
		.start = scenario->pool.start,
		.mem_offset = scenario->pool.mem_offset,
		.can_grow = scenario->pool.can_grow,
		.grow_base = scenario->pool.grow_base,
		.schedule_work = work_was_put_off,
		.work_ctx = r,
		.batch = subject->batch,
		.tolerance = subject->tolerance,
	};
	int err;

	*outcome = (struct schedule_outcome){ 0 };
	r->subject = subject;
	r->scenario = scenario;
	r->policy = policy;
	err = pair_ops(r);
	if (err)
		return err;
	r->ops = subject->ops + scenario->layout;
	/* Before the allocator is made. Those behind the CPUs that map have numbers of their own. */
	r->nr = scenario->cpus + NR_ROLES;
	smp_set(0, r->nr);
	/* Nobody is ever there beside it, so this is how it is searched. */
	instrument_searching = true;
	err = r->ops->create(&config, &r->mem);
	instrument_searching = false;
	if (!err) {
		if (subject->enabled && !scenario->late_switch)
			r->ops->enable(r->mem, true);
		err = execute(r, outcome);
		r->ops->destroy(r->mem);
	}
	return err;
}

void schedule_races(const struct schedule_runner *r, struct lab_check_totals *totals)
{
	memcpy(totals->races, r->races, sizeof(totals->races));
	totals->nr_races = r->nr_races;
}

int schedule_traits(const struct schedule_subject *subject, u32 layout, struct lab_traits *traits)
{
	/* Several areas, and a tolerance: what hangs on them must not look exact. */
	const struct swiotlb_config config = {
		.nslabs = 4 * IO_TLB_SEGSIZE,
		.nareas = 4,
		.tolerance = IO_TLB_SEGSIZE,
	};
	const struct swiotlb_ops *ops = subject->ops + layout;
	struct tracker_bounds bounds;
	struct io_tlb_mem *mem;
	int err;

	smp_set(0, SCHEDULE_MAX_CPUS);
	err = ops->create(&config, &mem);
	if (err)
		return err;
	traits->beside = LAB_BESIDE_RESET | LAB_BESIDE_GROWTH | LAB_BESIDE_READER | LAB_BESIDE_LOAD;
	if (ops->enable(mem, true) != -EOPNOTSUPP)
		traits->beside |= LAB_BESIDE_SWITCH;
	bounds = ops->bounds(mem);
	traits->until = bounds.until;
	traits->reads = bounds.reads;
	traits->bound_under = bounds.under;
	traits->bound_over = bounds.over;
	if (ops->set_tolerance(mem, 0) != -EOPNOTSUPP)
		traits->beside |= LAB_BESIDE_TOLERANCE;
	ops->destroy(mem);
	return 0;
}

int schedule_runner_create(struct schedule_runner **runner)
{
	struct schedule_runner *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	err = coroutine_adopt(&r->home);
	if (!err)
		err = coroutine_stacks_alloc(SCHEDULE_MAX_CPUS, &r->stacks);
	if (!err)
		err = truth_init(&r->truth);
	if (err) {
		schedule_runner_destroy(r);
		return err;
	}
	*runner = r;
	return 0;
}

void schedule_runner_destroy(struct schedule_runner *r)
{
	for (u32 i = 0; i < SCHEDULE_MAX_CPUS; i++)
		if (r->made >> i & 1)
			coroutine_destroy(&r->co[i]);
	coroutine_stacks_free(&r->stacks);
	truth_free(&r->truth);
	free(r->state);
	free(r->begun);
	free(r->choices);
	free(r);
}
