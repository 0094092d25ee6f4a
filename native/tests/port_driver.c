// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port as a program that speaks the binary protocol of kernel-shim/protocol.h: operations on
 * stdin, answers on stdout, under the first tracker of the list. The mutation check builds it from
 * sources with a fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/lab_replay.h"
#include "protocol.h"

/* As the kernel's driver: what the replay refuses, it came to a BUG with. */
#define EXIT_BUG 70
/* A fault may make a search endless: the signal ends it. */
#define LONGEST_RUN_SECONDS 20

_Static_assert(sizeof(struct op) == sizeof(struct lab_op), "operations are the same");

static void die(const char *why)
{
	fprintf(stderr, "port_driver: %s\n", why);
	exit(2);
}

static struct lab_op *read_ops(size_t *n)
{
	size_t room = 4096, got;
	struct lab_op *ops = malloc(room * sizeof(*ops));

	for (*n = 0; ops; *n += got) {
		if (*n == room)
			ops = realloc(ops, (room *= 2) * sizeof(*ops));
		got = ops ? fread(ops + *n, sizeof(*ops), room - *n, stdin) : 0;
		if (!got)
			break;
	}
	if (!ops)
		die("out of memory");
	return ops;
}

static void write_record(const struct record *r)
{
	if (fwrite(r, sizeof(*r), 1, stdout) != 1)
		die("cannot write");
}

static void write_answer(const struct lab_replay_result *result, size_t i)
{
	const int32_t *p = result->placements + i * LAB_PLACEMENT_WORDS;
	const double *full = result->full + 3 * i;
	struct record r = {
		.slot = p[0],
		.nslots = p[1],
		.offset = p[2],
		.pad = p[3],
		.pool = p[4],
		.flags = full[0] > 0,
		.used = (uint64_t)result->used[i],
		.hiwater = (uint64_t)result->hiwater[i],
		.size = (uint64_t)full[0],
		.total = (uint64_t)full[1],
		.full_used = (uint64_t)full[2],
	};

	if (result->data && result->data[i]) {
		r.flags |= 2;
		r.size = result->data[i];
	}
	write_record(&r);
}

static void write_hashes(const uint64_t *hashes, const uint64_t *memory, uint64_t done)
{
	write_record(&(struct record){
		.slot = SLOT_CHECKSUM,
		.used = hashes[0],
		.hiwater = hashes[1],
		.size = done,
		.total = memory ? *memory : 0,
	});
}

/* Usage: port_driver -b LAYOUT GROW_BASE, a base of 0 for a pool that does not grow. */
int main(int argc, char **argv)
{
	struct lab_variant variant = { .enabled = true };
	struct lab_replay_result result;
	struct lab_replay_plan replay;
	struct lab_control control = { 0 };
	struct lab_pool pool = { 0 };
	struct header_out out = { .features = 1 };
	struct header_in in;
	struct lab_op *ops;
	size_t n, i;
	const uint64_t *hashes, *memory;

	if (argc != 4 || strcmp(argv[1], "-b"))
		die("expected -b LAYOUT GROW_BASE");
	alarm(LONGEST_RUN_SECONDS);
	variant.layout = (uint32_t)strtoul(argv[2], NULL, 10);
	pool.grow_base = strtoull(argv[3], NULL, 10);
	pool.can_grow = pool.grow_base;
	if (fread(&in, sizeof(in), 1, stdin) != 1 || memcmp(in.magic, PROTOCOL_MAGIC_IN, 8))
		die("no header");
	pool.nslabs = in.nslabs;
	pool.nareas = (uint32_t)in.nareas;
	pool.start = in.start;
	ops = read_ops(&n);

	memcpy(out.magic, PROTOCOL_MAGIC_OUT, 8);
	out.nslabs = pool.nslabs;
	out.nareas = pool.nareas;
	out.area_nslabs = pool.nslabs / pool.nareas;
	out.start = pool.start;
	fwrite(&out, sizeof(out), 1, stdout);
	fflush(stdout);
	if (!in.checksum_every)
		in.checksum_every = n + 1;
	replay = (struct lab_replay_plan){
		.ops = ops,
		.nr_ops = n,
		.trail = true,
		.at_fd = -1,
		.placements_fd = -1,
		.hash_every = in.checksum_every,
		.copies = in.flags & HEADER_COPIES,
	};
	if (lab_replay(&pool, &variant, &replay, &control, &result))
		exit(EXIT_BUG);
	hashes = result.hashes;
	memory = result.memory;
	for (i = 0; i < n; i++) {
		write_answer(&result, i);
		if ((i + 1) % in.checksum_every == 0) {
			write_hashes(hashes, memory, i + 1);
			hashes += 2;
			memory += memory ? 1 : 0;
		}
	}
	write_hashes(hashes, memory, n);
	lab_replay_result_free(&result);
	free(ops);
	return fflush(stdout) ? 1 : 0;
}
