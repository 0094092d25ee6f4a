/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engines' public face: what to run, and what came out; lab_bench.h,
 * lab_replay.h and lab_trackers.h are the rest of it. Plain data only, so that C++
 * may include it. Whoever fills these in has validated them; an engine still
 * refuses what it could not survive, with -EINVAL.
 */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct lab_pool - the pool that every variant gets a copy of
 * @nslabs: slots
 * @nareas: areas
 * @start: bus address
 * @mem_offset: address of struct io_tlb_mem modulo 128
 * @can_grow: grow when there is no room; with threads, on a thread of its own
 * @grow_base: lowest bus address of grown and transient pools
 */
struct lab_pool {
	uint64_t nslabs;
	uint32_t nareas;
	uint64_t start;
	uint32_t mem_offset;
	bool can_grow;
	uint64_t grow_base;
};

/**
 * struct lab_variant - one allocator to run
 * @tracker: its place in the list of trackers
 * @layout: swiotlb_layout_index()
 * @enabled: turn a switchable tracker on before anything is mapped
 * @batch: slots; 0 for the tracker's default
 * @tolerance: slots; UINT64_MAX for one percent of the pool
 * @stretch_ns: see struct tracker_params; 0 for the default
 * @library: NULL; or a shared object that kernel-shim built, whose allocator is run
 *	in place of one of ours. The fields above then mean nothing. Timing only.
 */
struct lab_variant {
	uint32_t tracker;
	uint32_t layout;
	bool enabled;
	uint64_t batch;
	uint64_t tolerance;
	uint64_t stretch_ns;
	const char *library;
};

/* Sizes first, first + step, ... up to last, equally likely; bytes. */
struct lab_size_range {
	uint64_t first;
	uint64_t last;
	uint64_t step;
	uint32_t weight;
};

enum lab_order { LAB_FIFO, LAB_RANDOM };
/* Steady: unmap one, map one. Toggle: map where nothing is mapped, else unmap. */
enum lab_load { LAB_STEADY, LAB_TOGGLE };

/**
 * struct lab_burst - large I/Os, one at a time, each by the next CPU
 * @mappings: mappings that one I/O consists of; 0 for no bursts
 * @bytes: size of each
 * @every: steps of all CPUs together between the end of one and the next
 * @hold: steps of all CPUs together between its last map and its first unmap
 */
struct lab_burst {
	uint32_t mappings;
	uint64_t bytes;
	uint64_t every;
	uint64_t hold;
};

/**
 * struct lab_workload - what the CPUs do
 * @cpus: number of CPUs, each with mappings of its own
 * @in_flight: mappings that one CPU has at most
 * @orig_align: original addresses are multiples of this, bytes
 * @direction: enum dma_data_direction
 * @copy: whether bounce copies are made
 */
struct lab_workload {
	uint32_t cpus;
	uint32_t in_flight;
	enum lab_order order;
	enum lab_load load;
	const struct lab_size_range *sizes;
	uint32_t nr_sizes;
	uint64_t orig_align;
	uint32_t min_align_mask;
	uint32_t alloc_align_mask;
	uint64_t seg_boundary_mask;
	int direction;
	bool copy;
	struct lab_burst burst;
	uint64_t seed;
};

/* See lab_course.h. */
struct lab_course;

struct lab_progress {
	uint64_t done;
	uint64_t total;
};

/**
 * struct lab_control - the caller's hand on a run
 * @stop: set with lab_stop() from any thread; the run ends soon after
 * @progress: called now and then from a thread of the run; may be NULL
 */
struct lab_control {
	int stop;
	void (*progress)(void *ctx, const struct lab_progress *progress);
	void *ctx;
};

void lab_stop(struct lab_control *control);
bool lab_stopped(const struct lab_control *control);

/**
 * struct lab_duty - what was to be done beside the threads that ran
 * @exists: there is such work at all: a tracker that is sampled, a pool that grows
 * @due: looks of the sampler, or pieces of growth work
 * @made: those that were begun before the threads were done
 */
struct lab_duty {
	bool exists;
	uint64_t due;
	uint64_t made;
};

/**
 * struct lab_accuracy - what one variant reported, and what was true
 * @failed_slots: slots that failed maps asked for, padding included
 * @spills: maps served by another area than their CPU's, or another pool
 * @used: reported at the end
 * @hiwater: the mark reported at the end, slots
 * @truth_low: lowest peak that any order of overlapping operations allows
 * @truth_high: highest such peak; equal to @truth_low where the order is known
 * @demand_peak: highest use if every failed map had been served, with the
 *	mappings that were live at that moment
 * @bound_under: slots that the mark may be too low by; UINT64_MAX for any
 * @bound_over: slots that the mark may be too high by; UINT64_MAX for any
 * @lower: slots that the tracker says were in use at some instant, at most @truth_high;
 *	UINT64_MAX where it knows none
 * @bound_until: what this promise ends with; enum tracker_until
 * @reads: it promises that who reads used and then the mark never sees used above it
 * @unmarked: the tracker keeps no mark: hiwater is 0 and says nothing
 * @locked: locked instructions of the tracker (instrumented runs)
 * @cmpxchg_retries: compare-exchanges that had to be repeated (likewise)
 * @full: how often "swiotlb buffer is full" was said
 * @full_size, @full_total, @full_used: the numbers of the first of these
 * @nslabs: slots of all pools at the end, but for transient ones
 * @looks, @growth: made beside the threads while they ran (lab_run_accuracy)
 * @broken: an invariant that did not hold at the end, or NULL
 */
struct lab_accuracy {
	uint64_t maps;
	uint64_t unmaps;
	uint64_t failed_maps;
	uint64_t failed_slots;
	uint64_t spills;
	uint64_t used;
	uint64_t hiwater;
	uint64_t truth_low;
	uint64_t truth_high;
	uint64_t demand_peak;
	uint64_t bound_under;
	uint64_t bound_over;
	uint64_t lower;
	uint32_t bound_until;
	bool reads;
	bool unmarked;
	uint64_t locked;
	uint64_t cmpxchg_retries;
	uint64_t full;
	uint64_t full_size;
	uint64_t full_total;
	uint64_t full_used;
	uint64_t nslabs;
	struct lab_duty looks;
	struct lab_duty growth;
	const char *broken;
	bool cancelled;
};

/**
 * lab_run_serial() - the CPUs' steps one after another, in a seeded order
 * @steps: of all CPUs together
 * @sample_every: steps between two looks of the sampler
 * @course: where the course of the run is noted, to be given to lab_course_free();
 *	NULL for nowhere. In a second run, since to some trackers it matters that
 *	somebody asks for the mark
 *
 * On the calling thread, in the instrumented build. The truth is exact. Same
 * seed, same result.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lab_run_serial(const struct lab_pool *pool, const struct lab_variant *variant,
		   const struct lab_workload *workload, uint64_t steps, uint64_t sample_every,
		   struct lab_control *control, struct lab_accuracy *result,
		   struct lab_course *course);

/**
 * lab_run_accuracy() - real threads, every operation logged
 * @steps: of each CPU
 * @sample_period_ns: time between two looks of the sampler
 * @instrumented: count locked instructions as well; slower
 *
 * Each thread keeps its own log with a time stamp before and after each
 * operation; the truth is computed from the logs afterwards, but not when the
 * run was stopped.
 *
 * Return: 0, -EINVAL, -ENOMEM or -EAGAIN when threads could not be had.
 */
int lab_run_accuracy(const struct lab_pool *pool, const struct lab_variant *variant,
		     const struct lab_workload *workload, uint64_t steps, uint64_t sample_period_ns,
		     bool instrumented, struct lab_control *control, struct lab_accuracy *result);

/**
 * struct lab_line - how the threads of a run stand to each other; NaN: not seen
 * @nearest_ns: from one thread's store to the next thread's seeing it, of the nearest
 *	two; only each thread and the next are looked at
 * @furthest_ns: the same of the furthest two of these
 * @slowdown: a loop that only executes, on all threads at once, to the same alone;
 *	of the thread that is slowed second most, since none shares a core alone
 */
struct lab_line {
	double nearest_ns;
	double furthest_ns;
	double slowdown;
};

/* A histogram's buckets: 16 to a power of two, see histogram.h. */
#define LAB_HISTOGRAM_BUCKETS 640

struct lab_histogram {
	uint64_t count;
	uint64_t bucket[LAB_HISTOGRAM_BUCKETS];
};

#ifdef __cplusplus
}
#endif

#endif /* LAB_H */
