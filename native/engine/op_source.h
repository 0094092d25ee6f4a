/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the operations of a replay and their times come from, in pieces; files of numbers. */
#ifndef ENGINE_OP_SOURCE_H
#define ENGINE_OP_SOURCE_H

#include <sys/types.h>

#include "engine/lab_replay.h"

/* Operations that are looked at in one piece. */
#define OP_PIECE 4096

/**
 * struct op_source - operations in memory or in a file, and so their times
 * @ops: all of them; NULL where they are in @fd
 * @nr_ops: their number
 * @room: for one piece of a file
 * @at_ns: the times of all; NULL where they are in @at_fd, or where that is -1, too
 * @at_room: for the times of a piece
 */
struct op_source {
	const struct lab_op *ops;
	int fd;
	size_t nr_ops;
	struct lab_op *room;
	const double *at_ns;
	int at_fd;
	double *at_room;
};

/**
 * struct op_piece - some operations
 * @ops: the first of them
 * @at_ns: the time of the first; NULL where there are no times
 * @n: their number
 */
struct op_piece {
	const struct lab_op *ops;
	const double *at_ns;
	size_t n;
};

/* 0 or -ENOMEM. */
int op_source_open(struct op_source *source, const struct lab_replay_plan *replay);
void op_source_close(struct op_source *source);

/**
 * op_source_get() - the operations from @from on, at most OP_PIECE of them
 * @piece: set to them; its @n is 0 at the end
 *
 * They stay until the next call. Return: 0 or a negative errno value, -EIO for a
 * file that is shorter than it was said to be.
 */
int op_source_get(struct op_source *source, size_t from, struct op_piece *piece);

/* All @bytes at @at. 0 or a negative errno value. */
int write_all(int fd, const void *data, size_t bytes, off_t at);

#endif /* ENGINE_OP_SOURCE_H */
