/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The truth behind a run of real threads.
 *
 * Each operation took effect at some moment between its two time stamps. The
 * peak is lowest if every map took effect as late and every unmap as early as
 * it could, and highest the other way round; both are orders that really may
 * have been, because a mapping's unmap begins after its map ended.
 */
#ifndef ENGINE_ENVELOPE_H
#define ENGINE_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct logged_op - one operation in a thread's log
 * @before: time stamp before it began
 * @after: time stamp after it ended
 * @nslots: slots taken, or given back if negative; 0 for a map that failed
 * @failed: slots that a failed map asked for
 */
struct logged_op {
	uint64_t before;
	uint64_t after;
	int32_t nslots;
	uint32_t failed;
};

struct op_log {
	struct logged_op *ops;
	size_t count;
};

struct envelope {
	uint64_t low;
	uint64_t high;
	uint64_t demand;
};

/* 0 or -ENOMEM. */
int envelope_compute(const struct op_log *logs, unsigned int nr_logs, struct envelope *envelope);

#endif /* ENGINE_ENVELOPE_H */
