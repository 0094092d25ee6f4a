/* SPDX-License-Identifier: GPL-2.0-only */
/* A workload in virtual time, and where its time goes. */
#ifndef VIRTUAL_LAB_PREDICT_H
#define VIRTUAL_LAB_PREDICT_H

#include "engine/lab.h"
#include "virtual/lab_events.h"
#include "virtual/lab_machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct lab_virtual - how a workload is run in virtual time
 * @steps: of each CPU in the mean, while all of them run; 0 when @duration_ns
 *	decides
 * @duration_ns: virtual time, warm-up included; 0 when @steps decides
 * @warm_steps: of each CPU at the least, before anything is measured; the truth
 *	and the tracker's mark include them
 * @sample_period_ns: virtual time between two looks of the sampler; 0 for never
 * @think_ns: what a CPU does elsewhere between two steps
 * @events: what is logged of it; NULL for nothing
 */
struct lab_virtual {
	struct lab_topology topology;
	struct lab_costs costs;
	uint64_t steps;
	double duration_ns;
	uint64_t warm_steps;
	double sample_period_ns;
	double think_ns;
	struct lab_events *events;
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
 * @ns_per_pair: mean time of a CPU for a pair, thinking left out. Both are of one
 *	stretch of time in which all CPUs run, so that without thinking their product
 *	is the number of CPUs.
 * @spent_ns: by enum lab_spent, all CPUs' measured time together
 * @lines: by enum lab_line_class, in the measured part
 * @sites: of maps, and of unmaps, by enum lab_site, in the measured part
 * @locks, @locks_waited: spin locks taken, and those that were queued for, in
 *	the whole run
 * @map_ns, @unmap_ns, @pair_ns: each operation; a pair is a steady step
 * @half_ns: mean time of a step in each half of the measured steps, thinking left
 *	out: whether what was measured is stationary. Zero where time decides, and
 *	where fewer than two steps were measured.
 * @window_ns: mean time of a step in each of so many equal parts of every CPU's
 *	steps, the warm-up included, thinking left out: how a run begins. Zero where
 *	no step was, or time decides.
 * @steps: steps done, also before and behind the measured part
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
	struct lab_site_stats sites[2][LAB_NR_SITES];
	uint64_t locks;
	uint64_t locks_waited;
	struct lab_histogram map_ns;
	struct lab_histogram unmap_ns;
	struct lab_histogram pair_ns;
	double half_ns[2];
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
 * Return: 0, -EINVAL, -ENOMEM, or why the log could not be written.
 */
int lab_run_virtual(const struct lab_pool *pool, const struct lab_variant *variant,
		    const struct lab_workload *workload, const struct lab_virtual *setup,
		    struct lab_control *control, struct lab_virtual_result *result);

/* NULL if this can be run in virtual time, else the field that is wrong. */
const char *lab_virtual_check(const struct lab_pool *pool, const struct lab_workload *workload,
			      const struct lab_virtual *setup);

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_LAB_PREDICT_H */
