// SPDX-License-Identifier: GPL-2.0-only
/* Runs one schedule: sets up what it needs, and lets its CPUs go. */
#include "virtual/schedule/schedule.h"
#include "virtual/schedule/schedule_runner.h"

#include <stdlib.h>

#include "rcu.h"

/* One program after another, a schedule each. */
static void cpu_main(void)
{
	coroutine_entered();
	for (;;) {
		struct schedule_runner *r = schedule_runner_now;
		u32 me = r->running;

		r->parked &= ~(1U << me);
		schedule_program(r, me);
		r->cpus[me].done = true;
		r->parked |= 1U << me;
		coroutine_switch(&r->co[me], schedule_next_cpu(r) ? &r->co[r->running] : &r->home);
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
	r->moment = (struct schedule_moment){ 0 };
	r->resets = r->resetting = 0;
	r->work = false;
	r->off = r->scenario->late_switch;
	r->nr_locks = r->findings = r->awaiting = r->plain = 0;
	r->broken = NULL;
	r->nr_choices = r->nr_begun = 0;
	r->mark = r->most_used = r->read_used = r->read_hiwater = 0;
	r->nr_steps = 0;
	r->steps_cut = false;
	r->unsettled = NULL;
	r->time = (struct schedule_time){ .skew_ns = schedule_bounds(r).skew_ns };
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

static int execute(struct schedule_runner *r, struct schedule_outcome *outcome)
{
	struct schedule_runner *outer = schedule_runner_now;
	const struct instrument_engine *outer_engine = instrument_engine;
	bool first;

	instrument_engine = NULL;
	begin(r);
	first = schedule_next_cpu(r);
	schedule_runner_now = r;
	instrument_engine = &schedule_engine;
	instrument_searching = true;
	r->telling = r->steps;
	instrument_lock_from = 0;
	if (first)
		coroutine_switch(&r->home, &r->co[r->running]);
	instrument_searching = false;
	instrument_engine = NULL;
	schedule_tell_end(r);
	/* In the middle of an operation nothing need be in order. */
	if (r->findings & (LAB_FIND_DEADLOCK | LAB_FIND_ENDLESS) || r->out_of_memory ||
	    r->too_many_locks)
		rcu_read_abandon();
	else
		schedule_judge(r, outcome);
	if (r->broken)
		outcome->numbers.broken = r->broken;
	instrument_engine = outer_engine;
	schedule_runner_now = outer;
	outcome->findings = r->findings;
	outcome->most_used = r->most_used;
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
		/* A small pool has no room for what was asked for. */
		.tolerance = subject->tolerance == TRACKER_DEFAULT_TOLERANCE ?
				     subject->tolerance :
				     min(subject->tolerance, (unsigned long)scenario->pool.nslabs),
		.stretch_ns = subject->stretch_ns ? subject->stretch_ns : scenario->stretch_ns,
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
	r->time = (struct schedule_time){ 0 };
	smp_tell_time(&r->time.now_ns);
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
	smp_tell_time(NULL);
	return err;
}

int schedule_want_steps(struct schedule_runner *r)
{
	if (!r->steps)
		r->steps = calloc(LAB_CHECK_MAX_STEPS, sizeof(*r->steps));
	return r->steps ? 0 : -ENOMEM;
}

void schedule_take_steps(struct schedule_runner *r, struct lab_check_result *result)
{
	result->steps = r->steps;
	result->nr_steps = r->nr_steps;
	result->steps_cut = r->steps_cut;
	r->steps = NULL;
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
	free(r->steps);
	free(r);
}
