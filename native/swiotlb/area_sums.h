/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums over all areas, by the walk that each build has. */
#ifndef SWIOTLB_AREA_SUMS_H
#define SWIOTLB_AREA_SUMS_H

/* Areas of all pools but the transient ones. */
static inline __no_kcsan unsigned int mem_nr_areas(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	struct area_walk walk;
	unsigned int n = 0;

	for_each_area(mem, area, walk)
		n++;
	return n;
}

/**
 * mem_areas_used() - the sum of the areas' used slots
 *
 * No lock is held, and the areas are read one after the other: with maps and
 * unmaps under way the sum may be one that never was, too high or too low.
 */
static inline unsigned long mem_areas_used(struct io_tlb_mem *mem)
{
	struct io_tlb_area *area;
	unsigned long used = 0;
	struct area_walk walk;

	for_each_area(mem, area, walk)
		used += READ_ONCE(area->used);
	return used;
}

#endif /* SWIOTLB_AREA_SUMS_H */
