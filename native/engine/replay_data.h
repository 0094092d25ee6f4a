/* SPDX-License-Identifier: GPL-2.0-only */
/* A replay with data: memory behind the mappings, and what the copies made of it. */
#ifndef ENGINE_REPLAY_DATA_H
#define ENGINE_REPLAY_DATA_H

#include "engine/live_table.h"

/* Copies that one map can make before it tells its address. */
#define REPLAY_DATA_COPIES 4

struct replay_copy {
	char *to;
	const char *from;
	size_t size;
};

/**
 * struct replay_data - the world of a replay that copies
 * @block: stands for all original memory; see kernel-shim/data.h
 * @memory: bounce memory of the pool that the operation works in
 * @known: whether that is known already; what a map copies waits until it is
 * @copies: copies that wait, @nr_copies of them
 * @wild: a copy was between other memory than that pool and the original
 */
struct replay_data {
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	char *block;
	struct swiotlb_memory memory;
	bool known;
	struct replay_copy copies[REPLAY_DATA_COPIES];
	unsigned int nr_copies;
	bool wild;
};

/* The calling thread's instrumented copies go to @data from now on. 0 or -ENOMEM. */
int replay_data_open(struct replay_data *data, const struct swiotlb_ops *ops,
		     struct io_tlb_mem *mem);
void replay_data_close(struct replay_data *data);

/* In front of what copies; @tlb_addr is DMA_MAPPING_ERROR for a map, which does not know it yet. */
void replay_data_begin(struct replay_data *data, phys_addr_t tlb_addr);
/* Behind a map, an unmap and a sync. @number: of the operation. Return: a hash of what they touched. */
uint64_t replay_data_mapped(struct replay_data *data, struct device *dev,
			    const struct live_entry *entry, uint64_t number);
uint64_t replay_data_unmapped(struct replay_data *data, const struct live_entry *entry);
/* What CPU or device write in front of a sync. */
void replay_data_before_sync(struct replay_data *data, const struct live_entry *entry,
			     uint64_t offset, size_t size, bool for_device, uint64_t number);
uint64_t replay_data_synced(struct replay_data *data, struct device *dev,
			    const struct live_entry *entry, uint64_t offset, size_t size);
/* A hash of all original memory and of all pools that are not transient. */
uint64_t replay_data_hash(const struct replay_data *data);

#endif /* ENGINE_REPLAY_DATA_H */
