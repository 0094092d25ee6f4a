/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual engine's public face. N virtual CPUs run the instrumented
 * allocator as coroutines on the calling thread. In virtual time a run predicts
 * how a machine of the given topology and costs would do; under a schedule drawn
 * from a seed it searches for an order of accesses that breaks a promise. Either
 * way nothing depends on the machine it runs on: same input, same result, byte
 * for byte.
 *
 * What this folder holds: coroutine (stacks, context switch) and truth (what was
 * really in use), which both of its halves stand on. machine/: lines of cache,
 * virtual CPUs and time, and what is run on them: steps of a workload, or recorded
 * operations. schedule/: one schedule of a small scenario, who goes on in it, what
 * its CPUs do, and the search of many of them, which shrinks what it finds.
 * calibrate/: this host's costs. Plain data only here, so that C++ may include it.
 */
#ifndef VIRTUAL_H
#define VIRTUAL_H

#include "engine/lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LAB_VIRTUAL_MAX_CPUS 1024
#define LAB_VIRTUAL_MAX_SOCKETS 32
#define LAB_VIRTUAL_MAX_COPY_COSTS 16

/**
 * struct lab_topology - the virtual machine
 * @sockets: processors
 * @cores: cores of each
 * @threads: CPUs of each core; they share its cache, and do not slow each other
 *
 * CPU numbers run over the cores first, as Linux numbers them on most machines:
 * CPU c is on core c modulo (@sockets x @cores), and core k in socket k / @cores.
 */
struct lab_topology {
	uint32_t sockets;
	uint32_t cores;
	uint32_t threads;
};

/* What a copy of @bytes takes; between two of these it is a straight line. */
struct lab_copy_cost {
	double bytes;
	double ns;
};

/**
 * struct lab_costs - what everything takes, in nanoseconds
 * @own: plain access to a line that this core has
 * @walk: the same for each further line of one access, which is a loop over them and
 *	as long as its work on each; other accesses are made side by side
 * @atomic: locked instruction on a line that this core has exclusively
 * @shared: read of a line that others of the socket share, or that nobody has
 * @core: fetch a line from another core of the socket, or invalidate it there
 * @socket: the same from or in another socket
 * @hold: how long a line stays usable where it is, once its next move has begun;
 *	what comes right behind the access before the move finds it if this is not 0
 * @handover: from an unlock to the next holder, on top of moving the lock's line
 * @map: fixed work of a map outside the area's lock, by slot index: run counts,
 *	bitmap
 * @search: fixed work under the lock, for each area that is searched
 * @unmap: as @map
 * @release: as @search
 * @copy: ascending in bytes; at most LAB_VIRTUAL_MAX_COPY_COSTS
 * @nr_copy: at least one if the workload copies
 * @socket_bytes_per_ns: what all copies of a socket together can reach; 0 for
 *	no limit
 */
struct lab_costs {
	double own;
	double walk;
	double atomic;
	double shared;
	double core;
	double socket;
	double hold;
	double handover;
	double map[2];
	double search[2];
	double unmap[2];
	double release[2];
	struct lab_copy_cost copy[LAB_VIRTUAL_MAX_COPY_COSTS];
	uint32_t nr_copy;
	double socket_bytes_per_ns;
};

/**
 * struct lab_virtual - how a workload is run in virtual time
 * @steps: of each CPU; 0 when @duration_ns decides
 * @duration_ns: virtual time, warm-up included; 0 when @steps decides
 * @warm_steps: of each CPU, before anything is measured; the truth and the
 *	tracker's mark include them
 * @sample_period_ns: virtual time between two looks of the sampler; 0 for never
 * @think_ns: what a CPU does elsewhere between two steps
 */
struct lab_virtual {
	struct lab_topology topology;
	struct lab_costs costs;
	uint64_t steps;
	double duration_ns;
	uint64_t warm_steps;
	double sample_period_ns;
	double think_ns;
};

/* Where the time of a CPU goes. */
enum lab_spent {
	LAB_SPENT_OTHER,     /* call, original addresses, lookups */
	LAB_SPENT_SEARCH,    /* under the area's lock in map */
	LAB_SPENT_RELEASE,   /* under the area's lock in unmap */
	LAB_SPENT_LOCK_WAIT, /* queued for an area's lock */
	LAB_SPENT_TRACKER,   /* in the tracker's verbs, its own locks included */
	LAB_SPENT_COPY,
	LAB_SPENT_THINK, /* not in the allocator */
	LAB_NR_SPENT,
};

/* What a shared access was made to. */
enum lab_line_class {
	LAB_LINE_DESCRIPTOR, /* the pool descriptor, which never changes */
	LAB_LINE_COUNTERS,   /* nslabs and, behind it, the tracker's global words */
	LAB_LINE_AREA,	     /* areas: lock, used, index, the tracker's words in it */
	LAB_LINE_SLOTS,	     /* slots and bitmap */
	LAB_LINE_OTHER,	     /* memory the engine does not know; never moves */
	LAB_NR_LINE_CLASSES,
};

/**
 * struct lab_line_stats - accesses to one class of lines
 * @accesses: line by line
 * @from_core: lines that came from, or were invalidated in, another core
 * @from_socket: the same for another socket
 * @waited_ns: time above that of an access to an own line
 * @queued_ns: part of @waited_ns in which the line was on its way to others
 */
struct lab_line_stats {
	uint64_t accesses;
	uint64_t from_core;
	uint64_t from_socket;
	double waited_ns;
	double queued_ns;
};

/* Which instruction of map or unmap an access is. */
enum lab_site {
	LAB_SITE_LOCK,	       /* take an area's lock, until it is got */
	LAB_SITE_UNLOCK,       /* release it */
	LAB_SITE_READ,	       /* the tracker's verbs: look at a shared word, as at the mark */
	LAB_SITE_WRITE,	       /* store to one */
	LAB_SITE_ADD,	       /* locked addition or subtraction */
	LAB_SITE_EXCHANGE,     /* compare-exchange */
	LAB_SITE_TRACKER_LOCK, /* take or release a lock of the tracker's own */
	LAB_NR_SITES,
};

/**
 * struct lab_site_stats - one site's accesses
 * @count: how many
 * @ns: what they took, the cost of an access to an own line included
 */
struct lab_site_stats {
	uint64_t count;
	double ns;
};

#define LAB_VIRTUAL_WINDOWS 32

/**
 * struct lab_virtual_result - what a run in virtual time did
 * @accuracy: as other engines report it. @accuracy.truth_low and .truth_high
 *	are the envelope over the begin and end of each operation
 * @truth: the peak of the slots in use, each operation counted at the moment at
 *	which its area's used changed, under the area's lock
 * @virtual_ns: when the last CPU ended
 * @pairs: unmaps in the measured part
 * @bytes: bytes mapped in it
 * @pairs_per_second: of all CPUs together, per second of virtual time
 * @ns_per_pair: mean time of a CPU for a pair, thinking left out
 * @spent_ns: by enum lab_spent, all CPUs' measured time together
 * @lines: by enum lab_line_class, since the last CPU has warmed up
 * @line_pairs: unmaps since then
 * @sites: of maps, and of unmaps, by enum lab_site, since then
 * @locks, @locks_waited: spin locks taken, and those that were queued for, in
 *	the whole run
 * @map_ns, @unmap_ns, @pair_ns: each operation; a pair is a steady step
 * @window_ns: mean time of a step in each of so many equal parts of every CPU's
 *	steps, the warm-up included, thinking left out: whether the load is
 *	stationary. Zero where no step was, or time decides.
 * @steps: steps done
 * @accesses: accesses that the engine charged
 * @switches: changes from one virtual CPU to another
 * @deadlocked: every CPU that was not done waited for a lock, or nobody ended an
 *	operation in a very long time
 * @out_of_time: the steps were more than fit into an hour of virtual time
 */
struct lab_virtual_result {
	struct lab_accuracy accuracy;
	uint64_t truth;
	double virtual_ns;
	uint64_t pairs;
	uint64_t bytes;
	double pairs_per_second;
	double ns_per_pair;
	double spent_ns[LAB_NR_SPENT];
	struct lab_line_stats lines[LAB_NR_LINE_CLASSES];
	uint64_t line_pairs;
	struct lab_site_stats sites[2][LAB_NR_SITES];
	uint64_t locks;
	uint64_t locks_waited;
	struct lab_histogram map_ns;
	struct lab_histogram unmap_ns;
	struct lab_histogram pair_ns;
	double window_ns[LAB_VIRTUAL_WINDOWS];
	uint64_t steps;
	uint64_t accesses;
	uint64_t switches;
	bool deadlocked;
	bool out_of_time;
};

/**
 * lab_run_virtual() - a workload in virtual time
 *
 * On the calling thread. @workload->cpus must be what the topology multiplies out
 * to, and the pool may not grow. A stopped run ends after the operations under
 * way, or soon in the midst of them where they take long; its result holds what
 * was done and says so in accuracy.cancelled. Its allocator is not checked:
 * accuracy.broken is NULL.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lab_run_virtual(const struct lab_pool *pool, const struct lab_variant *variant,
		    const struct lab_workload *workload, const struct lab_virtual *setup,
		    struct lab_control *control, struct lab_virtual_result *result);

/* NULL if this can be run in virtual time, else the field that is wrong. */
const char *lab_virtual_check(const struct lab_pool *pool, const struct lab_workload *workload,
			      const struct lab_virtual *setup);

/**
 * struct lab_recorded - recorded operations, and how they are run in virtual time
 * @ops: as for lab_replay(); LAB_OP_PLACE stands before all others
 * @at_ns: when each began, from any moment on; not a number where that is not
 *	known. NULL to run them back to back.
 * @copy: whether copies are made: one at each map, and one at the unmap of what
 *	the device may have written (@dir), unless its @flags say that there is none
 *
 * Each virtual CPU does the operations that its CPU did, in the recorded order.
 * Across CPUs only this is kept: an unmap waits until the map of its id is done,
 * and a reset until all operations before it are; those behind a reset wait for
 * it. So whoever waits, waits for something that stands before it in the record,
 * and nobody waits for ever. With @at_ns no operation begins before its time; all
 * times of a CPU are late by the same fraction of a microsecond, drawn from @seed.
 *
 * What was there before time begins: the placed mappings, and a reset before all
 * operations. An index is set when the CPU of the operation behind it comes there,
 * and takes no time. @expect of a map is not looked at, nor are LAB_OP_SETTLE and
 * LAB_OP_FAILED.
 */
struct lab_recorded {
	const struct lab_op *ops;
	size_t nr_ops;
	const double *at_ns;
	bool copy;
	uint64_t seed;
};

/**
 * struct lab_recorded_result - what they did
 * @run: as of a workload; @run.pairs is half of the maps and unmaps that were
 *	tried, rounded up; @run.pairs_per_second those by the time until the last
 *	CPU ended. @run.pair_ns: of each map with its unmap.
 * @skipped: unmaps of maps that had failed
 * @waits: operations that waited for another CPU's
 * @waited_ns, @longest_wait_ns: virtual time, of all of them and of one
 * @late_ns, @latest_ns: by how much operations began later than they were
 *	recorded, all together and one; 0 without times
 * @bad_op: with -EINVAL, the operation that made no sense, or @nr_ops
 */
struct lab_recorded_result {
	struct lab_virtual_result run;
	uint64_t skipped;
	uint64_t waits;
	double waited_ns;
	double longest_wait_ns;
	double late_ns;
	double latest_ns;
	uint64_t bad_op;
};

/**
 * lab_replay_virtual() - recorded operations in virtual time
 * @setup: topology, costs and the sampler's period; the rest of it means nothing
 *
 * On the calling thread. Stopping is as for lab_run_virtual().
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lab_replay_virtual(const struct lab_pool *pool, const struct lab_variant *variant,
		       const struct lab_recorded *recorded, const struct lab_virtual *setup,
		       struct lab_control *control, struct lab_recorded_result *result);

/* NULL if the machine can run this, else the field that is wrong. */
const char *lab_recorded_check(const struct lab_pool *pool, const struct lab_recorded *recorded,
			       const struct lab_virtual *setup);

/* What a schedule can show, a bit each. The truth is as in a run. */
enum lab_finding {
	/* Below the lowest peak that any order allows, by more than is promised. */
	LAB_FIND_UNDER = 1 << 0,
	/* Above the highest such peak, by more than is promised. */
	LAB_FIND_OVER = 1 << 1,
	/* At rest, used is not the number of slots in use. */
	LAB_FIND_USED = 1 << 2,
	/* An invariant of the allocator does not hold at rest. */
	LAB_FIND_BROKEN = 1 << 3,
	/* Everybody waits. */
	LAB_FIND_DEADLOCK = 1 << 4,
	/* It goes on for ever. */
	LAB_FIND_ENDLESS = 1 << 5,
	/* Who read used and then the mark saw used above it, and is promised not to. */
	LAB_FIND_READ = 1 << 6,
	/* Below the truth, or above it, or above the pool, whatever is promised. */
	LAB_FIND_BELOW_TRUTH = 1 << 7,
	LAB_FIND_ABOVE_TRUTH = 1 << 8,
	LAB_FIND_ABOVE_POOL = 1 << 9,
	/* The mark fell though nobody reset it, nor turned it on. */
	LAB_FIND_FELL = 1 << 10,
	/* It does not say what is promised, but that was said to end with a reset. */
	LAB_FIND_RESET = 1 << 11,
	/* The mark or used does not, but that was said to end with a transient pool. */
	LAB_FIND_TRANSIENT = 1 << 12,
	/* Used was read above the mark, in either order, whatever is promised. */
	LAB_FIND_READ_ABOVE = 1 << 13,
};

/* What no tracker may show. */
#define LAB_FIND_PROMISE                                                                           \
	(LAB_FIND_UNDER | LAB_FIND_OVER | LAB_FIND_USED | LAB_FIND_BROKEN | LAB_FIND_DEADLOCK |    \
	 LAB_FIND_ENDLESS | LAB_FIND_READ)

/**
 * enum lab_policy - who makes the next access
 * @LAB_POLICY_UNIFORM: each CPU that can, equally likely
 * @LAB_POLICY_PRIORITY: the CPU of the highest priority that can; priorities are
 *	drawn, and at a few drawn moments the CPU that runs gets the lowest. Finds
 *	what takes few preemptions at the right places.
 * @LAB_POLICY_BOTH: one and the other in turn
 */
enum lab_policy { LAB_POLICY_UNIFORM, LAB_POLICY_PRIORITY, LAB_POLICY_BOTH };

/**
 * enum lab_beside - what may happen beside maps and unmaps, a bit each
 * @LAB_BESIDE_SWITCH: the tracker is turned on and off in the midst of them; it is
 *	on from the start to the end otherwise
 * @LAB_BESIDE_RESET: the mark is reset
 * @LAB_BESIDE_GROWTH: the pool is small, and grows
 * @LAB_BESIDE_TOLERANCE: the tracker's tolerance is changed
 * @LAB_BESIDE_READER: used and the mark are read, one after the other
 * @LAB_BESIDE_LOAD: the CPUs have run a load before, one operation after another
 */
enum lab_beside {
	LAB_BESIDE_SWITCH = 1 << 0,
	LAB_BESIDE_RESET = 1 << 1,
	LAB_BESIDE_GROWTH = 1 << 2,
	LAB_BESIDE_TOLERANCE = 1 << 3,
	LAB_BESIDE_READER = 1 << 4,
	LAB_BESIDE_LOAD = 1 << 5,
};

#define LAB_CHECK_MAX_CPUS 8
#define LAB_CHECK_MAX_TOLERANCES 3

/**
 * struct lab_check - what to search
 * @seed: the first seed
 * @seeds: how many, one schedule of one small scenario each
 * @wanted: enum lab_finding; the search ends at the first of these
 * @beside: enum lab_beside; each seed draws some of these
 * @layouts: a bit for each swiotlb_layout_index(); each seed draws one of these
 */
struct lab_check {
	uint64_t seed;
	uint64_t seeds;
	enum lab_policy policy;
	uint32_t wanted;
	uint32_t beside;
	uint32_t layouts;
};

/**
 * struct lab_scenario - what the CPUs of a schedule do
 * @layout: swiotlb_layout_index()
 * @cpus: CPUs that map and unmap. Behind them come, in this order, one that turns
 *	a switchable tracker on and off, the sampler, the worker that makes pools
 *	grow, one that resets the mark, one that changes the tolerance, and one that
 *	reads.
 * @late_switch: the tracker is off at first
 * @switches: how often it is turned, on and off by turns
 * @looks: how often the sampler looks
 * @reads: how often used is read and then the mark, one pair behind the other
 * @tolerances: what the tolerance is set to, @nr_tolerances of them; slots
 * @ops: maps and unmaps; each CPU's in this order, and an unmap when its map is
 *	done. Of a failed map the unmap does nothing. LAB_OP_RESET and
 *	LAB_OP_SETTLE are for the CPUs behind @cpus.
 * @load: how many of @ops come before the schedule: one after another, in this
 *	order, nothing beside them
 */
struct lab_scenario {
	struct lab_pool pool;
	uint32_t layout;
	uint32_t cpus;
	bool late_switch;
	uint32_t switches;
	uint32_t looks;
	uint32_t reads;
	uint64_t tolerances[LAB_CHECK_MAX_TOLERANCES];
	uint32_t nr_tolerances;
	struct lab_op *ops;
	size_t nr_ops;
	size_t load;
};

#define LAB_CHECK_MAX_RACES 32

/**
 * struct lab_race_side - one of two accesses that nothing keeps apart
 * @from: where a watched tracker makes it, counted from the beginning of its object;
 *	0 for the allocator's
 * @size: bytes that it touches at once
 * @plain: no kernel word and no atomic builtin makes it
 */
struct lab_race_side {
	uint64_t from;
	uint32_t size;
	bool write;
	bool plain;
};

/* The first side is plain, and at least one of them writes. */
struct lab_race {
	struct lab_race_side sides[2];
};

/**
 * struct lab_check_totals - what a search did
 * @schedules: schedules that were run, those of the shrinking left out
 * @accesses: accesses that they were made of
 * @until: enum tracker_until: what the tracker says that its promise ends with
 * @past_reset: schedules in which it had ended with a reset
 * @past_transient: those in which it had ended with a transient pool
 * @races: data races with plain accesses that were met, the first @nr_races
 * @loaded: those that began behind a load
 * @longest: operations of the longest, its load left out
 */
struct lab_check_totals {
	uint64_t schedules;
	uint64_t accesses;
	uint32_t until;
	uint64_t past_reset;
	uint64_t past_transient;
	struct lab_race races[LAB_CHECK_MAX_RACES];
	uint32_t nr_races;
	uint64_t loaded;
	uint64_t longest;
};

/**
 * struct lab_differ - two runs of one schedule that were not alike
 * @differ: whether there were any; the search ended with them
 * @accesses, @used, @hiwater, @findings: of the first run, and of the second
 */
struct lab_differ {
	bool differ;
	uint64_t accesses[2];
	uint64_t used[2];
	uint64_t hiwater[2];
	uint32_t findings[2];
};

/**
 * struct lab_check_result - what was found
 * @totals: of the search
 * @finding: the first of the wanted that was met; 0 if none was
 * @seed: the seed that met it, or that @differ is about
 * @differ: what hangs on more than the schedule; then there is no finding
 * @scenario: the seed's scenario, shrunk; its operations in the order in which
 *	they began
 * @choices, @nr_choices: the schedule, shrunk as well: before each access that
 *	others may race with, which CPU goes on
 * @truth, @low, @high, @used, @hiwater, @bound_under, @bound_over: in that
 *	schedule, slots
 * @live: what @used should be: slots that are mapped at its end
 * @read_used, @read_hiwater: what was read where used was above the mark, that of
 *	LAB_FIND_READ if there is one; 0 where it never was
 * @broken: the invariant of LAB_FIND_BROKEN
 */
struct lab_check_result {
	struct lab_check_totals totals;
	uint32_t finding;
	uint64_t seed;
	struct lab_differ differ;
	struct lab_scenario scenario;
	uint8_t *choices;
	size_t nr_choices;
	uint64_t truth;
	uint64_t low;
	uint64_t high;
	uint64_t used;
	uint64_t live;
	uint64_t hiwater;
	uint64_t bound_under;
	uint64_t bound_over;
	uint64_t read_used;
	uint64_t read_hiwater;
	const char *broken;
	bool cancelled;
};

/**
 * struct lab_traits - what is to be known of a tracker before it is searched
 * @beside: enum lab_beside: what can happen beside its maps and unmaps
 * @until: enum tracker_until: what it says that its promise ends with
 * @reads: it promises that who reads used and then the mark never sees used above it
 * @bound_under, @bound_over: slots that the mark may be off by in a small pool, turned
 *	on; UINT64_MAX for any
 */
struct lab_traits {
	uint32_t beside;
	uint32_t until;
	bool reads;
	uint64_t bound_under;
	uint64_t bound_over;
};

/* Return: 0, -EINVAL or -ENOMEM. */
int lab_check_traits(const struct lab_variant *variant, struct lab_traits *traits);

/**
 * lab_run_check() - search schedules for one that shows what is wanted
 *
 * On the calling thread; @variant->layout means nothing. Return: 0, -EINVAL or
 * -ENOMEM.
 */
int lab_run_check(const struct lab_variant *variant, const struct lab_check *check,
		  struct lab_control *control, struct lab_check_result *result);

/**
 * lab_check_replay() - a found schedule once more
 * @found: scenario and choices
 * @result: set but for scenario and choices; free nothing of it
 *
 * Where the choices name a CPU that cannot go on they are skipped; behind their
 * end each CPU runs as far as it can.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lab_check_replay(const struct lab_variant *variant, const struct lab_check_result *found,
		     struct lab_check_result *result);
void lab_check_result_free(struct lab_check_result *result);

#define LAB_CALIBRATION_COPIES 6

/**
 * enum lab_figure - what is timed on this host, nanoseconds
 * @LAB_FIG_OWN: a word of an own line incremented, many lines in turn
 * @LAB_FIG_ATOMIC: locked instruction on an own line
 * @LAB_FIG_LOCK: an own spin lock taken and released
 * @LAB_FIG_HANDOFF: a word handed from one core to another, one way: its line
 *	moves twice, to be read and to be written
 * @LAB_FIG_CONTENDED: locked instruction on a line that two cores want all the time
 * @LAB_FIG_TICKET: from one holder of a ticket lock to the next
 * @LAB_FIG_MAP: map of 4 KiB, sixteen in flight, one thread, nothing copied, no
 *	tracker; by slot index: run counts, bitmap
 * @LAB_FIG_UNMAP: likewise
 * @LAB_FIG_FEW: map and unmap with one in flight, run counts
 * @LAB_FIG_COPY: one copy of each of lab_calibration_bytes
 */
enum lab_figure {
	LAB_FIG_OWN,
	LAB_FIG_ATOMIC,
	LAB_FIG_LOCK,
	LAB_FIG_HANDOFF,
	LAB_FIG_CONTENDED,
	LAB_FIG_TICKET,
	LAB_FIG_MAP,
	LAB_FIG_UNMAP = LAB_FIG_MAP + 2,
	LAB_FIG_FEW = LAB_FIG_UNMAP + 2,
	LAB_FIG_COPY,
	LAB_NR_FIGURES = LAB_FIG_COPY + LAB_CALIBRATION_COPIES,
};

extern const size_t lab_calibration_bytes[LAB_CALIBRATION_COPIES];

/**
 * struct lab_counted - what the virtual engine charges for an operation that was timed
 * @own, @walk, @atomic: how often; see struct lab_costs
 */
struct lab_counted {
	double own;
	double walk;
	double atomic;
};

/* As the allocator is timed: many in flight by slot index, and few with run counts. */
enum lab_allocator_probe { LAB_MANY_COUNTS, LAB_MANY_BITMAP, LAB_FEW_COUNTS, LAB_NR_PROBES };

/**
 * struct lab_calibration - what was measured on this host
 * @samples: LAB_NR_FIGURES x @rounds; NaN for what takes two CPUs, on one
 * @line: @rounds + 1 looks at the two CPUs, before each round and after the last;
 *	NULL on one
 * @map, @unmap: by enum lab_allocator_probe
 * @rounds: those that were made
 * @pinned: each of two threads had a CPU of its own
 */
struct lab_calibration {
	double *samples;
	struct lab_line *line;
	struct lab_counted map[LAB_NR_PROBES];
	struct lab_counted unmap[LAB_NR_PROBES];
	uint32_t rounds;
	bool pinned;
	bool cancelled;
};

/**
 * lab_calibrate() - measure this host's costs
 * @rounds: samples of each figure; 40 take about two seconds on a quiet host
 *
 * Return: 0, -EINVAL, -ENOMEM, or -EAGAIN when threads could not be had. Free
 * @result with lab_calibration_free() in every case.
 */
int lab_calibrate(uint32_t rounds, struct lab_control *control, struct lab_calibration *result);
void lab_calibration_free(struct lab_calibration *result);

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_H */
