// SPDX-License-Identifier: GPL-2.0-only
/* What each CPU of a schedule does: maps and unmaps, and all that happens beside them. */
#include "virtual/schedule/schedule_runner.h"

static bool is_transient(struct schedule_runner *r, struct schedule_cpu *cpu, phys_addr_t tlb_addr)
{
	const struct instrument_engine *engine = instrument_engine;
	struct swiotlb_placement placement;

	instrument_engine = NULL;
	r->ops->placement(&cpu->dev, tlb_addr, &placement);
	instrument_engine = engine;
	return placement.pool < 0;
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
	schedule_begins(r, LAB_STEP_MAP, state->nslots);
	state->tlb_addr = r->ops->map(&cpu->dev, op->cpu, op->orig, op->size, align_mask,
				      DMA_BIDIRECTIONAL, DMA_ATTR_NO_WARN);
	schedule_ends(r, state->tlb_addr != DMA_MAPPING_ERROR);
	if (state->tlb_addr == DMA_MAPPING_ERROR) {
		truth_map_end(&r->truth, moment, 0, state->nslots);
		return;
	}
	truth_map_end(&r->truth, moment, state->nslots, 0);
	if (r->scenario->pool.can_grow && is_transient(r, cpu, state->tlb_addr))
		r->past |= TRACKER_UNTIL_TRANSIENT;
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
	schedule_begins(r, LAB_STEP_UNMAP, map->nslots);
	r->ops->unmap(&cpu->dev, map->tlb_addr, op->size, DMA_BIDIRECTIONAL, 0);
	schedule_ends(r, 0);
	truth_unmap_end(&r->truth, map->nslots);
}

static void cpu_ops(struct schedule_runner *r, u32 me)
{
	struct schedule_cpu *cpu = &r->cpus[me];

	for (size_t i = r->scenario->load; i < r->scenario->nr_ops; i++) {
		const struct lab_op *op = &r->scenario->ops[i];

		if (op->cpu != me || (op->kind != LAB_OP_MAP && op->kind != LAB_OP_UNMAP))
			continue;
		if (op->kind == LAB_OP_UNMAP) {
			cpu->waits_for = r->state[i].map + 1;
			r->moment.unmaps |= 1U << me;
		}
		/* Between two operations the others may do all of theirs. */
		schedule_yield(r);
		r->moment.unmaps &= ~(1U << me);
		cpu->waits_for = 0;
		r->begun[r->nr_begun++] = (u32)i;
		r->ops_begun++;
		r->under_way++;
		if (op->kind == LAB_OP_MAP)
			run_map(r, cpu, i);
		else
			run_unmap(r, cpu, i);
		r->under_way--;
		cpu->change = 0;
		r->state[i].done = true;
		schedule_watch_mark(r);
	}
	r->busy--;
}

/* From now on the tracker counts, so from now on the truth does, for it: its mark begins. */
static void turn_on(struct schedule_runner *r)
{
	const u32 begun = ++r->resets;
	const bool alone = !r->resetting;
	struct truth *t = &r->truth;

	truth_restart_high(t);
	t->peak = t->used;
	r->resetting++;
	r->ops->enable(r->mem, true);
	r->resetting--;
	r->mark = 0;
	t->low = t->low_used;
	r->off = false;
	/* What ended with a reset holds again, unless one came in between. */
	if (alone && begun == r->resets)
		r->past &= ~(u32)TRACKER_UNTIL_RESET;
}

static void turn_on_and_off(struct schedule_runner *r)
{
	for (u32 i = 0; i < r->scenario->switches; i++) {
		schedule_yield(r);
		schedule_begins(r, r->off ? LAB_STEP_TURN_ON : LAB_STEP_TURN_OFF, 0);
		if (r->off) {
			turn_on(r);
		} else {
			r->off = true;
			r->ops->enable(r->mem, false);
		}
		schedule_ends(r, 0);
		schedule_watch_mark(r);
	}
}

static void look(struct schedule_runner *r)
{
	for (u32 i = 0; i < r->scenario->looks; i++) {
		schedule_yield(r);
		schedule_begins(r, LAB_STEP_LOOK, 0);
		r->ops->sample(r->mem);
		schedule_ends(r, 0);
		schedule_watch_mark(r);
	}
}

/*
 * The truth begins anew with what is in use. The reset takes effect somewhere
 * between its begin and its end, and either may count: the lowest order has it
 * at the end, the highest at the begin.
 */
static void reset(struct schedule_runner *r)
{
	const bool nothing = !r->under_way && !r->truth.used;
	const u32 begun = r->ops_begun;
	struct truth *t = &r->truth;

	r->resets++;
	truth_restart_high(t);
	t->peak = t->used;
	r->resetting++;
	r->ops->write_hiwater(r->mem, 0);
	r->resetting--;
	r->mark = 0;
	t->low = t->low_used;
	if (nothing && begun == r->ops_begun)
		r->past = 0;
	else
		r->past |= TRACKER_UNTIL_RESET;
}

/* The resets, or the growth work. */
static void role_ops(struct schedule_runner *r, struct schedule_cpu *cpu, u32 kind)
{
	for (size_t i = r->scenario->load; i < r->scenario->nr_ops; i++) {
		if (r->scenario->ops[i].kind != kind)
			continue;
		cpu->wants_work = kind == LAB_OP_SETTLE;
		schedule_yield(r);
		cpu->wants_work = false;
		r->begun[r->nr_begun++] = (u32)i;
		schedule_begins(r, kind == LAB_OP_RESET ? LAB_STEP_RESET : LAB_STEP_GROW, 0);
		if (kind == LAB_OP_RESET) {
			reset(r);
		} else {
			r->work = false;
			r->ops->run_work(r->mem);
		}
		schedule_ends(r, 0);
		schedule_watch_mark(r);
	}
}

static void change_tolerance(struct schedule_runner *r)
{
	for (u32 i = 0; i < r->scenario->nr_tolerances; i++) {
		schedule_yield(r);
		schedule_begins(r, LAB_STEP_TOLERANCE, r->scenario->tolerances[i]);
		r->ops->set_tolerance(r->mem, r->scenario->tolerances[i]);
		schedule_ends(r, 0);
	}
}

/* Where nothing is in use a reset ends nothing. */
static void load_reset(struct schedule_runner *r, long *peak)
{
	r->ops->write_hiwater(r->mem, 0);
	*peak = r->truth.used;
	if (r->truth.used)
		r->past |= TRACKER_UNTIL_RESET;
	else
		r->past = 0;
}

static void load_op(struct schedule_runner *r, size_t i)
{
	const struct lab_op *op = &r->scenario->ops[i];
	struct truth *t = &r->truth;

	if (op->kind == LAB_OP_SETTLE) {
		r->work = false;
		r->ops->run_work(r->mem);
	} else if (op->kind == LAB_OP_RESET) {
		load_reset(r, &t->peak);
	} else {
		struct schedule_cpu *cpu = &r->cpus[op->cpu];

		r->time.now_ns += SCHEDULE_STEP_NS;
		smp_set(op->cpu, r->nr);
		if (op->kind == LAB_OP_MAP)
			run_map(r, cpu, i);
		else
			run_unmap(r, cpu, i);
		/* No engine looks on: they take effect as a whole. */
		t->used = t->low_used;
		t->peak = max(t->peak, t->used);
		r->most_used = max(r->most_used, (u64)t->used);
		cpu->change = 0;
	}
}

void schedule_load(struct schedule_runner *r)
{
	struct truth *t = &r->truth;

	for (size_t i = 0; i < r->scenario->load; i++) {
		load_op(r, i);
		r->begun[r->nr_begun++] = (u32)i;
		r->state[i].done = true;
	}
	t->low = t->high = t->peak;
	if (r->scenario->load) {
		smp_set(0, r->nr);
		schedule_watch_mark(r);
	}
}

static bool has_op(const struct lab_scenario *s, u32 kind)
{
	for (size_t i = s->load; i < s->nr_ops; i++)
		if (s->ops[i].kind == kind)
			return true;
	return false;
}

bool schedule_has_program(const struct schedule_runner *r, u32 me)
{
	const struct lab_scenario *s = r->scenario;

	if (me < s->cpus)
		return true;
	switch ((enum schedule_role)(me - s->cpus)) {
	case ROLE_SWITCH:
		return s->switches;
	case ROLE_SAMPLER:
		return s->looks;
	case ROLE_WORKER:
		return has_op(s, LAB_OP_SETTLE);
	case ROLE_RESET:
		return has_op(s, LAB_OP_RESET);
	case ROLE_TOLERANCE:
		return s->nr_tolerances;
	case ROLE_READER:
		return s->reads;
	default:
		return false;
	}
}

void schedule_program(struct schedule_runner *r, u32 me)
{
	struct schedule_cpu *cpu = &r->cpus[me];

	if (me < r->scenario->cpus) {
		cpu_ops(r, me);
		return;
	}
	switch ((enum schedule_role)(me - r->scenario->cpus)) {
	case ROLE_SWITCH:
		turn_on_and_off(r);
		break;
	case ROLE_SAMPLER:
		look(r);
		break;
	case ROLE_WORKER:
		role_ops(r, cpu, LAB_OP_SETTLE);
		break;
	case ROLE_RESET:
		role_ops(r, cpu, LAB_OP_RESET);
		break;
	case ROLE_TOLERANCE:
		change_tolerance(r);
		break;
	case ROLE_READER:
	default:
		schedule_read_both(r);
	}
}
