// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a recorded operation does.
 *
 * Where the record says which slot the kernel chose, the search is asked first
 * and its answer compared; then the mapping is made where the kernel had it. So
 * one difference does not cause the next, and no tracker sees slots that were
 * never taken.
 */
#include "engine/replay_op.h"

static uint32_t replay_slots(struct replay_run *run, const struct lab_op *op)
{
	return (uint32_t)nr_slots(swiotlb_alloc_size(&run->dev, op->orig, op->size,
						     (unsigned int)op->alloc_align_mask));
}

/* Takes exactly the slots that the record names. */
static bool replay_take(struct replay_run *run, const struct lab_op *op, phys_addr_t *tlb_addr)
{
	return op->expect &&
	       !run->in.ops->place(&run->dev, (unsigned int)(op->expect - 1), op->orig, op->size,
				   (unsigned int)op->alloc_align_mask, tlb_addr);
}

/* The next search begins where the kernel's does: behind what it took. */
static void replay_set_index(struct replay_run *run, uint64_t behind)
{
	uint64_t area_nslabs = run->in.pool.nslabs / run->in.pool.nareas;

	run->in.ops->set_area_index(run->in.mem, (unsigned int)((behind - 1) / area_nslabs),
				    (unsigned int)(behind % area_nslabs));
}

/*
 * Makes a mapping where the record has it. A map comes there by itself, where the
 * search chooses as the kernel's did; one that may grow might go to another pool.
 */
static phys_addr_t replay_make(struct replay_run *run, const struct lab_op *op, uint32_t nslots)
{
	const struct swiotlb_ops *ops = run->in.ops;
	phys_addr_t tlb_addr;

	if (op->expect) {
		long slot = ops->choose(&run->dev, op->cpu, op->orig, op->size,
					(unsigned int)op->alloc_align_mask);
		bool same = slot == (long)(op->expect - 1);

		run->result->expected++;
		run->result->misplaced += !same;
		if (!same || run->in.pool.can_grow) {
			if (replay_take(run, op, &tlb_addr)) {
				replay_set_index(run, op->expect - 1 + nslots);
				return tlb_addr;
			}
			run->result->unmovable++;
		}
	}
	return ops->map(&run->dev, op->cpu, op->orig, op->size, (unsigned int)op->alloc_align_mask,
			op_direction(op->dir), 0);
}

/* From here on @nslots more are in use. */
static void replay_took(struct replay_run *run, struct live_entry *e, uint32_t nslots)
{
	struct lab_accuracy *a = &run->result->accuracy;

	e->nslots = nslots;
	run->used += nslots;
	course_change(&run->course, e->tlb_addr, nslots);
	a->truth_high = max(a->truth_high, run->used);
	a->demand_peak = max(a->demand_peak, run->used);
}

/* Notes what became of a map or alloc; @nslots is what it asks for. */
static void replay_placed(struct replay_run *run, const struct lab_op *op, struct live_entry *e,
			  uint32_t nslots, int32_t *out)
{
	struct lab_accuracy *a = &run->result->accuracy;
	struct swiotlb_placement p;

	if (e->tlb_addr == DMA_MAPPING_ERROR) {
		e->failed = true;
		a->failed_maps++;
		a->failed_slots += nslots;
		a->demand_peak = max(a->demand_peak, run->used + nslots);
		out[0] = -1;
		return;
	}
	replay_took(run, e, nslots);
	run->in.ops->placement(&run->dev, e->tlb_addr, &p);
	a->spills += (uint64_t)p.slot / (run->in.pool.nslabs / run->in.pool.nareas) !=
		     (op->cpu & (run->in.pool.nareas - 1));
	out[0] = (int32_t)p.slot;
	out[1] = (int32_t)p.nslots;
	out[2] = (int32_t)p.offset;
	out[3] = (int32_t)p.pad;
	out[4] = (int32_t)p.pool;
}

/* An entry of the operation's id, which must have none; NULL without memory. */
static struct live_entry *replay_insert(struct replay_run *run, const struct lab_op *op)
{
	struct live_entry *e = live_insert(&run->table, op->id);

	if (e) {
		e->size = op->size;
		e->orig = op->orig;
		e->min_align_mask = (uint32_t)op->min_align_mask;
		e->dir = op->dir;
	}
	return e;
}

static int replay_map(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	struct live_entry *e = replay_insert(run, op);
	uint32_t nslots = replay_slots(run, op);

	if (!e)
		return -ENOMEM;
	run->result->accuracy.maps++;
	if (run->copies)
		replay_data_begin(&run->data, DMA_MAPPING_ERROR);
	e->tlb_addr = replay_make(run, op, nslots);
	replay_placed(run, op, e, nslots, out);
	if (run->copies && !e->failed)
		run->touched = replay_data_mapped(&run->data, &run->dev, e, run->number);
	return 0;
}

static int replay_alloc(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	struct live_entry *e = replay_insert(run, op);

	if (!e)
		return -ENOMEM;
	e->alloc = true;
	run->result->accuracy.maps++;
	e->tlb_addr = run->in.ops->alloc(&run->dev, op->cpu, op->size);
	replay_placed(run, op, e, (uint32_t)nr_slots(op->size), out);
	return 0;
}

static int replay_unmap(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	struct live_entry *e = live_find(&run->table, op->id);

	if (!e || e->alloc != (op->kind == LAB_OP_FREE))
		return -EINVAL;
	out[0] = -2;
	if (!e->failed) {
		run->dev.min_align_mask = e->min_align_mask;
		if (run->copies)
			replay_data_begin(&run->data, e->tlb_addr);
		if (!e->alloc)
			run->in.ops->unmap(&run->dev, e->tlb_addr, e->size, op_direction(e->dir),
					   op_unmap_attrs(op->flags));
		else if (!run->in.ops->free(&run->dev, e->tlb_addr))
			return -EINVAL;
		if (run->copies && !e->alloc)
			run->touched = replay_data_unmapped(&run->data, e);
		run->used -= e->nslots;
		course_change(&run->course, e->tlb_addr, -(int64_t)e->nslots);
		run->result->accuracy.unmaps++;
		out[1] = (int32_t)e->nslots;
	}
	live_remove(&run->table, e);
	return 0;
}

static int replay_sync(struct replay_run *run, const struct lab_op *op)
{
	const struct live_entry *e = live_find(&run->table, op->id);
	const bool for_device = op->dir == LAB_DIR_TO_DEVICE;
	phys_addr_t at;

	if (!e || e->alloc || (!for_device && op->dir != LAB_DIR_FROM_DEVICE))
		return -EINVAL;
	if (!op->size || op->orig > e->size || op->size > e->size - op->orig)
		return -EINVAL;
	if (e->failed)
		return 0;
	run->dev.min_align_mask = e->min_align_mask;
	at = e->tlb_addr + op->orig;
	if (run->copies) {
		replay_data_begin(&run->data, e->tlb_addr);
		replay_data_before_sync(&run->data, e, op->orig, op->size, for_device, run->number);
	}
	if (for_device)
		run->in.ops->sync_for_device(&run->dev, at, op->size, op_direction(e->dir));
	else
		run->in.ops->sync_for_cpu(&run->dev, at, op->size, op_direction(e->dir));
	if (run->copies)
		run->touched = replay_data_synced(&run->data, &run->dev, e, op->orig, op->size);
	return 0;
}

static int replay_place(struct replay_run *run, const struct lab_op *op)
{
	struct live_entry *e;
	phys_addr_t tlb_addr;

	if (!replay_take(run, op, &tlb_addr))
		return -EINVAL;
	e = replay_insert(run, op);
	if (!e)
		return -ENOMEM;
	e->tlb_addr = tlb_addr;
	replay_took(run, e, replay_slots(run, op));
	return 0;
}

/* What would be in use if the kernel had served it. */
static void replay_failed(struct replay_run *run, const struct lab_op *op)
{
	struct lab_accuracy *a = &run->result->accuracy;

	a->demand_peak = max(a->demand_peak, run->used + replay_slots(run, op));
}

/* The truth begins anew, with what is in use. */
static void replay_reset(struct replay_run *run)
{
	course_look(&run->course);
	run->in.ops->write_hiwater(run->in.mem, 0);
	run->result->resets++;
	run->result->accuracy.truth_high = run->used;
}

static bool op_sized(const struct lab_op *op)
{
	return op->size && op->size <= UINT32_MAX;
}

int replay_op(struct replay_run *run, const struct lab_op *op, int32_t *out)
{
	run->dev.min_align_mask = (uint32_t)op->min_align_mask;
	run->dev.seg_boundary_mask = op->seg_boundary_mask ? op->seg_boundary_mask : DMA_BIT_ALL;
	out[0] = -3;
	switch (op->kind) {
	case LAB_OP_MAP:
		if (!op_sized(op) || live_find(&run->table, op->id))
			return -EINVAL;
		return replay_map(run, op, out);
	case LAB_OP_UNMAP:
	case LAB_OP_FREE:
		return replay_unmap(run, op, out);
	case LAB_OP_RESET:
		replay_reset(run);
		return 0;
	case LAB_OP_SET_INDEX:
		if (op->cpu >= run->in.pool.nareas ||
		    op->size >= run->in.pool.nslabs / run->in.pool.nareas)
			return -EINVAL;
		run->in.ops->set_area_index(run->in.mem, op->cpu, (unsigned int)op->size);
		return 0;
	case LAB_OP_PLACE:
		if (!op_sized(op) || live_find(&run->table, op->id))
			return -EINVAL;
		return replay_place(run, op);
	case LAB_OP_SETTLE:
		run->in.ops->run_work(run->in.mem);
		return 0;
	case LAB_OP_SYNC:
		return replay_sync(run, op);
	case LAB_OP_ALLOC:
		/* Restricted pools never grow. */
		if (!op_sized(op) || run->in.pool.can_grow || live_find(&run->table, op->id))
			return -EINVAL;
		return replay_alloc(run, op, out);
	case LAB_OP_FAILED:
		if (!op_sized(op))
			return -EINVAL;
		replay_failed(run, op);
		return 0;
	default:
		return -EINVAL;
	}
}
