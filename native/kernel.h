/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel words that the allocator and the trackers are written in.
 *
 * There are two builds of the same sources. The plain one maps each word to
 * one C11 atomic or one pthread spin lock call, so that what is measured is
 * what the words cost. The instrumented one (instrument.h) tells an engine of
 * every access to shared memory before it is made. Nothing outside this file
 * and instrument.h knows which of the two is being built.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef uint64_t phys_addr_t;

/* The C library may have words of these names: the first does the same, the second is a limit. */
#undef __always_inline
#undef PAGE_SIZE
#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((noinline))
/* Of what is timed each use has its own copy; where no time counts, one is enough. */
#ifdef LAB_INSTRUMENTED
#define __timed_inline noinline __attribute__((unused))
#else
#define __timed_inline __always_inline
#endif
/*
 * What a static call goes to: the compiler knows nothing of it but its type, and must call it.
 * Clang would leave out the call of an empty function that is only not inlined.
 */
#if defined(__clang__)
#define __static_call_target __attribute__((__noinline__, __optnone__))
#else
#define __static_call_target __attribute__((noipa))
#endif
#define __maybe_unused __attribute__((unused))
/*
 * Not to be watched by the compiler for a tracker's own accesses (native/tracker-file/watch.h),
 * and so not part of what is. Where nothing is watched, nothing.
 */
#ifndef LAB_WATCHED
#define __no_kcsan
#define __no_sanitize_or_inline __always_inline
#elif defined(__clang__)
#define __no_kcsan noinline __attribute__((disable_sanitizer_instrumentation))
#define __no_sanitize_or_inline __no_kcsan __maybe_unused
#else
#define __no_kcsan noinline __attribute__((no_sanitize_thread))
#define __no_sanitize_or_inline __no_kcsan __maybe_unused
#endif
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define SMP_CACHE_BYTES 64
/* Processors fetch lines in pairs: what must not disturb each other is this far apart. */
#define CACHE_LINE_PAIR (2 * SMP_CACHE_BYTES)
#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
/* Works for every @step, and wraps like the kernel's when @x is too large. */
#define round_up_to(x, step) (((x) + ((step)-1)) & ~((__typeof__(x))(step)-1))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))

static inline bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

static inline unsigned long roundup_pow_of_two(unsigned long n)
{
	unsigned long p = 1;

	while (p < n)
		p <<= 1;
	return p;
}

typedef struct {
	atomic_long counter;
} atomic_long_t;

/* Four bytes, as in a kernel without lock debugging: areas stay at 16 bytes. */
typedef struct spinlock {
	pthread_spinlock_t raw;
} spinlock_t;

_Static_assert(sizeof(spinlock_t) == 4, "an area has room for a four byte lock");

static inline void spin_lock_init(spinlock_t *lock)
{
	pthread_spin_init(&lock->raw, PTHREAD_PROCESS_PRIVATE);
}

#include "cycles.h"
#include "smp.h"
#include "spin_wait.h"

/*
 * Read-modify-writes that are ordered against all that comes before and behind
 * them, as the kernel's are that return a value. On x86-64 that is what any locked
 * instruction is. On arm64 it is more than sequentially consistent C11 atomics
 * give: without LSE they are a load-acquire and a store-release, and what follows
 * may pass the store. The __sync builtins are what the kernel has there: with LSE
 * one instruction that acquires and releases, else a loop and a dmb behind it; the
 * compiler's helper asks the processor which.
 */
#if defined(__aarch64__) && defined(__clang__)
/* It makes no difference between these builtins and the C11 atomics. */
#define clang_barrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#else
#define clang_barrier() ((void)0)
#endif

static __always_inline long full_fetch_add(atomic_long_t *v, long i)
{
#if defined(__aarch64__)
	long before = __sync_fetch_and_add((long *)&v->counter, i);

	clang_barrier();
	return before;
#else
	return atomic_fetch_add_explicit(&v->counter, i, memory_order_seq_cst);
#endif
}

/* Ordered when it succeeds. A failure updates *@old. */
static __always_inline bool full_try_cmpxchg(atomic_long_t *v, long *old, long new)
{
#if defined(__aarch64__)
	long found = __sync_val_compare_and_swap((long *)&v->counter, *old, new);
	bool done = found == *old;

	clang_barrier();
	*old = found;
	return done;
#else
	return atomic_compare_exchange_strong_explicit(&v->counter, old, new, memory_order_seq_cst,
						       memory_order_relaxed);
#endif
}

#ifdef LAB_INSTRUMENTED
#include "instrument.h"
#else

/* The CPU that this map or unmap runs on; others may run on it meanwhile. */
#define raw_smp_processor_id() (smp_here.id)
/* CPUs of the run: every raw_smp_processor_id() is below, and it is at most NR_CPUS. */
#define nr_cpu_ids (smp_nr())

#define instrument_read(ptr, size) ((void)0)
#define instrument_write(ptr, size) ((void)0)
#define instrument_section(section) ((void)0)

/*
 * Relaxed accesses that the compiler may neither tear nor repeat. They order
 * nothing, as in the kernel.
 */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, val) __atomic_store_n(&(x), (val), __ATOMIC_RELAXED)

static __always_inline long atomic_long_read(atomic_long_t *v)
{
	return atomic_load_explicit(&v->counter, memory_order_relaxed);
}

/* Behind all that comes before it, for whoever reads it with acquire. */
#define smp_store_release(ptr, val) __atomic_store_n((ptr), (val), __ATOMIC_RELEASE)

/*
 * Waits until @cond_expr holds for VAL, which is *@ptr, and gives that. Whatever follows
 * is read behind it. Like a lock, it waits for as long as another CPU lets it.
 */
#define smp_cond_load_acquire(ptr, cond_expr)                                                      \
	({                                                                                         \
		__typeof__(*(ptr)) VAL;                                                            \
                                                                                                   \
		while (VAL = __atomic_load_n((ptr), __ATOMIC_ACQUIRE), !(cond_expr))               \
			cpu_relax();                                                               \
		VAL;                                                                               \
	})

static __always_inline void atomic_long_set(atomic_long_t *v, long i)
{
	atomic_store_explicit(&v->counter, i, memory_order_relaxed);
}

/* lock xadd */
static __always_inline long atomic_long_add_return(long i, atomic_long_t *v)
{
	return full_fetch_add(v, i) + i;
}

/* Unordered, as kernel atomics that return nothing are: lock add, lock sub. */
static __always_inline void atomic_long_add(long i, atomic_long_t *v)
{
	atomic_fetch_add_explicit(&v->counter, i, memory_order_relaxed);
}

static __always_inline void atomic_long_sub(long i, atomic_long_t *v)
{
	atomic_fetch_sub_explicit(&v->counter, i, memory_order_relaxed);
}

/* lock cmpxchg */
static __always_inline bool atomic_long_try_cmpxchg(atomic_long_t *v, long *old, long new)
{
	return full_try_cmpxchg(v, old, new);
}

static __always_inline void spin_lock(spinlock_t *lock)
{
	pthread_spin_lock(&lock->raw);
}

static __always_inline bool spin_trylock(spinlock_t *lock)
{
	return pthread_spin_trylock(&lock->raw) == 0;
}

static __always_inline void spin_unlock(spinlock_t *lock)
{
	pthread_spin_unlock(&lock->raw);
}

/*
 * The same lock for who is in no map or unmap: a worker, or who reads or writes a file. A
 * kernel disables interrupts, so that none of them can want the lock meanwhile.
 */
static inline void spin_lock_irq(spinlock_t *lock)
{
	if (pthread_spin_trylock(&lock->raw))
		spin_wait(&lock->raw);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	pthread_spin_unlock(&lock->raw);
}

/* The clock, in cycles; see cycles.h. Not ordered against the accesses around it. */
#define get_cycles() (cycles_here())
/* How many cycles so many nanoseconds are; for what is set once. */
#define ns_to_cycles(ns) (counted_in(ns))

/* The copy between the caller's memory and the pool. */
static __always_inline void bounce_copy(void *dst, const void *src, size_t size)
{
	memcpy(dst, src, size);
}

#endif /* LAB_INSTRUMENTED */

/*
 * The same for who may be in an interrupt, or be met by one, as a map and an unmap: in a
 * kernel interrupts are disabled, and @flags, an unsigned long, keeps what they were.
 */
#define spin_lock_irqsave(lock, flags)                                                             \
	do {                                                                                       \
		(flags) = 0;                                                                       \
		spin_lock(lock);                                                                   \
	} while (0)
#define spin_trylock_irqsave(lock, flags) ((flags) = 0, spin_trylock(lock))
#define spin_unlock_irqrestore(lock, flags)                                                        \
	do {                                                                                       \
		(void)(flags);                                                                     \
		spin_unlock(lock);                                                                 \
	} while (0)

#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)

/*
 * A full barrier: one more read-modify-write, as the kernel's own is on x86; dmb
 * on arm64, where a read-modify-write of a word that nobody else sees need not
 * order anything else. The thread sanitizer understands only the first.
 */
static inline __no_kcsan void smp_mb(void)
{
#if defined(__aarch64__)
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#else
	int word = 0;

	__atomic_fetch_add(&word, 0, __ATOMIC_SEQ_CST);
#endif
}

/* The caller's memory is ordinary memory of this process, mapped one to one. */
static inline void *phys_to_virt(phys_addr_t addr)
{
	return (void *)(uintptr_t)addr;
}

#endif /* KERNEL_H */
