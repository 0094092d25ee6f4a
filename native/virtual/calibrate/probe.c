// SPDX-License-Identifier: GPL-2.0-only
/* The timed loops of a calibration, but for those of probe_lines.c. */
#include "virtual/calibrate/probe.h"

#include <sched.h>
#include <stdatomic.h>

#include "engine/clock.h"
#include "engine/step.h"

#define PROBE_HANDOFFS 500
#define PROBE_LINES 64
/* Then the other thread has lost its CPU, and may want this one. */
#define SPINS_BEFORE_YIELD 4000

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
