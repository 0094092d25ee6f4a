// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small scenarios in which schedules are searched, drawn from a seed. One draw to a
 * statement: C leaves the order of operands, and of what initializes, to the compiler.
 */
#include "virtual/schedule/schedule.h"

#include <stdlib.h>

#define SCENARIO_MAX_MAPS 8
/* One seed in so many is longer, by as many times. */
#define SCENARIO_LONG_EVERY 16
#define SCENARIO_LONGER 8
#define SCENARIO_MAX_CPUS 4
#define SCENARIO_MAX_RESETS 2
#define SCENARIO_MAX_GROWTH 3
#define SCENARIO_MAX_SWITCHES 3
#define SCENARIO_MAX_READS 3
/* One seed in so many begins behind a load of at most so many maps. */
#define LOAD_EVERY 4
#define LOAD_MAX_MAPS 1024
#define LOAD_MAX_LIVE 4
#define POOL_START 0x40000000UL
/* 16 MiB behind the 4 MiB in which the pool ends. */
#define GROW_BASE (POOL_START + 0x1400000UL)

/* Of the seeds with large mappings, one in so many has mappings of any size. */
#define ANY_SIZE_EVERY 8

/* How large mappings are, in slots: some fill an area, most do not. */
static u64 draw_slots(struct random *r, u64 regime)
{
	static const u16 large[] = { 32, 64, 96, 128 };

	if (regime == 0 || (regime == 2 && random_below(r, 2)))
		return 1 + random_below(r, 4);
	return large[random_below(r, sizeof(large) / sizeof(large[0]))];
}

/*
 * Mappings of any size, which the other seeds seldom or never have. Drawn from a stream
 * of their own, so that all else of the seed stays as it was.
 */
static void draw_any_sizes(struct lab_scenario *s, u64 seed)
{
	struct random r = random_stream(seed, 5);

	if (random_below(&r, ANY_SIZE_EVERY))
		return;
	for (size_t i = 0; i < s->nr_ops; i++)
		if (s->ops[i].kind == LAB_OP_MAP)
			s->ops[i].size = (1 + random_below(&r, IO_TLB_SEGSIZE)) << IO_TLB_SHIFT;
}

/* A place for the unmap of the map at @map, among the operations behind it. */
static void insert_unmap(struct lab_scenario *s, struct random *r, size_t map, u32 cpu)
{
	size_t at = map + 1 + random_below(r, s->nr_ops - map);

	memmove(&s->ops[at + 1], &s->ops[at], (s->nr_ops - at) * sizeof(*s->ops));
	s->ops[at] = (struct lab_op){
		.kind = LAB_OP_UNMAP,
		.cpu = cpu,
		.id = s->ops[map].id,
	};
	s->nr_ops++;
}

#define OPS_MAX                                                                                    \
	(2 * SCENARIO_MAX_MAPS * SCENARIO_LONGER + SCENARIO_MAX_RESETS + SCENARIO_MAX_GROWTH +     \
	 LOAD_MAX_LIVE)

static void append(struct lab_scenario *s, enum lab_op_kind kind, u64 n)
{
	while (n--)
		s->ops[s->nr_ops++] = (struct lab_op){ .kind = kind };
}

/* A pool so small that some of the maps do not fit. */
static void draw_growth(struct lab_scenario *s, struct random *r)
{
	s->pool.nareas = 1U << random_below(r, 2);
	s->pool.nslabs = s->pool.nareas * (u64)IO_TLB_SEGSIZE;
	s->pool.can_grow = true;
	s->pool.grow_base = GROW_BASE;
}

/* None at all, a few, or more than there can be. */
static void draw_tolerances(struct lab_scenario *s, struct random *r)
{
	s->nr_tolerances = (u32)(1 + random_below(r, LAB_CHECK_MAX_TOLERANCES));
	for (u32 i = 0; i < s->nr_tolerances; i++) {
		u64 halves = random_below(r, 3);

		s->tolerances[i] = halves * random_below(r, s->pool.nslabs) / 2;
	}
}

/* The n-th bit of @mask that is set. */
static u32 nth_bit(u32 mask, u64 n)
{
	while (n--)
		mask &= mask - 1;
	return (u32)__builtin_ctz(mask);
}

/* What happens beside the maps and unmaps, each now and then. */
static void draw_beside(struct lab_scenario *s, struct random *r, u32 beside, u32 layouts)
{
	u64 resets = random_below(r, 3) ? 0 : 1 + random_below(r, SCENARIO_MAX_RESETS);
	u64 works = 1 + random_below(r, SCENARIO_MAX_GROWTH);
	bool late = random_below(r, 2), tolerance = random_below(r, 2);

	s->layout = nth_bit(layouts, random_below(r, (u64)__builtin_popcount(layouts)));
	if (beside & LAB_BESIDE_SWITCH) {
		s->late_switch = late;
		s->switches = (u32)(late + random_below(r, SCENARIO_MAX_SWITCHES));
	}
	if (tolerance && beside & LAB_BESIDE_TOLERANCE)
		draw_tolerances(s, r);
	if (beside & LAB_BESIDE_RESET)
		append(s, LAB_OP_RESET, resets);
	if (s->pool.can_grow)
		append(s, LAB_OP_SETTLE, works);
	if (beside & LAB_BESIDE_READER && !random_below(r, 3))
		s->reads = (u32)(1 + random_below(r, SCENARIO_MAX_READS));
}

/*
 * How many maps the load has. What a tracker does rarely it mostly does every so
 * many maps, and mostly a power of two: half of the loads end a little before a
 * multiple of one, so that the schedule meets it.
 */
static u64 draw_load_maps(struct random *r)
{
	u64 period = 4UL << random_below(r, 8), before = random_below(r, 8);
	u64 times = 1 + random_below(r, LOAD_MAX_MAPS / period);

	if (random_below(r, 2))
		return 1 + random_below(r, period * 2);
	return period * times > before ? period * times - before : 1;
}

/**
 * struct load - a load that is being drawn
 * @ops, @nr: its operations so far
 * @live, @nr_live: ids of what it has mapped
 * @cpus: how many CPUs map
 */
struct load {
	struct lab_op *ops;
	size_t nr;
	u64 live[LOAD_MAX_LIVE];
	u32 nr_live;
	u32 cpus;
};

static void load_unmap(struct load *load, struct random *r)
{
	u64 at = random_below(r, load->nr_live);

	load->ops[load->nr++] = (struct lab_op){
		.kind = LAB_OP_UNMAP,
		.cpu = (u32)random_below(r, load->cpus),
		.id = load->live[at],
	};
	load->live[at] = load->live[--load->nr_live];
}

/*
 * Small mappings, so that the peak is left to the schedule; and now and then
 * nothing stays mapped, and the mark is reset.
 */
static void draw_load_ops(struct load *load, struct random *r, u64 first_id, bool resets)
{
	u64 maps = draw_load_maps(r), most = 1 + random_below(r, LOAD_MAX_LIVE);
	u64 slots = random_below(r, 4) ? 1 : 4;
	bool all = random_below(r, 2);

	for (u64 i = 0; i < maps; i++) {
		u32 cpu;

		if (load->nr_live == most)
			load_unmap(load, r);
		load->live[load->nr_live++] = first_id + i;
		cpu = (u32)random_below(r, load->cpus);
		load->ops[load->nr++] = (struct lab_op){
			.kind = LAB_OP_MAP,
			.cpu = cpu,
			.id = first_id + i,
			.orig = 0x200000000UL + i * 0x10000,
			.size = (1 + random_below(r, slots)) << IO_TLB_SHIFT,
		};
	}
	while (all && load->nr_live)
		load_unmap(load, r);
	if (all && resets)
		load->ops[load->nr++] = (struct lab_op){ .kind = LAB_OP_RESET };
}

/*
 * Of the seeds whose pool does not grow, one in so many has a large one, whose load leaves
 * about as many slots in use as a counter of 15 or 16 bits holds: what is mapped then
 * passes that. One that holds more passes nothing in any pool, which has
 * SWIOTLB_MAX_SLABS at most.
 */
#define WIDE_EVERY 64
#define WIDE_SLABS (2UL << 16)
#define WIDE_MARGIN (4 * IO_TLB_SEGSIZE)

static bool is_wide(const struct lab_scenario *s, u64 seed)
{
	struct random r = random_stream(seed, 6);

	return !random_below(&r, WIDE_EVERY) && !s->pool.can_grow;
}

/* Segments, and in the end what is left of one. */
static void draw_wide_load(struct lab_scenario *s, struct load *load, u64 seed)
{
	struct random r = random_stream(seed, 7);
	u64 full, margin, left, id = OPS_MAX;

	s->pool.nareas = 1U << random_below(&r, 3);
	s->pool.nslabs = WIDE_SLABS;
	full = random_below(&r, 2) ? 1UL << 15 : 1UL << 16;
	margin = random_below(&r, 2) ? 8 : WIDE_MARGIN;
	left = full - random_below(&r, margin);
	load->cpus = random_below(&r, 2) ? 1 : s->cpus;
	while (left) {
		u64 slots = min(left, (u64)IO_TLB_SEGSIZE);

		if (load->nr_live < LOAD_MAX_LIVE)
			load->live[load->nr_live++] = id;
		load->ops[load->nr++] = (struct lab_op){
			.kind = LAB_OP_MAP,
			.cpu = (u32)random_below(&r, load->cpus),
			.id = id,
			.orig = 0x200000000UL + id * 0x100000,
			.size = slots << IO_TLB_SHIFT,
		};
		left -= slots;
		id++;
	}
}

/* A load in front of what is drawn already. 0 or -ENOMEM. */
static int draw_load(struct lab_scenario *s, u64 seed, u32 beside)
{
	struct random r = random_stream(seed, 3);
	struct load load = { 0 };
	bool wide, usual;

	if (!(beside & LAB_BESIDE_LOAD))
		return 0;
	wide = is_wide(s, seed);
	usual = !random_below(&r, LOAD_EVERY);
	if (!wide && !usual)
		return 0;
	load.ops = calloc(2 * LOAD_MAX_MAPS + 1 + OPS_MAX, sizeof(*load.ops));
	if (!load.ops)
		return -ENOMEM;
	if (wide) {
		draw_wide_load(s, &load, seed);
	} else {
		/* All by one CPU, so that one area counts them, or by any. */
		load.cpus = random_below(&r, 2) ? 1 : s->cpus;
		draw_load_ops(&load, &r, OPS_MAX, beside & LAB_BESIDE_RESET);
	}
	for (u32 i = 0; i < load.nr_live; i++)
		if (random_below(&r, 2))
			s->ops[s->nr_ops++] = (struct lab_op){
				.kind = LAB_OP_UNMAP,
				.cpu = (u32)random_below(&r, s->cpus),
				.id = load.live[i],
			};
	memcpy(load.ops + load.nr, s->ops, s->nr_ops * sizeof(*s->ops));
	free(s->ops);
	s->ops = load.ops;
	s->load = load.nr;
	s->nr_ops += load.nr;
	return 0;
}

/*
 * Clocks that err, but for one scenario in eight; and stretches that end within a
 * scenario, but for one in four.
 */
static void draw_time(struct lab_scenario *s, struct random *r)
{
	s->clock = (u32)random_below(r, UINT32_MAX);
	if (!random_below(r, 8))
		s->clock = 0;
	s->stretch_ns = 1U << random_below(r, 14);
	if (!random_below(r, 4))
		s->stretch_ns = 0;
	s->watched = random_below(r, 2);
}

/* Where a CPU is held, one scenario in so many has any number of areas. */
#define ANY_AREAS_EVERY 4
#define MOST_AREAS 4
/* One has mappings of other than the smallest sizes. */
#define LARGE_EVERY 4
/* And one may have beside it what it may have; the others have none of these. */
#define LOUD_EVERY 4
#define LOUD (LAB_BESIDE_GROWTH | LAB_BESIDE_RESET | LAB_BESIDE_READER | LAB_BESIDE_LOAD)

/*
 * For SCHEDULE_HELD: several areas, of which one empties and another fills while a CPU is
 * held in the midst of a walk over them, and little that would hide it. How many maps.
 */
static u64 draw_held(struct lab_scenario *s, struct random *r, u64 *regime, u32 *beside)
{
	if (!random_below(r, LARGE_EVERY))
		*regime = 1 + random_below(r, 2);
	s->cpus = (u32)(SCENARIO_MAX_CPUS - random_below(r, 2));
	s->looks = (u32)(random_below(r, 4) ? 0 : 1 + random_below(r, 2));
	s->pool.nareas = MOST_AREAS;
	if (!random_below(r, ANY_AREAS_EVERY))
		s->pool.nareas = 1U << random_below(r, 3);
	if (random_below(r, LOUD_EVERY))
		*beside &= ~(u32)LOUD;
	return SCENARIO_MAX_MAPS / 2 + random_below(r, SCENARIO_MAX_MAPS / 2 + 1);
}

/* For the others. How many maps. */
static u64 draw_any(struct lab_scenario *s, struct random *r, u64 *regime)
{
	bool longer = !random_below(r, SCENARIO_LONG_EVERY);
	u64 maps = 2 + random_below(r, SCENARIO_MAX_MAPS * (longer ? SCENARIO_LONGER : 1) - 1);

	*regime = random_below(r, 3);
	s->cpus = (u32)(2 + random_below(r, SCENARIO_MAX_CPUS - 1));
	s->looks = (u32)random_below(r, 4);
	s->pool.nareas = 1U << random_below(r, 3);
	return maps;
}

int scenario_draw(u64 seed, u32 beside, u32 layouts, struct lab_scenario *s)
{
	bool held = schedule_seed_is_held(seed);
	struct random r = random_stream(seed, held ? 9 : 0);
	/* Of its own, so that the operations do not depend on it. */
	struct random other = random_stream(seed, 2);
	struct random time = random_stream(seed, 4);
	u64 maps, regime = 0;

	*s = (struct lab_scenario){ .ops = calloc(OPS_MAX, sizeof(*s->ops)) };
	if (!s->ops)
		return -ENOMEM;
	s->pool.start = POOL_START;
	maps = held ? draw_held(s, &r, &regime, &beside) : draw_any(s, &r, &regime);
	draw_time(s, &time);
	s->pool.nslabs = s->pool.nareas * (u64)IO_TLB_SEGSIZE * (1 + random_below(&r, 2));
	if (beside & LAB_BESIDE_GROWTH && !random_below(&other, 3))
		draw_growth(s, &other);
	for (u64 i = 0; i < maps; i++) {
		u32 cpu = (u32)random_below(&r, s->cpus);

		s->ops[i] = (struct lab_op){
			.kind = LAB_OP_MAP,
			.cpu = cpu,
			.id = i + 1,
			.orig = 0x100000000UL + i * 0x100000,
			.size = draw_slots(&r, regime) << IO_TLB_SHIFT,
		};
	}
	s->nr_ops = maps;
	for (size_t i = 0; i < s->nr_ops; i++) {
		u32 cpu = s->ops[i].cpu;

		if (s->ops[i].kind != LAB_OP_MAP || !random_below(&r, 4))
			continue;
		/* Now and then another CPU than the one that mapped it. */
		if (!random_below(&r, 8))
			cpu = (u32)random_below(&r, s->cpus);
		insert_unmap(s, &r, i, cpu);
	}
	if (regime != 0)
		draw_any_sizes(s, seed);
	draw_beside(s, &other, beside, layouts);
	return draw_load(s, seed, beside);
}

int scenario_copy(const struct lab_scenario *from, struct lab_scenario *to)
{
	struct lab_op *ops = malloc((from->nr_ops + 1) * sizeof(*ops));

	if (!ops)
		return -ENOMEM;
	memcpy(ops, from->ops, from->nr_ops * sizeof(*ops));
	*to = *from;
	to->ops = ops;
	return 0;
}

void lab_check_result_free(struct lab_check_result *result)
{
	free(result->scenario.ops);
	free(result->choices);
	free(result->steps);
	*result = (struct lab_check_result){ 0 };
}
