// SPDX-License-Identifier: GPL-2.0-only
#include "engine/course.h"

#include <stdlib.h>

#include "instrument_engine.h"

static double *course_numbers(size_t count)
{
	return calloc(count + 1, sizeof(double));
}

/* The most of an area in the column under way. */
static void course_note_area(struct course *c, size_t area)
{
	struct lab_course *out = c->out;
	double *high = &out->area_high[area / out->areas_per_row * out->columns + c->column];

	*high = max(*high, (double)c->area_used[area]);
}

/* What is in use as a column begins, of each area. */
static void course_begin_column(struct course *c)
{
	for (size_t area = 0; area < c->in->pool.nareas; area++)
		course_note_area(c, area);
}

/* How much is free as a column ends, and in what pieces. */
static void course_end_column(struct course *c)
{
	struct lab_course *out = c->out;
	uint64_t used = 0;
	double longest = 0, shortest = (double)c->area_nslots;

	for (unsigned int area = 0; area < c->in->pool.nareas; area++) {
		double run = c->in->ops->free_run(c->in->mem, area);

		longest = max(longest, run);
		shortest = min(shortest, run);
		used += c->area_used[area];
	}
	out->free[c->column] = (double)(c->area_nslots * c->in->pool.nareas - used);
	out->longest_run[c->column] = longest;
	out->shortest_run[c->column] = shortest;
}

static void course_begin_part(struct course *c)
{
	c->out->used_low[c->part] = (double)c->used;
	c->out->used_high[c->part] = (double)c->used;
}

int course_open(struct course *c, struct lab_course *out, const struct lab_instance *in,
		uint64_t steps)
{
	*c = (struct course){ .out = steps ? out : NULL, .in = in, .steps = steps };
	if (!c->out)
		return 0;
	c->area_nslots = in->pool.nslabs / in->pool.nareas;
	c->area_used = calloc(in->pool.nareas, sizeof(*c->area_used));
	out->parts = min(steps, (uint64_t)LAB_COURSE_PARTS);
	out->columns = min(steps, (uint64_t)LAB_COURSE_COLUMNS);
	out->areas_per_row = (in->pool.nareas + LAB_COURSE_ROWS - 1) / LAB_COURSE_ROWS;
	out->rows = (in->pool.nareas + out->areas_per_row - 1) / out->areas_per_row;
	out->used_low = course_numbers(out->parts);
	out->used_high = course_numbers(out->parts);
	out->mark = course_numbers(out->parts);
	out->lower = course_numbers(out->parts);
	out->area_high = course_numbers(out->rows * out->columns);
	out->free = course_numbers(out->columns);
	out->longest_run = course_numbers(out->columns);
	out->shortest_run = course_numbers(out->columns);
	if (c->area_used && out->used_low && out->used_high && out->mark && out->lower &&
	    out->area_high && out->free && out->longest_run && out->shortest_run)
		return 0;
	course_close(c);
	return -ENOMEM;
}

void course_close(struct course *c)
{
	free(c->area_used);
	*c = (struct course){ 0 };
}

void course_change(struct course *c, phys_addr_t tlb_addr, int64_t nslots)
{
	struct lab_course *out = c->out;
	uint64_t slot, area;

	if (!out)
		return;
	c->used += (uint64_t)nslots;
	out->used_low[c->part] = min(out->used_low[c->part], (double)c->used);
	out->used_high[c->part] = max(out->used_high[c->part], (double)c->used);
	/* In another pool this is a number that no area has. */
	slot = (tlb_addr - c->in->pool.start) >> IO_TLB_SHIFT;
	area = slot / c->area_nslots;
	if (area < c->in->pool.nareas) {
		c->area_used[area] += (uint64_t)nslots;
		course_note_area(c, area);
	}
}

void course_look(struct course *c)
{
	/* What a look costs is none of the run's. */
	const struct instrument_counts counts = instrument_counts;
	unsigned long lower;
	double mark;

	if (!c->out)
		return;
	mark = (double)(long)c->in->ops->hiwater(c->in->mem);
	lower = c->in->ops->lower(c->in->mem);
	instrument_counts = counts;
	c->out->mark[c->part] = max(c->out->mark[c->part], mark);
	c->out->lower[c->part] = lower == ULONG_MAX ? -1 : (double)lower;
}

void course_step(struct course *c, uint64_t step)
{
	struct lab_course *out = c->out;
	uint64_t done = step + 1;
	size_t part, column;

	if (!out)
		return;
	/* No product of a step and a number of parts comes near 64 bits. */
	part = (size_t)(done * out->parts / c->steps);
	column = (size_t)(done * out->columns / c->steps);
	if (part != c->part || done == c->steps)
		course_look(c);
	if (column != c->column || done == c->steps)
		course_end_column(c);
	if (done == c->steps)
		return;
	if (part != c->part) {
		c->part = part;
		course_begin_part(c);
	}
	if (column != c->column) {
		c->column = column;
		course_begin_column(c);
	}
}

void lab_course_free(struct lab_course *course)
{
	free(course->used_low);
	free(course->used_high);
	free(course->mark);
	free(course->lower);
	free(course->area_high);
	free(course->free);
	free(course->longest_run);
	free(course->shortest_run);
	*course = (struct lab_course){ 0 };
}
