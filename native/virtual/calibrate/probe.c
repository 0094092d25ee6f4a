// SPDX-License-Identifier: GPL-2.0-only
/* The timed loops of a calibration. */
#include "virtual/calibrate/probe.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>

#include "engine/clock.h"
#include "engine/step.h"

#define PROBE_LOOPS 2000
#define PROBE_HANDOFFS 500
#define PROBE_LINES 64
/* Then the other thread has lost its CPU, and may want this one. */
#define SPINS_BEFORE_YIELD 4000

static double elapsed_ns(uint64_t begin)
{
	return (double)(ticks_after() - begin) / ticks_per_ns();
}

/* Of lines that are all in the nearest cache, one after the other. */
double probe_own(void)
{
	struct {
		volatile unsigned long word;
	} __attribute__((aligned(64))) lines[PROBE_LINES] = { 0 };
	uint64_t begin = ticks_before();

	for (int i = 0; i < PROBE_LOOPS; i++)
		lines[i % PROBE_LINES].word++;
	return elapsed_ns(begin) / PROBE_LOOPS;
}

double probe_atomic(void)
{
	static _Thread_local atomic_long word;
	uint64_t begin = ticks_before();

	for (int i = 0; i < PROBE_LOOPS; i++)
		atomic_fetch_add(&word, 1);
	return elapsed_ns(begin) / PROBE_LOOPS;
}

double probe_lock(void)
{
	spinlock_t lock;
	uint64_t begin;

	spin_lock_init(&lock);
	begin = ticks_before();
	for (int i = 0; i < PROBE_LOOPS; i++) {
		spin_lock(&lock);
		spin_unlock(&lock);
	}
	return elapsed_ns(begin) / PROBE_LOOPS;
}

double probe_clock(void)
{
	uint64_t begin = ticks_before(), sum = 0;

	for (int i = 0; i < PROBE_LOOPS; i++) {
		/* What is read is needed for the next: as in a tracker, which compares it. */
		sum += get_cycles() - sum;
		__asm__ __volatile__("" : "+r"(sum));
	}
	return elapsed_ns(begin) / PROBE_LOOPS;
}

double probe_copy(char *buffer, size_t bytes, size_t *at)
{
	const size_t half = PROBE_COPY_BUFFER / 2;
	/* A quarter of a MiB of each size, so that small ones are timed as well. */
	size_t n = max((256UL << 10) / bytes, 1UL);
	uint64_t begin = ticks_before();

	for (size_t i = 0; i < n; i++) {
		if (*at + bytes > half)
			*at = 0;
		memcpy(buffer + half + *at, buffer + *at, bytes);
		*at += bytes;
	}
	return elapsed_ns(begin) / (double)n;
}

struct pair_probe {
	struct pinned_threads *team;
	atomic_ulong word __attribute__((aligned(128)));
	atomic_ulong next __attribute__((aligned(128)));
	atomic_ulong serving __attribute__((aligned(128)));
	double ns[2] __attribute__((aligned(128)));
};

/* Bounded: the other member runs the same job, and gets its turn after a while. */
static void await(atomic_ulong *word, unsigned long value)
{
	unsigned int spins = 0;

	while (atomic_load_explicit(word, memory_order_acquire) != value) {
		cpu_relax();
		if (++spins > SPINS_BEFORE_YIELD)
			sched_yield();
	}
}

static void handoff_member(void *ctx, unsigned int me)
{
	struct pair_probe *p = ctx;
	uint64_t begin;

	pinned_threads_meet(p->team);
	begin = ticks_before();
	for (unsigned long i = 0; i < PROBE_HANDOFFS; i++) {
		await(&p->word, 2 * i + me);
		atomic_store_explicit(&p->word, 2 * i + me + 1, memory_order_release);
	}
	p->ns[me] = elapsed_ns(begin) / (2 * PROBE_HANDOFFS);
}

static void contended_member(void *ctx, unsigned int me)
{
	struct pair_probe *p = ctx;
	uint64_t begin;

	pinned_threads_meet(p->team);
	begin = ticks_before();
	for (int i = 0; i < PROBE_LOOPS; i++)
		atomic_fetch_add(&p->word, 1);
	p->ns[me] = elapsed_ns(begin) / PROBE_LOOPS / 2;
}

static void ticket_member(void *ctx, unsigned int me)
{
	struct pair_probe *p = ctx;
	uint64_t begin;

	pinned_threads_meet(p->team);
	begin = ticks_before();
	for (int i = 0; i < PROBE_HANDOFFS; i++) {
		await(&p->serving, atomic_fetch_add(&p->next, 1));
		atomic_store_explicit(&p->serving, atomic_load(&p->serving) + 1,
				      memory_order_release);
	}
	p->ns[me] = elapsed_ns(begin) / (2 * PROBE_HANDOFFS);
}

/* The longer of the two: it met the other all the time but for the end. */
static double pair_run(struct pinned_threads *team, pinned_job job)
{
	struct pair_probe p = { .team = team };

	pinned_threads_run(team, job, &p);
	return max(p.ns[0], p.ns[1]);
}

double probe_handoff(struct pinned_threads *team)
{
	return pair_run(team, handoff_member);
}

double probe_contended(struct pinned_threads *team)
{
	return pair_run(team, contended_member);
}

double probe_ticket(struct pinned_threads *team)
{
	return pair_run(team, ticket_member);
}

/* Longer than a line needs to another core and back. */
#define PAUSE_STEPS 500
#define BESIDE_LOOPS 200
/* In so many of them at the least the other one must have been seen to add. */
#define BESIDE_ACTIVE (BESIDE_LOOPS / 4)

/* @x, after a chain of so many multiplications that nobody can cut short. */
static inline unsigned long delayed(unsigned long x, unsigned int steps)
{
	for (unsigned int i = 0; i < steps; i++) {
		x = x * 0x9e3779b97f4a7c15UL + 1;
		__asm__ volatile("" : "+r"(x));
	}
	return x;
}

/* Nothing, but not before @x is known: what takes its address from it waits for that. */
static inline size_t nothing_behind(unsigned long x)
{
	unsigned long none = 0;

	__asm__ volatile("" : "+r"(none));
	return x & none;
}

double probe_delay(unsigned int delay)
{
	uint64_t begin = ticks_before();
	unsigned long x = begin;

	for (int i = 0; i < PROBE_LOOPS / 4; i++) {
		x = delayed(x, delay);
		__asm__ volatile("" : "+r"(x));
	}
	return elapsed_ns(begin) / (PROBE_LOOPS / 4);
}

#define BESIDE_LINES 32

/**
 * struct beside_probe - one that adds all the time, and one that does what is timed
 * @line: from the beginning of a pair on
 * @added: the line that is added to
 * @read: the one that is only read
 * @delay: steps between two additions; the read is left out then
 * @done: the timed one has ended
 * @result: as the probe returns it
 */
struct beside_probe {
	struct {
		atomic_ulong word;
	} __attribute__((aligned(64))) line[BESIDE_LINES] __attribute__((aligned(1024)));
	struct pinned_threads *team __attribute__((aligned(1024)));
	size_t added;
	size_t read;
	unsigned int delay;
	double result;
	atomic_bool done __attribute__((aligned(1024)));
};

static void add_all_the_time(struct beside_probe *p)
{
	while (!atomic_load_explicit(&p->done, memory_order_relaxed))
		atomic_fetch_add(&p->line[p->added].word, 1);
}

/* Return: mean time of a read, in the loops in which the other one was seen to add. */
static double read_beside(struct beside_probe *p)
{
	unsigned long last = atomic_load(&p->line[p->added].word);
	uint64_t spent = 0, latest = 0;
	int active = 0;

	for (int i = 0; i < BESIDE_LOOPS; i++) {
		const unsigned long now = atomic_fetch_add(&p->line[p->added].word, 1);
		const size_t place = p->read + nothing_behind(delayed(now, PAUSE_STEPS));
		uint64_t begin;
		unsigned long seen;

		/* Nothing of the pause is left, and the read has not begun. */
		ticks_after();
		begin = ticks_before();
		seen = atomic_load_explicit(&p->line[place].word, memory_order_relaxed);
		__asm__ volatile("" : : "r"(seen));
		/* Whether it added during the loop before is seen only here. */
		if (i && now != last) {
			active++;
			spent += latest;
		}
		last = now + 1;
		latest = ticks_after() - begin;
	}
	return active < BESIDE_ACTIVE ? NAN : (double)spent / ticks_per_ns() / active;
}

static void beside_member(void *ctx, unsigned int me)
{
	struct beside_probe *p = ctx;

	pinned_threads_meet(p->team);
	if (me) {
		add_all_the_time(p);
		return;
	}
	p->result = read_beside(p);
	atomic_store(&p->done, true);
}

double probe_beside(struct pinned_threads *team, enum lab_place place)
{
	static const struct {
		size_t added;
		size_t read;
	} places[LAB_NR_PLACES] = {
		[LAB_FAR] = { 0, 16 }, [LAB_ABOVE] = { 0, 1 }, [LAB_BELOW] = { 1, 0 },
		[LAB_NEXT] = { 1, 2 }, [LAB_SAME] = { 0, 0 },
	};
	struct beside_probe p = { .team = team,
				  .added = places[place].added,
				  .read = places[place].read };

	pinned_threads_run(team, beside_member, &p);
	return p.result;
}

static void kept_member(void *ctx, unsigned int me)
{
	struct beside_probe *p = ctx;
	atomic_ulong *word = &p->line[p->added].word;
	unsigned long last = 0;
	int active = 0, kept = 0;

	pinned_threads_meet(p->team);
	if (me) {
		add_all_the_time(p);
		return;
	}
	for (int i = 0; i < BESIDE_LOOPS; i++) {
		const unsigned long first = atomic_fetch_add(word, 1);
		const size_t nothing = nothing_behind(delayed(first, p->delay));
		const unsigned long second = atomic_fetch_add(word + nothing, 1);
		const size_t later = nothing_behind(delayed(second, PAUSE_STEPS));

		/* Nobody came in the pause before: the other one has lost its CPU. */
		if (first != last) {
			active++;
			kept += second == first + 1;
		}
		last = second + 1;
		word += later;
	}
	p->result = active < BESIDE_ACTIVE ? NAN : (double)kept / active;
	atomic_store(&p->done, true);
}

double probe_kept(struct pinned_threads *team, unsigned int delay)
{
	struct beside_probe p = { .team = team, .delay = delay };

	pinned_threads_run(team, kept_member, &p);
	return p.result;
}

struct lab_pool probe_pool(void)
{
	return (struct lab_pool){ .nslabs = 2048, .nareas = 1, .start = 0x40000000UL };
}

struct lab_workload probe_workload(uint32_t in_flight, struct lab_size_range *sizes)
{
	*sizes = (struct lab_size_range){ 4096, 4096, 4096, 1 };
	return (struct lab_workload){
		.cpus = 1,
		.in_flight = in_flight,
		.order = LAB_FIFO,
		.load = LAB_STEADY,
		.sizes = sizes,
		.nr_sizes = 1,
		.orig_align = 4096,
		.seed = 1,
	};
}

/*
 * Unmaps and maps in turn, as in a steady run. Each kind is timed by itself in a
 * second pass, to share out what the first one says that a pair takes: reading
 * the clock costs as much as a short operation.
 */
static void time_allocator(const struct lab_instance *in, const struct lab_workload *w,
			   struct lab_cpu *cpu, struct probe_alloc *sample)
{
	struct lab_accuracy tally = { 0 };
	double map = 0, unmap = 0, pair = 0;

	for (int pass = 0; pass < 3; pass++) {
		uint64_t begin = ticks_before(), half;

		for (int i = 0; i < PROBE_LOOPS; i++) {
			const struct tape_entry *e = &cpu->tape[cpu->at++ % TAPE_LENGTH];
			struct live_mapping *place = &cpu->live[e->place];

			half = pass == 2 ? ticks() : 0;
			cpu_unmap(in, w, cpu, place, &tally);
			if (pass == 2) {
				uint64_t now = ticks();

				unmap += (double)(now - half);
				half = now;
			}
			cpu_map(in, w, cpu, place, e->orig, e->size, &tally);
			if (pass == 2)
				map += (double)(ticks() - half);
		}
		/* The first pass warms up. */
		if (pass == 1)
			pair = elapsed_ns(begin) / PROBE_LOOPS;
	}
	sample->map = pair * map / (map + unmap);
	sample->unmap = pair * unmap / (map + unmap);
}

int probe_allocator(uint32_t in_flight, bool bitmap, struct probe_alloc *sample)
{
	const struct lab_pool pool = probe_pool();
	/* No tracker: the first of the list is "off". */
	const struct lab_variant variant = { .layout = bitmap ? 4 : 0 };
	struct lab_size_range sizes;
	const struct lab_workload w = probe_workload(in_flight, &sizes);
	struct loaded_workload loaded;
	struct lab_instance in;
	struct lab_cpu *cpu;
	int err = workload_load(&w, &loaded);

	if (err)
		return err;
	err = instance_open(&pool, &variant, 0, &in);
	if (!err) {
		cpu = cpus_alloc(&loaded, in.mem);
		if (cpu)
			time_allocator(&in, &w, cpu, sample);
		else
			err = -ENOMEM;
		cpus_free(cpu);
		instance_close(&in);
	}
	workload_unload(&loaded);
	return err;
}
