// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracker "reserve": its mark is never under the peak, and over it by no
 * more than the tolerance. First where the truth is known step by step, then
 * with the tolerance changed and the mark reset while threads work, then with
 * pools that grow, and against the logs of real threads.
 */
#include "engine/random.h"
#include "churn.h"
#include "fixture.h"
#include "workloads.h"

#define NSLABS 1024UL
#define SLOT 2048UL
#define PLACES 64
#define STEPS (4000 / SHORTER)
#define GROUP_CPUS 32

struct setup {
	unsigned int layout;
	unsigned long nslabs;
	unsigned int nareas;
	unsigned long tolerance;
	bool can_grow;
};

static void open_reserve(struct fixture *fixture, struct setup s)
{
	const struct swiotlb_config config = {
		.nslabs = s.nslabs,
		.nareas = s.nareas,
		.start = POOL_START,
		.tolerance = s.tolerance,
		.can_grow = s.can_grow,
		.grow_base = 0x80000000,
	};

	*fixture = (struct fixture){ .ops = swiotlb_trackers[tracker_number("reserve")].ops +
					    s.layout };
	CHECK_EQ(fixture->ops->create(&config, &fixture->mem), 0);
	fixture->dev =
		(struct device){ .dma_io_tlb_mem = fixture->mem, .seg_boundary_mask = DMA_BIT_ALL };
}

static phys_addr_t map_slots(struct fixture *fixture, unsigned int cpu, size_t nslots)
{
	phys_addr_t tlb = fixture_map(fixture, cpu, 0x1000, nslots * SLOT, 0);

	CHECK(tlb != DMA_MAPPING_ERROR);
	return tlb;
}

static void unmap_slots(struct fixture *fixture, phys_addr_t tlb, size_t nslots)
{
	fixture_unmap(fixture, tlb, nslots * SLOT);
}

static void check_mark(struct fixture *fixture, unsigned long used, unsigned long hiwater,
		       unsigned long over)
{
	const struct tracker_bounds bounds = fixture->ops->bounds(fixture->mem);

	CHECK_EQ(fixture->ops->used(fixture->mem), used);
	CHECK_EQ(fixture->ops->hiwater(fixture->mem), hiwater);
	CHECK_EQ(bounds.under, 0);
	CHECK_EQ(bounds.over, over);
}

/* Each rise is to the use and the tolerance; below the mark nothing rises. */
static void test_known(unsigned int layout)
{
	struct fixture fixture;
	phys_addr_t a, b, c, d;

	open_reserve(&fixture, (struct setup){ layout, NSLABS, 4, 8, false });
	check_mark(&fixture, 0, 0, 8);
	a = map_slots(&fixture, 0, 30);
	check_mark(&fixture, 30, 38, 8);
	b = map_slots(&fixture, 1, 8);
	CHECK_EQ(fixture.ops->used(fixture.mem), 38);
	/* A look may have raised it earlier than need be. */
	CHECK(fixture.ops->hiwater(fixture.mem) >= 38 && fixture.ops->hiwater(fixture.mem) <= 46);
	c = map_slots(&fixture, 2, 20);
	check_mark(&fixture, 58, 66, 8);
	unmap_slots(&fixture, a, 30);
	check_mark(&fixture, 28, 66, 8);

	/* A reset with mappings live goes to what is in use, one without to nothing. */
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	check_mark(&fixture, 28, 36, 8);
	d = map_slots(&fixture, 3, 9);
	check_mark(&fixture, 37, 45, 8);
	unmap_slots(&fixture, b, 8);
	unmap_slots(&fixture, c, 20);
	unmap_slots(&fixture, d, 9);
	check_mark(&fixture, 0, 45, 8);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	check_mark(&fixture, 0, 0, 8);
	a = map_slots(&fixture, 3, 1);
	check_mark(&fixture, 1, 9, 8);
	unmap_slots(&fixture, a, 1);
	fixture_close(&fixture);
}

static void test_set_tolerance(unsigned int layout)
{
	struct fixture fixture;
	phys_addr_t a, b, c, d;

	open_reserve(&fixture, (struct setup){ layout, NSLABS, 4, 0, false });
	a = map_slots(&fixture, 0, 10);
	check_mark(&fixture, 10, 10, 0);
	CHECK_EQ(fixture.ops->set_tolerance(fixture.mem, NSLABS + 1), -EINVAL);
	CHECK_EQ(fixture.ops->set_tolerance(fixture.mem, ULONG_MAX), -EINVAL);
	b = map_slots(&fixture, 1, 5);
	check_mark(&fixture, 15, 15, 0); /* refused, so nothing changed */

	/* More from the next rise on; less from the next reset on. */
	CHECK_EQ(fixture.ops->set_tolerance(fixture.mem, 20), 0);
	check_mark(&fixture, 15, 15, 0);
	c = map_slots(&fixture, 2, 5);
	check_mark(&fixture, 20, 40, 20);
	CHECK_EQ(fixture.ops->set_tolerance(fixture.mem, 0), 0);
	d = map_slots(&fixture, 3, 5);
	check_mark(&fixture, 25, 40, 20);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	check_mark(&fixture, 25, 25, 0);
	unmap_slots(&fixture, d, 5);
	d = map_slots(&fixture, 0, 6);
	check_mark(&fixture, 26, 26, 0);

	/* The mark of a pool that cannot grow ends at its size. */
	CHECK_EQ(fixture.ops->set_tolerance(fixture.mem, NSLABS), 0);
	unmap_slots(&fixture, d, 6);
	d = map_slots(&fixture, 0, 7);
	check_mark(&fixture, 27, NSLABS, NSLABS);
	unmap_slots(&fixture, a, 10);
	unmap_slots(&fixture, b, 5);
	unmap_slots(&fixture, c, 5);
	unmap_slots(&fixture, d, 7);
	check_mark(&fixture, 0, NSLABS, NSLABS);
	fixture_close(&fixture);

	/* More than the pool at the start is the pool. */
	open_reserve(&fixture, (struct setup){ layout, NSLABS, 4, 2 * NSLABS, false });
	check_mark(&fixture, 0, 0, NSLABS);
	fixture_close(&fixture);
}

/*
 * Maps and unmaps at random, one after another: the truth is known after each.
 * In a pool that grows, what has no room gets a transient pool, until the work
 * that was put off is done.
 */
static void test_random(struct setup s, uint64_t seed)
{
	struct random r = random_stream(seed, s.tolerance);
	const unsigned int most = (unsigned int)(s.can_grow ? 32 : NSLABS / PLACES);
	unsigned long used = 0, peak = 0, transient = 0, grown = 0;
	phys_addr_t live[PLACES];
	uint32_t slots[PLACES] = { 0 };
	struct fixture fixture;

	open_reserve(&fixture, s);
	for (unsigned int i = 0; i < STEPS; i++) {
		unsigned int k = (unsigned int)random_below(&r, PLACES);
		unsigned long hiwater;

		if (slots[k]) {
			unmap_slots(&fixture, live[k], slots[k]);
			used -= slots[k];
			slots[k] = 0;
		} else {
			slots[k] = 1 + (uint32_t)random_below(&r, most);
			live[k] = fixture_map(&fixture, k, 0x1000, slots[k] * SLOT, 0);
			/* In a pool in pieces there may be no run as long. */
			if (live[k] == DMA_MAPPING_ERROR) {
				CHECK(!s.can_grow);
				slots[k] = 0;
			}
			used += slots[k];
		}
		peak = max(peak, used);
		hiwater = fixture.ops->hiwater(fixture.mem);
		CHECK_EQ(fixture.ops->used(fixture.mem), used);
		CHECK(hiwater >= peak);
		CHECK(hiwater <= peak + s.tolerance);
		transient += fixture.ops->transient_nslabs(fixture.mem) > 0;
		if (s.can_grow && i % 1000 == 999 && grown < 2) {
			fixture.ops->run_work(fixture.mem);
			grown++;
		}
		if (i % 700 == 699) {
			CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
			peak = used;
			CHECK_EQ(fixture.ops->hiwater(fixture.mem),
				 used ? s.can_grow ? used + s.tolerance :
						     min(used + s.tolerance, NSLABS) :
					0);
		}
	}
	for (unsigned int k = 0; k < PLACES; k++)
		if (slots[k])
			unmap_slots(&fixture, live[k], slots[k]);
	CHECK_EQ(fixture.ops->used(fixture.mem), 0);
	CHECK_EQ(transient > 0, s.can_grow);
	if (s.can_grow && STEPS > 1000)
		CHECK(fixture.ops->nslabs(fixture.mem) > s.nslabs);
	fixture_close(&fixture);
}

/*
 * Where there are groups of CPUs, each CPU's maps and unmaps go to its own, or those of an
 * area to another's. One after another, so the truth is known.
 */
static void test_groups(unsigned int layout, unsigned long tolerance)
{
	const struct setup s = { layout, GROUP_CPUS * 128UL, GROUP_CPUS, tolerance, false };
	struct random r = random_stream(layout, tolerance);
	uint32_t slots[8 * GROUP_CPUS] = { 0 };
	phys_addr_t live[8 * GROUP_CPUS];
	unsigned long used = 0, peak = 0;
	struct fixture fixture;

	smp_set(0, GROUP_CPUS);
	open_reserve(&fixture, s);
	for (unsigned int i = 0; i < 4 * STEPS; i++) {
		unsigned int k = (unsigned int)random_below(&r, 8 * GROUP_CPUS);
		unsigned long hiwater;

		smp_set((unsigned int)random_below(&r, GROUP_CPUS), GROUP_CPUS);
		if (slots[k]) {
			unmap_slots(&fixture, live[k], slots[k]);
			used -= slots[k];
			slots[k] = 0;
		} else {
			slots[k] = 1 + (uint32_t)random_below(&r, 8);
			live[k] = map_slots(&fixture, k % GROUP_CPUS, slots[k]);
			used += slots[k];
		}
		peak = max(peak, used);
		hiwater = fixture.ops->hiwater(fixture.mem);
		CHECK_EQ(fixture.ops->used(fixture.mem), used);
		CHECK(hiwater >= peak && hiwater <= peak + tolerance);
		CHECK(fixture.ops->lower(fixture.mem) <= peak);
		if (i % 1000 == 999) {
			CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
			peak = used;
			hiwater = fixture.ops->hiwater(fixture.mem);
			CHECK(hiwater >= used && hiwater <= used + tolerance);
		}
	}
	for (unsigned int k = 0; k < 8 * GROUP_CPUS; k++)
		if (slots[k])
			unmap_slots(&fixture, live[k], slots[k]);
	CHECK_EQ(fixture.ops->used(fixture.mem), 0);
	smp_set(0, 4);
	fixture_close(&fixture);
}

#define MOST_TOLERANCE 100UL

/* The tolerance changes while two threads map and unmap. */
static void meddle_tolerance(struct fixture *fixture, unsigned int turn)
{
	static const unsigned long tolerances[] = { 0, MOST_TOLERANCE, 7, 1, 40 };

	CHECK_EQ(fixture->ops->set_tolerance(fixture->mem, tolerances[turn % 5]), 0);
	CHECK_EQ(fixture->ops->set_tolerance(fixture->mem, NSLABS + 1), -EINVAL);
	CHECK(fixture->ops->hiwater(fixture->mem) <= CHURN_MOST + MOST_TOLERANCE);
	CHECK(fixture->ops->bounds(fixture->mem).over <= MOST_TOLERANCE);
}

static void meddle_reset(struct fixture *fixture, unsigned int turn)
{
	if (turn % 3 == 0)
		CHECK_EQ(fixture->ops->write_hiwater(fixture->mem, 0), 0);
	meddle_tolerance(fixture, turn);
}

static void test_meddling(unsigned int layout, bool reset)
{
	struct churn threads[CHURN_THREADS];
	struct fixture fixture;
	unsigned long live;

	open_reserve(&fixture, (struct setup){ layout, NSLABS, 4, 0, false });
	live = churn(&fixture, threads, reset ? meddle_reset : meddle_tolerance);
	CHECK_EQ(fixture.ops->used(fixture.mem), live);
	CHECK(fixture.ops->hiwater(fixture.mem) >= live);
	/* Whatever the other had in use then, the peak was at least this. */
	if (!reset)
		CHECK(fixture.ops->hiwater(fixture.mem) >= max(threads[0].most, threads[1].most));
	CHECK_EQ(fixture.ops->set_tolerance(fixture.mem, 0), 0);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	check_mark(&fixture, live, live, 0);
	churn_unmap(&fixture, threads);
	check_mark(&fixture, 0, live, 0);
	fixture_close(&fixture);
}

/* Many short runs of real threads, each against what its logs allow. */
static void test_envelopes(unsigned int layout, uint64_t tolerance, bool can_grow)
{
	const struct lab_pool pool = {
		.nslabs = can_grow ? 512 : 4096,
		.nareas = 4,
		.start = POOL_START,
		.can_grow = can_grow,
		.grow_base = 0x80000000,
	};
	const struct lab_variant variant = { .tracker = tracker_number("reserve"),
					     .layout = layout,
					     .enabled = true,
					     .tolerance = tolerance };

	for (uint64_t seed = 1; seed <= 16 / SHORTER; seed++) {
		const struct lab_workload workload = toggling(2, seed);
		struct lab_control control = { 0 };
		struct lab_accuracy a;

		CHECK_EQ(lab_run_accuracy(&pool, &variant, &workload, 400, 0, seed % 2, &control,
					  &a),
			 0);
		check_promise(&a);
		CHECK_EQ(a.bound_under, 0);
		CHECK_EQ(a.bound_over, tolerance);
		CHECK_EQ(a.maps + a.unmaps, 2 * 400);
		CHECK(a.hiwater >= a.used);
	}
}

int main(void)
{
	static const unsigned long tolerances[] = { 0, 1, 10, 200 };
	const unsigned int before = threads_at_start();

	/* Too few for groups, but where it says so. */
	smp_set(0, 4);

	for (unsigned int layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++) {
		test_known(layout);
		for (unsigned int i = 0; i < 4; i++)
			test_groups(layout, tolerances[i]);
		test_set_tolerance(layout);
		for (unsigned int i = 0; i < 4; i++) {
			test_random((struct setup){ layout, NSLABS, 4, tolerances[i], false },
				    layout);
			test_random((struct setup){ layout, 256, 2, tolerances[i], true }, layout);
			test_envelopes(layout, tolerances[i], i % 2);
		}
		test_meddling(layout, layout % 2);
	}
	check_threads(before);
	return 0;
}
