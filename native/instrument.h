/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel words of kernel.h, instrumented: every access to memory that CPUs
 * share is announced before it happens, counted, and handed to the engine that
 * runs on this thread, if there is one. Include kernel.h, never this file.
 */
#ifndef INSTRUMENT_H
#define INSTRUMENT_H

#ifdef LAB_WATCHED
#include "tracker-file/watch.h"
#else
#include "instrument_engine.h"
#endif

#define instrument_read(ptr, size) instrument_access((ptr), (size), ACCESS_READ)
#define instrument_write(ptr, size) instrument_access((ptr), (size), ACCESS_WRITE)
#define instrument_section(section) instrument_enter(section)

#ifdef LAB_WATCHED
#define raw_smp_processor_id() (watch_cpu())
#define get_cycles() (watch_cycles())
#define ns_to_cycles(ns) (watch_counted_in(ns))
#define nr_cpu_ids (watch_nr_cpus())
#else
#define raw_smp_processor_id() (instrument_engine ? instrument_engine->cpu() : smp_here.id)
#define get_cycles() (instrument_cycles())
#define ns_to_cycles(ns) (counted_in(ns))
#define nr_cpu_ids (smp_nr())
#endif

#ifndef LAB_WATCHED
#define READ_ONCE(x)                                                                               \
	({                                                                                         \
		instrument_access(&(x), sizeof(x), ACCESS_READ_ONCE);                              \
		__atomic_load_n(&(x), __ATOMIC_RELAXED);                                           \
	})
#define WRITE_ONCE(x, val)                                                                         \
	({                                                                                         \
		__typeof__(x) __val = (val);                                                       \
		instrument_access(&(x), sizeof(x), ACCESS_WRITE_ONCE);                             \
		__atomic_store_n(&(x), __val, __ATOMIC_RELAXED);                                   \
	})
#endif

#ifdef LAB_WATCHED
/* There is one order of all accesses there, so these need no other. */
#define instrument_load_acquire(ptr) READ_ONCE(*(ptr))
#define smp_store_release(ptr, val) WRITE_ONCE(*(ptr), (val))
#else
/* Threads run this build, too, where no engine is on them. */
#define instrument_load_acquire(ptr)                                                               \
	({                                                                                         \
		instrument_access((ptr), sizeof(*(ptr)), ACCESS_READ_ONCE);                        \
		__atomic_load_n((ptr), __ATOMIC_ACQUIRE);                                          \
	})
#define smp_store_release(ptr, val)                                                                \
	({                                                                                         \
		__typeof__(*(ptr)) __val = (val);                                                  \
		instrument_access((ptr), sizeof(*(ptr)), ACCESS_WRITE_ONCE);                       \
		__atomic_store_n((ptr), __val, __ATOMIC_RELEASE);                                  \
	})
#endif

/* The engine is told of the word that it waits for, and lets the others run. */
#define smp_cond_load_acquire(ptr, cond_expr)                                                      \
	({                                                                                         \
		__typeof__(*(ptr)) VAL;                                                            \
                                                                                                   \
		while (VAL = instrument_load_acquire(ptr), !(cond_expr))                           \
			instrument_wait((ptr), sizeof(*(ptr)));                                    \
		VAL;                                                                               \
	})

static inline __no_kcsan long atomic_long_read(atomic_long_t *v)
{
	instrument_access(v, sizeof(*v), ACCESS_READ_ONCE);
	return atomic_load_explicit(&v->counter, memory_order_relaxed);
}

static inline __no_kcsan void atomic_long_set(atomic_long_t *v, long i)
{
	instrument_access(v, sizeof(*v), ACCESS_WRITE_ONCE);
	atomic_store_explicit(&v->counter, i, memory_order_relaxed);
}

static inline __no_kcsan long atomic_long_add_return(long i, atomic_long_t *v)
{
	instrument_access(v, sizeof(*v), ACCESS_ATOMIC);
	return full_fetch_add(v, i) + i;
}

static inline __no_kcsan void atomic_long_add(long i, atomic_long_t *v)
{
	instrument_access(v, sizeof(*v), ACCESS_ATOMIC);
	atomic_fetch_add_explicit(&v->counter, i, memory_order_relaxed);
}

static inline __no_kcsan void atomic_long_sub(long i, atomic_long_t *v)
{
	instrument_access(v, sizeof(*v), ACCESS_ATOMIC);
	atomic_fetch_sub_explicit(&v->counter, i, memory_order_relaxed);
}

static inline __no_kcsan bool atomic_long_try_cmpxchg(atomic_long_t *v, long *old, long new)
{
	bool done;

	instrument_access(v, sizeof(*v), ACCESS_EXCHANGE);
	done = full_try_cmpxchg(v, old, new);
	instrument_cmpxchg(done);
	return done;
}

static inline __no_kcsan void spin_lock(spinlock_t *lock)
{
	instrument_spin_lock(&lock->raw);
}

static inline __no_kcsan bool spin_trylock(spinlock_t *lock)
{
	return instrument_spin_trylock(&lock->raw);
}

static inline __no_kcsan void spin_unlock(spinlock_t *lock)
{
	instrument_spin_unlock(&lock->raw);
}

/* Engines know no interrupts, and see who waits for whom. */
static inline __no_kcsan void spin_lock_irq(spinlock_t *lock)
{
	instrument_spin_lock_irq(&lock->raw);
}

static inline __no_kcsan void spin_unlock_irq(spinlock_t *lock)
{
	instrument_spin_unlock(&lock->raw);
}

static inline __no_kcsan void bounce_copy(void *dst, const void *src, size_t size)
{
	instrument_bounce_copy(dst, src, size);
}

#endif /* INSTRUMENT_H */
