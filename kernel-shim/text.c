// SPDX-License-Identifier: GPL-2.0-only
/* The driver's text protocol: operation logs in, one line per map and unmap out. See README.md. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"

static uint64_t number(char **at, int base, const char *what)
{
	char *from = *at + strspn(*at, " \t"), *end;
	uint64_t value;
	bool ok;

	if (base == 16 && from[0] == '0' && (from[1] == 'x' || from[1] == 'X'))
		from += 2;
	ok = base == 16 ? strchr("0123456789abcdefABCDEF", *from) && *from :
			  *from >= '0' && *from <= '9';
	errno = 0;
	value = strtoull(from, &end, base);
	if (!ok || errno || (*end && *end != ' ' && *end != '\t'))
		bad("%s: expected a %s number of 64 bits", what,
		    base == 16 ? "hexadecimal" : "decimal");
	*at = end;
	return value;
}

static uint32_t cpu_number(char **at)
{
	uint64_t cpu = number(at, 10, "cpu");

	if (cpu > INT32_MAX)
		bad("cpu %" PRIu64 ", expected less than 2^31", cpu);
	return cpu;
}

static enum op_kind kind_of(char letter)
{
	switch (letter) {
	case 'm':
		return OP_MAP;
	case 'u':
		return OP_UNMAP;
	case 'a':
		return OP_ALLOC;
	case 's':
		return OP_SYNC;
	default:
		return OP_FREE;
	}
}

/* One of the words at the line's end, which names a direction. Return: it, 0 for none. */
static uint8_t direction_word(char **at, const char *const words[4])
{
	uint8_t dir;

	*at += strspn(*at, " \t");
	for (dir = 1; dir < 4; dir++) {
		size_t n = words[dir] ? strlen(words[dir]) : 0;

		if (n && !strncmp(*at, words[dir], n) && strchr(" \t", (*at)[n])) {
			*at += n;
			return dir;
		}
	}
	return 0;
}

static void parse(char *line, struct op *op)
{
	static const char *const directions[4] = { NULL, "both", "to", "from" };
	static const char *const targets[4] = { NULL, NULL, "device", "cpu" };
	static const char *const no_copy[4] = { NULL, "nocopy" };
	char letter = line[0];
	char *at = line + 1;

	memset(op, 0, sizeof(*op));
	switch (letter) {
	case 'm':
	case 'u':
	case 'a':
	case 'f':
	case 's':
		op->kind = kind_of(letter);
		op->cpu = cpu_number(&at);
		op->id = number(&at, 10, "id");
		if (letter == 'u' && direction_word(&at, no_copy))
			op->flags = OP_NO_COPY;
		if (letter == 'u' || letter == 'f')
			break;
		if (letter == 's') {
			op->orig = number(&at, 10, "offset");
			op->size = number(&at, 10, "size");
			op->dir = direction_word(&at, targets);
			if (!op->dir)
				bad("sync: expected device or cpu behind the size");
			break;
		}
		if (letter == 'm')
			op->orig = number(&at, 16, "orig_addr");
		op->size = number(&at, 10, "size");
		if (letter == 'm')
			op->am = number(&at, 16, "alloc_align_mask");
		op->mam = number(&at, 16, "min_align_mask");
		op->dir = letter == 'm' ? direction_word(&at, directions) : 0;
		if (op->dir || !at[strspn(at, " \t")])
			break;
		op->bm = number(&at, 16, "seg_boundary_mask");
		if (letter == 'm')
			op->dir = direction_word(&at, directions);
		break;
	case 'z':
		op->kind = OP_RESET;
		break;
	case 'i':
		op->kind = OP_INDEX;
		op->cpu = cpu_number(&at);
		op->size = number(&at, 10, "index");
		break;
	case 'g':
		op->kind = OP_SETTLE;
		break;
	default:
		bad("unknown operation '%c', expected m, u, s, z, i, g, a or f", letter);
	}
	at += strspn(at, " \t");
	if (*at)
		bad("'%s' is more than expected", at);
}

static void parse_header(char *line, struct header_in *in)
{
	static const struct {
		const char *name;
		size_t offset;
		int base;
		bool required;
	} keys[] = {
		{ "nslabs=", offsetof(struct header_in, nslabs), 10, true },
		{ "nareas=", offsetof(struct header_in, nareas), 10, true },
		{ "pool=", offsetof(struct header_in, start), 16, true },
		{ "dma_mask=", offsetof(struct header_in, dma_mask), 16, false },
		{ "grow=", offsetof(struct header_in, grow_base), 16, false },
	};
	const size_t nkeys = sizeof(keys) / sizeof(keys[0]);
	unsigned int seen = 0;
	char *word, *save = NULL;
	size_t i;

	if (strncmp(line, "#!", 2))
		bad("expected the header '#! nslabs=N nareas=N pool=HEX'");
	for (word = strtok_r(line + 2, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		for (i = 0; i < nkeys; i++)
			if (!strncmp(word, keys[i].name, strlen(keys[i].name)))
				break;
		if (i == nkeys)
			bad("header: unknown '%s'", word);
		word += strlen(keys[i].name);
		*(uint64_t *)((char *)in + keys[i].offset) =
			number(&word, keys[i].base, keys[i].name);
		seen |= 1u << i;
	}
	for (i = 0; i < nkeys; i++)
		if (keys[i].required && !(seen & 1u << i))
			bad("header: %s is missing", keys[i].name);
}

static void print_layout(void)
{
	struct ks_layout l;

	run.ks->layout(&l);
	printf("# area %d slot %d pool %d mem %d nslabs@%d total_used@%d used_hiwater@%d "
	       "mem%%128=%d areas%%128=%d slots%%128=%d\n",
	       l.area_size, l.slot_size, l.pool_size, l.mem_size, l.mem_nslabs, l.total_used,
	       l.used_hiwater, l.mem_address_mod_128, l.areas_address_mod_128,
	       l.slots_address_mod_128);
}

static void print_hiwater(uint64_t hiwater)
{
	if (hiwater == KS_NONE)
		printf(" -");
	else
		printf(" %" PRIu64, hiwater);
}

static void print(const struct op *op, const struct record *r)
{
	switch (r->slot) {
	case SLOT_OTHER:
		if (op->kind != OP_SYNC)
			return;
		printf("%" PRIu64 " s %" PRIu64, op->id, r->used);
		break;
	case SLOT_UNMAP:
		printf("%" PRIu64 " u %d %" PRIu64, op->id, r->nslots, r->used);
		break;
	default:
		printf("%" PRIu64 " %d %d %d %d %d %" PRIu64, op->id, r->slot, r->nslots, r->offset,
		       r->pad, r->pool, r->used);
	}
	print_hiwater(r->hiwater);
	if (r->flags & 2)
		printf(" data %016" PRIx64, r->size);
	if (r->flags & 1)
		printf(" full %" PRIu64 " %" PRIu64 " %" PRIu64, r->size, r->total, r->full_used);
	putchar('\n');
}

static void print_checksum(void)
{
	struct record r;

	checksum(&r);
	printf("# checksum %" PRIu64 " list %016" PRIx64 " state %016" PRIx64, r.size, r.used,
	       r.hiwater);
	if (run.copies)
		printf(" data %016" PRIx64, r.total);
	putchar('\n');
}

void run_text(struct header_in *in)
{
	struct header_out out;
	struct record r;
	struct op op;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	while ((len = getline(&line, &room, stdin)) > 0) {
		run.where++;
		if (line[len - 1] != '\n')
			bad("the last line does not end: it may be cut off");
		line[--len] = '\0';
		if (run.where == 1) {
			parse_header(line, in);
			start(in, &out);
			printf("# kernel nslabs=%" PRIu64 " nareas=%" PRIu64 " pool=%" PRIx64 "\n",
			       out.nslabs, out.nareas, out.start);
			if (run.layout)
				print_layout();
			continue;
		}
		if (!len || line[0] == '#')
			continue;
		parse(line, &op);
		execute(&op, &r);
		print(&op, &r);
		if (checksum_due())
			print_checksum();
	}
	free(line);
	if (!run.where) {
		run.where = 1;
		bad("expected the header '#! nslabs=N nareas=N pool=HEX'");
	}
	print_checksum();
}
