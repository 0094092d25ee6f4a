/* SPDX-License-Identifier: GPL-2.0-only */
/* Who does what in a replay in virtual time, which recorded.c runs. */
#ifndef VIRTUAL_RECORDED_PLAN_H
#define VIRTUAL_RECORDED_PLAN_H

#include "virtual/lab_recorded.h"
#include "virtual/machine/run.h"

/**
 * struct recorded_op - what is known of one operation
 * @partner: of an unmap, the map; NO_OP for none
 * @next: the next operation of its CPU
 * @epoch: resets before it
 * @nslots: of a map: what it took, 0 when it failed
 * @waiter: of a map: the CPU that waits for its end, plus one
 * @done: when it ended; NEVER before that
 * @took: how long it took; 0 of an unmap that had nothing to undo
 */
struct recorded_op {
	u32 partner;
	u32 next;
	u32 epoch;
	u32 nslots;
	u32 waiter;
	phys_addr_t tlb_addr;
	u64 done;
	u64 took;
};

#define NO_OP UINT32_MAX

/**
 * struct recorded_cpu - what one CPU has
 * @first: its first operation
 * @offset: how late its clock is
 * @due: the latest time so far that an operation of it was due
 * @stays: waits for a reset
 */
struct recorded_cpu {
	struct device dev;
	struct recorded_run *owner;
	u32 first;
	u64 offset;
	u64 due;
	bool stays;
};

/**
 * struct recorded_run - one run
 * @left: by epoch: operations that have not ended
 * @epoch: resets that were done
 * @epoch_end: when the last of its operations so far ended
 */
struct recorded_run {
	struct virtual_run run;
	const struct lab_recorded *recorded;
	struct lab_recorded_result *result;
	struct recorded_op *ops;
	struct recorded_cpu *cpus;
	size_t *left;
	u32 nr_epochs;
	u32 epoch;
	u64 epoch_end;
	double first_ns;
};

static inline bool op_maps(u32 kind)
{
	return kind == LAB_OP_MAP || kind == LAB_OP_ALLOC || kind == LAB_OP_PLACE;
}

static inline bool op_unmaps(u32 kind)
{
	return kind == LAB_OP_UNMAP || kind == LAB_OP_FREE;
}

/* Done by a CPU in virtual time. */
static inline bool op_timed(u32 kind)
{
	return kind == LAB_OP_MAP || kind == LAB_OP_ALLOC || op_unmaps(kind);
}

static inline u32 recorded_slots(const struct recorded_cpu *cpu, const struct lab_op *op)
{
	if (op->kind == LAB_OP_ALLOC)
		return (u32)nr_slots(op->size);
	return (u32)nr_slots(swiotlb_alloc_size(&cpu->dev, op->orig, op->size,
						(unsigned int)op->alloc_align_mask));
}

static inline void recorded_device(struct recorded_cpu *cpu, const struct lab_op *op)
{
	cpu->dev.min_align_mask = (u32)op->min_align_mask;
	cpu->dev.seg_boundary_mask = op->seg_boundary_mask ? op->seg_boundary_mask : DMA_BIT_ALL;
}

/* The truth begins anew, with what is in use. Nobody is in an operation. */
static inline void recorded_reset(struct recorded_run *r)
{
	struct truth *t = &r->run.truth;

	r->run.in.ops->write_hiwater(r->run.in.mem, 0);
	t->peak = t->used;
	t->low = t->low_used;
	t->high = t->high_used;
	r->epoch++;
}

/**
 * recorded_plan() - deal the operations to the CPUs, and place what is there at the begin
 *
 * Return: 0, -ENOMEM, or -EINVAL with the operation that is wrong in @r->result.
 */
int recorded_plan(struct recorded_run *r);

/**
 * recorded_work() - who was at work when, of operations that have ended
 *
 * Return: 0 or -ENOMEM.
 */
int recorded_work(struct recorded_run *r);

#endif /* VIRTUAL_RECORDED_PLAN_H */
