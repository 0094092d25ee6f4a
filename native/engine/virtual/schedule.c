// SPDX-License-Identifier: GPL-2.0-only
/* Runs one schedule, and judges what the tracker says against the truth. */
#include "engine/virtual/schedule.h"

#include <stdlib.h>

#include "engine/virtual/truth.h"
#include "instrument_engine.h"

/* More accesses than any small scenario makes. */
#define ACCESSES_MAX (1UL << 16)
#define MAX_LOCKS 64

/* A spin lock that somebody has taken, for as long as somebody has it. */
struct schedule_lock {
	pthread_spinlock_t *lock;
	u32 holder;
};

/**
 * struct schedule_cpu - one CPU
 * @wants: the lock it waits for, or NULL
 * @waits_for: the operation that must end first, plus one; 0 for none
 * @change: slots of the operation under way
 * @done: its program has ended
 */
struct schedule_cpu {
	struct device dev;
	pthread_spinlock_t *wants;
	size_t waits_for;
	long change;
	bool done;
};

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
 * @mark: what the tracker reported when it was last looked at
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
	struct schedule_lock locks[MAX_LOCKS];
	u32 nr_locks;
	const struct schedule_subject *subject;
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
	u32 findings;
	bool too_many_locks;
	bool out_of_memory;
};

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
		mask |= 1U << i;
	}
	return mask;
}

static u32 choose_uniform(struct schedule_policy *p, u32 mask)
{
	u64 skip = random_below(&p->random, (u64)__builtin_popcount(mask));

	while (skip--)
		mask &= mask - 1;
	return (u32)__builtin_ctz(mask);
}

static u32 choose_priority(struct schedule_policy *p, u32 mask, u32 running, u64 access)
{
	u32 best = (u32)__builtin_ctz(mask);

	for (unsigned int i = 0; i < p->nr_changes; i++)
		if (p->change[i] == access)
			p->priority[running] = --p->lowest;
	for (u32 i = best; i < SCHEDULE_MAX_CPUS; i++)
		if (mask >> i & 1 && p->priority[i] > p->priority[best])
			best = i;
	return best;
}

static u32 choose_recorded(struct schedule_policy *p, u32 mask, u32 running)
{
	while (p->at < p->nr_choices) {
		u32 cpu = p->choices[p->at++];

		if (cpu < SCHEDULE_MAX_CPUS && mask >> cpu & 1)
			return cpu;
	}
	return mask >> running & 1 ? running : (u32)__builtin_ctz(mask);
}

static u32 choose(struct schedule_runner *r, u32 mask)
{
	struct schedule_policy *p = r->policy;

	switch (p->kind) {
	case SCHEDULE_UNIFORM:
		return choose_uniform(p, mask);
	case SCHEDULE_PRIORITY:
		return choose_priority(p, mask, r->running, r->nr_choices);
	case SCHEDULE_RECORDED:
	default:
		return choose_recorded(p, mask, r->running);
	}
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
	r->running = choose(r, mask);
	return record(r, r->running);
}

static void yield(struct schedule_runner *r)
{
	u32 from = r->running;

	if (!next_cpu(r))
		coroutine_leave(&r->co[from], &r->home);
	else if (r->running != from)
		coroutine_switch(&r->co[from], &r->co[r->running]);
}

static void hook_access(const volatile void *ptr, size_t size, enum access_kind kind)
{
	(void)ptr;
	(void)size;
	if (kind >= ACCESS_READ_ONCE)
		yield(runner_now);
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

static void hook_lock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = runner_now;
	struct schedule_cpu *cpu = &r->cpus[r->running];

	cpu->wants = lock;
	yield(r);
	cpu->wants = NULL;
	lock_take(r, lock);
}

static bool hook_trylock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = runner_now;

	yield(r);
	if (lock_holder(r, lock))
		return false;
	lock_take(r, lock);
	return true;
}

static void hook_unlock(pthread_spinlock_t *lock)
{
	struct schedule_runner *r = runner_now;

	yield(r);
	for (u32 i = 0; i < r->nr_locks; i++) {
		if (r->locks[i].lock == lock) {
			r->locks[i] = r->locks[--r->nr_locks];
			break;
		}
	}
}

static void hook_copy(void *dst, const void *src, size_t size)
{
	(void)dst;
	(void)src;
	(void)size;
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
};

/* A look at the mark that no CPU notices. */
static void watch_mark(struct schedule_runner *r)
{
	u64 mark;

	instrument_engine = NULL;
	mark = r->subject->ops->hiwater(r->mem);
	instrument_engine = &schedule_engine;
	if (mark < r->mark)
		r->findings |= LAB_FIND_FELL;
	r->mark = mark;
}

static void run_map(struct schedule_runner *r, struct schedule_cpu *cpu, size_t i)
{
	const struct lab_op *op = &r->scenario->ops[i];
	unsigned int align_mask = (unsigned int)op->alloc_align_mask;
	struct op_state *state = &r->state[i];
	u64 moment = truth_map_begin(&r->truth);

	cpu->dev.min_align_mask = (unsigned int)op->min_align_mask;
	state->nslots =
		(u32)nr_slots(swiotlb_alloc_size(&cpu->dev, op->orig, op->size, align_mask));
	cpu->change = state->nslots;
	state->tlb_addr = r->subject->ops->map(&cpu->dev, op->cpu, op->orig, op->size, align_mask,
					       DMA_BIDIRECTIONAL, DMA_ATTR_NO_WARN);
	if (state->tlb_addr == DMA_MAPPING_ERROR)
		truth_map_end(&r->truth, moment, 0, state->nslots);
	else
		truth_map_end(&r->truth, moment, state->nslots, 0);
}

static void run_unmap(struct schedule_runner *r, struct schedule_cpu *cpu, size_t i)
{
	const struct op_state *map = &r->state[r->state[i].map];
	const struct lab_op *op = &r->scenario->ops[r->state[i].map];

	if (map->tlb_addr == DMA_MAPPING_ERROR)
		return;
	truth_unmap_begin(&r->truth, map->nslots);
	cpu->dev.min_align_mask = (unsigned int)op->min_align_mask;
	cpu->change = -(long)map->nslots;
	r->subject->ops->unmap(&cpu->dev, map->tlb_addr, op->size, DMA_BIDIRECTIONAL, 0);
	truth_unmap_end(&r->truth, map->nslots);
}

static void cpu_ops(struct schedule_runner *r, u32 me)
{
	struct schedule_cpu *cpu = &r->cpus[me];

	for (size_t i = 0; i < r->scenario->nr_ops; i++) {
		const struct lab_op *op = &r->scenario->ops[i];

		if (op->cpu != me)
			continue;
		if (op->kind == LAB_OP_UNMAP)
			cpu->waits_for = r->state[i].map + 1;
		/* Between two operations the others may do all of theirs. */
		yield(r);
		cpu->waits_for = 0;
		r->begun[r->nr_begun++] = (u32)i;
		if (op->kind == LAB_OP_MAP)
			run_map(r, cpu, i);
		else
			run_unmap(r, cpu, i);
		cpu->change = 0;
		r->state[i].done = true;
		watch_mark(r);
	}
}

/* From now on the tracker counts, so from now on the truth does, for it. */
static void turn_on(struct schedule_runner *r)
{
	struct truth *t = &r->truth;

	yield(r);
	truth_restart_high(t);
	t->peak = t->used;
	r->subject->ops->enable(r->mem, true);
	t->low = t->low_used;
}

static void cpu_program(struct schedule_runner *r, u32 me)
{
	if (me < r->scenario->cpus) {
		cpu_ops(r, me);
	} else if (me == r->scenario->cpus) {
		if (r->scenario->late_switch)
			turn_on(r);
	} else {
		for (u32 i = 0; i < r->scenario->looks; i++) {
			yield(r);
			r->subject->ops->sample(r->mem);
			watch_mark(r);
		}
	}
}

/* One program after another, a schedule each. */
static void cpu_main(void)
{
	coroutine_entered();
	for (;;) {
		struct schedule_runner *r = runner_now;
		u32 me = r->running;

		r->parked &= ~(1U << me);
		cpu_program(r, me);
		r->cpus[me].done = true;
		r->parked |= 1U << me;
		coroutine_switch(&r->co[me], next_cpu(r) ? &r->co[r->running] : &r->home);
	}
}

/* Pairs each unmap with its map, and refuses what could not be run. */
static int pair_ops(struct schedule_runner *r)
{
	const struct lab_scenario *s = r->scenario;

	if (!s->cpus || s->cpus > LAB_CHECK_MAX_CPUS)
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
	r->nr = r->scenario->cpus + 2;
	r->nr_locks = r->findings = 0;
	r->nr_choices = r->nr_begun = 0;
	r->mark = 0;
	truth_reset(&r->truth);
	for (u32 i = 0; i < r->nr; i++) {
		r->cpus[i] = (struct schedule_cpu){
			.dev = { .dma_io_tlb_mem = r->mem, .seg_boundary_mask = DMA_BIT_ALL },
		};
		make_coroutine(r, i);
	}
}

static void judge(struct schedule_runner *r, struct schedule_outcome *outcome)
{
	const struct swiotlb_ops *ops = r->subject->ops;
	const struct truth *t = &r->truth;
	struct tracker_bounds bounds = ops->bounds(r->mem);
	u64 low = (u64)t->low, high = (u64)t->high, truth = (u64)t->peak;
	u64 mark = ops->hiwater(r->mem), used = ops->used(r->mem);
	const char *broken = ops->check(r->mem);
	bool tracks = bounds.under != TRACKER_UNBOUNDED || bounds.over != TRACKER_UNBOUNDED;

	if (bounds.under != TRACKER_UNBOUNDED && mark + bounds.under < low)
		r->findings |= LAB_FIND_UNDER;
	if (bounds.over != TRACKER_UNBOUNDED && mark > high + bounds.over)
		r->findings |= LAB_FIND_OVER;
	if (used != (u64)t->used)
		r->findings |= LAB_FIND_USED;
	if (broken)
		r->findings |= LAB_FIND_BROKEN;
	if (tracks && mark < truth)
		r->findings |= LAB_FIND_BELOW_TRUTH;
	if (mark > truth)
		r->findings |= LAB_FIND_ABOVE_TRUTH;
	if (mark > r->scenario->pool.nslabs)
		r->findings |= LAB_FIND_ABOVE_POOL;
	outcome->numbers = (struct lab_check_result){
		.truth = truth,
		.low = low,
		.high = high,
		.used = used,
		.hiwater = mark,
		.bound_under = bounds.under,
		.bound_over = bounds.over,
		.broken = broken,
	};
}

static int execute(struct schedule_runner *r, struct schedule_outcome *outcome)
{
	struct schedule_runner *outer = runner_now;
	const struct instrument_engine *outer_engine = instrument_engine;
	bool first;

	begin(r);
	first = next_cpu(r);
	runner_now = r;
	instrument_engine = &schedule_engine;
	if (first)
		coroutine_switch(&r->home, &r->co[r->running]);
	instrument_engine = NULL;
	/* In the middle of an operation nothing need be in order. */
	if (!(r->findings & (LAB_FIND_DEADLOCK | LAB_FIND_ENDLESS)) && !r->out_of_memory &&
	    !r->too_many_locks)
		judge(r, outcome);
	instrument_engine = outer_engine;
	runner_now = outer;
	outcome->findings = r->findings;
	outcome->choices = r->choices;
	outcome->nr_choices = r->nr_choices;
	outcome->begun = r->begun;
	outcome->nr_begun = r->nr_begun;
	if (r->too_many_locks)
		return -EINVAL;
	return r->out_of_memory || r->truth.out_of_memory ? -ENOMEM : 0;
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
	err = subject->ops->create(&config, &r->mem);
	if (err)
		return err;
	if (subject->enabled && !scenario->late_switch)
		subject->ops->enable(r->mem, true);
	err = execute(r, outcome);
	subject->ops->destroy(r->mem);
	return err;
}

struct schedule_policy schedule_policy_drawn(enum schedule_kind kind, u64 seed, u64 accesses)
{
	struct schedule_policy p = { .kind = kind, .random = random_stream(seed, 1) };

	for (int i = 0; i < SCHEDULE_MAX_CPUS; i++)
		p.priority[i] = (int)(random_next(&p.random) >> 34);
	p.nr_changes = (unsigned int)random_below(&p.random, SCHEDULE_MAX_CHANGES + 1);
	for (unsigned int i = 0; i < p.nr_changes; i++)
		p.change[i] = random_below(&p.random, accesses + 1);
	return p;
}

struct schedule_policy schedule_policy_recorded(const u8 *choices, size_t nr_choices)
{
	return (struct schedule_policy){
		.kind = SCHEDULE_RECORDED,
		.choices = choices,
		.nr_choices = nr_choices,
	};
}

struct schedule_runner *schedule_runner_create(void)
{
	struct schedule_runner *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	coroutine_adopt(&r->home);
	if (coroutine_stacks_alloc(SCHEDULE_MAX_CPUS, &r->stacks) || truth_init(&r->truth)) {
		schedule_runner_destroy(r);
		return NULL;
	}
	return r;
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
