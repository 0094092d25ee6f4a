/* SPDX-License-Identifier: GPL-2.0-only */
/* What the threads of one round do, and what is counted meanwhile. */
#ifndef GROWTH_SCRIPT_H
#define GROWTH_SCRIPT_H

#include <inttypes.h>
#include <pthread.h>

#include "kernel_shim.h"

#define MAX_THREADS 64

/**
 * struct totals - what the scripts alone decide: the same for every end and in every order
 * @maps: maps that were tried
 * @refused: those of them that ask for more than a mapping can be, and must fail
 * @slots: slots that the others need, padding included
 * @bytes: bytes that they asked for
 * @handed: mappings that another thread undid
 * @syncs: syncs of either direction
 * @rests: points at which all threads stood still
 * @used: a hash of what was in use at each of them
 */
struct totals {
	uint64_t maps;
	uint64_t refused;
	uint64_t slots;
	uint64_t bytes;
	uint64_t handed;
	uint64_t syncs;
	uint64_t rests;
	uint64_t used;
};

/**
 * struct gauge - a sum that every thread changes, and the largest that it ever was
 *
 * All accesses are relaxed, with fences that the thread sanitizer does not see: they order what is
 * counted, and do not hide a race from it.
 */
struct gauge {
	long now __attribute__((aligned(128)));
	long peak;
};

struct thread;

/**
 * struct round - one allocator, from its creation to its end
 * @api: the end that is tried
 * @name: its name, for messages
 * @number: of the round
 * @seed: what the scripts are made from
 * @config: the allocator
 * @min_align: the devices' min_align_mask
 * @nthreads: threads that map and unmap
 * @least: slots of the mappings that are there for certain: whose map has returned, and whose
 *	unmap was not called
 * @most: slots of those that may be there: whose map was called, and whose unmap has not returned
 * @transient: the largest number of transient slots that a thread saw
 * @barrier: where the threads come to rest
 * @end: tells the reader to end
 * @threads: the threads
 * @totals: of the threads together, when all are done
 */
struct round {
	const struct ks_api *api;
	const char *name;
	unsigned int number;
	uint64_t seed;
	struct ks_config config;
	uint32_t min_align;
	unsigned int nthreads;
	struct gauge least;
	struct gauge most;
	long transient;
	pthread_barrier_t barrier;
	bool end;
	struct thread *threads;
	struct totals totals;
};

/* Prints what did not hold, with the end, the round and the seed, and ends the process with 1. */
void fail(const struct round *r, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* Runs the scripts on threads of their own, and a reader of the counters beside them. */
void run_scripts(struct round *r);

/* The mark is one that the round's maps can have left. Nobody maps. */
void check_mark(const struct round *r);

#endif
