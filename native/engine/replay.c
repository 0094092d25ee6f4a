// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replay: recorded operations one after another on this thread. What one of them
 * does is in replay_op.c; here are its time, what is noted behind it, and the run.
 */
#include <math.h>
#include <stdlib.h>

#include "engine/op_source.h"
#include "engine/replay_op.h"
#include "engine/step.h"

/* The clock stops there, before it would be too large for a signed number of cycles. */
#define REPLAY_MAX_NS (1LL << 60)

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
