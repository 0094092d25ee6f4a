/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree - hierarchical counters: each area counts for itself up to a batch, and
 * carries whole batches to a node that it shares with a few others, which carries
 * whole larger batches on, up to one global count. The mark is kept from that.
 *
 * Source: Mathieu Desnoyers, percpu_counter_tree ("Hierarchical Per-CPU Counters",
 * on the Linux mailing lists since 2025; also in librseq). From there are the batch of
 * 32, which at each level is larger by the number of children, the shapes of the tree,
 * and that a carry is what changes in the higher bits, so that what stays is never
 * negative. A tree tells its own accuracy, from its shape, for a sum at rest.
 *
 * What is different here: the leaves are areas, under their locks, and not CPUs.
 * Transient pools are no leaves: they count in the global count at once. There is a
 * mark, so that it matters what happens while carries are on their way.
 *
 * The promise: with N areas, leaves in batches of B, and batches of T that come to
 * the global count,
 *
 *   rest = N (B - 1), and for each inner node its batch less that of its children,
 *   way  = N (T - B);
 *
 * the mark is under by at most rest + way, and over by at most way.
 *
 * The argument: let an operation take effect with its last access to the tree. Then
 * the count of those that have is the global count, and what the leaves and nodes
 * hold, and what those on their way took from nodes that they have passed. A leaf
 * with what was taken from it is still what it was before, within 0 and B - 1,
 * because its lock is held all the way. A node holds between 0 and its batch less
 * its children's. From each node that it passes, an operation on its way took, or
 * left there, at most as much: T - B for all of them together. No more are on their
 * way than there are areas. So the global count is never further off than said; and
 * the mark is the largest global count, for that only rises by additions, and each of
 * these raises the mark.
 *
 * What a reader sees: used is summed from all parts, without a lock, and may be
 * above the mark by as much as that may be under. In a kernel the area's lock is
 * held with interrupts disabled up to the top of the tree: for as many locked
 * instructions as it has levels, mostly none.
 */
#include "trackers/tracker.h"

#define TREE_DEFAULT_BATCH 32
/* Of more areas than these, several take the same way up. */
#define TREE_MAX_LEAVES 1024U
#define TREE_MAX_ARITY_ORDER 3
/* As many as make TREE_MAX_LEAVES with nodes of eight children and fewer. */
#define TREE_MAX_LEVELS 4
/* Of 1024 leaves: 128, 16 and 4. Smaller trees have fewer. */
#define TREE_MAX_NODES 148

/**
 * struct tracker_area - a leaf
 * @held: slots that it has counted and not carried; under the area's lock
 * @leaf: its number
 * @order: of its batch, a power of two. 0 in transient pools.
 * @direct: carries to the global count. In transient pools, and with one leaf alone.
 */
struct tracker_area {
	unsigned int held;
	unsigned short leaf;
	unsigned char order;
	bool direct;
};

struct tree_node {
	atomic_long_t count;
	char pad[CACHE_LINE_PAIR - sizeof(atomic_long_t)];
};

/**
 * struct tracker_mem - the tree
 * @total_used: the global count
 * @used_hiwater: the report
 * @pad: what follows is read by all, and never written after setup, or but by growth
 * @leaves: a power of two
 * @nr_leaves: areas that have a number
 * @order: of a leaf's batch
 * @nr_levels: ways from a leaf to the global count
 * @arity: by level, orders of how many children the nodes above have
 * @nodes: level by level, from the leaves' on
 */
struct tracker_mem {
	atomic_long_t total_used;
	atomic_long_t used_hiwater;
	char pad[CACHE_LINE_PAIR - 2 * sizeof(atomic_long_t)];
	unsigned int leaves;
	unsigned int nr_leaves;
	unsigned char order;
	unsigned char nr_levels;
	unsigned char arity[TREE_MAX_LEVELS];
	char pad_behind[CACHE_LINE_PAIR];
	struct tree_node nodes[TREE_MAX_NODES];
};

#include "swiotlb/types.h"

/**
 * struct tree_level - a level of inner nodes, on the way up
 * @nodes: the first of them
 * @nr: how many, a power of two
 * @below: the batch of what comes to them
 * @batch: the batch of what they carry on
 * @level: 1 for the one above the leaves
 */
struct tree_level {
	struct tree_node *nodes;
	unsigned int nr;
	long below;
	long batch;
	unsigned int level;
};

static inline struct tree_level tree_begin(struct tracker_mem *t)
{
	return (struct tree_level){
		.nodes = t->nodes,
		.nr = t->leaves >> t->arity[0],
		.below = 1L << t->order,
		.batch = 1L << (t->order + t->arity[0]),
		.level = 1,
	};
}

static inline struct tree_level tree_above(struct tracker_mem *t, struct tree_level at)
{
	return (struct tree_level){
		.nodes = at.nodes + at.nr,
		.nr = at.nr >> t->arity[at.level],
		.below = at.batch,
		.batch = at.batch << t->arity[at.level],
		.level = at.level + 1,
	};
}

/* Every level of inner nodes, from the leaves up; the global count is none of them. */
#define for_each_level(t, at)                                                                      \
	for ((at) = tree_begin(t); (at).level < (t)->nr_levels; (at) = tree_above((t), (at)))

static inline void tree_number(struct tracker_mem *t, struct io_tlb_area *area)
{
	area->tracker.leaf = (unsigned short)(t->nr_leaves++ & (t->leaves - 1));
	area->tracker.order = t->order;
	area->tracker.direct = t->leaves == 1;
}

/* The children as even as can be, more of them below. One leaf needs no batches. */
#define tracker_init tracker_init
static inline void tracker_init(struct io_tlb_mem *mem, const struct tracker_params *params)
{
	struct tracker_mem *t = mem_tracker(mem);
	unsigned long batch = params->batch ? params->batch : TREE_DEFAULT_BATCH;
	unsigned int order, level;
	struct io_tlb_area *area;
	struct area_walk walk;

	t->leaves = min(params->nareas, TREE_MAX_LEAVES);
	order = (unsigned int)__builtin_ctz(t->leaves);
	t->order = (unsigned char)(order ? __builtin_ctzl(roundup_pow_of_two(batch)) : 0);
	t->nr_levels = (unsigned char)max(DIV_ROUND_UP(order, (unsigned int)TREE_MAX_ARITY_ORDER),
					  min(order, (unsigned int)TREE_MAX_ARITY_ORDER));
	for (level = 0; level < t->nr_levels; level++) {
		t->arity[level] = (unsigned char)DIV_ROUND_UP(order, t->nr_levels - level);
		order -= t->arity[level];
	}
	t->nr_leaves = 0;
	for_each_area(mem, area, walk)
		tree_number(t, area);
}

/* Those of the first pool are numbered by tracker_init(): there is no tree yet. */
#define tracker_init_area tracker_init_area
static inline void tracker_init_area(struct tracker_mem *t, struct io_tlb_area *area,
				     bool transient)
{
	area->tracker.direct = true;
	if (t->leaves && !transient)
		tree_number(t, area);
}

/* A whole number of batches leaves @area, whose lock is held. */
static noinline void tracker_carry(struct tracker_mem *t, struct io_tlb_area *area, long carry)
{
	struct tree_level at;
	long used, hiwater;

	if (!area->tracker.direct) {
		for_each_level(t, at) {
			struct tree_node *node = &at.nodes[area->tracker.leaf & (at.nr - 1)];
			long count = atomic_long_add_return(carry, &node->count);

			/* How many whole batches it is, now and before: negative ones, too. */
			carry = (count & -at.batch) - ((count - carry) & -at.batch);
			if (!carry)
				return;
		}
	}
	used = atomic_long_add_return(carry, &t->total_used);
	if (carry < 0)
		return;
	hiwater = atomic_long_read(&t->used_hiwater);
	/* Bounded: each retry means that another CPU has raised the mark. */
	while (used > hiwater && !atomic_long_try_cmpxchg(&t->used_hiwater, &hiwater, used))
		;
}

/* Under the area's lock, which protects @held. */
static __always_inline void tracker_count(struct tracker_mem *t, struct io_tlb_area *area, long n)
{
	long sum = (long)area->tracker.held + n;
	long held = sum & ((1L << area->tracker.order) - 1);

	WRITE_ONCE(area->tracker.held, (unsigned int)held);
	if (unlikely(sum != held))
		tracker_carry(t, area, sum - held);
}

#define tracker_add_locked tracker_add_locked
static __always_inline unsigned long tracker_add_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	tracker_count(t, area, (long)nslots);
	return 0;
}

#define tracker_sub_locked tracker_sub_locked
static __always_inline unsigned long tracker_sub_locked(struct tracker_mem *t,
							struct io_tlb_mem *mem,
							struct io_tlb_area *area,
							unsigned int nslots, unsigned long used)
{
	tracker_count(t, area, -(long)nslots);
	return 0;
}

/* What is on its way meanwhile may be seen twice, or not at all. */
static inline unsigned long tracker_used(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	long used = atomic_long_read(&t->total_used);
	struct io_tlb_area *area;
	struct area_walk walk;
	struct tree_level at;

	for_each_area(mem, area, walk)
		used += READ_ONCE(area->tracker.held);
	for_each_level(t, at)
		for (unsigned int i = 0; i < at.nr; i++)
			used += atomic_long_read(&at.nodes[i].count) & (at.batch - 1);
	return (unsigned long)max(used, 0L);
}

/* A pool that cannot grow is never further off than its size, nor used beyond it. */
static inline unsigned long tracker_most(struct io_tlb_mem *mem, unsigned long slots)
{
	return mem_can_grow(mem) ? slots : min(slots, READ_ONCE(mem->nslabs));
}

static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	return tracker_most(mem, (unsigned long)atomic_long_read(&t->used_hiwater));
}

/*
 * To the global count of the moment: from zero, no map would lift it but one whose
 * carry comes to the top. An addition from before the reset may still raise it.
 */
static inline void tracker_reset(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);

	atomic_long_set(&t->used_hiwater, max(atomic_long_read(&t->total_used), 0L));
}

static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	struct tracker_mem *t = mem_tracker(mem);
	long areas = (long)mem_nr_areas(mem), batch = 1L << t->order, top = batch;
	unsigned long rest = (unsigned long)(areas * (batch - 1)), way;
	struct tree_level at;

	for_each_level(t, at) {
		rest += at.nr * (unsigned long)(at.batch - at.below);
		top = at.batch;
	}
	way = (unsigned long)(areas * (top - batch));
	return (struct tracker_bounds){ .under = tracker_most(mem, rest + way),
					.over = tracker_most(mem, way),
					.until = TRACKER_UNTIL_RESET };
}
