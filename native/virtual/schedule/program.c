// SPDX-License-Identifier: GPL-2.0-only
/* What each CPU of a schedule does: maps and unmaps, and all that happens beside them. */
#include "virtual/schedule/schedule_runner.h"

/* A look at the mark that no CPU notices. */
static void watch_mark(struct schedule_runner *r)
{
	const struct instrument_engine *engine = instrument_engine;
	const bool searching = instrument_searching;
	u64 mark;

	/* Nor does it wait for locks: it would come into what they keep apart. */
	if (!r->scenario->watched || r->nr_locks)
		return;
	/* It is as late as it is for whoever reads the time. */
	schedule_cycles(r, r->running);
	instrument_engine = NULL;
	instrument_searching = false;
	mark = r->ops->hiwater(r->mem);
	instrument_searching = searching;
	instrument_engine = engine;
	if (mark < r->mark && !r->resetting)
		r->findings |= LAB_FIND_FELL;
	r->mark = mark;
}

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
	state->tlb_addr = r->ops->map(&cpu->dev, op->cpu, op->orig, op->size, align_mask,
				      DMA_BIDIRECTIONAL, DMA_ATTR_NO_WARN);
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
	r->ops->unmap(&cpu->dev, map->tlb_addr, op->size, DMA_BIDIRECTIONAL, 0);
	truth_unmap_end(&r->truth, map->nslots);
}

static void cpu_ops(struct schedule_runner *r, u32 me)
{
	struct schedule_cpu *cpu = &r->cpus[me];

	for (size_t i = r->scenario->load; i < r->scenario->nr_ops; i++) {
		const struct lab_op *op = &r->scenario->ops[i];

		if (op->cpu != me || (op->kind != LAB_OP_MAP && op->kind != LAB_OP_UNMAP))
			continue;
		if (op->kind == LAB_OP_UNMAP)
			cpu->waits_for = r->state[i].map + 1;
		/* Between two operations the others may do all of theirs. */
		schedule_yield(r);
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
		watch_mark(r);
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
		if (r->off) {
			turn_on(r);
		} else {
			r->off = true;
			r->ops->enable(r->mem, false);
		}
		watch_mark(r);
	}
}

static void look(struct schedule_runner *r)
{
	for (u32 i = 0; i < r->scenario->looks; i++) {
		schedule_yield(r);
		r->ops->sample(r->mem);
		watch_mark(r);
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
		if (kind == LAB_OP_RESET) {
			reset(r);
		} else {
			r->work = false;
			r->ops->run_work(r->mem);
		}
		watch_mark(r);
	}
}

static void change_tolerance(struct schedule_runner *r)
{
	for (u32 i = 0; i < r->scenario->nr_tolerances; i++) {
		schedule_yield(r);
		r->ops->set_tolerance(r->mem, r->scenario->tolerances[i]);
	}
}

/* Two readings, one behind the other. @promised: that used is not above the mark. */
static void note_read(struct schedule_runner *r, u64 used, u64 mark, bool promised)
{
	if (used <= mark)
		return;
	/* The first, but one against the promise before all others. */
	if (!(r->findings & LAB_FIND_READ_ABOVE) || (promised && !(r->findings & LAB_FIND_READ))) {
		r->read_used = used;
		r->read_hiwater = mark;
	}
	r->findings |= LAB_FIND_READ_ABOVE | (promised ? LAB_FIND_READ : 0);
}

struct tracker_bounds schedule_bounds(struct schedule_runner *r)
{
	const struct instrument_engine *engine = instrument_engine;
	const bool searching = instrument_searching;
	struct tracker_bounds bounds;

	instrument_engine = NULL;
	instrument_searching = true;
	bounds = r->ops->bounds(r->mem);
	instrument_searching = searching;
	instrument_engine = engine;
	return bounds;
}

/* What is promised to a reader now. */
static bool reads_promised(struct schedule_runner *r)
{
	struct tracker_bounds bounds = schedule_bounds(r);

	return bounds.reads && !(bounds.until & r->past);
}

/* The tracker says that so much was in use for certain; nobody resets or turns it meanwhile. */
static void note_lower(struct schedule_runner *r, u64 lower)
{
	if (lower != TRACKER_LOWER_UNKNOWN && !(schedule_bounds(r).until & r->past))
		truth_claim(&r->truth, lower);
}

/*
 * Each is a walk that others can get into, and few of them do. It takes its turn as all
 * do: no look from outside, which would see what a lock keeps others from seeing.
 */
#define LOWER_READS 4

/* Of a mark that is begun anew meanwhile nothing is known: how often it was, before a look. */
struct quiet {
	u32 resets;
	bool so_far;
};

static struct quiet quiet_from(const struct schedule_runner *r)
{
	return (struct quiet){ r->resets, !r->resetting && !r->off };
}

static bool still_quiet(const struct schedule_runner *r, const struct quiet *before)
{
	return before->so_far && !r->resetting && !r->off && before->resets == r->resets;
}

static void read_lower(struct schedule_runner *r)
{
	struct quiet before;
	u64 lower;

	schedule_yield(r);
	before = quiet_from(r);
	lower = r->ops->lower(r->mem);
	if (still_quiet(r, &before))
		note_lower(r, lower);
}

/*
 * As who reads the two files again and again: one behind the other, so in either
 * order. A promise is about used first: the mark may rise behind a look at it. And
 * nothing is promised of a mark that was begun anew between the two.
 */
static void read_both(struct schedule_runner *r)
{
	u64 used, mark = UINT64_MAX;

	for (u32 i = 0; i < r->scenario->reads; i++) {
		struct quiet before;

		schedule_yield(r);
		before = quiet_from(r);
		used = r->ops->used(r->mem);
		note_read(r, used, mark, false);
		schedule_yield(r);
		mark = r->ops->hiwater(r->mem);
		note_read(r, used, mark, still_quiet(r, &before) && reads_promised(r));
		for (int k = 0; k < LOWER_READS && r->ops->lower_written; k++)
			read_lower(r);
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
		watch_mark(r);
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
		read_both(r);
	}
}
