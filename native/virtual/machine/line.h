/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cache lines: who has each, and what it takes to get it.
 *
 * A line is with nobody, exclusively with one core, or shared by some. Getting
 * it exclusively, and fetching it from where it is exclusive, moves it; moves of
 * one line follow each other, so that a line many want is a queue. They are
 * served in the order of the calls, which the machine makes in the order of
 * virtual time. Who had to wait for the move before asked for the line meanwhile,
 * and so gets it sooner behind that than by a move alone. Caches hold everything:
 * nothing is ever evicted.
 *
 * Many processors fetch lines in pairs of 128 bytes. There, whoever takes a line
 * from others takes its neighbour along, so that it is lost to those who have that
 * one, also where they only ever read it: the pool descriptor beside the counters is.
 *
 * Times are picoseconds.
 */
#ifndef VIRTUAL_LINE_H
#define VIRTUAL_LINE_H

#include "virtual/lab_predict.h"
#include "swiotlb/swiotlb.h"

#define LINE_SHIFT 6

/**
 * struct cache_line - where a line is, but for its owner
 * @ready: when its latest move ends
 * @sharers: cores that share it; none while one owns it
 * @waiter: a CPU that waits for a write to it, plus one; 0 for none. The machine's.
 * @sockets: those cores' sockets, a bit each
 * @set: where the cores' bits are, in line_table.sets; 0 for none yet
 * @looked: line_table.look when it was last looked at from no core
 */
struct cache_line {
	u64 ready;
	u16 sharers;
	u16 waiter;
	u32 sockets;
	u32 set;
	u32 looked;
};

/**
 * struct line_region - the lines of one piece of memory, which begins on a line
 * @owner: by line: core that has it exclusively, plus one; 0 if none does. By
 *	itself because most accesses look at nothing else, four lines at a time;
 *	behind the last line there is room to read so many.
 */
struct line_region {
	uintptr_t base;
	size_t bytes;
	u16 *owner;
	struct cache_line *lines;
};

/* No lock lies among the slots. */
enum line_memory { LINES_SLOTS, LINES_AREAS, LINES_MEM, NR_LINE_MEMORIES };

/* How far a line comes: from the same complex, the same socket, another one. */
enum line_distance { FROM_CORE, FROM_COMPLEX, FROM_SOCKET, NR_DISTANCES };

/* Costs, see struct lab_costs. */
struct line_costs {
	u64 own;
	u64 walk;
	u64 atomic;
	u64 shared;
	u64 move[NR_DISTANCES];
	u64 hold[NR_DISTANCES];
	u64 follow[NR_DISTANCES];
};

/* So many a core remembers: those of the counters and of areas do not displace each other. */
#define LEASES 8

/* A line that a core has lost, and until when it still finds it. */
struct line_lease {
	const struct cache_line *line;
	u64 until;
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
 * @pairs: whoever takes a line takes its neighbour along
 * @complexes: a socket has more than one
 * @socket_of, @complex_of: by core; complexes are numbered through all sockets
 * @complex_first: by complex, and one more: its first core
 * @lease: by core, lines that it has lost; one forgets an earlier one only where
 *	lease_of() gives both the same place
 * @sets: sets of cores, @set_words words each, the first unused
 * @look: from 1, one more for each lock that is asked for from no core: what it looks
 *	at it has until the next
 */
struct line_table {
	struct line_region region[NR_LINE_MEMORIES];
	uintptr_t descriptor_end;
	struct line_costs costs;
	struct line_stats stats[LAB_NR_LINE_CLASSES];
	u64 *sets;
	u32 look;
	u32 nr_sets;
	u32 room_sets;
	u32 set_words;
	bool siblings;
	bool pairs;
	bool complexes;
	bool out_of_memory;
	u8 socket_of[LAB_VIRTUAL_MAX_CPUS];
	u16 complex_of[LAB_VIRTUAL_MAX_CPUS];
	u16 complex_first[LAB_VIRTUAL_MAX_CPUS + 1];
	struct line_lease lease[LAB_VIRTUAL_MAX_CPUS][LEASES];
};

/* A core without a place: it owns nothing, and nobody notices what it reads. */
#define NO_CORE UINT32_MAX

/* For @mem, whatever its tracker. 0 or -ENOMEM. */
int line_table_init(struct line_table *t, struct io_tlb_mem *mem, const struct lab_costs *costs,
		    const struct lab_topology *topology);
void line_table_free(struct line_table *t);

/* The allocator's own memory, but for its slots: what a tracker's words are in. */
size_t line_table_saved_bytes(const struct line_table *t);
void line_table_save(const struct line_table *t, char *to);
void line_table_restore(const struct line_table *t, const char *from);

/**
 * struct line_span - the lines that an access touches
 * @region: NULL for memory that the engine does not know
 * @stats: set in both cases
 * @first: the first line's number in @region
 * @nr: how many
 */
struct line_span {
	const struct line_region *region;
	struct line_stats *stats;
	size_t first;
	size_t nr;
};

/* An access that is not one to own lines alone. Return: when it is done. */
u64 line_access_slow(struct line_table *t, const struct line_span *span, u32 core, bool exclusive,
		     u64 own, u64 walk, u64 now);

/*
 * Whether @core has all lines of an access, or they are on their way to it. From no core: that
 * nobody has them, or that they were looked at behind the latest lock.
 */
bool lines_had(const struct line_table *t, const struct line_span *span, u32 core, bool exclusive);

/* Picoseconds of a cost in nanoseconds. */
static inline u64 cost_ps(double ns)
{
	return (u64)(ns * 1000 + 0.5);
}

/* Whether an access lies in @r; @span is set if so. */
static __always_inline bool line_find_in(const struct line_region *r, struct line_stats *stats,
					 uintptr_t p, size_t size, struct line_span *span)
{
	uintptr_t at = p - r->base;
	size_t first = at >> LINE_SHIFT;

	if (at >= r->bytes)
		return false;
	*span = (struct line_span){ r, stats, first, ((at + size - 1) >> LINE_SHIFT) - first + 1 };
	return true;
}

static __always_inline struct line_span line_find(struct line_table *t, uintptr_t p, size_t size)
{
	enum lab_line_class mem_class = p < t->descriptor_end ? LAB_LINE_DESCRIPTOR :
								LAB_LINE_COUNTERS;
	struct line_span span;

	if (likely(line_find_in(&t->region[LINES_SLOTS], &t->stats[LAB_LINE_SLOTS], p, size,
				&span)) ||
	    line_find_in(&t->region[LINES_AREAS], &t->stats[LAB_LINE_AREA], p, size, &span) ||
	    line_find_in(&t->region[LINES_MEM], &t->stats[mem_class], p, size, &span))
		return span;
	return (struct line_span){ .stats = &t->stats[LAB_LINE_OTHER], .nr = 1 };
}

static inline bool line_shared_by(const struct line_table *t, const struct cache_line *line,
				  u32 core)
{
	return line->sharers &&
	       t->sets[(size_t)line->set * t->set_words + core / 64] >> (core % 64) & 1;
}

/*
 * What four owners read as one word are, when all are @core. Where cores have
 * more than one thread an own line may be on its way to another of them, so that
 * each line must be looked at: then, and without a place, it is what no core has.
 */
static inline u64 line_owner_word(const struct line_table *t, u32 core)
{
	return t->siblings || core == NO_CORE ? UINT64_MAX : (core + 1) * 0x0001000100010001ULL;
}

/* Whether @nr lines, at least one, all have the owner of @word. */
static __always_inline bool lines_owned(const u16 *owner, size_t nr, u64 word)
{
	u64 four;

	for (; nr > 4; nr -= 4, owner += 4) {
		memcpy(&four, owner, sizeof(four));
		if (four != word)
			return false;
	}
	memcpy(&four, owner, sizeof(four));
	/* The first line is in the low bits: all that the engine runs on is little endian. */
	return !((four ^ word) << (64 - 16 * nr));
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "lines_owned() reads four owners at once");

/* Whether @span is one line, and @core one of those that share it by @now. */
static __always_inline bool line_is_shared(const struct line_table *t, const struct line_span *span,
					   u32 core, u64 now)
{
	const struct cache_line *line;

	if (!span->region || span->nr != 1 || core == NO_CORE)
		return false;
	line = &span->region->lines[span->first];
	return line->sharers && line->ready <= now && line_shared_by(t, line, core);
}

/* What the lines of an access cost a core that has them: the first one @own, each further one @walk. */
static __always_inline u64 own_lines(const struct line_span *span, u64 own, u64 walk)
{
	return own + (span->nr - 1) * walk;
}

/**
 * line_access() - charge an access, line by line
 * @span: the lines that it touches
 * @owner_word: line_owner_word() of @core
 * @exclusive: it writes
 * @own: what the first line costs if it is an own one
 * @walk: what each further one does
 * @now: when it begins
 *
 * Return: when the access is done.
 */
static __always_inline u64 line_access(struct line_table *t, const struct line_span *span, u32 core,
				       u64 owner_word, bool exclusive, u64 own, u64 walk, u64 now)
{
	if (span->region &&
	    likely(lines_owned(&span->region->owner[span->first], span->nr, owner_word))) {
		span->stats->accesses += span->nr;
		return now + own_lines(span, own, walk);
	}
	return line_access_slow(t, span, core, exclusive, own, walk, now);
}

#endif /* VIRTUAL_LINE_H */
