// SPDX-License-Identifier: GPL-2.0-only
/* Moves of cache lines, and the table that finds them. */
/* The pool descriptor is the same behind every tracker. */
#include "trackers/off.h"

#include "virtual/machine/line.h"
#include "engine/huge.h"
#include "swiotlb/slot_index.h"

#include <malloc.h>
#include <stdlib.h>

/* Cores that share one line take this many bits, in words of 64. */
#define SET_ROOM 64

static int region_init(struct line_region *r, void *memory)
{
	/*
	 * What the allocator got for it is at least what it asked for, and no other
	 * allocation begins before the end of that.
	 */
	r->base = (uintptr_t)memory;
	r->bytes = malloc_usable_size(memory);
	r->owner = huge_calloc((r->bytes >> LINE_SHIFT) + 4, sizeof(*r->owner));
	r->lines = huge_calloc((r->bytes >> LINE_SHIFT) + 1, sizeof(*r->lines));
	return r->owner && r->lines ? 0 : -ENOMEM;
}

/*
 * @cost is of a move within a complex, and a part of it. A line stays until it is told
 * that another core wants it, and follows another move once it was told: word of that
 * takes the longer, the further the move is.
 */
static u64 by_distance(const struct lab_costs *costs, double cost, u64 move)
{
	const double core = (double)cost_ps(costs->core);

	return core > 0 && (double)move > core ?
		       (u64)((double)cost_ps(cost) * (double)move / core + 0.5) :
		       cost_ps(cost);
}

/* Which socket and which complex each core is in. */
static void place_cores(struct line_table *t, const struct lab_topology *topology)
{
	const u32 of_each = topology->complex_cores ?
				    min(topology->complex_cores, topology->cores) :
				    topology->cores;
	const u32 per_socket = DIV_ROUND_UP(topology->cores, of_each);
	const u32 cores = topology->sockets * topology->cores;

	t->complexes = per_socket > 1;
	for (u32 i = 0; i < cores; i++) {
		const u32 socket = i / topology->cores, within = i % topology->cores;
		const u32 complex = socket * per_socket + within / of_each;

		t->socket_of[i] = (u8)socket;
		t->complex_of[i] = (u16)complex;
		t->complex_first[complex + 1] = (u16)(i + 1);
	}
}

int line_table_init(struct line_table *t, struct io_tlb_mem *mem, const struct lab_costs *costs,
		    const struct lab_topology *topology)
{
	struct io_tlb_pool *pool = &mem->defpool;
	uintptr_t align_mask = CACHE_LINE_PAIR - 1;
	u32 cores = topology->sockets * topology->cores;

	*t = (struct line_table){
		.descriptor_end = (uintptr_t)mem + sizeof(*pool),
		.costs = {
			.own = cost_ps(costs->own),
			.walk = cost_ps(costs->walk),
			.atomic = cost_ps(costs->atomic),
			.shared = cost_ps(costs->shared),
			.move = { cost_ps(costs->core), cost_ps(costs->complex),
				  cost_ps(costs->socket) },
		},
		.look = 1,
		.nr_sets = 1,
		.set_words = DIV_ROUND_UP(cores, 64),
		.siblings = topology->threads > 1,
		.pairs = !costs->lone_lines,
	};
	for (int i = 0; i < NR_DISTANCES; i++) {
		const u64 move = t->costs.move[i];

		t->costs.hold[i] = by_distance(costs, costs->hold, move);
		t->costs.follow[i] = costs->follow > 0 ?
					     min(by_distance(costs, costs->follow, move), move) :
					     move;
	}
	place_cores(t, topology);
	/* It lies at the beginning of its memory, at the offset that was asked for. */
	if (region_init(&t->region[LINES_MEM], (void *)((uintptr_t)mem & ~align_mask)) ||
	    region_init(&t->region[LINES_AREAS], pool->areas) ||
	    region_init(&t->region[LINES_SLOTS], slots_memory(pool))) {
		line_table_free(t);
		return -ENOMEM;
	}
	return 0;
}

void line_table_free(struct line_table *t)
{
	for (int i = 0; i < NR_LINE_MEMORIES; i++) {
		free(t->region[i].owner);
		free(t->region[i].lines);
	}
	free(t->sets);
	*t = (struct line_table){ 0 };
}

size_t line_table_saved_bytes(const struct line_table *t)
{
	return t->region[LINES_MEM].bytes + t->region[LINES_AREAS].bytes;
}

void line_table_save(const struct line_table *t, char *to)
{
	const struct line_region *mem = &t->region[LINES_MEM], *areas = &t->region[LINES_AREAS];

	memcpy(to, (const void *)mem->base, mem->bytes);
	memcpy(to + mem->bytes, (const void *)areas->base, areas->bytes);
}

void line_table_restore(const struct line_table *t, const char *from)
{
	const struct line_region *mem = &t->region[LINES_MEM], *areas = &t->region[LINES_AREAS];

	memcpy((void *)mem->base, from, mem->bytes);
	memcpy((void *)areas->base, from + mem->bytes, areas->bytes);
}

/* The words of a line's set of sharers; NULL without memory for one. */
static u64 *line_set(struct line_table *t, struct cache_line *line)
{
	if (!line->set) {
		if (t->nr_sets >= t->room_sets) {
			u32 room = max(2 * t->room_sets, (u32)SET_ROOM);
			u64 *sets = realloc(t->sets, (size_t)room * t->set_words * sizeof(*sets));

			if (!sets) {
				t->out_of_memory = true;
				return NULL;
			}
			t->sets = sets;
			t->room_sets = room;
		}
		line->set = t->nr_sets++;
		memset(t->sets + (size_t)line->set * t->set_words, 0, t->set_words * sizeof(u64));
	}
	return t->sets + (size_t)line->set * t->set_words;
}

static void line_share(struct line_table *t, struct cache_line *line, u32 core)
{
	u64 *set = line_set(t, line);
	u64 bit = 1ULL << (core % 64);

	if (!set || (line->sharers && set[core / 64] & bit))
		return;
	if (!line->sharers)
		memset(set, 0, t->set_words * sizeof(*set));
	set[core / 64] |= bit;
	line->sharers++;
	line->sockets |= 1U << t->socket_of[core];
}

/* How many of the cores that share @line are in the complex of @core. */
static u32 sharers_beside(const struct line_table *t, const struct cache_line *line, u32 core)
{
	const u64 *set = t->sets + (size_t)line->set * t->set_words;
	const u16 *first = &t->complex_first[t->complex_of[core]];
	u32 found = 0;

	for (u32 i = first[0]; i < first[1]; i++)
		found += set[i / 64] >> (i % 64) & 1;
	return found;
}

static enum line_distance distance(const struct line_table *t, u32 from, u32 to)
{
	if (t->socket_of[from] != t->socket_of[to])
		return FROM_SOCKET;
	return t->complex_of[from] != t->complex_of[to] ? FROM_COMPLEX : FROM_CORE;
}

/* To the nearest of the cores that share @line, of which there are some. */
static enum line_distance nearest_sharer(const struct line_table *t, const struct cache_line *line,
					 u32 core)
{
	if (!(line->sockets >> t->socket_of[core] & 1))
		return FROM_SOCKET;
	return t->complexes && !sharers_beside(t, line, core) ? FROM_COMPLEX : FROM_CORE;
}

/* To the furthest of them: an invalidation waits for all. */
static enum line_distance furthest_sharer(const struct line_table *t, const struct cache_line *line,
					  u32 core)
{
	if (line->sockets & ~(1U << t->socket_of[core]))
		return FROM_SOCKET;
	return t->complexes && sharers_beside(t, line, core) < line->sharers ? FROM_COMPLEX :
									       FROM_CORE;
}

/* Where @core remembers line @i of @r once it has lost it. */
static struct line_lease *lease_of(struct line_table *t, const struct line_region *r, size_t i,
				   u32 core)
{
	return &t->lease[core][(i + 3 * (size_t)(r - t->region)) % LEASES];
}

/* When a move that is asked for @now, and is made behind all others, is done. */
static u64 move_done(struct line_table *t, struct cache_line *line, struct line_stats *stats,
		     u64 now, enum line_distance from)
{
	const u64 alone = now + t->costs.move[from];
	const u64 done = max(alone, line->ready + t->costs.follow[from]);

	stats->queued += done - alone;
	if (from == FROM_SOCKET)
		stats->from_socket++;
	else
		stats->from_core++;
	return done;
}

/* A read of a line that this core does not own. */
static u64 line_read(struct line_table *t, struct cache_line *line, u16 *owner,
		     struct line_stats *stats, u32 core, u64 now, u64 own)
{
	u64 done;

	if (*owner) {
		u32 from = *owner - 1U;

		done = move_done(t, line, stats, now, distance(t, from, core));
		line_share(t, line, from);
		*owner = 0;
		line->ready = done;
	} else if (line_shared_by(t, line, core)) {
		return max(now, line->ready) + own;
	} else {
		/* Copies are handed out side by side, once the line is there. */
		enum line_distance from = line->sharers ? nearest_sharer(t, line, core) : FROM_CORE;

		stats->queued += line->ready > now ? line->ready - now : 0;
		if (from == FROM_SOCKET)
			stats->from_socket++;
		done = max(now, line->ready) +
		       (from == FROM_CORE ? t->costs.shared : t->costs.move[from]);
	}
	line_share(t, line, core);
	return done;
}

/*
 * Line @i was taken from others: so is its neighbour, if somebody has it. That is
 * waited for where a move of it is asked for next, not here; by whom it has come
 * to, which reads it behind a move of its own, not at all.
 */
static void pair_follows(struct line_table *t, const struct line_region *r, size_t i, u32 core,
			 u64 done)
{
	struct cache_line *line = &r->lines[i ^ 1];
	u16 *owner = &r->owner[i ^ 1];

	if (*owner == core + 1 || (!*owner && !line->sharers))
		return;
	line->ready = max(done, line->ready);
	if (*owner)
		*lease_of(t, r, i ^ 1, *owner - 1U) = (struct line_lease){ line, line->ready };
	line->sharers = 0;
	line->sockets = 0;
	*owner = (u16)(core + 1);
}

static u64 line_take(struct line_table *t, const struct line_region *r, size_t i,
		     struct line_stats *stats, u32 core, u64 now, u64 own)
{
	struct cache_line *line = &r->lines[i];
	u16 *owner = &r->owner[i];
	const u64 begun = max(now, line->ready);
	struct line_lease *lease = NULL;
	enum line_distance from = FROM_CORE;
	u64 done;

	if (*owner) {
		lease = lease_of(t, r, i, *owner - 1U);
		from = distance(t, *owner - 1U, core);
		done = move_done(t, line, stats, now, from);
	} else if (!line->sharers)
		done = begun + t->costs.shared;
	else if (line->sharers == 1 && line_shared_by(t, line, core))
		done = begun + own;
	else
		done = move_done(t, line, stats, now, furthest_sharer(t, line, core));
	if (lease)
		*lease = (struct line_lease){ line, min(begun + t->costs.hold[from], done) };
	line->ready = done;
	line->sharers = 0;
	line->sockets = 0;
	*owner = (u16)(core + 1);
	return done;
}

static u64 line_move(struct line_table *t, const struct line_region *r, size_t i,
		     struct line_stats *stats, u32 core, u64 now, bool exclusive, u64 own)
{
	struct cache_line *line = &r->lines[i];
	u16 *owner = &r->owner[i];
	const struct line_lease *lease = lease_of(t, r, i, core);
	u64 done;

	if (*owner == core + 1)
		/* Perhaps on its way to another thread of this core. */
		done = max(now, line->ready) + own;
	else if (lease->line == line && now < lease->until)
		return now + own;
	else if (exclusive) {
		bool moves = *owner || line->sharers > 1 ||
			     (line->sharers == 1 && !line_shared_by(t, line, core));

		done = line_take(t, r, i, stats, core, now, own);
		if (moves && t->pairs)
			pair_follows(t, r, i, core, done);
	} else
		done = line_read(t, line, owner, stats, core, now, own);
	stats->waited += done - now - min(own, done - now);
	return done;
}

static bool line_had(const struct line_table *t, const struct cache_line *line, u16 owner, u32 core,
		     bool exclusive)
{
	if (core == NO_CORE)
		return (!owner && !line->sharers) || line->looked == t->look;
	return owner == core + 1 || (!exclusive && !owner && line_shared_by(t, line, core));
}

bool lines_had(const struct line_table *t, const struct line_span *span, u32 core, bool exclusive)
{
	for (size_t i = span->first; span->region && i < span->first + span->nr; i++)
		if (!line_had(t, &span->region->lines[i], span->region->owner[i], core, exclusive))
			return false;
	return span->region;
}

static void look_at_lines(const struct line_table *t, const struct line_span *span)
{
	for (size_t i = span->first; span->region && i < span->first + span->nr; i++)
		span->region->lines[i].looked = t->look;
}

u64 line_access_slow(struct line_table *t, const struct line_span *span, u32 core, bool exclusive,
		     u64 own, u64 walk, u64 now)
{
	if (core == NO_CORE) {
		look_at_lines(t, span);
		return now + t->costs.move[FROM_CORE];
	}
	span->stats->accesses += span->nr;
	if (!span->region)
		return now + own;
	for (size_t i = span->first; i < span->first + span->nr; i++)
		now = line_move(t, span->region, i, span->stats, core, now, exclusive,
				i == span->first ? own : walk);
	return now;
}
