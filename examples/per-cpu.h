/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tracker of your own, as the kernel would do it with per-CPU counters: what each
 * CPU has mapped less what it has unmapped, on a pair of lines of its own.
 *
 *   swiotlb-lab compare --tracker examples/per-cpu.h
 *   swiotlb-lab check examples/per-cpu.h
 *
 * No map waits for another CPU's line. A reader sums the counters of all CPUs, one
 * after the other, and keeps the largest sum that it has seen: what rises and falls
 * between two looks is missed, and a sum of several moments may be one that never
 * was. So it promises nothing. `used` is right when nothing is under way.
 */
#include "trackers/tracker.h"

struct tracker_area {
};

struct tracker_mem {
	unsigned long hiwater;
	/* These words begin at 0x58, on a line that every map reads. */
	char pad[CACHE_LINE_PAIR - 0x58 - sizeof(unsigned long)];
	struct {
		atomic_long_t used;
		/* An alignment would not fit; the length of two lines does. */
		char pad[CACHE_LINE_PAIR - sizeof(atomic_long_t)];
	} cpu[NR_CPUS];
};

#include "swiotlb/types.h"

/*
 * A map may go on on another CPU behind raw_smp_processor_id(), so that two may add
 * to one counter: an atomic one, and still nobody else's line in nearly all cases.
 */
static inline void count(struct tracker_mem *t, long n)
{
	atomic_long_add(n, &t->cpu[raw_smp_processor_id()].used);
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	count(t, (long)nslots);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	count(t, -(long)nslots);
}

/* A map that is counted on one CPU may be unmapped on another: only the sum means something. */
static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned int cpu;
	long used = 0;

	for_each_possible_cpu(cpu) used += atomic_long_read(&t->cpu[cpu].used);
	return (unsigned long)max(used, 0L);
}

/* One sampler at a time. */
#define tracker_sample tracker_sample
static inline void tracker_sample(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long used = tracker_used(mem);

	if (used > READ_ONCE(t->hiwater))
		WRITE_ONCE(t->hiwater, used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return READ_ONCE(mem_tracker(mem)->hiwater);
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
	WRITE_ONCE(mem_tracker(mem)->hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .under = TRACKER_UNBOUNDED, .over = TRACKER_UNBOUNDED };
}
