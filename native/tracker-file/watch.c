// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hooks that the compiler's thread sanitizer calls, and the kernel words of a
 * watched tracker. Everything comes to watch(), which tells the engine of this thread.
 */
#include "tracker-file/watch.h"

#include <stdio.h>
#include <string.h>

/* Set by the linker: where this object begins. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* What is so near above a frame is in it, or in its callers'. */
#define FRAME_BYTES 4096

/* What the verb of this thread is called for: an allocator, or an area of one unknown. */
static _Thread_local struct io_tlb_mem *watched;
static _Thread_local struct io_tlb_area *watched_area;
/* Where the sampler's stack was at its look: several CPUs may run on this thread. */
static _Thread_local uintptr_t sampling;

/* One allocator at a time is looked into, by several threads. */
static char damage[128];
enum { UNDAMAGED, BEING_TOLD, DAMAGED };
static int damaged;

void watch_begin(void)
{
	__atomic_store_n(&damaged, UNDAMAGED, __ATOMIC_RELAXED);
}

void watch_enter(struct io_tlb_mem *mem)
{
	watched = mem;
}

void watch_sampling(bool on)
{
	sampling = on ? (uintptr_t)__builtin_frame_address(0) : 0;
}

void watch_enter_area(struct io_tlb_area *area)
{
	watched_area = area;
}

const char *watch_damage(void)
{
	/* Acquire, with the release behind the words. */
	return __atomic_load_n(&damaged, __ATOMIC_ACQUIRE) == DAMAGED ? damage : NULL;
}

static uintptr_t place_of(const void *from)
{
	return (uintptr_t)from - (uintptr_t)__ehdr_start;
}

/* The first is kept; the place is made a line by whoever tells it. */
static void tell_damage(const char *verb, const char *what, const void *from)
{
	int none = UNDAMAGED;

	/* Relaxed: whoever comes first writes the words, and nobody else reads or writes them. */
	if (!__atomic_compare_exchange_n(&damaged, &none, BEING_TOLD, false, __ATOMIC_RELAXED,
					 __ATOMIC_RELAXED))
		return;
	snprintf(damage, sizeof(damage), "the tracker %s %s@%#lx", verb, what,
		 (unsigned long)place_of(from));
	__atomic_store_n(&damaged, DAMAGED, __ATOMIC_RELEASE);
}

static void look_at_write(const volatile void *ptr, const void *from)
{
	char what[64];
	const char *field;

	if ((!watched && !watched_area) ||
	    __atomic_load_n(&damaged, __ATOMIC_RELAXED) != UNDAMAGED ||
	    (uintptr_t)ptr - (uintptr_t)__builtin_frame_address(0) < FRAME_BYTES)
		return;
	field = watched_area ? allocator_area_field(watched_area, ptr) :
			       allocator_field(watched, ptr);
	if (!field)
		return;
	snprintf(what, sizeof(what), "%s, which is the allocator's ", field);
	tell_damage("writes to", what, from);
}

static void note(const volatile void *ptr, enum access_kind kind, const void *from)
{
	if (kind != ACCESS_READ && kind != ACCESS_READ_ONCE)
		look_at_write(ptr, from);
	if (kind >= ACCESS_ATOMIC)
		instrument_counts.locked++;
}

static void watch(const volatile void *ptr, size_t size, enum access_kind kind, const void *from)
{
	note(ptr, kind, from);
	if (instrument_engine)
		instrument_engine->watched(ptr, size, kind, place_of(from));
}

void watch_access(const volatile void *ptr, size_t size, enum access_kind kind, const void *from)
{
	if (kind >= ACCESS_READ_ONCE) {
		watch(ptr, size, kind, from);
		return;
	}
	note(ptr, kind, from);
	if (instrument_engine)
		instrument_engine->told(ptr, size, kind, place_of(from));
}

uint64_t watch_load(const volatile void *ptr, size_t size)
{
	watch(ptr, size, ACCESS_READ_ONCE, __builtin_return_address(0));
	switch (size) {
	case 1:
		return __atomic_load_n((const volatile uint8_t *)ptr, __ATOMIC_RELAXED);
	case 2:
		return __atomic_load_n((const volatile uint16_t *)ptr, __ATOMIC_RELAXED);
	case 4:
		return __atomic_load_n((const volatile uint32_t *)ptr, __ATOMIC_RELAXED);
	default:
		return __atomic_load_n((const volatile uint64_t *)ptr, __ATOMIC_RELAXED);
	}
}

void watch_store(volatile void *ptr, size_t size, uint64_t value)
{
	watch(ptr, size, ACCESS_WRITE_ONCE, __builtin_return_address(0));
	switch (size) {
	case 1:
		__atomic_store_n((volatile uint8_t *)ptr, (uint8_t)value, __ATOMIC_RELAXED);
		break;
	case 2:
		__atomic_store_n((volatile uint16_t *)ptr, (uint16_t)value, __ATOMIC_RELAXED);
		break;
	case 4:
		__atomic_store_n((volatile uint32_t *)ptr, (uint32_t)value, __ATOMIC_RELAXED);
		break;
	default:
		__atomic_store_n((volatile uint64_t *)ptr, value, __ATOMIC_RELAXED);
	}
}

void watch_spin_lock(pthread_spinlock_t *lock)
{
	/* In timed runs the sampler has a higher priority than whoever holds the lock. */
	if (sampling &&
	    sampling - (uintptr_t)__builtin_frame_address(0) + FRAME_BYTES < 2 * FRAME_BYTES)
		tell_damage("waits for a lock", "in tracker_sample(), use spin_lock_irq() ",
			    __builtin_return_address(0));
	instrument_spin_lock(lock);
}

void watch_spin_lock_irq(pthread_spinlock_t *lock)
{
	instrument_spin_lock_irq(lock);
}

bool watch_spin_trylock(pthread_spinlock_t *lock)
{
	return instrument_spin_trylock(lock);
}

void watch_spin_unlock(pthread_spinlock_t *lock)
{
	instrument_spin_unlock(lock);
}

void watch_wait(const volatile void *ptr, size_t size)
{
	instrument_wait(ptr, size);
}

void watch_cmpxchg(bool done)
{
	instrument_cmpxchg(done);
}

unsigned int watch_cpu(void)
{
	return instrument_engine ? instrument_engine->cpu() : smp_here.id;
}

unsigned int watch_nr_cpus(void)
{
	return smp_nr();
}

uint64_t watch_cycles(void)
{
	return instrument_cycles();
}

uint64_t watch_counted_in(uint64_t ns)
{
	return counted_in(ns);
}

/*
 * What the compiler would call in the C library. Word by word, so that another CPU can
 * come between two of them.
 */
void *watch_memcpy(void *to, const void *from, size_t size);
void *watch_memmove(void *to, const void *from, size_t size);
void *watch_memset(void *to, int value, size_t size);

#define WORD sizeof(uint64_t)

static void copy_piece(char *to, const char *from, size_t size, const void *caller)
{
	char piece[WORD];

	watch(from, size, ACCESS_READ, caller);
	memcpy(piece, from, size);
	watch(to, size, ACCESS_WRITE, caller);
	memcpy(to, piece, size);
}

static void *copy(char *to, const char *from, size_t size, const void *caller)
{
	for (size_t at = 0; at < size; at += WORD)
		copy_piece(to + at, from + at, size - at < WORD ? size - at : WORD, caller);
	return to;
}

void *watch_memcpy(void *to, const void *from, size_t size)
{
	return copy(to, from, size, __builtin_return_address(0));
}

void *watch_memmove(void *to, const void *from, size_t size)
{
	char *t = to;
	const char *f = from;

	if ((uintptr_t)t - (uintptr_t)f >= size)
		return copy(t, f, size, __builtin_return_address(0));
	/* From the end: the beginning of @to lies in @from. */
	for (size_t left = size; left; left--)
		copy_piece(t + left - 1, f + left - 1, 1, __builtin_return_address(0));
	return to;
}

void *watch_memset(void *to, int value, size_t size)
{
	char *t = to;

	for (size_t at = 0; at < size; at += WORD) {
		size_t piece = size - at < WORD ? size - at : WORD;

		watch(t + at, piece, ACCESS_WRITE, __builtin_return_address(0));
		memset(t + at, value, piece);
	}
	return to;
}

/* What newer compilers call instead where they watch: it is the same. */
void *__tsan_memcpy(void *to, const void *from, size_t size) __attribute__((alias("watch_memcpy")));
void *__tsan_memmove(void *to, const void *from, size_t size)
	__attribute__((alias("watch_memmove")));
void *__tsan_memset(void *to, int value, size_t size) __attribute__((alias("watch_memset")));

/*
 * The names are the sanitizer's, and so are the types. What the compiler calls for
 * reading and writing @size bytes at any alignment, volatile or not.
 */
#define HOOK(name, size, kind)                                                                     \
	void __tsan_##name##size(void *p);                                                         \
	void __tsan_##name##size(void *p)                                                          \
	{                                                                                          \
		watch(p, size, kind, __builtin_return_address(0));                                 \
	}

#define HOOKS(alignment, size)                                                                     \
	HOOK(alignment##read, size, ACCESS_READ)                                                   \
	HOOK(alignment##write, size, ACCESS_WRITE)                                                 \
	HOOK(alignment##volatile_read, size, ACCESS_READ_ONCE)                                     \
	HOOK(alignment##volatile_write, size, ACCESS_WRITE_ONCE)

HOOKS(, 1)
HOOKS(, 2)
HOOKS(, 4)
HOOKS(, 8)
HOOKS(, 16)
HOOKS(unaligned_, 2)
HOOKS(unaligned_, 4)
HOOKS(unaligned_, 8)
HOOKS(unaligned_, 16)

void __tsan_read_range(void *p, size_t size);
void __tsan_read_range(void *p, size_t size)
{
	watch(p, size, ACCESS_READ, __builtin_return_address(0));
}

void __tsan_write_range(void *p, size_t size);
void __tsan_write_range(void *p, size_t size)
{
	watch(p, size, ACCESS_WRITE, __builtin_return_address(0));
}

/*
 * Atomic builtins, those of C11 included. They are made here, sequentially consistent
 * whatever was asked for: engines know no other order. Only what a store costs hangs
 * on it, which on x86 is a locked instruction if it must be ordered.
 */
#define ATOMIC_FETCH(bits, name)                                                                   \
	uint##bits##_t __tsan_atomic##bits##_fetch_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t v, int order);            \
	uint##bits##_t __tsan_atomic##bits##_fetch_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t v, int order)             \
	{                                                                                          \
		(void)order;                                                                       \
		watch(p, sizeof(*p), ACCESS_ATOMIC, __builtin_return_address(0));                  \
		return __atomic_fetch_##name(p, v, __ATOMIC_SEQ_CST);                              \
	}

#define ATOMIC_EXCHANGE(bits, name)                                                                \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t *old, uint##bits##_t v,   \
							  int order, int failure);                 \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile uint##bits##_t *p,              \
							  uint##bits##_t *old, uint##bits##_t v,   \
							  int order, int failure)                  \
	{                                                                                          \
		return exchange##bits(p, old, v, __builtin_return_address(0), order, failure);     \
	}

#define ATOMIC_HOOKS(bits)                                                                         \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order);    \
	uint##bits##_t __tsan_atomic##bits##_load(const volatile uint##bits##_t *p, int order)     \
	{                                                                                          \
		(void)order;                                                                       \
		watch(p, sizeof(*p), ACCESS_READ_ONCE, __builtin_return_address(0));               \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                       \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order); \
	void __tsan_atomic##bits##_store(volatile uint##bits##_t *p, uint##bits##_t v, int order)  \
	{                                                                                          \
		watch(p, sizeof(*p),                                                               \
		      order == __ATOMIC_SEQ_CST ? ACCESS_ATOMIC : ACCESS_WRITE_ONCE,               \
		      __builtin_return_address(0));                                                \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                          \
	}                                                                                          \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *p,                  \
						      uint##bits##_t v, int order);                \
	uint##bits##_t __tsan_atomic##bits##_exchange(volatile uint##bits##_t *p,                  \
						      uint##bits##_t v, int order)                 \
	{                                                                                          \
		(void)order;                                                                       \
		watch(p, sizeof(*p), ACCESS_ATOMIC, __builtin_return_address(0));                  \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);                                \
	}                                                                                          \
	static int exchange##bits(volatile uint##bits##_t *p, uint##bits##_t *old,                 \
				  uint##bits##_t v, const void *from, int order, int failure)      \
	{                                                                                          \
		bool done;                                                                         \
                                                                                                   \
		(void)order;                                                                       \
		(void)failure;                                                                     \
		watch(p, sizeof(*p), ACCESS_EXCHANGE, from);                                       \
		done = __atomic_compare_exchange_n(p, old, v, false, __ATOMIC_SEQ_CST,             \
						   __ATOMIC_SEQ_CST);                              \
		instrument_cmpxchg(done);                                                          \
		return done;                                                                       \
	}                                                                                          \
	ATOMIC_EXCHANGE(bits, strong)                                                              \
	ATOMIC_EXCHANGE(bits, weak)                                                                \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p,      \
								  uint##bits##_t old,              \
								  uint##bits##_t v, int order,     \
								  int failure);                    \
	uint##bits##_t __tsan_atomic##bits##_compare_exchange_val(volatile uint##bits##_t *p,      \
								  uint##bits##_t old,              \
								  uint##bits##_t v, int order,     \
								  int failure)                     \
	{                                                                                          \
		exchange##bits(p, &old, v, __builtin_return_address(0), order, failure);           \
		return old;                                                                        \
	}                                                                                          \
	ATOMIC_FETCH(bits, add)                                                                    \
	ATOMIC_FETCH(bits, sub)                                                                    \
	ATOMIC_FETCH(bits, and)                                                                    \
	ATOMIC_FETCH(bits, or)                                                                     \
	ATOMIC_FETCH(bits, xor)                                                                    \
	ATOMIC_FETCH(bits, nand)

ATOMIC_HOOKS(8)
ATOMIC_HOOKS(16)
ATOMIC_HOOKS(32)
ATOMIC_HOOKS(64)

/* Nothing to be seen: there is one order of all accesses, and nobody asks for stacks. */
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order)
{
}

void __tsan_init(void);
void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller);
void __tsan_func_entry(void *caller)
{
}

void __tsan_func_exit(void *caller);
void __tsan_func_exit(void *caller)
{
}
