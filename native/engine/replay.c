// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replay: recorded operations one after another on this thread.
 *
 * Where the record says which slot the kernel chose, the search is asked first
 * and its answer compared; then the mapping is made where the kernel had it. So
 * one difference does not cause the next, and no tracker sees slots that were
 * never taken.
 */
#include <math.h>
#include <stdlib.h>

#include "engine/course.h"
#include "engine/live_table.h"
#include "engine/op_source.h"
#include "engine/replay_data.h"
#include "engine/step.h"

/* The clock stops there, before it would be too large for a signed number of cycles. */
#define REPLAY_MAX_NS (1LL << 60)

struct replay_run {
	struct lab_instance in;
	struct device dev;
	struct lab_replay_result *result;
	struct live_table table;
	struct course course;
	uint64_t used;
	uint64_t now_ns;   /* what a tracker's clock says */
	double begin_ns;   /* of the recorded times, the first that is known; or no number */
	uint64_t look_ns;  /* when the sampler is to look next */
	unsigned int cpus; /* one more than the highest that does anything */
	bool settle_by_hand;
	double *full; /* where the next "buffer is full" is noted */
	bool copies;
	struct replay_data data;
	uint64_t number;  /* of the operation */
	uint64_t touched; /* a hash of the data that it could have touched */
};

static void replay_note_full(struct device *dev, size_t size, unsigned long total,
			     unsigned long used)
{
	struct replay_run *run =
		(struct replay_run *)((char *)dev - offsetof(struct replay_run, dev));
	struct lab_accuracy *a = &run->result->accuracy;

	if (!a->full++) {
		a->full_size = size;
		a->full_total = total;
		a->full_used = used;
	}
	if (run->full) {
		run->full[0] = (double)size;
		run->full[1] = (double)total;
		run->full[2] = (double)(long)used;
	}
}

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
	e->nslots = nslots;
	run->used += nslots;
	course_change(&run->course, e->tlb_addr, nslots);
	a->truth_high = max(a->truth_high, run->used);
	a->demand_peak = max(a->demand_peak, run->used);
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
	struct lab_accuracy *a = &run->result->accuracy;
	struct live_entry *e;
	phys_addr_t tlb_addr;

	if (!replay_take(run, op, &tlb_addr))
		return -EINVAL;
	e = replay_insert(run, op);
	if (!e)
		return -ENOMEM;
	e->tlb_addr = tlb_addr;
	e->nslots = replay_slots(run, op);
	run->used += e->nslots;
	course_change(&run->course, tlb_addr, e->nslots);
	a->truth_high = max(a->truth_high, run->used);
	a->demand_peak = max(a->demand_peak, run->used);
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

static int replay_op(struct replay_run *run, const struct lab_op *op, int32_t *out)
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

static void replay_hash(struct replay_run *run)
{
	struct lab_replay_result *r = run->result;
	struct swiotlb_hash hash;

	run->in.ops->hash(run->in.mem, &hash);
	r->hashes[r->nr_hashes++] = hash.list;
	r->hashes[r->nr_hashes++] = hash.state;
	if (r->memory)
		r->memory[r->nr_hashes / 2 - 1] = replay_data_hash(&run->data);
}

/* For the others it means nothing, or something else. */
static bool has_cpu(const struct lab_op *op)
{
	return op->kind == LAB_OP_MAP || op->kind == LAB_OP_UNMAP || op->kind == LAB_OP_ALLOC ||
	       op->kind == LAB_OP_FREE;
}

static void replay_look(struct replay_run *run, uint64_t now_ns)
{
	run->now_ns = now_ns;
	run->in.ops->sample(run->in.mem);
}

/* The sampler's looks from its next one to before @now_ns. */
static void replay_looks(struct replay_run *run, uint64_t period, uint64_t now_ns)
{
	uint64_t more;

	if (now_ns <= run->look_ns)
		return;
	more = (now_ns - 1 - run->look_ns) / period;
	replay_look(run, run->look_ns);
	/* Nothing is done between the others. */
	if (more)
		replay_look(run, run->look_ns + more * period);
	run->look_ns += (more + 1) * period;
}

/* The time of the next operation comes: @at_ns by the record. The clock never goes back. */
static void replay_time(struct replay_run *run, const struct lab_replay_plan *replay, double at_ns)
{
	uint64_t now_ns;

	if (isnan(run->begin_ns))
		run->begin_ns = at_ns;
	/* Not true of what is no number. */
	if (!(at_ns - run->begin_ns > (double)run->now_ns))
		return;
	now_ns = (uint64_t)min(at_ns - run->begin_ns, (double)REPLAY_MAX_NS);
	if (replay->sample_period_ns)
		replay_looks(run, replay->sample_period_ns, now_ns);
	run->now_ns = now_ns;
}

/*
 * One operation, the @i-th, with what it put off. @at_ns: its time, or NULL without times.
 * @out: where its placement goes.
 */
static int replay_step(struct replay_run *run, const struct lab_replay_plan *replay,
		       const struct lab_op *op, const double *at_ns, size_t i, int32_t *out)
{
	struct lab_replay_result *r = run->result;
	uint64_t sample = replay->sample_every;
	int err;

	if (has_cpu(op))
		smp_set(op->cpu, run->cpus);
	run->full = r->full ? r->full + 3 * i : NULL;
	run->number = i;
	if (at_ns)
		replay_time(run, replay, *at_ns);
	else
		run->now_ns += STEP_NS;
	run->touched = 0;
	err = replay_op(run, op, out);
	if (err) {
		r->bad_op = i;
		return err;
	}
	if (run->in.pool.can_grow && !run->settle_by_hand)
		run->in.ops->run_work(run->in.mem);
	if (sample && i % sample == sample - 1)
		run->in.ops->sample(run->in.mem);
	course_step(&run->course, i);
	if (r->data)
		r->data[i] = run->touched;
	if (r->used) {
		r->used[i] = (double)(long)run->in.ops->used(run->in.mem);
		r->hiwater[i] = (double)(long)run->in.ops->hiwater(run->in.mem);
	}
	if (r->hashes && i % replay->hash_every == replay->hash_every - 1)
		replay_hash(run);
	return 0;
}

/* @places: room for the placements of a piece. */
static int replay_all(struct replay_run *run, const struct lab_replay_plan *replay,
		      struct op_source *source, int32_t (*places)[LAB_PLACEMENT_WORDS],
		      struct lab_control *control)
{
	struct lab_replay_result *r = run->result;
	const size_t bytes = sizeof(*places);
	struct op_piece piece;
	int err;

	for (size_t i = 0; i < source->nr_ops; i += piece.n) {
		if (lab_stopped(control)) {
			r->accuracy.cancelled = true;
			return 0;
		}
		if (control->progress)
			control->progress(control->ctx,
					  &(struct lab_progress){ i, source->nr_ops });
		err = op_source_get(source, i, &piece);
		memset(places, 0, OP_PIECE * bytes);
		for (size_t k = 0; !err && k < piece.n; k++)
			err = replay_step(run, replay, &piece.ops[k],
					  piece.at_ns ? &piece.at_ns[k] : NULL, i + k, places[k]);
		if (!err && replay->placements_fd >= 0)
			err = write_all(replay->placements_fd, places, piece.n * bytes,
					(off_t)(i * bytes));
		if (err)
			return err;
		if (r->placements)
			memcpy(r->placements + i * LAB_PLACEMENT_WORDS, places, piece.n * bytes);
	}
	if (r->hashes)
		replay_hash(run);
	return 0;
}

/* What is to be known before the first operation is done. */
static int replay_look_ahead(struct replay_run *run, struct op_source *source)
{
	struct op_piece piece;
	int err;

	run->cpus = 1;
	for (size_t i = 0; i < source->nr_ops; i += piece.n) {
		err = op_source_get(source, i, &piece);
		if (err)
			return err;
		for (size_t k = 0; k < piece.n; k++) {
			run->settle_by_hand |= piece.ops[k].kind == LAB_OP_SETTLE;
			if (has_cpu(&piece.ops[k]))
				run->cpus = max(run->cpus, piece.ops[k].cpu + 1);
		}
	}
	return 0;
}

static int replay_trail(struct lab_replay_result *r, const struct lab_replay_plan *replay)
{
	const size_t n = replay->nr_ops;

	if (replay->hash_every) {
		r->hashes = calloc(2 * (n / replay->hash_every + 1), sizeof(*r->hashes));
		if (!r->hashes)
			return -ENOMEM;
	}
	if (replay->hash_every && replay->copies) {
		r->memory = calloc(n / replay->hash_every + 1, sizeof(*r->memory));
		if (!r->memory)
			return -ENOMEM;
	}
	if (!replay->trail)
		return 0;
	if (replay->copies) {
		r->data = calloc(n + 1, sizeof(*r->data));
		if (!r->data)
			return -ENOMEM;
	}
	r->placements = calloc(n + 1, LAB_PLACEMENT_WORDS * sizeof(*r->placements));
	r->used = calloc(n + 1, sizeof(*r->used));
	r->hiwater = calloc(n + 1, sizeof(*r->hiwater));
	r->full = calloc(3 * n + 1, sizeof(*r->full));
	return r->placements && r->used && r->hiwater && r->full ? 0 : -ENOMEM;
}

static int replay_with_room(struct replay_run *run, const struct lab_replay_plan *replay,
			    struct op_source *source, struct lab_control *control)
{
	int32_t(*places)[LAB_PLACEMENT_WORDS];
	int err;

	err = replay_trail(run->result, replay);
	if (err)
		return err;
	places = malloc(OP_PIECE * sizeof(*places));
	if (!places)
		return -ENOMEM;
	err = replay_all(run, replay, source, places, control);
	free(places);
	return err;
}

static int replay_once(const struct lab_pool *pool, const struct lab_variant *variant,
		       const struct lab_replay_plan *replay, struct lab_control *control,
		       struct lab_replay_result *result, struct lab_course *course)
{
	struct replay_run run = {
		.dev.buffer_full = replay_note_full,
		.result = result,
		.begin_ns = NAN,
		.look_ns = replay->sample_period_ns,
	};
	struct op_source source;
	int err;

	*result = (struct lab_replay_result){ .bad_op = replay->nr_ops };
	err = op_source_open(&source, replay);
	if (!err)
		err = replay_look_ahead(&run, &source);
	if (err)
		goto close_source;
	/* A tracker may ask for it when it is made. */
	smp_set(0, run.cpus);
	smp_tell_time(&run.now_ns);
	err = instance_open(pool, variant,
			    replay->copies ? INSTANCE_COPY | INSTANCE_INSTRUMENTED : 0, &run.in);
	if (err)
		goto close_source;
	run.dev.dma_io_tlb_mem = run.in.mem;
	run.copies = replay->copies;
	err = course_open(&run.course, course, &run.in, replay->nr_ops);
	if (!err)
		err = live_table_open(&run.table);
	if (!err && run.copies)
		err = replay_data_open(&run.data, run.in.ops, run.in.mem);
	if (!err)
		err = replay_with_room(&run, replay, &source, control);
	if (!err)
		err = instance_starved(&run.in);
	if (!err) {
		result->clock_ns = run.now_ns;
		result->accuracy.truth_low = result->accuracy.truth_high;
		instance_report(&run.in, &result->accuracy);
	}
	replay_data_close(&run.data);
	live_table_close(&run.table);
	course_close(&run.course);
	instance_close(&run.in);
close_source:
	smp_tell_time(NULL);
	op_source_close(&source);
	return err;
}

int lab_replay(const struct lab_pool *pool, const struct lab_variant *variant,
	       const struct lab_replay_plan *replay, struct lab_control *control,
	       struct lab_replay_result *result)
{
	void (*progress)(void *ctx, const struct lab_progress *progress) = control->progress;
	struct lab_replay_plan again = *replay;
	struct lab_replay_result looked_at;
	int err = replay_once(pool, variant, replay, control, result, NULL);

	/* A run of its own: to some trackers it matters that somebody asks for the mark. */
	if (err || !replay->course || result->accuracy.cancelled)
		return err;
	again.trail = false;
	again.placements_fd = -1;
	again.hash_every = 0;
	again.copies = false;
	control->progress = NULL;
	err = replay_once(pool, variant, &again, control, &looked_at, &result->course);
	control->progress = progress;
	result->accuracy.cancelled = looked_at.accuracy.cancelled;
	lab_replay_result_free(&looked_at);
	return err;
}

void lab_replay_result_free(struct lab_replay_result *result)
{
	free(result->placements);
	free(result->used);
	free(result->hiwater);
	free(result->full);
	free(result->hashes);
	free(result->data);
	free(result->memory);
	lab_course_free(&result->course);
	*result = (struct lab_replay_result){ 0 };
}
