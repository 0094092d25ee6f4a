/* SPDX-License-Identifier: GPL-2.0-only */
/* Notes the course of a run whose steps come one after another on one thread. */
#ifndef ENGINE_COURSE_H
#define ENGINE_COURSE_H

#include "engine/lab_course.h"
#include "engine/step.h"

/**
 * struct course - a course that is being noted
 * @out: where it goes; NULL: nothing is noted
 * @steps: of the whole run
 * @used: in use now, slots
 * @area_used: the same of each area
 */
struct course {
	struct lab_course *out;
	const struct lab_instance *in;
	uint64_t steps;
	size_t part;
	size_t column;
	uint64_t used;
	uint64_t area_nslots;
	uint64_t *area_used;
};

/* @out may be NULL. Return: 0 or -ENOMEM. */
int course_open(struct course *course, struct lab_course *out, const struct lab_instance *in,
		uint64_t steps);
void course_close(struct course *course);

/* @nslots at @tlb_addr were taken, or given back where they are below 0. */
void course_change(struct course *course, phys_addr_t tlb_addr, int64_t nslots);
/* The mark, before it is reset or a part ends. */
void course_look(struct course *course);
/* Step @step, from 0 on, is done. */
void course_step(struct course *course, uint64_t step);

#endif /* ENGINE_COURSE_H */
