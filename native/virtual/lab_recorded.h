/* SPDX-License-Identifier: GPL-2.0-only */
/* Recorded operations in virtual time. */
#ifndef VIRTUAL_LAB_RECORDED_H
#define VIRTUAL_LAB_RECORDED_H

#include "engine/lab_replay.h"
#include "virtual/lab_predict.h"

#ifdef __cplusplus
extern "C" {
#endif

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
 * and takes no time. @expect of a map is not looked at, nor are LAB_OP_SETTLE,
 * LAB_OP_SYNC and LAB_OP_FAILED.
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
 * @cpus: CPUs that did any operation. One is at work from the beginning of its
 *	first operation to the end of its last, in whatever it waits for between them
 * @at_work: how many of them were when an operation began, in the mean of all
 * @together: operations that began and ended while all of them were at work
 * @together_ns: what these took, all together
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
	uint32_t cpus;
	double at_work;
	uint64_t together;
	double together_ns;
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

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_LAB_RECORDED_H */
