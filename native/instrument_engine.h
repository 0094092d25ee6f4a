/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an engine sees of the instrumented build: the accesses, one after the
 * other, on the thread that makes them. Without an engine they are counted,
 * and locks and copies do what the plain words do.
 */
#ifndef INSTRUMENT_ENGINE_H
#define INSTRUMENT_ENGINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cycles.h"
#include "smp.h"
#include "spin_wait.h"

/**
 * enum access_kind - how shared memory is about to be touched
 * @ACCESS_READ: plain read, of data that a lock protects or that never changes
 * @ACCESS_WRITE: plain write, of data that a lock protects
 * @ACCESS_READ_ONCE: read that other CPUs may race with
 * @ACCESS_WRITE_ONCE: write that other CPUs may race with
 * @ACCESS_ATOMIC: locked instruction: the line is needed exclusively
 * @ACCESS_EXCHANGE: the same, a compare-exchange
 */
enum access_kind {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_READ_ONCE,
	ACCESS_WRITE_ONCE,
	ACCESS_ATOMIC,
	ACCESS_EXCHANGE,
};

/**
 * enum instrument_section - what the allocator is about to do
 * @SECTION_OTHER: anything that is none of the following
 * @SECTION_SEARCH: look for slots in one area, from taking its lock on
 * @SECTION_RELEASE: give slots back to their area, from taking its lock on
 * @SECTION_COUNT: the area's used has just changed, and its lock is held: the
 *	moment at which a map or an unmap takes effect. The tracker's locked verb
 *	follows.
 * @SECTION_TRACKER: the tracker's unlocked verb
 */
enum instrument_section {
	SECTION_OTHER,
	SECTION_SEARCH,
	SECTION_RELEASE,
	SECTION_COUNT,
	SECTION_TRACKER,
};

/* Counts of one thread since they were last set to zero. */
struct instrument_counts {
	uint64_t locked;	  /* locked instructions, locks not included */
	uint64_t cmpxchg_retries; /* compare-exchanges that failed */
	uint64_t locks;		  /* spin locks taken */
};

/**
 * struct instrument_engine - an engine that runs the instrumented build
 * @access: called before each access; may switch to another virtual CPU for
 *	the racing kinds, never for ACCESS_READ and ACCESS_WRITE
 * @lock: take the lock at this address, in whatever way the engine queues
 * @trylock: take it if it is free
 * @unlock: release it
 * @copy: a bounce copy of @size bytes; the engine decides whether to make it
 * @count: SECTION_COUNT begins; never switches to another virtual CPU
 * @cpu: the number of the virtual CPU that runs
 * @cycles: its clock, in nanoseconds; may switch to another virtual CPU
 * @wait: the CPU that runs has just read @ptr, and can only go on when another has
 *	written there. May come back sooner; never switches before it notes that it waits.
 * @watched: called before each access that a watched tracker makes (native/tracker-file/watch.h),
 *	ACCESS_READ and ACCESS_WRITE being those that no kernel word announces. May
 *	switch for all kinds. @from is the place in the tracker's object, for words.
 * @told: the same for ACCESS_READ and ACCESS_WRITE that it announces by itself
 */
struct instrument_engine {
	void (*access)(const volatile void *ptr, size_t size, enum access_kind kind);
	void (*lock)(pthread_spinlock_t *lock);
	bool (*trylock)(pthread_spinlock_t *lock);
	void (*unlock)(pthread_spinlock_t *lock);
	void (*copy)(void *dst, const void *src, size_t size);
	void (*count)(void);
	unsigned int (*cpu)(void);
	uint64_t (*cycles)(void);
	void (*wait)(const volatile void *ptr, size_t size);
	void (*watched)(const volatile void *ptr, size_t size, enum access_kind kind,
			uintptr_t from);
	void (*told)(const volatile void *ptr, size_t size, enum access_kind kind, uintptr_t from);
};

/*
 * A hook is passed many times in one map. In a shared object the usual access to
 * a thread's variable is a call; this one is a load. musl cannot load an object
 * that uses it at run time, so it stays with the call.
 */
#define INSTRUMENT_TLS SMP_TLS

/* Shown to trackers that are loaded at run time: they report to the same engine. */
#pragma GCC visibility push(default)

/* The engine of the calling thread, NULL for none. */
extern INSTRUMENT_TLS const struct instrument_engine *instrument_engine;
extern INSTRUMENT_TLS struct instrument_counts instrument_counts;
/* What the allocator does at the moment; an engine with several CPUs keeps one for each. */
extern INSTRUMENT_TLS enum instrument_section instrument_section_now;
/*
 * Whether what runs is part of a search: what comes before a schedule, and what is asked
 * where no CPU notices, is not, but for the verbs that are never asked otherwise.
 */
extern INSTRUMENT_TLS bool instrument_searching;
/* Where a watched tracker takes or gives back the lock that the engine is told of next; else 0. */
extern INSTRUMENT_TLS uintptr_t instrument_lock_from;

void instrument_bounce_copy(void *dst, const void *src, size_t size);

#pragma GCC visibility pop

static inline void instrument_access(const volatile void *ptr, size_t size, enum access_kind kind)
{
	if (kind >= ACCESS_ATOMIC)
		instrument_counts.locked++;
	if (instrument_engine)
		instrument_engine->access(ptr, size, kind);
}

static inline void instrument_spin_lock(pthread_spinlock_t *lock)
{
	instrument_counts.locks++;
	if (instrument_engine)
		instrument_engine->lock(lock);
	else
		pthread_spin_lock(lock);
}

static inline void instrument_spin_lock_irq(pthread_spinlock_t *lock)
{
	instrument_counts.locks++;
	if (instrument_engine)
		instrument_engine->lock(lock);
	else
		spin_wait(lock);
}

static inline uint64_t instrument_cycles(void)
{
	return instrument_engine ? instrument_engine->cycles() : cycles_here();
}

static inline bool instrument_spin_trylock(pthread_spinlock_t *lock)
{
	bool taken = instrument_engine ? instrument_engine->trylock(lock) :
					 pthread_spin_trylock(lock) == 0;

	instrument_counts.locks += taken;
	return taken;
}

static inline void instrument_spin_unlock(pthread_spinlock_t *lock)
{
	if (instrument_engine)
		instrument_engine->unlock(lock);
	else
		pthread_spin_unlock(lock);
}

/* @ptr was read, and must be written by another CPU. */
static inline void instrument_wait(const volatile void *ptr, size_t size)
{
	if (instrument_engine)
		instrument_engine->wait(ptr, size);
	else
		cpu_relax();
}

static inline void instrument_enter(enum instrument_section section)
{
	instrument_section_now = section;
	if (section == SECTION_COUNT && instrument_engine)
		instrument_engine->count();
}

static inline void instrument_cmpxchg(bool done)
{
	instrument_counts.cmpxchg_retries += !done;
}

#endif /* INSTRUMENT_ENGINE_H */
