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
		.at_ns = replay->at_ns,
		.at_fd = replay->at_fd,
	};
	if (!source->ops && source->nr_ops) {
		source->room = malloc(OP_PIECE * sizeof(*source->room));
		if (!source->room)
			return -ENOMEM;
	}
	if (!source->at_ns && source->at_fd >= 0) {
		source->at_room = malloc(OP_PIECE * sizeof(*source->at_room));
		if (!source->at_room)
			return -ENOMEM;
	}
	return 0;
}

void op_source_close(struct op_source *source)
{
	free(source->room);
	free(source->at_room);
	source->room = NULL;
	source->at_room = NULL;
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

int op_source_get(struct op_source *source, size_t from, struct op_piece *piece)
{
	size_t left = source->nr_ops - from;
	size_t n = left < OP_PIECE ? left : OP_PIECE;
	int err = 0;

	*piece = (struct op_piece){
		.ops = source->ops ? source->ops + from : source->room,
		.at_ns = source->at_ns ? source->at_ns + from : source->at_room,
		.n = n,
	};
	if (!n)
		return 0;
	if (!source->ops)
		err = move_all(source->fd, (char *)source->room, n * sizeof(*source->room),
			       (off_t)(from * sizeof(*source->room)), false);
	if (!err && !source->at_ns && source->at_room)
		err = move_all(source->at_fd, (char *)source->at_room, n * sizeof(*source->at_room),
			       (off_t)(from * sizeof(*source->at_room)), false);
	return err;
}
