/* SPDX-License-Identifier: GPL-2.0-only */
/* What the costs of the virtual machine are on this host. */
#ifndef VIRTUAL_LAB_CALIBRATE_H
#define VIRTUAL_LAB_CALIBRATE_H

#include "engine/lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LAB_CALIBRATION_COPIES 6

/**
 * enum lab_figure - what is timed on this host, nanoseconds
 * @LAB_FIG_OWN: a word of an own line incremented, many lines in turn
 * @LAB_FIG_ATOMIC: locked instruction on an own line
 * @LAB_FIG_LOCK: an own spin lock taken and released
 * @LAB_FIG_HANDOFF: a word handed from one core to another, one way: its line
 *	moves twice, to be read and to be written
 * @LAB_FIG_CONTENDED: locked instruction on a line that two cores want all the time
 * @LAB_FIG_TICKET: from one holder of a ticket lock to the next
 * @LAB_FIG_MAP: map of 4 KiB, sixteen in flight, one thread, nothing copied, no
 *	tracker; by slot index: run counts, bitmap
 * @LAB_FIG_UNMAP: likewise
 * @LAB_FIG_FEW: map and unmap with one in flight, run counts
 * @LAB_FIG_COPY: one copy of each of lab_calibration_bytes
 */
enum lab_figure {
	LAB_FIG_OWN,
	LAB_FIG_ATOMIC,
	LAB_FIG_LOCK,
	LAB_FIG_HANDOFF,
	LAB_FIG_CONTENDED,
	LAB_FIG_TICKET,
	LAB_FIG_MAP,
	LAB_FIG_UNMAP = LAB_FIG_MAP + 2,
	LAB_FIG_FEW = LAB_FIG_UNMAP + 2,
	LAB_FIG_COPY,
	LAB_NR_FIGURES = LAB_FIG_COPY + LAB_CALIBRATION_COPIES,
};

extern const size_t lab_calibration_bytes[LAB_CALIBRATION_COPIES];

/**
 * struct lab_counted - what the virtual engine charges for an operation that was timed
 * @own, @walk, @atomic: how often; see struct lab_costs
 */
struct lab_counted {
	double own;
	double walk;
	double atomic;
};

/* As the allocator is timed: many in flight by slot index, and few with run counts. */
enum lab_allocator_probe { LAB_MANY_COUNTS, LAB_MANY_BITMAP, LAB_FEW_COUNTS, LAB_NR_PROBES };

/**
 * struct lab_calibration - what was measured on this host
 * @samples: LAB_NR_FIGURES x @rounds; NaN for what takes two CPUs, on one
 * @line: @rounds + 1 looks at the two CPUs, before each round and after the last;
 *	NULL on one
 * @map, @unmap: by enum lab_allocator_probe
 * @rounds: those that were made
 * @pinned: each of two threads had a CPU of its own
 */
struct lab_calibration {
	double *samples;
	struct lab_line *line;
	struct lab_counted map[LAB_NR_PROBES];
	struct lab_counted unmap[LAB_NR_PROBES];
	uint32_t rounds;
	bool pinned;
	bool cancelled;
};

/**
 * lab_calibrate() - measure this host's costs
 * @rounds: samples of each figure; 40 take about two seconds on a quiet host
 *
 * Return: 0, -EINVAL, -ENOMEM, or -EAGAIN when threads could not be had. Free
 * @result with lab_calibration_free() in every case.
 */
int lab_calibrate(uint32_t rounds, struct lab_control *control, struct lab_calibration *result);
void lab_calibration_free(struct lab_calibration *result);

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_LAB_CALIBRATE_H */
