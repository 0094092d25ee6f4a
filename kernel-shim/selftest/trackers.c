// SPDX-License-Identifier: GPL-2.0-only
/*
 * The promises of the lab's trackers, in C alone: each tracker's file is compiled into the lab's
 * allocator and driven by the same random operations, one after another, with the truth counted
 * beside: how many slots are in use, and the most that were since the mark was begun. No kernel
 * file is needed.
 *
 *   trackers [--seed N] [--operations N] [TRACKER...]
 *
 * Exit: 0 every promise was kept, 1 one was not, 2 wrong use.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/random.h"
#include "swiotlb/swiotlb.h"
#include "tests/report.h"

#define LOG_OPERATIONS 1000
#define MAX_LIVE 2048
#define START 0x40000000UL
#define GROW_BASE 0x100000000UL

#define TRACKER(id, name, promise, description)                                                    \
	extern struct swiotlb_ops swiotlb_##id##_ops[SWIOTLB_NR_LAYOUTS];
#include "trackers/list.h"
#undef TRACKER

static const struct tracker {
	const char *name;
	const char *promise;
	const struct swiotlb_ops *ops;
} trackers[] = {
#define TRACKER(id, name, promise, description) { name, promise, swiotlb_##id##_ops },
#include "trackers/list.h"
#undef TRACKER
};

#define NR_TRACKERS (sizeof(trackers) / sizeof(trackers[0]))

struct flight {
	phys_addr_t addr;
	size_t size;
	unsigned int nslots;
};

/* One pool with one tracker; the truth of it. */
static struct {
	struct random random;
	const struct tracker *tracker;
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	struct device dev;
	unsigned int nareas;
	unsigned long nslabs;
	bool grows;
	uint64_t number;
	uint64_t done;
	uint64_t now_ns;
	unsigned int sample_every;
	unsigned int judge_every;
	struct flight live[MAX_LIVE];
	unsigned int nlive;
	unsigned long target;
	/* Slots in use, and the most that were since the mark was begun. */
	unsigned long used;
	unsigned long peak;
	/* Of enum tracker_until: what has happened that may end a promise. */
	unsigned int past;
	bool broken;
} s;

static uint64_t below(uint64_t n)
{
	return random_below(&s.random, n);
}

static void fail(const char *what, unsigned long reported, unsigned long truth)
{
	if (s.broken)
		return;
	s.broken = true;
	note("log %" PRIu64 " (%lu slots, %u areas%s), operation %" PRIu64 ": %s: %lu, in truth "
	     "%lu; in use %lu",
	     s.number, s.nslabs, s.nareas, s.grows ? ", grows" : "", s.done, what, reported, truth,
	     s.used);
}

/* The word of the list against the numbers that the tracker itself gives. */
static bool word_fits(const char *promise, const struct tracker_bounds *b)
{
	bool under = b->under != TRACKER_UNBOUNDED, over = b->over != TRACKER_UNBOUNDED;

	if (!strcmp(promise, "exact"))
		return !b->under && !b->over;
	if (!strcmp(promise, "never under"))
		return !b->under;
	if (!strcmp(promise, "never over"))
		return !b->over;
	if (!strcmp(promise, "bounded"))
		return under && over;
	return !under && !over;
}

static void judge(void)
{
	const struct tracker_bounds b = s.ops->bounds(s.mem);
	const unsigned long mark = s.ops->hiwater(s.mem);
	const unsigned long used = s.ops->used(s.mem);
	const unsigned long lower = s.ops->lower(s.mem);
	const unsigned int ended = b.until & s.past;

	if (!word_fits(s.tracker->promise, &b))
		fail("its bounds are not what its promise says: under", b.under, 0);
	if (used != s.used && !(ended & TRACKER_UNTIL_TRANSIENT && s.ops->transient_nslabs(s.mem)))
		fail("used", used, s.used);
	if (b.unmarked && mark)
		fail("a mark where there is none", mark, 0);
	if (ended)
		return;
	if (b.under != TRACKER_UNBOUNDED && mark + b.under < s.peak)
		fail("the mark is under", mark, s.peak);
	if (b.over != TRACKER_UNBOUNDED && mark > s.peak + b.over)
		fail("the mark is over", mark, s.peak);
	if (lower != TRACKER_LOWER_UNKNOWN && lower > s.peak)
		fail("said to have been in use for certain", lower, s.peak);
}

static void begin_flight(void)
{
	struct flight *f = &s.live[s.nlive];
	struct swiotlb_placement place;

	f->size = 1 + below(below(4) ? 32768 : 262144);
	f->addr = s.ops->map(&s.dev, (unsigned int)below(s.nareas), 0x1000, f->size, 0,
			     DMA_TO_DEVICE, DMA_ATTR_NO_WARN);
	if (f->addr == DMA_MAPPING_ERROR)
		return;
	s.ops->placement(&s.dev, f->addr, &place);
	f->nslots = place.nslots;
	if (place.pool < 0)
		s.past |= TRACKER_UNTIL_TRANSIENT;
	s.used += f->nslots;
	s.peak = max(s.peak, s.used);
	s.nlive++;
}

static void end_flight(void)
{
	unsigned int i = (unsigned int)below(s.nlive);

	s.ops->unmap(&s.dev, s.live[i].addr, s.live[i].size, DMA_TO_DEVICE, 0);
	s.used -= s.live[i].nslots;
	s.live[i] = s.live[--s.nlive];
}

/* A promise that ends with a reset beside mappings holds again from one on that finds none. */
static void reset(void)
{
	s.ops->write_hiwater(s.mem, 0);
	s.peak = s.used;
	if (s.used)
		s.past |= TRACKER_UNTIL_RESET;
	else
		s.past &= ~TRACKER_UNTIL_RESET;
}

static void step(void)
{
	/* Now and then all is given back, as promises begin anew where nothing is in use. */
	if (s.done % 100 == 0)
		s.target = below(4) ? s.nslabs * below(1100) / 1000 : 0;
	if (below(500) == 0 || (!s.nlive && below(4) == 0))
		reset();
	else if (!s.nlive || (s.nlive < MAX_LIVE && s.used < s.target ? below(8) : !below(8)))
		begin_flight();
	else
		end_flight();
	s.now_ns += 1 + below(3000);
	if (s.grows && below(10) == 0)
		s.ops->run_work(s.mem);
	s.done++;
	if (s.sample_every && s.done % s.sample_every == 0)
		s.ops->sample(s.mem);
	if (s.done % s.judge_every == 0)
		judge();
}

static void open_log(const struct tracker *tracker, uint64_t number)
{
	static const unsigned int every[] = { 1, 5, 50 };
	struct swiotlb_config config = { .start = START, .grow_base = GROW_BASE };

	memset(&s, 0, sizeof(s));
	s.tracker = tracker;
	s.number = number;
	/* The same operations for every tracker. */
	s.random = random_stream(options.seed, number);
	s.ops = tracker->ops + below(SWIOTLB_NR_LAYOUTS);
	s.nareas = 1U << below(6);
	s.nslabs = s.nareas * 128UL << below(3);
	s.grows = below(4) == 0;
	s.sample_every = every[below(3)];
	s.judge_every = every[below(3)];
	config.nslabs = s.nslabs;
	config.nareas = s.nareas;
	config.can_grow = s.grows;
	config.batch = below(3) ? 1UL << below(6) : 0;
	config.tolerance = below(3) ? below(s.nslabs / 4) : TRACKER_DEFAULT_TOLERANCE;
	config.stretch_ns = below(3) ? 1 + below(100000) : 0;
	smp_tell_time(&s.now_ns);
	smp_set(0, s.nareas);
	if (s.ops->create(&config, &s.mem)) {
		printf("Bail out! no allocator of %lu slots\n", s.nslabs);
		exit(1);
	}
	s.dev = (struct device){ .dma_io_tlb_mem = s.mem, .seg_boundary_mask = DMA_BIT_ALL };
	/* Of those that have a switch, the others are always on. */
	s.ops->enable(s.mem, true);
}

static void close_log(void)
{
	const char *unsound;

	while (s.nlive)
		end_flight();
	judge();
	unsound = s.ops->check(s.mem);
	if (unsound) {
		note("%s", unsound);
		s.broken = true;
	}
	s.ops->destroy(s.mem);
}

static void drive(const struct tracker *tracker)
{
	uint64_t done = 0, logs = 0;
	bool broken = false;

	report_group(tracker->name);
	while (done < options.operations && !broken) {
		uint64_t left = options.operations - done;

		open_log(tracker, logs++);
		while (s.done < LOG_OPERATIONS && s.done < left && !s.broken)
			step();
		done += s.done;
		close_log();
		broken = s.broken;
	}
	test(!broken, "%s: %" PRIu64 " operations", tracker->promise, done);
}

static const struct tracker *named(const char *name)
{
	for (size_t i = 0; i < NR_TRACKERS; i++)
		if (!strcmp(trackers[i].name, name))
			return &trackers[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const struct tracker *asked[NR_TRACKERS];
	size_t n = 0;

	options.program = argv[0];
	for (int i = 1; i < argc; i++) {
		if (take_option(argv, &i))
			continue;
		if (!named(argv[i]) || n == NR_TRACKERS) {
			fprintf(stderr, "%s: %s: expected --seed N, --operations N, or a tracker\n",
				argv[0], argv[i]);
			return 2;
		}
		asked[n++] = named(argv[i]);
	}
	report_begin();
	note("seed %" PRIu64 ", %" PRIu64 " operations of each", options.seed, options.operations);
	for (size_t i = 0; i < (n ? n : NR_TRACKERS); i++)
		drive(n ? asked[i] : &trackers[i]);
	return report_end();
}
