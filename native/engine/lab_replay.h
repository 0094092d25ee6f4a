/* SPDX-License-Identifier: GPL-2.0-only */
/* Recorded operations, and their replay one after another. */
#ifndef LAB_REPLAY_H
#define LAB_REPLAY_H

#include "engine/lab.h"
#include "engine/lab_course.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One recorded operation, 64 bytes. */
enum lab_op_kind {
	LAB_OP_MAP,
	LAB_OP_UNMAP,
	LAB_OP_RESET,
	LAB_OP_SET_INDEX,
	LAB_OP_PLACE,
	LAB_OP_SETTLE,
	LAB_OP_ALLOC,
	LAB_OP_FREE,
	LAB_OP_FAILED, /* a map that failed when it was recorded: it takes nothing */
	LAB_OP_SYNC,   /* of a part of a mapping, for the device or for the CPU */
};

/* Which way a mapping's data go; 0 where nobody said. */
enum lab_op_dir {
	LAB_DIR_UNKNOWN,
	LAB_DIR_BIDIRECTIONAL,
	LAB_DIR_TO_DEVICE,
	LAB_DIR_FROM_DEVICE,
};

/* Of an unmap: nothing is copied back (DMA_ATTR_SKIP_CPU_SYNC). */
#define LAB_OP_NO_COPY 1

/**
 * struct lab_op - one operation of a trace
 * @kind: enum lab_op_kind
 * @dir: enum lab_op_dir, of a map; where it is unknown, only the map copies. Of a
 *	sync: LAB_DIR_TO_DEVICE for the device, LAB_DIR_FROM_DEVICE for the CPU
 * @flags: LAB_OP_NO_COPY, or 0
 * @cpu: the CPU of a map; the area of LAB_OP_SET_INDEX
 * @id: the mapping
 * @orig: original address; of a sync the bytes from the mapping's begin to the part
 * @size: bytes; the slot within the area for LAB_OP_SET_INDEX
 * @expect: the slot that is known to have been chosen plus one, 0 for unknown
 */
struct lab_op {
	uint16_t kind;
	uint8_t dir;
	uint8_t flags;
	uint32_t cpu;
	uint64_t id;
	uint64_t orig;
	uint64_t size;
	uint64_t alloc_align_mask;
	uint64_t min_align_mask;
	uint64_t seg_boundary_mask;
	uint64_t expect;
};

/* Numbers per operation in a replay's placements. */
#define LAB_PLACEMENT_WORDS 5

/**
 * struct lab_replay_plan - what to replay, and what to note of it
 * @ops: the operations; NULL where they are read from @ops_fd
 * @ops_fd: a file of nothing but operations, read from its begin in pieces
 * @nr_ops: their number
 * @at_ns: when each began, from any moment on; not a number where that is not known.
 *	NULL where the times are read from @at_fd, or not known at all
 * @at_fd: a file of nothing but such times, or -1
 * @sample_every: operations between two looks of the sampler, 0 for none
 * @sample_period_ns: with times, the time between two of its looks, 0 for none; of
 *	looks between which nothing was done only the first and the last are made
 * @trail: note placements, used, hiwater and "buffer is full" after each operation,
 *	all in memory
 * @course: note the course of the run
 * @placements_fd: a file to which the placements are written in pieces, or -1
 * @hash_every: operations between two hashes, 0 for none at all
 * @copies: there are data, and they are copied; by the instrumented build
 */
struct lab_replay_plan {
	const struct lab_op *ops;
	int ops_fd;
	size_t nr_ops;
	const double *at_ns;
	int at_fd;
	uint64_t sample_every;
	uint64_t sample_period_ns;
	bool trail;
	bool course;
	int placements_fd;
	uint64_t hash_every;
	bool copies;
};

/**
 * struct lab_replay_result - what a replay did
 * @placements: 5 per operation: slot, nslots, offset, pad, pool. A failed map
 *	has slot -1, an unmap slot -2 and the slots it freed, anything else -3; or
 *	NULL
 * @used, @hiwater: reported after each operation, negative where the count fell
 *	below 0; or NULL
 * @full: 3 per operation: size, total, used of "buffer is full", or NULL
 * @hashes: 2 (list, state; see struct swiotlb_hash) after every so many
 *	operations, and 2 at the end; or NULL
 * @nr_hashes: their number, each of the 2 counted
 * @data: a hash of what each operation could have touched, 0 for one that touches
 *	no data; with @copies and @trail, or NULL
 * @memory: one of all data whenever @hashes has 2; with @copies and @hash_every, or
 *	NULL
 * @resets: of the mark
 * @expected: maps of which the trace says where the kernel had them
 * @misplaced: maps for which the search chose another slot than the trace says;
 *	they were made where the trace has them, and nowhere else
 * @unmovable: those of them that were made where the search chose, because the
 *	trace's slots were taken
 * @clock_ns: what a tracker's clock said at the end, from 0 on
 * @course: what was in use, and what was reported, operation by operation
 * @bad_op: with -EINVAL, the operation that made no sense, or the number of all
 */
struct lab_replay_result {
	int32_t *placements;
	double *used;
	double *hiwater;
	double *full;
	uint64_t *hashes;
	size_t nr_hashes;
	uint64_t *data;
	uint64_t *memory;
	uint64_t resets;
	uint64_t expected;
	uint64_t misplaced;
	uint64_t unmovable;
	uint64_t clock_ns;
	uint64_t bad_op;
	struct lab_accuracy accuracy;
	struct lab_course course;
};

/**
 * lab_replay() - the operations one after another, on the calling thread
 *
 * With times, a tracker's clock says how long ago the first one was that is known; an
 * operation whose time is not known, or lies before that of one in front of it, is done
 * at the time of that one. Without times, the clock goes on by the same little for each
 * operation.
 *
 * Beside the pool it needs memory for the mappings that are live at one time, and
 * for pieces of what it reads and writes, however many operations there are; but
 * for what @replay->trail and @replay->hash_every ask for.
 *
 * What a pool that grows puts off is done after each operation; or only in each
 * LAB_OP_SETTLE, when there is one among the operations.
 *
 * Return: 0, -EINVAL, -ENOMEM, or what reading or writing a file gave.
 */
int lab_replay(const struct lab_pool *pool, const struct lab_variant *variant,
	       const struct lab_replay_plan *replay, struct lab_control *control,
	       struct lab_replay_result *result);
void lab_replay_result_free(struct lab_replay_result *result);

#ifdef __cplusplus
}
#endif

#endif /* LAB_REPLAY_H */
