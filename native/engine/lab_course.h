/* SPDX-License-Identifier: GPL-2.0-only */
/* The course of a run: what was in use and what was reported, from its begin to its end. */
#ifndef LAB_COURSE_H
#define LAB_COURSE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Parts that a run is divided into at most; of areas, which take more room, columns and rows. */
#define LAB_COURSE_PARTS 512
#define LAB_COURSE_COLUMNS 128
#define LAB_COURSE_ROWS 64

/**
 * struct lab_course - what was in use, by equal parts of a run; slots
 * @parts: their number, at most LAB_COURSE_PARTS
 * @used_low, @used_high: the least and the most in each part: no peak is lost
 * @mark: the highest that the tracker reported, asked at the end of each part and
 *	before each reset
 * @lower: what it certified at the end of each part; negative where it knows nothing
 * @columns: parts that areas are noted in, at most LAB_COURSE_COLUMNS
 * @rows: areas, or groups of as many neighbours, at most LAB_COURSE_ROWS
 * @areas_per_row: areas of such a group
 * @area_high: for each row, of each column: the most that one of its areas had in use
 * @free: slots of all areas that were free at the end of each column
 * @longest_run, @shortest_run: then, the longest run of free slots of the area that
 *	has the longest, and of that which has the shortest
 *
 * Its size does not grow with the run. All NULL where there is none.
 */
struct lab_course {
	size_t parts;
	double *used_low;
	double *used_high;
	double *mark;
	double *lower;
	size_t columns;
	size_t rows;
	size_t areas_per_row;
	double *area_high;
	double *free;
	double *longest_run;
	double *shortest_run;
};

void lab_course_free(struct lab_course *course);

#ifdef __cplusplus
}
#endif

#endif /* LAB_COURSE_H */
