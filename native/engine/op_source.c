// SPDX-License-Identifier: GPL-2.0-only
/* Operations piece by piece, so that a replay's memory does not grow with them. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/op_source.h"

int op_source_open(struct op_source *source, const struct lab_replay_plan *replay)
{
	*source = (struct op_source){
		.ops = replay->ops,
		.fd = replay->ops_fd,
		.nr_ops = replay->nr_ops,
	};
	if (source->ops || !source->nr_ops)
		return 0;
	source->piece = malloc(OP_PIECE * sizeof(*source->piece));
	return source->piece ? 0 : -ENOMEM;
}

void op_source_close(struct op_source *source)
{
	free(source->piece);
	source->piece = NULL;
}

/* Reads all of @data, or writes it, however many calls that takes. */
static int move_all(int fd, char *data, size_t bytes, off_t at, bool write)
{
	while (bytes) {
		ssize_t n = write ? pwrite(fd, data, bytes, at) : pread(fd, data, bytes, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

int write_all(int fd, const void *data, size_t bytes, off_t at)
{
	return move_all(fd, (char *)data, bytes, at, true);
}

int op_source_get(struct op_source *source, size_t from, const struct lab_op **ops, size_t *n)
{
	size_t left = source->nr_ops - from;

	*n = left < OP_PIECE ? left : OP_PIECE;
	if (!*n)
		return 0;
	if (source->ops) {
		*ops = source->ops + from;
		return 0;
	}
	*ops = source->piece;
	return move_all(source->fd, (char *)source->piece, *n * sizeof(**ops),
			(off_t)(from * sizeof(**ops)), false);
}
