/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload made ready to run: for each CPU a tape of what it will map, drawn
 * beforehand, so that no engine draws random numbers while it measures.
 *
 * A CPU has @in_flight places. A *step* takes the place that the tape names: a
 * mapping that is there is unmapped, and a new one is mapped (steady), or not
 * (toggle).
 */
#ifndef ENGINE_WORKLOAD_H
#define ENGINE_WORKLOAD_H

#include "engine/lab.h"
#include "swiotlb/swiotlb.h"

#define TAPE_LENGTH 4096 /* a power of two */

struct tape_entry {
	phys_addr_t orig;
	uint32_t size;
	uint32_t place;
};

struct live_mapping {
	phys_addr_t tlb_addr; /* DMA_MAPPING_ERROR: nothing here */
	uint32_t size;
	uint32_t nslots;
};

/**
 * struct lab_cpu - one CPU of a run; nothing that it writes is another's line
 * @dev: its device
 * @tape: what it maps, TAPE_LENGTH entries
 * @live: what it has mapped: in_flight places, then those of a burst
 * @at: steps done
 * @id: the number it maps as
 * @full: how often its device said "buffer is full", and the first time's numbers
 */
struct lab_cpu {
	struct device dev;
	const struct tape_entry *tape;
	struct live_mapping *live;
	uint64_t at;
	unsigned int id;
	struct {
		uint64_t count;
		uint64_t size;
		uint64_t total;
		uint64_t used;
	} full;
} __attribute__((aligned(128)));

/**
 * struct loaded_workload - tapes and original memory for all CPUs
 * @arena: original memory of all CPUs, NULL when nothing is copied
 * @arena_bytes: bytes of it for each CPU
 * @max_size: largest mapping of the tapes
 */
struct loaded_workload {
	struct lab_workload w;
	struct tape_entry *tapes;
	void *arena;
	size_t arena_bytes;
	phys_addr_t arena_base;
	uint32_t max_size;
};

int workload_load(const struct lab_workload *w, struct loaded_workload *loaded);
void workload_unload(struct loaded_workload *loaded);

/* @cpus CPUs that run @loaded on @mem; freed with cpus_free(). */
struct lab_cpu *cpus_alloc(const struct loaded_workload *loaded, struct io_tlb_mem *mem);
void cpus_free(struct lab_cpu *cpus);

/* Where @cpu keeps the mappings of its burst. */
static inline struct live_mapping *burst_places(const struct loaded_workload *loaded,
						const struct lab_cpu *cpu)
{
	return &cpu->live[loaded->w.in_flight];
}

/* Original address of mapping @i of a burst of CPU @cpu. */
static inline phys_addr_t burst_orig(const struct loaded_workload *loaded, unsigned int cpu,
				     unsigned int i)
{
	return loaded->arena_base + (phys_addr_t)cpu * loaded->arena_bytes +
	       i * loaded->w.burst.bytes;
}

/* Slots that a mapping of the workload's device takes, padding included. */
static inline uint32_t mapping_nslots(const struct device *dev, const struct lab_workload *w,
				      phys_addr_t orig, size_t size)
{
	return (uint32_t)nr_slots(swiotlb_alloc_size(dev, orig, size, w->alloc_align_mask));
}

#endif /* ENGINE_WORKLOAD_H */
