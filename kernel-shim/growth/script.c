// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scripts. Each thread fills up, maps and unmaps in turns, hands some of its mappings to the
 * next thread, and gives most of the rest back; then all rest, and the counters are compared with
 * the sum of what the threads hold. The seed alone decides what a thread does, never what the
 * others did meanwhile.
 */
#include "script.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLOT 2048
#define PAGE 4096
#define TURNS 3
#define PAIRS 60
#define MAX_LIVE 2048
/* A mapping holds at most 128 slots; what alignment adds is left free. */
#define LARGEST (128 * SLOT - 2 * PAGE)
#define TOO_LARGE (128 * SLOT + 1)
#define READER_PAUSE_NS 20000

/* Lies in front of the data, on a page of its own. */
struct mapping {
	struct ks_device *dev;
	uint64_t addr;
	size_t size;
	unsigned int nslots;
	uint64_t tag;
	char *data;
};

/**
 * struct thread - one thread of a round
 * @live: the mappings that it is to undo
 * @held: their slots
 * @inbox: what the thread before it posted; emptied before the next turn
 * @posted: written by that thread
 * @turns_posted: turns in which that thread posts nothing more
 */
struct thread {
	struct round *round;
	pthread_t thread;
	unsigned int number;
	uint64_t random;
	struct ks_device *dev;
	struct mapping *live[MAX_LIVE];
	unsigned int nlive;
	unsigned long held;
	struct totals totals;
	unsigned int taken;
	struct mapping *inbox[PAIRS];
	unsigned int posted __attribute__((aligned(128)));
	unsigned int turns_posted;
};

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static unsigned int below(struct thread *t, unsigned int n)
{
	return (unsigned int)(next_random(&t->random) % n);
}

static void raise_to(long *peak, long value)
{
	long old = __atomic_load_n(peak, __ATOMIC_RELAXED);

	while (old < value && !__atomic_compare_exchange_n(peak, &old, value, true,
							   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

static void gauge_add(struct gauge *g, long n)
{
	long now;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	now = __atomic_add_fetch(&g->now, n, __ATOMIC_RELAXED);
	if (n > 0)
		raise_to(&g->peak, now);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static long gauge_peak(const struct gauge *g)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&g->peak, __ATOMIC_RELAXED);
}

/* The data of @tag. Nobody else may touch it: the kernel's copies are what is watched. */
__attribute__((no_sanitize("thread"))) static void fill(struct mapping *m, uint64_t tag)
{
	for (size_t i = 0; i < m->size; i++)
		m->data[i] = (char)(tag >> i % 8 * 8);
}

__attribute__((no_sanitize("thread"))) static bool filled(const struct mapping *m)
{
	for (size_t i = 0; i < m->size; i++)
		if (m->data[i] != (char)(m->tag >> i % 8 * 8))
			return false;
	return true;
}

static void check_data(struct thread *t, struct mapping *m, const char *when)
{
	if (!filled(m))
		fail(t->round, "thread %u: the data of a mapping of %zu bytes changed until %s",
		     t->number, m->size, when);
}

static size_t choose_size(struct thread *t)
{
	unsigned int kind = below(t, 100);

	if (kind < 60)
		return 1 + below(t, PAGE);
	if (kind < 92)
		return 1 + below(t, 32 << 10);
	if (kind < 99)
		return 1 + below(t, 128 << 10);
	return LARGEST;
}

static void map_too_large(struct thread *t)
{
	struct round *r = t->round;

	t->totals.maps++;
	t->totals.refused++;
	if (r->api->map(t->dev, (int)t->number, PAGE, TOO_LARGE, 0, KS_BIDIRECTIONAL, 0) !=
	    KS_FAILED)
		fail(r, "thread %u: a map of %d bytes was served", t->number, TOO_LARGE);
}

static void map_one(struct thread *t)
{
	struct round *r = t->round;
	size_t size = choose_size(t);
	unsigned int offset = below(t, PAGE);
	uint32_t align = below(t, 8) ? 0 : PAGE - 1;
	size_t kept = offset & r->min_align;
	char *memory = aligned_alloc(PAGE, PAGE + ((offset + size + PAGE - 1) & ~(PAGE - 1UL)));
	struct mapping *m = (struct mapping *)memory;

	if (!memory || t->nlive == MAX_LIVE)
		fail(r, "thread %u: no room for a mapping", t->number);
	*m = (struct mapping){ .dev = t->dev, .size = size, .data = memory + PAGE + offset };
	m->tag = next_random(&t->random);
	m->nslots = (unsigned int)((((size + kept + align) & ~(size_t)align) + SLOT - 1) / SLOT);
	fill(m, m->tag);

	gauge_add(&r->most, m->nslots);
	m->addr = r->api->map(m->dev, (int)t->number, (uintptr_t)m->data, size, align,
			      KS_BIDIRECTIONAL, 0);
	if (m->addr == KS_FAILED)
		fail(r, "thread %u: a map of %zu bytes failed, though the pool can grow", t->number,
		     size);
	gauge_add(&r->least, m->nslots);
	raise_to(&r->transient, (long)r->api->transient());

	fill(m, ~m->tag);
	t->live[t->nlive++] = m;
	t->held += m->nslots;
	t->totals.maps++;
	t->totals.slots += m->nslots;
	t->totals.bytes += size;
}

static void unmap_one(struct thread *t, struct mapping *m)
{
	struct round *r = t->round;

	gauge_add(&r->least, -(long)m->nslots);
	r->api->unmap(m->dev, (int)t->number, m->addr, m->size, KS_BIDIRECTIONAL, 0);
	gauge_add(&r->most, -(long)m->nslots);
	check_data(t, m, "its unmap");
	free(m);
}

static struct mapping *take_any(struct thread *t)
{
	unsigned int i = below(t, t->nlive);
	struct mapping *m = t->live[i];

	t->live[i] = t->live[--t->nlive];
	t->held -= m->nslots;
	return m;
}

/* As a device that writes new data, or a driver that looks at it. */
static void sync_any(struct thread *t)
{
	struct round *r = t->round;
	struct mapping *m = t->live[below(t, t->nlive)];

	if (below(t, 2)) {
		m->tag = next_random(&t->random);
		fill(m, m->tag);
		r->api->sync(m->dev, m->addr, m->size, KS_BIDIRECTIONAL, true);
	} else {
		r->api->sync(m->dev, m->addr, m->size, KS_BIDIRECTIONAL, false);
		check_data(t, m, "a sync");
	}
	fill(m, ~m->tag);
	t->totals.syncs++;
}

static void post(struct thread *t, struct mapping *m)
{
	struct thread *to = &t->round->threads[(t->number + 1) % t->round->nthreads];

	to->inbox[to->posted] = m;
	__atomic_store_n(&to->posted, to->posted + 1, __ATOMIC_RELEASE);
	t->totals.handed++;
}

static void take_posts(struct thread *t)
{
	while (t->taken < __atomic_load_n(&t->posted, __ATOMIC_ACQUIRE))
		unmap_one(t, t->inbox[t->taken++]);
}

/* What is in use is what the threads hold, whatever they did to get there. */
static void check_rest(struct thread *t)
{
	struct round *r = t->round;
	uint64_t used = r->api->used();
	unsigned long held = 0;

	for (unsigned int i = 0; i < r->nthreads; i++)
		held += r->threads[i].held;
	if (used != held)
		fail(r, "at rest %lu slots are mapped, and io_tlb_used is %" PRIu64, held, used);
	check_mark(r);
	t->totals.rests++;
	t->totals.used = (t->totals.used ^ used) * 0x100000001b3ULL;
}

static void rest(struct thread *t)
{
	pthread_barrier_wait(&t->round->barrier);
	if (!t->number)
		check_rest(t);
	t->taken = 0;
	t->posted = 0;
	pthread_barrier_wait(&t->round->barrier);
}

static void turn(struct thread *t, unsigned int number)
{
	struct thread *to = &t->round->threads[(t->number + 1) % t->round->nthreads];
	unsigned long full = 150 + below(t, 350), low = below(t, 100);

	while (t->held < full)
		map_one(t);
	rest(t);
	for (unsigned int i = 0; i < PAIRS; i++) {
		unsigned int kind = below(t, 8);

		if (kind == 0)
			post(t, take_any(t));
		else
			unmap_one(t, take_any(t));
		if (kind == 1)
			map_too_large(t);
		while (t->held < full)
			map_one(t);
		sync_any(t);
		take_posts(t);
	}
	/* Bounded: the thread before this one gets here too. */
	__atomic_store_n(&to->turns_posted, number + 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&t->turns_posted, __ATOMIC_ACQUIRE) <= number) {
		take_posts(t);
		sched_yield();
	}
	take_posts(t);
	rest(t);
	while (t->held > low)
		unmap_one(t, take_any(t));
	rest(t);
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	for (unsigned int i = 0; i < TURNS; i++)
		turn(t, i);
	while (t->nlive)
		unmap_one(t, take_any(t));
	return NULL;
}

/* Also when it went below 0. */
static void check_beside(struct round *r, const char *file, uint64_t value)
{
	uint64_t most = (uint64_t)gauge_peak(&r->most);

	if (value > most)
		fail(r, "beside the maps %s is %" PRId64 ", expected 0 to %" PRIu64, file,
		     (int64_t)value, most);
}

/* Looks at the counters while all maps, as whoever reads debugfs does. */
static void *reader_main(void *arg)
{
	struct round *r = arg;
	uint64_t last = 0;

	while (!__atomic_load_n(&r->end, __ATOMIC_RELAXED)) {
		uint64_t mark = r->api->hiwater();

		if (mark < last)
			fail(r, "io_tlb_used_hiwater fell from %" PRIu64 " to %" PRIu64, last,
			     mark);
		check_beside(r, "io_tlb_used_hiwater", mark);
		check_beside(r, "io_tlb_used", r->api->used());
		check_beside(r, "io_tlb_transient_nslabs", r->api->transient());
		last = mark;
		nanosleep(&(struct timespec){ 0, READER_PAUSE_NS }, NULL);
	}
	return NULL;
}

void check_mark(const struct round *r)
{
	uint64_t mark = r->api->hiwater();

	if (mark < (uint64_t)gauge_peak(&r->least) || mark > (uint64_t)gauge_peak(&r->most))
		fail(r, "io_tlb_used_hiwater is %" PRIu64 ", expected %ld to %ld", mark,
		     gauge_peak(&r->least), gauge_peak(&r->most));
}

static void add_totals(struct totals *sum, const struct totals *part)
{
	sum->maps += part->maps;
	sum->refused += part->refused;
	sum->slots += part->slots;
	sum->bytes += part->bytes;
	sum->handed += part->handed;
	sum->syncs += part->syncs;
	sum->rests += part->rests;
	sum->used ^= part->used; /* one thread's: the others have 0 */
}

void run_scripts(struct round *r)
{
	/* One device for all threads, or one for each. */
	struct ks_device *shared = r->api->device(r->min_align, 0, 0);
	pthread_t reader;

	r->threads = aligned_alloc(128, r->nthreads * sizeof(*r->threads));
	if (!r->threads || !shared)
		fail(r, "no memory");
	memset(r->threads, 0, r->nthreads * sizeof(*r->threads));
	pthread_barrier_init(&r->barrier, NULL, r->nthreads);
	if (pthread_create(&reader, NULL, reader_main, r))
		fail(r, "no thread");
	for (unsigned int i = 0; i < r->nthreads; i++) {
		struct thread *t = &r->threads[i];

		t->round = r;
		t->number = i;
		t->random = r->seed + i;
		t->dev = r->number % 2 ? r->api->device(r->min_align, 0, 0) : shared;
		next_random(&t->random);
	}
	for (unsigned int i = 0; i < r->nthreads; i++)
		if (pthread_create(&r->threads[i].thread, NULL, thread_main, &r->threads[i]))
			fail(r, "no thread");
	for (unsigned int i = 0; i < r->nthreads; i++) {
		pthread_join(r->threads[i].thread, NULL);
		add_totals(&r->totals, &r->threads[i].totals);
	}
	__atomic_store_n(&r->end, true, __ATOMIC_RELAXED);
	pthread_join(reader, NULL);
	pthread_barrier_destroy(&r->barrier);
	free(r->threads);
}
