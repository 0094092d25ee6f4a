/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * funnel - one exact count that few CPUs come to: maps and unmaps first add to one of
 * some aggregators, and whoever is first in a batch adds the whole batch to the count.
 *
 * Source: Roh, Wei, Ruppert, Fatourou, Jayanti and Shun, "Aggregating Funnels for
 * Faster Fetch&Add and Queues", PPoPP 2025 (arXiv 2411.14420). From there is all of
 * how a batch forms: an aggregator is one word, to which an operation adds what it
 * brings, and so learns what came before it; the one before which everything is done
 * leads the next batch, which is all that has been added when it looks; there are
 * aggregators for additions and others for subtractions, so that these words only
 * grow; and for p CPUs there are about the root of p of each.
 *
 * What is different here: operations do not learn their own results. Within a batch
 * of additions the last result is the largest, and its leader has it; of a batch of
 * subtractions no result can be the mark. So of the list of past batches, from which
 * the paper's operations find theirs, only the end of the last one is left, and
 * there is no memory to be freed. Their way round the aggregators is left out, too.
 * And p is the number of areas: of more CPUs than that, several meet in each area's
 * lock already.
 *
 * The promise: used and the mark are exact. All operations of a batch take effect one
 * after another at the moment at which its leader adds it to the count. Each of them
 * has begun by then, because it is in the batch; and none has ended, because it waits
 * until the leader says that the batch is done, which it says behind its look at the
 * mark. As in global-atomic this is behind the area's lock, so that the count may run
 * ahead of the slots, a reader may see it above the mark, and a reset goes to zero.
 *
 * In a kernel: who is in an aggregator waits for another CPU, as in a queue for a spin
 * lock. So interrupts must be disabled from the first addition to the end: a map in an
 * interrupt on the leader's CPU would wait for that CPU. And where the hypervisor
 * takes a leader's CPU away, all who are in its aggregator wait until it is back.
 */
#include "trackers/tracker.h"

/* The root of as many areas as there can be CPUs. */
#define FUNNEL_MAX_ORDER 5
_Static_assert(NR_CPUS <= 1 << (2 * FUNNEL_MAX_ORDER), "about the root of the CPUs");

/**
 * struct aggregator - where batches form; its two words lie apart
 * @joined: slots of all operations that have ever come
 * @done: slots of those that are through: as far as the end of the last batch
 */
struct aggregator {
	atomic_long_t joined;
	char pad[CACHE_LINE_PAIR - sizeof(atomic_long_t)];
	long done;
	char pad_behind[CACHE_LINE_PAIR - sizeof(long)];
};

struct tracker_area {
};

/**
 * struct tracker_mem - the count, and the ways to it
 * @total_used: slots
 * @used_hiwater: the report
 * @pad: the next two are read by all, and never written
 * @cpus: one less than the CPUs that differ, a power of two
 * @shift: so many CPUs share an aggregator, as a power of two
 * @add, @sub: the aggregators of maps and of unmaps
 */
struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
	char pad[CACHE_LINE_PAIR - 2 * sizeof(atomic_long_t)];
	unsigned int cpus;
	unsigned int shift;
	char pad_behind[CACHE_LINE_PAIR - 2 * sizeof(unsigned int)];
	struct aggregator add[1 << FUNNEL_MAX_ORDER];
	struct aggregator sub[1 << FUNNEL_MAX_ORDER];
};

#include "swiotlb/types.h"

#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned int areas = min(params->nareas, (unsigned int)NR_CPUS);
	unsigned int order = (unsigned int)__builtin_ctz(areas);

	t->cpus = areas - 1;
	t->shift = order - order / 2;
}

/* CPUs with numbers that follow each other share one: they may be near each other. */
static inline unsigned int tracker_way(struct tracker_mem *t)
{
	return (raw_smp_processor_id() & t->cpus) >> t->shift;
}

static inline void tracker_add_batch(struct tracker_mem *t, long nslots)
{
	long used = atomic_long_add_return(nslots, &t->total_used);
	long hiwater = atomic_long_read(&t->used_hiwater);

	/* Bounded: each retry means that another leader has raised the mark. */
	while (used > hiwater && !atomic_long_try_cmpxchg(&t->used_hiwater, &hiwater, used))
		;
}

/**
 * tracker_join() - add @nslots, in a batch
 *
 * Returns when they are in the count, and the mark is up to that. Waits for at most
 * two batches: the one under way when it came, and its own.
 */
static noinline void tracker_join(struct tracker_mem *t, struct aggregator *a, long nslots,
				  bool add)
{
	long before = atomic_long_add_return(nslots, &a->joined) - nslots;
	long joined;

	/*
	 * Whoever leads the batch of @before says that it is done. A batch ends where an
	 * operation does, so what is done is never in the middle of one: either this is
	 * the first that is not, or it has been taken along.
	 */
	if (smp_cond_load_acquire(&a->done, VAL >= before) > before)
		return;
	joined = atomic_long_read(&a->joined);
	if (add)
		tracker_add_batch(t, joined - before);
	else
		atomic_long_sub(joined - before, &t->total_used);
	/* Release: who sees it sees count and mark. The next leader adds behind this one. */
	smp_store_release(&a->done, joined);
}

#define tracker_add tracker_add
static __always_inline void tracker_add(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	tracker_join(t, &t->add[tracker_way(t)], (long)nslots, true);
}

#define tracker_sub tracker_sub
static __always_inline void tracker_sub(struct tracker_mem *t, struct io_tlb_mem *mem,
					unsigned int nslots, unsigned long token)
{
	tracker_join(t, &t->sub[tracker_way(t)], (long)nslots, false);
}

static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->total_used);
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	return (unsigned long)atomic_long_read(&mem_tracker(mem)->used_hiwater);
}

/* To zero, not to what is in use: the next batch of maps lifts it to that. */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	atomic_long_set(&mem_tracker(mem)->used_hiwater, 0);
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	return (struct tracker_bounds){ .until = TRACKER_UNTIL_RESET };
}
