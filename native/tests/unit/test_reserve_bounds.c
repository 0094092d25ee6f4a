// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arithmetic of "reserve" in the largest pool that is accepted, which nobody
 * has the memory to create: four chunks, and what an area reserves, fit in 32
 * bits, however far the mark is above the use.
 */
#include "check.h"
#include "trackers/reserve.h"

#include "trackers/defaults.h"

#define NEVER_MORE UINT_MAX

/* The chunk for a mark at @mark with @used of @nslabs in use, in @sharers of @areas. */
static unsigned int chunk_of(unsigned long nslabs, long mark, long used, unsigned int sharers,
			     unsigned int areas)
{
	static struct io_tlb_mem mem;
	const struct area_totals look = { .used = used, .sharers = sharers, .areas = areas };
	struct tracker_mem t = { .mark = mark };

	mem.nslabs = nslabs;
	tracker_set_chunk(&t, &mem, used, &look);
	return t.chunk;
}

static void check_bounds(unsigned long nslabs, unsigned int areas, unsigned int sharers)
{
	const unsigned long share = nslabs / areas;
	/* The tolerance is at most the pool. */
	const long marks[] = { 1, (long)nslabs / 2, (long)nslabs, 2 * (long)nslabs };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct io_tlb_area area = { .used = share };
		unsigned long chunk = chunk_of(nslabs, marks[i], 0, sharers, areas);

		CHECK(chunk <= share / 2);
		CHECK(4 * chunk <= NEVER_MORE);
		CHECK(share + 2 * chunk <= NEVER_MORE);
		tracker_set_area(&area, (unsigned int)(share + 2 * chunk), (unsigned int)chunk);
		CHECK(area.tracker.reserved == share + 2 * chunk);
		CHECK(area.tracker.least <= area.tracker.reserved);
		/* Below @least lie more than four chunks unused. */
		CHECK_EQ(area.tracker.least, 2 * chunk < share ? share - 2 * chunk : 0);
	}
}

int main(void)
{
	for (unsigned int areas = 1; areas <= 65536; areas *= 16)
		for (unsigned int sharers = 0; sharers <= areas; sharers = 4 * sharers + 1) {
			check_bounds(SWIOTLB_MAX_SLABS, areas, sharers);
			check_bounds(SWIOTLB_MAX_SLABS / 2 + IO_TLB_SEGSIZE, areas, sharers);
		}
	/* Where areas share the distance, the share decides: 7/16 of 512 for each of two. */
	CHECK_EQ(chunk_of(4096, 1024, 0, 2, 2), 224);
	/* And where it is more than an area can use, the area does. */
	CHECK_EQ(chunk_of(1024, 1024, 0, 1, 8), 64);
	return 0;
}
