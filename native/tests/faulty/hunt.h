/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included behind a tracker with a bug planted in it: an allocator with this
 * tracker, and a hunt for the bug by schedule search. FAULT_BESIDE says what happens
 * beside the maps (enum lab_beside), FAULT_LAYOUT in which layout.
 *
 * The bugs are made from the trackers' own files, by replacing one kernel word
 * while the file is read, wherever that can express them.
 */
#ifndef TESTS_HUNT_H
#define TESTS_HUNT_H

#include "swiotlb/types.h"

#include "trackers/defaults.h"

#include "swiotlb/check.h"
#include "swiotlb/map.h"
#include "swiotlb/mem.h"

#include "check.h"
#include "search.h"
#include "virtual/schedule/schedule.h"

#ifndef HUNT_SEEDS
#define HUNT_SEEDS 5000
#endif
/* What is left after shrinking is short enough to read. */
#define HUNT_MOST_OPS 8

#ifndef FAULT_BESIDE
#define FAULT_BESIDE 0
#endif
#ifndef FAULT_LAYOUT
#define FAULT_LAYOUT                                                                               \
	{                                                                                          \
		0                                                                                  \
	}
#endif

static const struct swiotlb_layout faulty_layout = FAULT_LAYOUT;

static int faulty_create(const struct swiotlb_config *config, struct io_tlb_mem **mem)
{
	return swiotlb_create(config, faulty_layout, mem);
}

static phys_addr_t faulty_map(struct device *dev, unsigned int cpu, phys_addr_t orig_addr,
			      size_t mapping_size, unsigned int alloc_align_mask,
			      enum dma_data_direction dir, unsigned long attrs)
{
	return swiotlb_map(dev, faulty_layout, cpu, orig_addr, mapping_size, alloc_align_mask,
			   attrs);
}

static void faulty_unmap(struct device *dev, phys_addr_t tlb_addr, size_t mapping_size,
			 enum dma_data_direction dir, unsigned long attrs)
{
	swiotlb_unmap(dev, faulty_layout, tlb_addr, mapping_size, dir, attrs);
}

static unsigned long faulty_used(struct io_tlb_mem *mem)
{
	return tracker_used(mem);
}

static unsigned long faulty_hiwater(struct io_tlb_mem *mem)
{
	return tracker_hiwater(mem);
}

static unsigned long faulty_lower(struct io_tlb_mem *mem)
{
	return tracker_lower(mem);
}

static int faulty_write_hiwater(struct io_tlb_mem *mem, u64 value)
{
	tracker_reset(mem);
	return 0;
}

static int faulty_set_tolerance(struct io_tlb_mem *mem, unsigned long slots)
{
	return tracker_set_tolerance(mem, slots);
}

static unsigned long faulty_transient_nslabs(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem->transient_nslabs);
}

static void faulty_sample(struct io_tlb_mem *mem)
{
	tracker_sample(mem);
}

static int faulty_enable(struct io_tlb_mem *mem, bool on)
{
	return tracker_enable(mem, on);
}

static struct tracker_bounds faulty_bounds(struct io_tlb_mem *mem)
{
	return tracker_bounds(mem);
}

static bool faulty_starved(struct io_tlb_mem *mem)
{
	return mem->starved;
}

/* The verbs that a schedule uses. */
static const struct swiotlb_ops faulty_ops = {
	.create = faulty_create,
	.destroy = swiotlb_destroy,
	.map = faulty_map,
	.unmap = faulty_unmap,
	.used = faulty_used,
	.hiwater = faulty_hiwater,
	.lower = faulty_lower,
	.lower_written = TRACKER_LOWER_WRITTEN,
	.write_hiwater = faulty_write_hiwater,
	.sample = faulty_sample,
	.enable = faulty_enable,
	.set_tolerance = faulty_set_tolerance,
	.bounds = faulty_bounds,
	.placement = swiotlb_placement,
	.transient_nslabs = faulty_transient_nslabs,
	.run_work = swiotlb_run_work,
	.starved = faulty_starved,
	.check = swiotlb_check,
};

/* Its place in the table, of which the rest is not there. */
static struct swiotlb_ops faulty_table[SWIOTLB_NR_LAYOUTS];
static const struct schedule_subject faulty_subject = { .ops = faulty_table, .enabled = true };

static inline struct lab_check_result hunt_search(uint32_t wanted)
{
	const unsigned int layout = swiotlb_layout_index(faulty_layout);
	struct lab_check check = search_for(wanted, HUNT_SEEDS);
	struct lab_control control = { 0 };
	struct lab_check_result found;

	faulty_table[layout] = faulty_ops;
	check.beside = FAULT_BESIDE;
	check.layouts = 1U << layout;
	CHECK_EQ(schedule_search(&faulty_subject, &check, &control, &found), 0);
	return found;
}

/* What the search finds of @wanted; 0 for nothing. */
static inline uint32_t hunted(uint32_t wanted)
{
	struct lab_check_result found = hunt_search(wanted);
	uint32_t finding = found.finding;

	lab_check_result_free(&found);
	return finding;
}

/* The bug must be found, as one of @wanted, and shown again from its record. */
static inline int hunt(uint32_t wanted)
{
	struct lab_check_result found = hunt_search(wanted);
	struct schedule_policy policy;
	struct schedule_outcome outcome;
	struct schedule_runner *runner;

	CHECK_EQ(schedule_runner_create(&runner), 0);
	CHECK(found.finding & wanted);
	CHECK(found.scenario.nr_ops - found.scenario.load <= HUNT_MOST_OPS);
	printf("found %#x after %" PRIu64
	       " schedules: %zu operations, %zu of a load, %zu accesses\n",
	       found.finding, found.totals.schedules, found.scenario.nr_ops, found.scenario.load,
	       found.nr_choices);

	policy = schedule_policy_recorded(found.choices, found.nr_choices);
	CHECK_EQ(schedule_run(runner, &faulty_subject, &found.scenario, &policy, &outcome), 0);
	CHECK(outcome.findings & found.finding);
	CHECK_EQ(outcome.nr_choices, found.nr_choices);
	CHECK_EQ(memcmp(outcome.choices, found.choices, found.nr_choices), 0);

	lab_check_result_free(&found);
	schedule_runner_destroy(runner);
	return 0;
}

#endif /* TESTS_HUNT_H */
