/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data of a comparison: what original memory holds at first, what devices and CPUs write, and
 * hashes of memory. The driver and the port's replay share it, so that both sides see the same
 * world; what is copied between its two kinds of memory is what they are compared in.
 *
 * Original memory is one block of DATA_BYTES that stands for every address: an address means the
 * byte at its low bits. Behind it lie DATA_TAIL bytes for what begins at its end.
 */
#ifndef KERNEL_SHIM_DATA_H
#define KERNEL_SHIM_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define DATA_BYTES (16UL << 20)
#define DATA_TAIL (512UL << 10)
/* Bytes in front of a mapping and behind it that are looked at as well. */
#define DATA_MARGIN 64UL
#define DATA_HASH_START 0x9e3779b97f4a7c15ULL

static inline uint64_t data_mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
	return hash ^ hash >> 32;
}

/* Hash on from @hash over @bytes from @from. */
static inline uint64_t data_hash(uint64_t hash, const void *from, size_t bytes)
{
	const unsigned char *at = from;
	uint64_t word;

	for (; bytes >= sizeof(word); bytes -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = data_mix(hash, word);
	}
	word = bytes;
	memcpy(&word, at, bytes);
	return data_mix(hash, word ^ (uint64_t)bytes << 56);
}

/* Write @bytes that no other @seed writes. */
static inline void data_fill(void *to, size_t bytes, uint64_t seed)
{
	unsigned char *at = to;
	uint64_t word = data_mix(DATA_HASH_START, seed);

	for (; bytes >= sizeof(word); bytes -= sizeof(word), at += sizeof(word)) {
		word = data_mix(word, seed);
		memcpy(at, &word, sizeof(word));
	}
	word = data_mix(word, seed);
	memcpy(at, &word, bytes);
}

/* What is written behind a map, in front of the answer to a sync. */
enum data_writer { DATA_DEVICE = 1, DATA_CPU = 2 };

static inline uint64_t data_seed(uint64_t operation, enum data_writer writer)
{
	return operation << 2 | writer;
}

/*
 * The device writes behind each map: into all of the mapping for every second operation, else into
 * a part of it, so that the rest must come back as it was.
 */
static inline void data_device_writes(void *mapping, size_t size, uint64_t operation)
{
	size_t from = operation & 1 ? size / 4 : 0;
	size_t to = operation & 1 ? size / 2 : size;

	data_fill((char *)mapping + from, to - from, data_seed(operation, DATA_DEVICE));
}

/* The original memory of a mapping, with what lies around it; inside of the block. */
static inline uint64_t data_hash_original(uint64_t hash, const char *block, uint64_t orig,
					  size_t size)
{
	size_t at = orig & (DATA_BYTES - 1);
	size_t from = at < DATA_MARGIN ? 0 : at - DATA_MARGIN;
	size_t to = at + size + DATA_MARGIN;

	return data_hash(hash, block + from,
			 (to < DATA_BYTES + DATA_TAIL ? to : DATA_BYTES + DATA_TAIL) - from);
}

#endif
