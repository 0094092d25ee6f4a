// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel words of a watched tracker, and behind them the hooks that the compiler's
 * thread sanitizer calls. Everything comes to watch(), which tells the engine of this thread.
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

/* For the words about a schedule. Without an engine nobody takes it away again. */
static void tell_place(const void *from)
{
	if (instrument_engine)
		instrument_lock_from = place_of(from);
}

void watch_spin_lock(pthread_spinlock_t *lock, const void *from)
{
	/* In timed runs the sampler has a higher priority than whoever holds the lock. */
	if (sampling &&
	    sampling - (uintptr_t)__builtin_frame_address(0) + FRAME_BYTES < 2 * FRAME_BYTES)
		tell_damage("waits for a lock", "in tracker_sample(), use spin_lock_irq() ", from);
	tell_place(from);
	instrument_spin_lock(lock);
}

void watch_spin_lock_irq(pthread_spinlock_t *lock, const void *from)
{
	tell_place(from);
	instrument_spin_lock_irq(lock);
}

bool watch_spin_trylock(pthread_spinlock_t *lock, const void *from)
{
	tell_place(from);
	return instrument_spin_trylock(lock);
}

void watch_spin_unlock(pthread_spinlock_t *lock, const void *from)
{
	tell_place(from);
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

#include "tracker-file/sanitizer_hooks.h"
