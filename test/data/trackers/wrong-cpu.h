/* SPDX-License-Identifier: GPL-2.0-only */
/* A counter for each CPU, and an unmap on another CPU than the map. */
#include "trackers/tracker.h"

#include "forms.h"

struct tracker_area {
};

struct tracker_mem {
	long cpu[NR_CPUS];
};

#include "swiotlb/types.h"

/* Nobody else writes to it: each virtual CPU has a number of its own. */
static inline void count(struct tracker_mem *t, long n)
{
	long *mine = &t->cpu[raw_smp_processor_id()];

	STORE(*mine, LOAD(*mine) + n);
}

#define tracker_add tracker_add
static inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	count(t, nslots);
}

#define tracker_sub tracker_sub
static inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem, unsigned int nslots,
			       unsigned long token)
{
	count(t, -(long)nslots);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned int cpu;
	long used = 0;

	for_each_possible_cpu(cpu)
#ifdef SOUND
		used += LOAD(t->cpu[cpu]);
#else
		used += max(LOAD(t->cpu[cpu]), 0L);
#endif
	return (unsigned long)used;
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return 0;
}

static inline void tracker_reset(struct io_tlb_mem *mem)
{
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ TRACKER_UNBOUNDED, TRACKER_UNBOUNDED, 0 };
}
