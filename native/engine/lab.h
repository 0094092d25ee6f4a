/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engines' public face: what to run, and what came out. Plain data only, so
 * that C++ may include it. Whoever fills these in has validated them; an engine
 * still refuses what it could not survive, with -EINVAL.
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
 * @library: NULL; or a shared object that kernel-shim built, whose allocator is run
 *	in place of one of ours. The fields above then mean nothing. Timing only.
 */
struct lab_variant {
	uint32_t tracker;
	uint32_t layout;
	bool enabled;
	uint64_t batch;
	uint64_t tolerance;
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
 * @bound_until: what this promise ends with; enum tracker_until
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
	uint32_t bound_until;
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
 *
 * On the calling thread, in the instrumented build. The truth is exact. Same
 * seed, same result.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lab_run_serial(const struct lab_pool *pool, const struct lab_variant *variant,
		   const struct lab_workload *workload, uint64_t steps, uint64_t sample_every,
		   struct lab_control *control, struct lab_accuracy *result);

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

/**
 * struct lab_bench - what to time
 * @cpus: threads, numbered as the workload's CPUs are
 * @cpu_ids: the CPU number that each thread maps as (it chooses the area);
 *	NULL for 0, 1, 2...
 * @rounds: rounds in each of which every variant is timed once
 * @slice_ns: how long each is timed
 * @latency_rounds: further rounds in which each operation is timed by itself
 * @sample_period_ns: for trackers that sample
 * @realtime: ask for SCHED_FIFO
 */
struct lab_bench {
	struct lab_pool pool;
	const struct lab_variant *variants;
	uint32_t nr_variants;
	struct lab_workload workload;
	const uint32_t *cpu_ids;
	uint32_t rounds;
	uint64_t slice_ns;
	uint32_t latency_rounds;
	uint64_t sample_period_ns;
	bool realtime;
};

#define LAB_COMPLAINT_BYTES 512

/**
 * struct lab_bench_result - what was timed
 * @ns_per_pair: nr_variants x rounds; the threads' mean of each thread's median
 *	chunk, NaN where too little was left of the slice
 * @mean_ns: the same, of the mean of each thread's chunks
 * @pairs: nr_variants x rounds: map+unmap pairs in the slice
 * @failed: maps that failed in it
 * @bytes: bytes mapped in it
 * @seconds: its time, all threads together
 * @looks: by variant, in all slices: of the sampler
 * @growth: likewise, of growth work
 * @dropped_by: by variant: the share of its time that @dropped is of all
 * @line: before each round, those for latencies behind the others, and after the
 *	last; NULL with one thread, and where threads have no CPUs of their own
 * @map_ns, @unmap_ns, @pair_ns: by variant, from the latency rounds
 * @dropped: share of the threads' time in chunks that were dropped because this
 *	or another thread stood still
 * @timer_ns: what reading the time stamp costs; it is in each latency
 * @pinned: every thread was bound to a CPU of its own
 * @realtime: SCHED_FIFO was granted
 * @oversubscribed: there were more threads than CPUs
 * @complaint: with -EINVAL, what was wrong with a library, or empty
 */
struct lab_bench_result {
	double *ns_per_pair;
	double *mean_ns;
	double *pairs;
	double *failed;
	double *bytes;
	double *seconds;
	struct lab_duty *looks;
	struct lab_duty *growth;
	double *dropped_by;
	struct lab_line *line;
	struct lab_histogram *map_ns;
	struct lab_histogram *unmap_ns;
	struct lab_histogram *pair_ns;
	double dropped;
	double timer_ns;
	bool pinned;
	bool realtime;
	bool oversubscribed;
	bool cancelled;
	char complaint[LAB_COMPLAINT_BYTES];
};

int lab_run_bench(const struct lab_bench *bench, struct lab_control *control,
		  struct lab_bench_result *result);
void lab_bench_result_free(struct lab_bench_result *result);

/* One recorded operation, 64 bytes. */
enum lab_op_kind {
	LAB_OP_MAP,
	LAB_OP_UNMAP,
	LAB_OP_RESET,
	LAB_OP_SET_INDEX,
	LAB_OP_PLACE,
	LAB_OP_SETTLE,
	LAB_OP_ALLOC,
	LAB_OP_FREE,
	LAB_OP_FAILED, /* a map that failed when it was recorded: it takes nothing */
};

/* Which way a mapping's data go; 0 where nobody said. */
enum lab_op_dir {
	LAB_DIR_UNKNOWN,
	LAB_DIR_BIDIRECTIONAL,
	LAB_DIR_TO_DEVICE,
	LAB_DIR_FROM_DEVICE,
};

/* Of an unmap: nothing is copied back (DMA_ATTR_SKIP_CPU_SYNC). */
#define LAB_OP_NO_COPY 1

/**
 * struct lab_op - one operation of a trace
 * @kind: enum lab_op_kind
 * @dir: enum lab_op_dir, of a map; where it is unknown, only the map copies
 * @flags: LAB_OP_NO_COPY, or 0
 * @cpu: the CPU of a map; the area of LAB_OP_SET_INDEX
 * @id: the mapping
 * @size: bytes; the slot within the area for LAB_OP_SET_INDEX
 * @expect: the slot that is known to have been chosen plus one, 0 for unknown
 */
struct lab_op {
	uint16_t kind;
	uint8_t dir;
	uint8_t flags;
	uint32_t cpu;
	uint64_t id;
	uint64_t orig;
	uint64_t size;
	uint64_t alloc_align_mask;
	uint64_t min_align_mask;
	uint64_t seg_boundary_mask;
	uint64_t expect;
};

/* Numbers per operation in a replay's placements. */
#define LAB_PLACEMENT_WORDS 5

/**
 * struct lab_replay_plan - what to replay, and what to note of it
 * @ops: the operations; NULL where they are read from @ops_fd
 * @ops_fd: a file of nothing but operations, read from its begin in pieces
 * @nr_ops: their number
 * @sample_every: operations between two looks of the sampler, 0 for none
 * @trail: note placements, used, hiwater and "buffer is full" after each operation,
 *	all in memory
 * @placements_fd: a file to which the placements are written in pieces, or -1
 * @hash_every: operations between two hashes, 0 for none at all
 */
struct lab_replay_plan {
	const struct lab_op *ops;
	int ops_fd;
	size_t nr_ops;
	uint64_t sample_every;
	bool trail;
	int placements_fd;
	uint64_t hash_every;
};

/**
 * struct lab_replay_result - what a replay did
 * @placements: 5 per operation: slot, nslots, offset, pad, pool. A failed map
 *	has slot -1, an unmap slot -2 and the slots it freed, anything else -3; or
 *	NULL
 * @used, @hiwater: reported after each operation, negative where the count fell
 *	below 0; or NULL
 * @full: 3 per operation: size, total, used of "buffer is full", or NULL
 * @hashes: 2 (list, state; see struct swiotlb_hash) after every so many
 *	operations, and 2 at the end; or NULL
 * @nr_hashes: their number, each of the 2 counted
 * @resets: of the mark
 * @expected: maps of which the trace says where the kernel had them
 * @misplaced: maps for which the search chose another slot than the trace says;
 *	they were made where the trace has them, and nowhere else
 * @unmovable: those of them that were made where the search chose, because the
 *	trace's slots were taken
 * @bad_op: with -EINVAL, the operation that made no sense, or the number of all
 */
struct lab_replay_result {
	int32_t *placements;
	double *used;
	double *hiwater;
	double *full;
	uint64_t *hashes;
	size_t nr_hashes;
	uint64_t resets;
	uint64_t expected;
	uint64_t misplaced;
	uint64_t unmovable;
	uint64_t bad_op;
	struct lab_accuracy accuracy;
};

/**
 * lab_replay() - the operations one after another, on the calling thread
 *
 * Beside the pool it needs memory for the mappings that are live at one time, and
 * for pieces of what it reads and writes, however many operations there are; but
 * for what @replay->trail and @replay->hash_every ask for.
 *
 * What a pool that grows puts off is done after each operation; or only in each
 * LAB_OP_SETTLE, when there is one among the operations.
 *
 * Return: 0, -EINVAL, -ENOMEM, or what reading or writing a file gave.
 */
int lab_replay(const struct lab_pool *pool, const struct lab_variant *variant,
	       const struct lab_replay_plan *replay, struct lab_control *control,
	       struct lab_replay_result *result);
void lab_replay_result_free(struct lab_replay_result *result);

/* The compiler that made this, with its version. */
const char *lab_compiler(void);
/* What time stamps are made of here: "tsc", "cntvct_el0" or "clock_gettime". */
const char *lab_clock(void);
/* The trackers that a variant may name, those that were loaded included. */
uint32_t lab_nr_trackers(void);
const char *lab_tracker_name(uint32_t tracker);
/* Empty for one that was loaded: ask its bounds. */
const char *lab_tracker_promise(uint32_t tracker);
/**
 * lab_tracker_blocks() - which of a loaded tracker's code searches of this process ran
 * @ran: for each block of its code, in the order of the object; the first @room
 *
 * Return: how many blocks there are; 0 where that is not known.
 */
size_t lab_tracker_blocks(uint32_t tracker, uint8_t *ran, size_t room);
/* The compiler that made its allocator. */
const char *lab_tracker_compiler(uint32_t tracker);
/* Bytes from one of its areas to the next, in this layout. */
size_t lab_area_bytes(uint32_t tracker, uint32_t layout);

/**
 * lab_baseline() - what a tracker is to be measured against
 * @tracker: of the list, or loaded
 * @layout: swiotlb_layout_index()
 *
 * An off whose areas lie as far apart as the tracker's in this layout, made by
 * the same compiler. Its number is one that a variant may name; trackers that
 * have the same baseline get the same number. It is not among the trackers that
 * lab_nr_trackers() counts.
 *
 * Return: the number, or -EINVAL for a tracker or a layout that is not there.
 */
int64_t lab_baseline(uint32_t tracker, uint32_t layout);

/**
 * lab_load_tracker() - add a tracker from a shared object, built as native/tracker-file is
 * @path: of the object; it stays loaded for good
 * @name: what the tracker is called from now on
 * @error: what went wrong, in words, cut at @size bytes
 *
 * Runs the object's constructors. Any thread.
 *
 * Return: its number, or -ENOEXEC, -ENOMEM or -ENOSPC.
 */
int lab_load_tracker(const char *path, const char *name, char *error, size_t size);
/* Rounds slots and areas as the boot parameter is rounded. */
void lab_adjust_size(uint64_t *nslabs, uint32_t *nareas);

#ifdef __cplusplus
}
#endif

#endif /* LAB_H */
