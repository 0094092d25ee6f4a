// SPDX-License-Identifier: GPL-2.0-only
/* What each CPU of a schedule does: maps and unmaps, looks, and the switch. */
#include "engine/virtual/schedule_runner.h"

/* A look at the mark that no CPU notices. */
static void watch_mark(struct schedule_runner *r)
{
	const struct instrument_engine *engine = instrument_engine;
	u64 mark;

	instrument_engine = NULL;
	mark = r->subject->ops->hiwater(r->mem);
	instrument_engine = engine;
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
		schedule_yield(r);
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

	schedule_yield(r);
	truth_restart_high(t);
	t->peak = t->used;
	r->subject->ops->enable(r->mem, true);
	t->low = t->low_used;
}

void schedule_program(struct schedule_runner *r, u32 me)
{
	if (me < r->scenario->cpus) {
		cpu_ops(r, me);
	} else if (me == r->scenario->cpus) {
		if (r->scenario->late_switch)
			turn_on(r);
	} else {
		for (u32 i = 0; i < r->scenario->looks; i++) {
			schedule_yield(r);
			r->subject->ops->sample(r->mem);
			watch_mark(r);
		}
	}
}
