/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cache lines: who has each, and what it takes to get it.
 *
 * A line is with nobody, exclusively with one core, or shared by some. Getting
 * it exclusively, and fetching it from where it is exclusive, moves it; moves of
 * one line follow each other, so that a line many want is a queue. They are
 * served in the order of the calls, which the machine makes in the order of
 * virtual time. Caches hold everything: nothing is ever evicted.
 *
 * Times are picoseconds.
 */
#ifndef ENGINE_LINE_H
#define ENGINE_LINE_H

#include "engine/virtual/virtual.h"
#include "swiotlb/swiotlb.h"

#define LINE_SHIFT 6

/**
 * struct cache_line - where a line is, but for its owner
 * @ready: when its latest move ends
 * @leaves: until when @previous still has it
 * @previous: the owner before, plus one
 * @sharers: cores that share it, when none owns it
 * @sockets: those cores' sockets, a bit each
 * @set: where the cores' bits are, in line_table.sets; 0 for none yet
 */
struct cache_line {
	u64 ready;
	u64 leaves;
	u16 previous;
	u16 sharers;
	u32 sockets;
	u32 set;
};

/**
 * struct line_region - the lines of one piece of memory, which begins on a line
 * @owner: by line: core that has it exclusively, plus one; 0 if none does. By
 *	itself because most accesses look at nothing else.
 */
struct line_region {
	uintptr_t base;
	size_t bytes;
	u16 *owner;
	struct cache_line *lines;
};

/* No lock lies among the slots. */
enum line_memory { LINES_SLOTS, LINES_AREAS, LINES_MEM, NR_LINE_MEMORIES };

/* Costs, see struct lab_costs. */
struct line_costs {
	u64 own;
	u64 atomic;
	u64 shared;
	u64 core;
	u64 socket;
	u64 hold;
};

struct line_stats {
	u64 accesses;
	u64 from_core;
	u64 from_socket;
	u64 waited;
	u64 queued;
};

/**
 * struct line_table - all lines that the engine knows
 * @descriptor_end: the accesses of @region[LINES_MEM] below this go to the pool
 *	descriptor
 * @siblings: cores have more than one thread: a line may be its core's and still
 *	on its way there
 * @sets: sets of cores, @set_words words each, the first unused
 */
struct line_table {
	struct line_region region[NR_LINE_MEMORIES];
	uintptr_t descriptor_end;
	struct line_costs costs;
	struct line_stats stats[LAB_NR_LINE_CLASSES];
	u64 *sets;
	u32 nr_sets;
	u32 room_sets;
	u32 set_words;
	u32 cores_per_socket;
	bool siblings;
	bool out_of_memory;
};

/* For @mem, whatever its tracker. 0 or -ENOMEM. */
int line_table_init(struct line_table *t, struct io_tlb_mem *mem, const struct lab_costs *costs,
		    const struct lab_topology *topology);
void line_table_free(struct line_table *t);

/*
 * An access of @core to line @i of @r that it may not have, at @now. Return: when
 * it is done.
 */
u64 line_move(struct line_table *t, const struct line_region *r, size_t i, struct line_stats *stats,
	      u32 core, u64 now, bool exclusive, u64 own);

/* Picoseconds of a cost in nanoseconds. */
static inline u64 cost_ps(double ns)
{
	return (u64)(ns * 1000 + 0.5);
}

/* The lines that @ptr is in, or NULL; @stats is set in both cases. */
static __always_inline struct line_region *line_find(struct line_table *t, uintptr_t p,
						     struct line_stats **stats)
{
	struct line_region *r = t->region;

	if (likely(p - r[LINES_SLOTS].base < r[LINES_SLOTS].bytes)) {
		*stats = &t->stats[LAB_LINE_SLOTS];
		return &r[LINES_SLOTS];
	}
	if (p - r[LINES_AREAS].base < r[LINES_AREAS].bytes) {
		*stats = &t->stats[LAB_LINE_AREA];
		return &r[LINES_AREAS];
	}
	if (p - r[LINES_MEM].base < r[LINES_MEM].bytes) {
		*stats = &t->stats[p < t->descriptor_end ? LAB_LINE_DESCRIPTOR : LAB_LINE_COUNTERS];
		return &r[LINES_MEM];
	}
	*stats = &t->stats[LAB_LINE_OTHER];
	return NULL;
}

/**
 * line_access() - charge an access, line by line
 * @own: what an own line costs
 *
 * Return: when the access is done.
 */
static __always_inline u64 line_access(struct line_table *t, u32 core, uintptr_t p, size_t size,
				       bool exclusive, u64 own, u64 now)
{
	struct line_stats *stats;
	const struct line_region *r = line_find(t, p, &stats);
	size_t first, last;

	if (unlikely(!r)) {
		stats->accesses++;
		return now + own;
	}
	first = (p - r->base) >> LINE_SHIFT;
	last = (p - r->base + size - 1) >> LINE_SHIFT;
	stats->accesses += last - first + 1;
	for (size_t i = first; i <= last; i++) {
		if (likely(r->owner[i] == core + 1 && !t->siblings))
			now += own;
		else
			now = line_move(t, r, i, stats, core, now, exclusive, own);
	}
	return now;
}

#endif /* ENGINE_LINE_H */
