/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's binary protocol: one header of 64 bytes, then operations of 64 bytes, on stdin; one
 * header, then records of 64 bytes, on stdout. Little endian. Every operation gives one record;
 * checksum records come in between.
 */
#ifndef KERNEL_SHIM_PROTOCOL_H
#define KERNEL_SHIM_PROTOCOL_H

#include <stdint.h>

#define PROTOCOL_MAGIC_IN "KSHIMIN1"
#define PROTOCOL_MAGIC_OUT "KSHIMOU1"

/* What the kernel put off runs after every operation, or only in OP_SETTLE with this flag. */
#define HEADER_SETTLE_BY_HAND 8
/* The data are there, copied, and answered for: see data.h. */
#define HEADER_COPIES 64

/* Requests. @flags: KS_RESTRICTED, KS_ANY and KS_LOG of kernel_shim.h, and those above. */
struct header_in {
	char magic[8];
	uint64_t nslabs; /* as in swiotlb=, 0: the kernel's default */
	uint64_t nareas; /* 0: possible_cpus */
	uint64_t start;
	uint64_t dma_mask;  /* 0: all ones */
	uint64_t grow_base; /* 0: the documented rule */
	uint32_t flags;
	uint32_t possible_cpus;	 /* 0: one */
	uint64_t checksum_every; /* operations; 0: only at the end */
};

/* What the kernel made of it. @features: 1 the hiwater column is real. */
struct header_out {
	char magic[8];
	uint64_t nslabs;
	uint64_t nareas;
	uint64_t area_nslabs;
	uint64_t start;
	uint64_t features;
	uint64_t reserved[2];
};

enum op_kind {
	OP_MAP = 0,
	OP_UNMAP = 1,
	OP_RESET = 2,
	OP_INDEX = 3,
	OP_PLACE = 4,
	OP_SETTLE = 5,
	OP_ALLOC = 6, /* swiotlb_alloc() of a restricted pool */
	OP_FREE = 7,
	OP_SYNC = 9, /* of a part of a mapping; only with HEADER_COPIES more than a call */
};

/* Of a map: which way its data go; 0, unknown, is to the device. Of a sync: for whom it is. */
enum op_dir { DIR_UNKNOWN = 0, DIR_BIDIRECTIONAL = 1, DIR_TO_DEVICE = 2, DIR_FROM_DEVICE = 3 };

/* op.flags of an unmap: nothing is copied back. */
#define OP_NO_COPY 1

struct op {
	uint16_t kind;
	uint8_t dir;
	uint8_t flags;
	uint32_t cpu; /* OP_INDEX: the area */
	uint64_t id;
	uint64_t orig; /* OP_SYNC: bytes from the begin of the mapping */
	uint64_t size; /* OP_INDEX: the slot within the area */
	uint64_t am;
	uint64_t mam;
	uint64_t bm;	 /* 0: all ones */
	uint64_t expect; /* OP_PLACE: first slot + 1 */
};

/* record.slot where it is no slot */
enum {
	SLOT_FAILED = -1,
	SLOT_UNMAP = -2, /* unmap or free; nslots: freed, 0 where the map had failed */
	SLOT_OTHER = -3,
	/* used: list hash, hiwater: state hash, size: operations so far, total: all data */
	SLOT_CHECKSUM = -4,
};

/*
 * @flags: 1 the size, total and full_used of a "buffer is full" line are there; 2 size is a hash of
 * the data that the operation could have touched.
 */
struct record {
	int32_t slot;
	int32_t nslots;
	int32_t offset;
	int32_t pad;
	int32_t pool;
	uint32_t flags;
	uint64_t used;
	uint64_t hiwater; /* all ones: this kernel has none */
	uint64_t size;
	uint64_t total;
	uint64_t full_used;
};

_Static_assert(sizeof(struct header_in) == 64, "protocol");
_Static_assert(sizeof(struct header_out) == 64, "protocol");
_Static_assert(sizeof(struct op) == 64, "protocol");
_Static_assert(sizeof(struct record) == 64, "protocol");

#endif
