/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A loop in virtual time: CPUs that do nothing but change one word. It has nothing
 * to do with the allocator, and is what others have published curves of.
 */
#ifndef VIRTUAL_LAB_LOOP_H
#define VIRTUAL_LAB_LOOP_H

#include "engine/lab.h"
#include "virtual/lab_machine.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * enum lab_loop_kind - how the word is changed
 * @LAB_LOOP_ADD: a locked addition
 * @LAB_LOOP_EXCHANGE: a look, and compare-exchanges until one succeeds
 */
enum lab_loop_kind { LAB_LOOP_ADD, LAB_LOOP_EXCHANGE, LAB_NR_LOOPS };

/**
 * struct lab_loop - a contended loop
 * @topology: the whole machine
 * @cpus: the first of its CPUs run the loop
 * @duration_ns: virtual time; its second half is measured
 * @seed: draws when each begins, within a microsecond
 */
struct lab_loop {
	struct lab_topology topology;
	struct lab_costs costs;
	enum lab_loop_kind kind;
	uint32_t cpus;
	double duration_ns;
	uint64_t seed;
};

/**
 * struct lab_loop_result - what became of it
 * @ns_per_change: mean time of a CPU for one change
 * @attempts: locked instructions for one change
 * @changes: how many were measured, of all CPUs together
 * @cancelled: it was stopped, and the rest says nothing
 */
struct lab_loop_result {
	double ns_per_change;
	double attempts;
	uint64_t changes;
	bool cancelled;
};

/* NULL if this can be run, else the field that is wrong. */
const char *lab_loop_check(const struct lab_loop *loop);

/* On the calling thread. 0, -EINVAL or -ENOMEM. */
int lab_run_loop(const struct lab_loop *loop, struct lab_control *control,
		 struct lab_loop_result *result);

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_LAB_LOOP_H */
