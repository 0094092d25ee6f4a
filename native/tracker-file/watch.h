/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a user's tracker is watched.
 *
 * In the instrumented build a tracker's verbs are compiled apart from the allocator
 * (watched.c), for the compiler's thread sanitizer, which then calls a hook before
 * each access to memory. The hooks are the lab's own (sanitizer_hooks.h), and no
 * runtime of the sanitizer is there. So an engine sees each access that the compiled
 * verbs make, whether a kernel word announces it or not.
 */
#ifndef TRACKER_FILE_WATCH_H
#define TRACKER_FILE_WATCH_H

#include "instrument_engine.h"

struct io_tlb_area;
struct io_tlb_mem;

/*
 * The kernel words in a tracker are not watched by the compiler: they say for
 * themselves what they are about to do.
 */
uint64_t watch_load(const volatile void *ptr, size_t size);
void watch_store(volatile void *ptr, size_t size, uint64_t value);
void watch_access(const volatile void *ptr, size_t size, enum access_kind kind, const void *from);
void watch_spin_lock(pthread_spinlock_t *lock, const void *from);
bool watch_spin_trylock(pthread_spinlock_t *lock, const void *from);
void watch_spin_lock_irq(pthread_spinlock_t *lock, const void *from);
void watch_spin_unlock(pthread_spinlock_t *lock, const void *from);
void watch_wait(const volatile void *ptr, size_t size);
void watch_cmpxchg(bool done);
unsigned int watch_cpu(void);
unsigned int watch_nr_cpus(void);
uint64_t watch_cycles(void);
uint64_t watch_counted_in(uint64_t ns);

/* A new allocator is about to be used. */
void watch_begin(void);
/* The verbs that follow on this thread are called for @mem. */
void watch_enter(struct io_tlb_mem *mem);
/* For @area, of an allocator that nothing tells; NULL ends it. */
void watch_enter_area(struct io_tlb_area *area);
/* Whether this thread is the sampler at its look: it must not wait for a lock. */
void watch_sampling(bool on);
/* What the tracker did that it must not, in words; NULL for nothing. */
const char *watch_damage(void);

/**
 * allocator_field() - whose is it? (allocator.c)
 *
 * Return: what @ptr is in @mem, in words; NULL if it is the tracker's, or nothing
 * that the allocator knows.
 */
const char *allocator_field(const struct io_tlb_mem *mem, const volatile void *ptr);

/* The same of @area alone. (allocator.c) */
const char *allocator_area_field(const struct io_tlb_area *area, const volatile void *ptr);

#ifdef LAB_WATCHED

/* By value: no address of a variable is taken, which would have to be watched. */
#define READ_ONCE(x) ((__typeof__(x))watch_load(&(x), sizeof(x)))
#define WRITE_ONCE(x, val)                                                                         \
	({                                                                                         \
		__typeof__(x) __val = (val);                                                       \
		watch_store(&(x), sizeof(x), (uint64_t)__val);                                     \
	})

#define instrument_access(ptr, size, kind)                                                         \
	watch_access((ptr), (size), (kind), __builtin_return_address(0))
#define instrument_spin_lock(lock) watch_spin_lock((lock), __builtin_return_address(0))
#define instrument_spin_trylock(lock) watch_spin_trylock((lock), __builtin_return_address(0))
#define instrument_spin_lock_irq(lock) watch_spin_lock_irq((lock), __builtin_return_address(0))
#define instrument_spin_unlock(lock) watch_spin_unlock((lock), __builtin_return_address(0))
#define instrument_wait watch_wait
#define instrument_cmpxchg watch_cmpxchg

#endif /* LAB_WATCHED */

#endif /* TRACKER_FILE_WATCH_H */
