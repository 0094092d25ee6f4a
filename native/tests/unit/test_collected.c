// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trackers whose marks a worker collects, windowed and epochs, one operation after
 * another by a clock that the test tells: what lies apart in time is not added up, what a
 * worker that comes late or never does to the mark, pools that grow, and that nothing is
 * ever under.
 */
#include "engine/random.h"
#include "fixture.h"

#define SLOT 2048UL
#define NAREAS 8U
#define SLABS 4096UL
#define STRETCH_NS 1000

static uint64_t now_ns;

static void open_in(struct fixture *fixture, const char *tracker, unsigned int layout)
{
	fixture_open(fixture, (struct fixture_pool){ .tracker = tracker,
						     .layout = layout,
						     .nslabs = SLABS,
						     .nareas = NAREAS,
						     .stretch_ns = STRETCH_NS });
}

/* Each area uses 100 slots for a while, one after the other. */
static unsigned long mark_of_turns(const char *tracker, unsigned int layout, unsigned int looks)
{
	struct fixture fixture;
	unsigned long mark;

	open_in(&fixture, tracker, layout);
	for (unsigned int i = 0; i < NAREAS; i++) {
		phys_addr_t a;

		now_ns += 50 * STRETCH_NS;
		a = fixture_map(&fixture, i, 0x1000, 100 * SLOT, 0);
		CHECK(a != DMA_MAPPING_ERROR);
		now_ns += 50 * STRETCH_NS;
		fixture_unmap(&fixture, a, 100 * SLOT);
		for (unsigned int k = 0; k < looks; k++)
			fixture.ops->sample(fixture.mem);
	}
	mark = fixture.ops->hiwater(fixture.mem);
	fixture_close(&fixture);
	return mark;
}

static void test_turns(unsigned int layout)
{
	/* A worker that never comes: windowed has one window, epochs has its logs. */
	CHECK_EQ(mark_of_turns("windowed", layout, 0), NAREAS * 100);
	CHECK_EQ(mark_of_turns("epochs", layout, 0), 100);
	CHECK_EQ(mark_of_turns("per-area", layout, 0), NAREAS * 100);
	/* Two looks behind each: then no two turns lie in windows that are added up. */
	CHECK_EQ(mark_of_turns("windowed", layout, 2), 100);
	CHECK_EQ(mark_of_turns("epochs", layout, 2), 100);
}

struct places {
	phys_addr_t tlb[64];
	uint32_t slots[64]; /* 0: nothing mapped */
	unsigned long used;
	unsigned long peak;
};

static void step(struct fixture *fixture, struct places *p, struct random *r)
{
	uint64_t k = random_below(r, 64);

	if (p->slots[k]) {
		fixture_unmap(fixture, p->tlb[k], p->slots[k] * SLOT);
		p->used -= p->slots[k];
		p->slots[k] = 0;
	} else {
		p->slots[k] = 1 + (uint32_t)random_below(r, 32);
		p->tlb[k] = fixture_map(fixture, (unsigned int)(k % NAREAS), 0x1000,
					p->slots[k] * SLOT, 0);
		CHECK(p->tlb[k] != DMA_MAPPING_ERROR);
		p->used += p->slots[k];
		p->peak = max(p->peak, p->used);
	}
}

/*
 * @pace: nanoseconds between two steps, at most; 0 for a clock that stands still.
 * @looks: one step in so many has a look behind it, on the average; 0 for none.
 */
static unsigned long test_random(const char *tracker, uint64_t pace, uint64_t looks)
{
	struct random r = random_stream(5, pace + looks);
	struct places p = { 0 };
	struct fixture fixture;
	unsigned long mark = 0, over;

	open_in(&fixture, tracker, 0);
	for (unsigned int i = 0; i < 60000; i++) {
		now_ns += pace ? random_below(&r, pace) : 0;
		step(&fixture, &p, &r);
		if (looks && !random_below(&r, looks))
			fixture.ops->sample(fixture.mem);
		if (i % 20000 == 19999) {
			mark = fixture.ops->hiwater(fixture.mem);
			CHECK(mark >= p.peak);
			CHECK(mark <= SLABS);
			CHECK_EQ(fixture.ops->hiwater(fixture.mem), mark);
			CHECK_EQ(fixture.ops->used(fixture.mem), p.used);
		}
		if (i == 30000) {
			CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
			p.peak = p.used;
			/* With what is in use, and nothing of before. */
			CHECK_EQ(fixture.ops->hiwater(fixture.mem), p.used);
		}
	}
	over = mark - p.peak;
	for (unsigned int k = 0; k < 64; k++)
		if (p.slots[k])
			fixture_unmap(&fixture, p.tlb[k], p.slots[k] * SLOT);
	CHECK_EQ(fixture.ops->used(fixture.mem), 0);
	fixture_close(&fixture);
	return over;
}

static void test_over(void)
{
	unsigned long slow = test_random("epochs", 20 * STRETCH_NS, 1000);
	unsigned long fast = test_random("epochs", STRETCH_NS / 4, 1000);
	unsigned long never = test_random("epochs", STRETCH_NS / 4, 0);
	unsigned long still = test_random("epochs", 0, 1000);
	unsigned long often = test_random("windowed", 1, 10);
	unsigned long seldom = test_random("windowed", 1, 1000);

	printf("over, slots: epochs %lu slow, %lu fast, %lu without a worker, %lu without time; "
	       "windowed %lu and %lu\n",
	       slow, fast, never, still, often, seldom);
	/* An operation for each stretch and more: what is added up was so, but at the edges. */
	CHECK(slow <= 40);
	/* The longer a stretch lasts, or a window, the more is added up that was not at once. */
	CHECK(slow <= fast);
	CHECK(fast <= never);
	CHECK(never <= still);
	CHECK(often <= seldom);
}

/* A map that does not fit has a pool of its own, and is counted like all others. */
static void test_transient(const char *tracker)
{
	struct fixture fixture;
	phys_addr_t a, b, c;

	fixture_open(&fixture, (struct fixture_pool){ .tracker = tracker,
						      .nslabs = 128,
						      .nareas = 1,
						      .grow_base = 0x80000000,
						      .stretch_ns = STRETCH_NS });
	now_ns += 10 * STRETCH_NS;
	a = fixture_map(&fixture, 0, 0x1000, 128 * SLOT, 0);
	now_ns += 10 * STRETCH_NS;
	b = fixture_map(&fixture, 0, 0x1000, 5 * SLOT, 0);
	CHECK(fixture_placement(&fixture, b).pool < 0);
	CHECK_EQ(fixture.ops->used(fixture.mem), 133);
	now_ns += 10 * STRETCH_NS;
	fixture_unmap(&fixture, b, 5 * SLOT);
	CHECK_EQ(fixture.ops->used(fixture.mem), 128);
	fixture.ops->sample(fixture.mem);
	CHECK_EQ(fixture.ops->hiwater(fixture.mem), 133);
	fixture.ops->run_work(fixture.mem);
	fixture.ops->sample(fixture.mem);
	fixture.ops->sample(fixture.mem);
	CHECK_EQ(fixture.ops->write_hiwater(fixture.mem, 0), 0);
	CHECK_EQ(fixture.ops->hiwater(fixture.mem), 128);
	/* In the pool that has grown. */
	now_ns += 10 * STRETCH_NS;
	c = fixture_map(&fixture, 0, 0x1000, 20 * SLOT, 0);
	CHECK(fixture_placement(&fixture, c).pool > 0);
	now_ns += 10 * STRETCH_NS;
	CHECK_EQ(fixture.ops->hiwater(fixture.mem), 148);
	fixture_unmap(&fixture, a, 128 * SLOT);
	fixture_unmap(&fixture, c, 20 * SLOT);
	CHECK_EQ(fixture.ops->used(fixture.mem), 0);
	CHECK_EQ(fixture.ops->hiwater(fixture.mem), 148);
	fixture_close(&fixture);
}

/* More slots in an area than the log of epochs has bits for: then in units of several. */
static void test_large(void)
{
	enum { PIECES = 700 };
	static phys_addr_t tlb[PIECES];
	struct fixture fixture;
	unsigned long mark;

	fixture_open(&fixture, (struct fixture_pool){ .tracker = "epochs",
						      .nslabs = PIECES * 128,
						      .nareas = 1,
						      .stretch_ns = STRETCH_NS });
	for (unsigned int i = 0; i < PIECES; i++) {
		now_ns += 2 * STRETCH_NS;
		tlb[i] = fixture_map(&fixture, 0, 0x1000, 128 * SLOT - (i % 2) * SLOT, 0);
		CHECK(tlb[i] != DMA_MAPPING_ERROR);
	}
	for (unsigned int i = PIECES; i-- > 0;) {
		now_ns += 2 * STRETCH_NS;
		fixture_unmap(&fixture, tlb[i], 128 * SLOT - (i % 2) * SLOT);
	}
	mark = fixture.ops->hiwater(fixture.mem);
	CHECK(mark >= PIECES * 128 - PIECES / 2);
	CHECK(mark <= PIECES * 128 - PIECES / 2 + 1);
	CHECK(fixture.ops->lower(fixture.mem) <= PIECES * 128 - PIECES / 2);
	CHECK(fixture.ops->lower(fixture.mem) >= PIECES * 128 - PIECES / 2 - 129);
	fixture_close(&fixture);
}

/* Turns so far apart that the log of epochs cannot tell when they were, and no worker. */
static void test_far(void)
{
	struct fixture fixture;
	unsigned long mark;

	open_in(&fixture, "epochs", 0);
	for (unsigned int i = 0; i < 3 * NAREAS; i++) {
		phys_addr_t a;

		now_ns += 3000000000;
		a = fixture_map(&fixture, i % NAREAS, 0x1000, (100 + i) * SLOT, 0);
		CHECK(a != DMA_MAPPING_ERROR);
		now_ns += 3000000000;
		fixture_unmap(&fixture, a, (100 + i) * SLOT);
	}
	mark = fixture.ops->hiwater(fixture.mem);
	CHECK(mark >= 100 + 3 * NAREAS - 1);
	/* No more than if each area's own most had been at one time. */
	CHECK(mark <= NAREAS * (100 + 3 * NAREAS - 1));
	CHECK(fixture.ops->lower(fixture.mem) <= 100 + 3 * NAREAS - 1);
	fixture_close(&fixture);
}

int main(void)
{
	/* Before the first allocator: a clock does not change under it. */
	smp_tell_time(&now_ns);
	for (unsigned int layout = 0; layout < SWIOTLB_NR_LAYOUTS; layout++)
		test_turns(layout);
	test_over();
	test_transient("windowed");
	test_transient("epochs");
	test_large();
	test_far();
	return 0;
}
