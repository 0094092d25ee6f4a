/* SPDX-License-Identifier: GPL-2.0-only */
/* One operation of a replay. */
#ifndef ENGINE_REPLAY_OP_H
#define ENGINE_REPLAY_OP_H

#include "engine/course.h"
#include "engine/live_table.h"
#include "engine/replay_data.h"

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

/**
 * replay_op() - does one operation, as it is recorded
 * @run: on its thread; the operation is counted in its result
 * @op: which one; what makes no sense is refused
 * @out: its placement, LAB_PLACEMENT_WORDS long and zeroed: -1 for a map that failed, -2 for an
 *	unmap, -3 for what has none
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int replay_op(struct replay_run *run, const struct lab_op *op, int32_t *out);

#endif /* ENGINE_REPLAY_OP_H */
