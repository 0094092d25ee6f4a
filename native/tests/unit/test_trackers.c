// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each tracker: used and the mark after sequences whose truth is known, resets
 * with mappings live, and the switch, also while other threads map and unmap.
 */
#include "engine/random.h"
#include "churn.h"
#include "fixture.h"

#define EAGER_BATCH 1 /* nothing is held back */
#define SLOT 2048UL

static bool is(const char *tracker, const char *name)
{
	return !strcmp(tracker, name);
}

/* Linux 7.3 without track_hiwater keeps none, however it is called. */
static bool keeps_no_mark(const char *tracker)
{
	return is(tracker, "off") || is(tracker, "boot-switch-off") ||
	       is(tracker, "boot-switch-indirect-off");
}

/* Of those that read a clock, the time: between two operations it goes on by this. */
#define BETWEEN_NS 100000
static uint64_t now_ns;

/* Gives all back that is live, and finds nothing in use. */
static void close_emptied(struct fixture *fixture, const phys_addr_t *live, const uint32_t *slots,
			  unsigned int n)
{
	for (unsigned int k = 0; k < n; k++)
		if (slots[k])
			fixture_unmap(fixture, live[k], slots[k] * SLOT);
	CHECK_EQ(fixture->ops->used(fixture->mem), 0);
	fixture_close(fixture);
}

static void open_tracker(struct fixture *fixture, const char *tracker, unsigned int layout)
{
	fixture_open(fixture, (struct fixture_pool){ .tracker = tracker,
						     .layout = layout,
						     .nslabs = 1024,
						     .nareas = 4,
						     .batch = EAGER_BATCH });
	CHECK_EQ(fixture->ops->enable(fixture->mem, true),
		 is(tracker, "switchable") ? 0 : -EOPNOTSUPP);
	CHECK_EQ(fixture->ops->bounds(fixture->mem).unmarked, keeps_no_mark(tracker));
}

static phys_addr_t map_slots(struct fixture *fixture, unsigned int cpu, size_t nslots)
{
	phys_addr_t tlb = fixture_map(fixture, cpu, 0x1000, nslots * SLOT, 0);

	CHECK(tlb != DMA_MAPPING_ERROR);
	fixture->ops->sample(fixture->mem);
	now_ns += BETWEEN_NS;
	return tlb;
}

static void unmap_slots(struct fixture *fixture, phys_addr_t tlb, size_t nslots)
{
	fixture_unmap(fixture, tlb, nslots * SLOT);
	fixture->ops->sample(fixture->mem);
	now_ns += BETWEEN_NS;
}

/* The mark is @hiwater, or as far off as is promised where that is so on both sides. */
static void check_mark(struct fixture *fixture, unsigned long used, unsigned long hiwater)
{
	const struct tracker_bounds bounds = fixture->ops->bounds(fixture->mem);
	const unsigned long mark = fixture->ops->hiwater(fixture->mem);

	CHECK_EQ(fixture->ops->used(fixture->mem), used);
	if (bounds.under == TRACKER_UNBOUNDED || bounds.over == TRACKER_UNBOUNDED) {
		CHECK_EQ(mark, hiwater);
		return;
	}
	CHECK(mark + bounds.under >= hiwater);
	CHECK(mark <= hiwater + bounds.over);
}

/*
 * Two areas, one after the other: 30 + 20 live, then 20 + 40. The peak is 60;
 * the sum of the areas' marks is 70, and so it is within two looks of the sampler.
 */
static void test_sequence(const char *tracker, unsigned int layout)
{
	const bool no_mark = keeps_no_mark(tracker);
	const bool over = is(tracker, "per-area") || is(tracker, "windowed");
	const unsigned long peak = no_mark ? 0 : over ? 70 : 60;
	phys_addr_t a, b, c, d;
	struct fixture fixture;

	smp_tell_time(&now_ns);
	open_tracker(&fixture, tracker, layout);
	check_mark(&fixture, 0, 0);
	a = map_slots(&fixture, 0, 10);
	b = map_slots(&fixture, 0, 20);
	c = map_slots(&fixture, 1, 20);
	check_mark(&fixture, 50, no_mark ? 0 : 50);
	unmap_slots(&fixture, a, 10);
	check_mark(&fixture, 40, no_mark ? 0 : 50);
	d = map_slots(&fixture, 1, 20);
	check_mark(&fixture, 60, peak);
	unmap_slots(&fixture, b, 20);
	unmap_slots(&fixture, c, 20);
	unmap_slots(&fixture, d, 20);
	check_mark(&fixture, 0, peak);
	/* A map that fails changes nothing. */
	CHECK_EQ(fixture_map(&fixture, 0, 0x1000, 129 * SLOT, 0), DMA_MAPPING_ERROR);
	check_mark(&fixture, 0, peak);
	fixture_close(&fixture);
	smp_tell_time(NULL);
}

/* Marks of areas are begun anew by a worker. */
static bool collects(const char *tracker)
{
	return is(tracker, "windowed") || is(tracker, "epochs");
}

/* The others go to zero, and wait for the next map. */
static bool resets_to_use(const char *tracker)
{
	return is(tracker, "reserve") || is(tracker, "batched") || is(tracker, "local-peak") ||
	       is(tracker, "tree") || collects(tracker);
}

/* Writing to the mark with mappings live: 0 resets, all else is refused. */
static void test_reset(const char *tracker, unsigned int layout)
{
	const bool no_mark = keeps_no_mark(tracker);
	const bool per_area = is(tracker, "per-area");
	const bool reset_to_use = resets_to_use(tracker);
	phys_addr_t a, b, c;
	struct fixture fixture;

	smp_tell_time(&now_ns);
	open_tracker(&fixture, tracker, layout);
	a = map_slots(&fixture, 0, 30);
	b = map_slots(&fixture, 1, 20);
	check_mark(&fixture, 50, no_mark ? 0 : 50);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 1), -EINVAL);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 50), -EINVAL);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, UINT64_MAX), -EINVAL);
	check_mark(&fixture, 50, no_mark ? 0 : 50);
	/* To zero, not to what is in use, but for some; what is in use is still counted. */
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	check_mark(&fixture, 50, reset_to_use ? 50 : 0);
	/* The next map lifts the mark to the use, or to that of its own area. */
	c = map_slots(&fixture, 1, 5);
	check_mark(&fixture, 55, no_mark ? 0 : per_area ? 25 : 55);
	unmap_slots(&fixture, a, 30);
	unmap_slots(&fixture, b, 20);
	check_mark(&fixture, 5, no_mark ? 0 : per_area ? 25 : 55);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	/* An unmap raises no mark, and the count ends at nothing. */
	fixture_unmap(&fixture, c, 5 * SLOT);
	check_mark(&fixture, 0, reset_to_use ? 5 : 0);
	a = map_slots(&fixture, 2, 7);
	/* No time and no look between them: the one may have been in use beside the other. */
	check_mark(&fixture, 7, no_mark ? 0 : collects(tracker) ? 12 : 7);
	unmap_slots(&fixture, a, 7);
	fixture_close(&fixture);
	smp_tell_time(NULL);
}

/* Nothing happens per map: only a look raises the mark, and what it missed is lost. */
static void test_sampled(void)
{
	struct fixture fixture;
	phys_addr_t a;

	open_tracker(&fixture, "sampled", 0);
	a = fixture_map(&fixture, 0, 0x1000, 40 * SLOT, 0);
	check_mark(&fixture, 40, 0);
	fixture_unmap(&fixture, a, 40 * SLOT);
	a = map_slots(&fixture, 0, 10);
	check_mark(&fixture, 10, 10);
	unmap_slots(&fixture, a, 10);
	check_mark(&fixture, 0, 10);
	fixture_close(&fixture);
}

/* An area holds back less than a batch, either way; used is summed without loss. */
static void test_batched(unsigned long batch)
{
	const unsigned int nareas = 8;
	const unsigned long bound = (batch - 1) * nareas;
	struct random r = random_stream(7, batch);
	phys_addr_t live[64];
	uint32_t slots[64] = { 0 };
	unsigned long used = 0, peak = 0;
	struct tracker_bounds bounds;
	struct fixture fixture;

	fixture_open(&fixture, (struct fixture_pool){ .tracker = "batched",
						      .nslabs = 8192,
						      .nareas = nareas,
						      .batch = batch });
	bounds = fixture.ops->bounds(fixture.mem);
	CHECK_EQ(bounds.under, bound);
	CHECK_EQ(bounds.over, bound);
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t k = random_below(&r, 64);
		unsigned long hiwater;

		if (slots[k]) {
			fixture_unmap(&fixture, live[k], slots[k] * SLOT);
			used -= slots[k];
			slots[k] = 0;
		} else {
			slots[k] = 1 + (uint32_t)random_below(&r, 16);
			live[k] = fixture_map(&fixture, (unsigned int)(k % nareas), 0x1000,
					      slots[k] * SLOT, 0);
			CHECK(live[k] != DMA_MAPPING_ERROR);
			used += slots[k];
		}
		peak = max(peak, used);
		hiwater = fixture.ops->hiwater(fixture.mem);
		CHECK_EQ(fixture.ops->used(fixture.mem), used);
		CHECK(hiwater + bound >= peak);
		CHECK(hiwater <= peak + bound);
	}
	close_emptied(&fixture, live, slots, 64);
}

/*
 * An area's own peak is taken on top of the total when it is merged, which is at a
 * look, or when it has made so many operations: exact while one area moves alone, and
 * with two it can be under and over.
 */
static void test_local_peak(void)
{
	struct fixture fixture;
	phys_addr_t a, b;

	open_tracker(&fixture, "local-peak", 0);
	a = fixture_map(&fixture, 0, 0x1000, 40 * SLOT, 0);
	fixture_unmap(&fixture, a, 40 * SLOT);
	check_mark(&fixture, 0, 0);
	fixture.ops->sample(fixture.mem);
	check_mark(&fixture, 0, 40);

	/* Under: 90 were in use at once, and each area counts alone. */
	a = fixture_map(&fixture, 0, 0x1000, 45 * SLOT, 0);
	b = fixture_map(&fixture, 1, 0x1000, 45 * SLOT, 0);
	fixture_unmap(&fixture, a, 45 * SLOT);
	fixture_unmap(&fixture, b, 45 * SLOT);
	fixture.ops->sample(fixture.mem);
	check_mark(&fixture, 0, 45);

	/* Over: 100 of the second are gone when the first takes 30, and is merged first. */
	b = fixture_map(&fixture, 1, 0x1000, 100 * SLOT, 0);
	fixture_unmap(&fixture, b, 100 * SLOT);
	a = fixture_map(&fixture, 0, 0x1000, 30 * SLOT, 0);
	fixture.ops->sample(fixture.mem);
	check_mark(&fixture, 30, 130);
	fixture_unmap(&fixture, a, 30 * SLOT);
	fixture.ops->sample(fixture.mem);

	/* Nobody looks, but the area merges itself. */
	a = fixture_map(&fixture, 2, 0x1000, 128 * SLOT, 0);
	b = fixture_map(&fixture, 2, 0x1000, 64 * SLOT, 0);
	for (unsigned int i = 0; i < 128; i++) {
		phys_addr_t c = fixture_map(&fixture, 2, 0x1000, 1 * SLOT, 0);

		CHECK(c != DMA_MAPPING_ERROR);
		fixture_unmap(&fixture, c, 1 * SLOT);
	}
	check_mark(&fixture, 192, 193);
	fixture_unmap(&fixture, a, 128 * SLOT);
	fixture_unmap(&fixture, b, 64 * SLOT);
	check_mark(&fixture, 0, 193);
	fixture_close(&fixture);
}

/**
 * struct tree_shape - what a tree of @nareas leaves can hold back
 * @batch: as asked for
 * @rest: slots that all its parts can hold
 * @way: and that can be on the way at once
 */
struct tree_shape {
	unsigned int nareas;
	unsigned long batch;
	unsigned long rest;
	unsigned long way;
};

static void tree_step(struct fixture *fixture, struct random *r, const struct tree_shape *shape,
		      phys_addr_t *live, uint32_t *slots, unsigned long *used)
{
	uint64_t k = random_below(r, 256);

	if (slots[k]) {
		fixture_unmap(fixture, live[k], slots[k] * SLOT);
		*used -= slots[k];
		slots[k] = 0;
		return;
	}
	slots[k] = 1 + (uint32_t)random_below(r, 64);
	live[k] =
		fixture_map(fixture, (unsigned int)(k % shape->nareas), 0x1000, slots[k] * SLOT, 0);
	CHECK(live[k] != DMA_MAPPING_ERROR);
	*used += slots[k];
}

/*
 * One operation after another the mark is never over, and under by no more than all
 * parts of the tree can hold; used misses nothing.
 */
static void test_tree(struct tree_shape shape)
{
	struct random r = random_stream(13, shape.nareas);
	unsigned long used = 0, peak = 0, most_under = 0;
	struct tracker_bounds bounds;
	struct fixture fixture;
	phys_addr_t live[256];
	uint32_t slots[256] = { 0 };

	fixture_open(&fixture, (struct fixture_pool){ .tracker = "tree",
						      .nslabs = max(shape.nareas, 64U) * 2048UL,
						      .nareas = shape.nareas,
						      .batch = shape.batch });
	bounds = fixture.ops->bounds(fixture.mem);
	CHECK_EQ(bounds.under, shape.rest + shape.way);
	CHECK_EQ(bounds.over, shape.way);
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned long hiwater;

		tree_step(&fixture, &r, &shape, live, slots, &used);
		peak = max(peak, used);
		hiwater = fixture.ops->hiwater(fixture.mem);
		CHECK(hiwater <= peak);
		CHECK(peak - hiwater <= shape.rest);
		most_under = max(most_under, peak - hiwater);
		if (i % 64 == 0)
			CHECK_EQ(fixture.ops->used(fixture.mem), used);
	}
	/* One area alone holds nothing back. */
	CHECK_EQ(most_under > 0, shape.nareas > 1);
	close_emptied(&fixture, live, slots, 256);
}

/* Leaves, then inner nodes by level: how many, times what each can hold. */
static void test_trees(void)
{
	test_tree((struct tree_shape){ 1, 0, 0, 0 });
	test_tree((struct tree_shape){ 2, 0, 2 * 31, 0 });
	test_tree((struct tree_shape){ 4, 32, 4 * 31 + 2 * 32, 4 * 32 });
	test_tree((struct tree_shape){ 8, 8, 8 * 7 + 4 * 8 + 2 * 16, 8 * 24 });
	test_tree((struct tree_shape){ 64, 4, 64 * 3 + 16 * 12 + 4 * 48, 64 * 60 });
	/* Four levels, and a batch that is no power of two: the next one is taken. */
	test_tree((struct tree_shape){ 1024, 3, 1024 * 3 + 128 * 28 + 16 * 224 + 4 * 768,
				       1024 * 1020 });
}

/* Off, on and off again with mappings live: the count is right in each state. */
static void test_switch(unsigned int layout)
{
	struct fixture fixture;
	phys_addr_t a, b, c;

	fixture_open(&fixture, (struct fixture_pool){ .tracker = "switchable",
						      .layout = layout,
						      .nslabs = 1024,
						      .nareas = 4 });
	a = map_slots(&fixture, 0, 30);
	b = map_slots(&fixture, 3, 20);
	check_mark(&fixture, 50, 0);
	CHECK_EQ(fixture.ops->enable(fixture.mem, true), 0);
	check_mark(&fixture, 50, 50);
	CHECK_EQ(fixture.ops->enable(fixture.mem, true), 0); /* again: nothing */
	check_mark(&fixture, 50, 50);
	unmap_slots(&fixture, a, 30);
	check_mark(&fixture, 20, 50);
	c = map_slots(&fixture, 2, 40);
	check_mark(&fixture, 60, 60);
	CHECK_EQ(fixture.ops->enable(fixture.mem, false), 0);
	check_mark(&fixture, 60, 60);
	unmap_slots(&fixture, b, 20);
	b = map_slots(&fixture, 1, 50);
	check_mark(&fixture, 90, 60); /* not seen */
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	CHECK_EQ(fixture.ops->enable(fixture.mem, true), 0);
	check_mark(&fixture, 90, 90);
	unmap_slots(&fixture, b, 50);
	unmap_slots(&fixture, c, 40);
	check_mark(&fixture, 0, 90);
	CHECK_EQ(fixture.ops->enable(fixture.mem, false), 0);
	check_mark(&fixture, 0, 90);
	CHECK_EQ(fixture.ops->bounds(fixture.mem).over, TRACKER_UNBOUNDED);
	CHECK_EQ(fixture.ops->bounds(fixture.mem).under, TRACKER_UNBOUNDED);

	/* Turned on again, it begins a new mark with what is in use. */
	a = map_slots(&fixture, 0, 7);
	CHECK_EQ(fixture.ops->enable(fixture.mem, true), 0);
	check_mark(&fixture, 7, 7);
	CHECK_EQ(fixture.ops->bounds(fixture.mem).over, 0);
	CHECK_EQ(fixture.ops->bounds(fixture.mem).under, 0);
	unmap_slots(&fixture, a, 7);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	a = map_slots(&fixture, 0, 3);
	check_mark(&fixture, 3, 3);
	unmap_slots(&fixture, a, 3);
	fixture_close(&fixture);
}

/* A transient pool is in use whether the tracker is on or off. */
static void test_switch_transient(unsigned int layout)
{
	const struct swiotlb_config config = {
		.nslabs = 128,
		.nareas = 1,
		.start = POOL_START,
		.can_grow = true,
		.grow_base = 0x80000000,
	};
	struct fixture fixture = { .ops = swiotlb_trackers[tracker_number("switchable")].ops +
					  layout };
	phys_addr_t a, b;

	CHECK_EQ(fixture.ops->create(&config, &fixture.mem), 0);
	fixture.dev =
		(struct device){ .dma_io_tlb_mem = fixture.mem, .seg_boundary_mask = DMA_BIT_ALL };
	a = map_slots(&fixture, 0, 128);
	b = map_slots(&fixture, 0, 5);
	check_mark(&fixture, 133, 0);
	CHECK_EQ(fixture.ops->enable(fixture.mem, true), 0);
	check_mark(&fixture, 133, 133);
	unmap_slots(&fixture, a, 128);
	check_mark(&fixture, 5, 133);
	CHECK_EQ(fixture.ops->enable(fixture.mem, false), 0);
	check_mark(&fixture, 5, 133);
	unmap_slots(&fixture, b, 5);
	check_mark(&fixture, 0, 133);
	fixture_close(&fixture);
}

static void meddle_switch(struct fixture *fixture, unsigned int turn)
{
	fixture->ops->enable(fixture->mem, turn % 2 == 0);
	CHECK(fixture->ops->hiwater(fixture->mem) <= CHURN_MOST);
	CHECK(fixture->ops->used(fixture->mem) <= CHURN_MOST);
}

static void test_switch_threads(unsigned int layout, bool on_at_end)
{
	struct churn threads[CHURN_THREADS];
	unsigned long live;
	struct fixture fixture;

	fixture_open(&fixture, (struct fixture_pool){ .tracker = "switchable",
						      .layout = layout,
						      .nslabs = 1024,
						      .nareas = 4 });
	live = churn(&fixture, threads, meddle_switch);
	CHECK_EQ(fixture.ops->enable(fixture.mem, on_at_end), 0);
	/* On, that is the counter; off, the sum of the areas. */
	CHECK_EQ(fixture.ops->used(fixture.mem), live);
	CHECK(fixture.ops->hiwater(fixture.mem) <= threads[0].most + threads[1].most);
	/* Seeded from what is live, whatever the switch did before. */
	CHECK_EQ(fixture.ops->enable(fixture.mem, false), 0);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	CHECK_EQ(fixture.ops->enable(fixture.mem, true), 0);
	check_mark(&fixture, live, live);
	churn_unmap(&fixture, threads);
	fixture_close(&fixture);
}

static void meddle_reset(struct fixture *fixture, unsigned int turn)
{
	if (turn % 4 == 0)
		CHECK_EQ(fixture->ops->write_hiwater(fixture->mem, 0), 0);
	fixture->ops->sample(fixture->mem);
	CHECK(fixture->ops->used(fixture->mem) <= CHURN_MOST);
	CHECK(fixture->ops->hiwater(fixture->mem) <= CHURN_MOST);
}

/* Resets while threads work leave the count alone, and the mark works on. */
static void test_reset_threads(const char *tracker)
{
	const bool no_mark = keeps_no_mark(tracker);
	struct churn threads[CHURN_THREADS];
	unsigned long live;
	phys_addr_t more;
	struct fixture fixture;

	open_tracker(&fixture, tracker, 0);
	live = churn(&fixture, threads, meddle_reset);
	CHECK_EQ(fixture.ops->used(fixture.mem), live);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	check_mark(&fixture, live, resets_to_use(tracker) ? live : 0);
	more = map_slots(&fixture, 3, 9);
	/* Area 3 is nobody's else, and per-area sees no other. */
	check_mark(&fixture, live + 9, no_mark ? 0 : is(tracker, "per-area") ? 9 : live + 9);
	unmap_slots(&fixture, more, 9);
	churn_unmap(&fixture, threads);
	fixture_close(&fixture);
}

int main(void)
{
	for (unsigned int t = 0; t < swiotlb_nr_trackers; t++) {
		const char *tracker = swiotlb_trackers[t].name;

		for (unsigned int layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++) {
			test_sequence(tracker, layout);
			test_reset(tracker, layout);
		}
		test_reset_threads(tracker);
	}
	test_sampled();
	test_batched(1);
	test_batched(8);
	test_batched(32);
	test_local_peak();
	test_trees();
	for (unsigned int layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++) {
		test_switch(layout);
		test_switch_transient(layout);
	}
	for (unsigned int i = 0; i < 4; i++)
		test_switch_threads(i % 2 ? 7 : 0, i / 2);
	return 0;
}
