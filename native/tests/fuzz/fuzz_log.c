// SPDX-License-Identifier: GPL-2.0-only
/*
 * One property: whatever is mapped and unmapped, in whatever order, the allocator keeps its
 * invariants, gives nobody what another has, and reports what its tracker promises. The bytes of the
 * input choose the tracker, the layout, the pool and the operations.
 *
 * libFuzzer runs it (fuzz.sh), and test_fuzz_corpus.c over the inputs that are kept in corpus/.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "swiotlb/swiotlb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_LIVE 64
#define CHECK_EVERY 8
#define POOL_START 0x7ffff000UL
#define GROW_BASE 0x100000000UL
/* What cannot be served asks for a pool each time; an input is short enough for this. */
#define MAX_OPS 400

struct input {
	const uint8_t *at;
	const uint8_t *end;
};

struct fuzz_mapping {
	phys_addr_t addr;
	struct swiotlb_placement place;
	size_t size;
	unsigned int min_align_mask;
	bool live;
	bool alloc;
};

struct fuzz {
	const struct swiotlb_tracker *tracker;
	const struct swiotlb_ops *ops;
	struct io_tlb_mem *mem;
	struct device dev;
	struct fuzz_mapping mappings[MAX_LIVE];
	struct swiotlb_config config;
	unsigned long used;
	unsigned long peak;
	bool was_reset;
	bool restricted;
};

#define EXPECT(fuzz, cond)                                                                         \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s, layout %u: %s does not hold\n",                       \
				(fuzz)->tracker->name,                                             \
				(unsigned int)((fuzz)->ops - (fuzz)->tracker->ops), #cond);        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Behind the end there are zeros. */
static unsigned int take(struct input *in, unsigned int bytes)
{
	unsigned int value = 0;

	while (bytes--)
		value = value << 8 | (in->at < in->end ? *in->at++ : 0);
	return value;
}

static bool overlap(const struct fuzz_mapping *a, const struct fuzz_mapping *b)
{
	/* A transient pool has one mapping, so addresses tell those apart. */
	if (a->place.pool < 0 || b->place.pool < 0 || a->place.pool != b->place.pool)
		return a->addr < b->addr + b->size && b->addr < a->addr + a->size;
	return a->place.slot < b->place.slot + (long)b->place.nslots &&
	       b->place.slot < a->place.slot + (long)a->place.nslots;
}

static void check_mapping(struct fuzz *f, const struct fuzz_mapping *m, phys_addr_t orig,
			  unsigned int alloc_align_mask)
{
	const struct swiotlb_placement *p = &m->place;
	phys_addr_t first = m->addr - p->offset - p->pad * IO_TLB_SIZE;
	phys_addr_t last = first + p->nslots * IO_TLB_SIZE - 1;

	EXPECT(f, p->slot >= 0 && p->nslots && p->pad < p->nslots);
	/* Padding in front, the mapping, and no more than the alignment behind it. */
	EXPECT(f, (p->nslots - p->pad) * IO_TLB_SIZE >= p->offset + m->size);
	if (!p->pool)
		EXPECT(f, (unsigned long)p->slot + p->nslots <= f->config.nslabs);
	for (unsigned int i = 0; i < MAX_LIVE; i++)
		if (f->mappings[i].live)
			EXPECT(f, !overlap(m, &f->mappings[i]));
	EXPECT(f, !((first ^ last) & ~f->dev.seg_boundary_mask));
	/* A boundary hides the upper bits of the address from the alignment. */
	if (f->dev.seg_boundary_mask != DMA_BIT_ALL)
		return;
	if (orig)
		EXPECT(f, !((m->addr ^ orig) & f->dev.min_align_mask));
	if (!m->alloc)
		EXPECT(f, !(first & alloc_align_mask));
}

static void count(struct fuzz *f, long nslots)
{
	f->used += (unsigned long)nslots;
	f->peak = max(f->peak, f->used);
}

static void set_masks(struct fuzz *f, struct input *in)
{
	static const unsigned int min_align[] = { 0, 0x7ff, 0xfff, 0x1fff, 0xffff, 0xff00, 0x1ff };
	static const unsigned long boundary[] = { DMA_BIT_ALL, DMA_BIT_ALL, 0x7ff,
						  0xffff,      0x3ffff,	    0xffffffff };
	unsigned int byte = take(in, 1);

	f->dev.min_align_mask = min_align[byte % 7];
	f->dev.seg_boundary_mask = boundary[byte / 7 % 6];
}

static void do_map(struct fuzz *f, struct input *in)
{
	static const unsigned int alloc_align[] = { 0, 0xfff, 0, 0x3fff, 0xffff, 0x1ff, 0x1fff };
	struct fuzz_mapping *m = &f->mappings[take(in, 1) % MAX_LIVE];
	unsigned int cpu = take(in, 1);
	unsigned int align = alloc_align[take(in, 1) % 7];
	phys_addr_t orig = (phys_addr_t)take(in, 2) << 4;
	/* Small ones often, some longer than a segment. */
	unsigned int shape = take(in, 2);

	if (m->live)
		return;
	set_masks(f, in);
	*m = (struct fuzz_mapping){
		.size = 1 + ((size_t)(shape & 0xfff) << (shape >> 12 & 7)),
		.min_align_mask = f->dev.min_align_mask,
		.alloc = f->restricted && shape >> 15,
	};
	if (m->alloc)
		m->addr = f->ops->alloc(&f->dev, cpu, m->size);
	else
		m->addr = f->ops->map(&f->dev, cpu, orig, m->size, align, DMA_BIDIRECTIONAL, 0);
	if (m->addr == DMA_MAPPING_ERROR)
		return;
	f->ops->placement(&f->dev, m->addr, &m->place);
	check_mapping(f, m, m->alloc ? 0 : orig, align);
	m->live = true;
	count(f, m->place.nslots);
}

static void unmap(struct fuzz *f, struct fuzz_mapping *m)
{
	if (!m->live)
		return;
	f->dev.min_align_mask = m->min_align_mask;
	if (m->alloc)
		EXPECT(f, f->ops->free(&f->dev, m->addr));
	else
		f->ops->unmap(&f->dev, m->addr, m->size, DMA_BIDIRECTIONAL, 0);
	m->live = false;
	count(f, -(long)m->place.nslots);
}

/* What a tracker claims of its mark. Growth adds pools that a bound may not know of. */
static void check_reports(struct fuzz *f)
{
	unsigned long hiwater = f->ops->hiwater(f->mem);
	unsigned long lower = f->ops->lower(f->mem);
	struct tracker_bounds bounds = f->ops->bounds(f->mem);
	bool exact = !strcmp(f->tracker->promise, "exact");
	const char *broken = f->ops->check(f->mem);

	if (broken) {
		fprintf(stderr, "%s: %s\n", f->tracker->name, broken);
		abort();
	}
	if (exact)
		EXPECT(f, f->ops->used(f->mem) == f->used);
	if (exact && !f->was_reset)
		EXPECT(f, hiwater == f->peak);
	if (f->config.can_grow || f->was_reset)
		return;
	EXPECT(f, bounds.under == TRACKER_UNBOUNDED || hiwater + bounds.under >= f->peak);
	EXPECT(f, bounds.over == TRACKER_UNBOUNDED || hiwater <= f->peak + bounds.over);
	EXPECT(f, lower == TRACKER_LOWER_UNKNOWN || lower <= f->peak);
}

static void do_other(struct fuzz *f, struct input *in)
{
	unsigned int area = take(in, 1) % f->config.nareas;
	unsigned long area_nslabs = f->config.nslabs / f->config.nareas;

	switch (take(in, 1) % 4) {
	case 0:
		f->ops->write_hiwater(f->mem, 0);
		f->was_reset = true;
		break;
	case 1:
		f->ops->set_area_index(f->mem, area, (unsigned int)(take(in, 2) % area_nslabs));
		break;
	case 2:
		f->ops->sample(f->mem);
		break;
	default:
		f->ops->run_work(f->mem);
		break;
	}
}

static void run(struct fuzz *f, struct input *in)
{
	unsigned int n;

	for (n = 0; in->at < in->end && n < MAX_OPS; n++) {
		unsigned int what = take(in, 1) % 16;

		if (what < 9)
			do_map(f, in);
		else if (what < 15)
			unmap(f, &f->mappings[take(in, 1) % MAX_LIVE]);
		else
			do_other(f, in);
		if (n % CHECK_EVERY == 0)
			check_reports(f);
	}
	check_reports(f);
	for (n = 0; n < MAX_LIVE; n++)
		unmap(f, &f->mappings[n]);
	check_reports(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, data + size };
	static struct fuzz f;
	unsigned int flags;

	f = (struct fuzz){ .dev.seg_boundary_mask = DMA_BIT_ALL };
	f.tracker = &swiotlb_trackers[take(&in, 1) % swiotlb_nr_trackers];
	flags = take(&in, 1);
	f.ops = f.tracker->ops + flags % SWIOTLB_NR_LAYOUTS;
	f.config.can_grow = flags & 0x08;
	f.restricted = !f.config.can_grow && flags & 0x10;
	f.config.start = POOL_START + take(&in, 1) * PAGE_SIZE;
	f.config.nareas = 1U << (flags >> 6);
	f.config.nslabs = f.config.nareas * IO_TLB_SEGSIZE * (1 + take(&in, 1) % 2);
	if (f.restricted) {
		f.config.nareas = 1;
		f.config.nslabs = 1 + take(&in, 2) % 600;
	}
	f.config.grow_base = GROW_BASE;
	f.config.batch = take(&in, 1);
	f.config.tolerance = take(&in, 1);
	if (f.ops->create(&f.config, &f.mem))
		return 0;
	f.ops->enable(f.mem, true);
	f.dev.dma_io_tlb_mem = f.mem;
	run(&f, &in);
	f.ops->destroy(f.mem);
	return 0;
}
