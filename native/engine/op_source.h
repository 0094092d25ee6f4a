/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the operations of a replay come from, in pieces; and files of numbers. */
#ifndef ENGINE_OP_SOURCE_H
#define ENGINE_OP_SOURCE_H

#include <sys/types.h>

#include "engine/lab_replay.h"

/* Operations that are looked at in one piece. */
#define OP_PIECE 4096

/**
 * struct op_source - operations in memory or in a file
 * @ops: all of them; NULL where they are in @fd
 * @nr_ops: their number
 * @piece: room for one piece of a file
 */
struct op_source {
	const struct lab_op *ops;
	int fd;
	size_t nr_ops;
	struct lab_op *piece;
};

/* 0 or -ENOMEM. */
int op_source_open(struct op_source *source, const struct lab_replay_plan *replay);
void op_source_close(struct op_source *source);

/**
 * op_source_get() - the operations from @from on, at most OP_PIECE of them
 * @n: set to their number; 0 at the end
 *
 * They stay until the next call. Return: 0 or a negative errno value, -EIO for a
 * file that is shorter than it was said to be.
 */
int op_source_get(struct op_source *source, size_t from, const struct lab_op **ops, size_t *n);

/* All @bytes at @at. 0 or a negative errno value. */
int write_all(int fd, const void *data, size_t bytes, off_t at);

#endif /* ENGINE_OP_SOURCE_H */
