/* SPDX-License-Identifier: GPL-2.0-only */
/* What the costs of the virtual machine are on this host. */
#ifndef VIRTUAL_LAB_CALIBRATE_H
#define VIRTUAL_LAB_CALIBRATE_H

#include "engine/lab.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LAB_CALIBRATION_COPIES 6
#define LAB_CALIBRATION_DELAYS 8

/**
 * enum lab_place - where a line lies that is only read, as seen from the one added to
 * @LAB_FAR: a KiB away
 * @LAB_ABOVE: right behind it, in the same pair of lines
 * @LAB_BELOW: right before it, in the same pair
 * @LAB_NEXT: right behind it, but in the next pair
 * @LAB_SAME: it is that line: whether a line that is lost can be told at all
 */
enum lab_place { LAB_FAR, LAB_ABOVE, LAB_BELOW, LAB_NEXT, LAB_SAME, LAB_NR_PLACES };

/**
 * enum lab_figure - what is timed on this host, nanoseconds
 * @LAB_FIG_OWN: a word of an own line incremented, many lines in turn
 * @LAB_FIG_ATOMIC: locked instruction on an own line
 * @LAB_FIG_LOCK: an own spin lock taken and released
 * @LAB_FIG_HANDOFF: a word handed from one core to another, one way: its line
 *	moves twice, to be read and to be written
 * @LAB_FIG_CONTENDED: locked instruction on a line that two cores want all the time
 * @LAB_FIG_TAKEN: locked instruction on a line that another core has added to some time
 *	before, less what it takes on an own line: nobody waits in a queue
 * @LAB_FIG_TICKET: from one holder of a ticket lock to the next
 * @LAB_FIG_MAP: map of 4 KiB, sixteen in flight, one thread, nothing copied, no
 *	tracker; by slot index: run counts, bitmap
 * @LAB_FIG_UNMAP: likewise
 * @LAB_FIG_FEW: map and unmap with one in flight, run counts
 * @LAB_FIG_CLOCK: a read of the processor's counter, each behind the one before
 * @LAB_FIG_BESIDE: a read of a line that nobody writes to, some time after an addition
 *	to one that another CPU adds to all the time; by enum lab_place, where the
 *	former lies
 * @LAB_FIG_KEPT: no time but a share: how often a CPU still finds the line that
 *	another one wants all the time, after each of lab_calibration_delays
 * @LAB_FIG_DELAY: what each of these delays takes
 * @LAB_FIG_COPY: one copy of each of lab_calibration_bytes
 */
enum lab_figure {
	LAB_FIG_OWN,
	LAB_FIG_ATOMIC,
	LAB_FIG_LOCK,
	LAB_FIG_HANDOFF,
	LAB_FIG_CONTENDED,
	LAB_FIG_TAKEN,
	LAB_FIG_TICKET,
	LAB_FIG_MAP,
	LAB_FIG_UNMAP = LAB_FIG_MAP + 2,
	LAB_FIG_FEW = LAB_FIG_UNMAP + 2,
	LAB_FIG_CLOCK,
	LAB_FIG_BESIDE,
	LAB_FIG_KEPT = LAB_FIG_BESIDE + LAB_NR_PLACES,
	LAB_FIG_DELAY = LAB_FIG_KEPT + LAB_CALIBRATION_DELAYS,
	LAB_FIG_COPY = LAB_FIG_DELAY + LAB_CALIBRATION_DELAYS,
	LAB_NR_FIGURES = LAB_FIG_COPY + LAB_CALIBRATION_COPIES,
};

extern const size_t lab_calibration_bytes[LAB_CALIBRATION_COPIES];
/* In steps of a chain that takes some cycles each. */
extern const unsigned int lab_calibration_delays[LAB_CALIBRATION_DELAYS];

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
 * @samples: LAB_NR_FIGURES x @rounds; NaN for what takes two CPUs, on one, and for
 *	what was to be measured beside another CPU while that one had lost its CPU
 * @line: @rounds + 1 looks at the two CPUs, before each round and after the last;
 *	NULL on one
 * @map, @unmap: by enum lab_allocator_probe
 * @rounds: those that were made
 * @pinned: each of two threads had a CPU of its own
 * @realtime: both had a real-time priority; what one CPU does by itself needs no thread,
 *	and is timed without
 */
struct lab_calibration {
	double *samples;
	struct lab_line *line;
	struct lab_counted map[LAB_NR_PROBES];
	struct lab_counted unmap[LAB_NR_PROBES];
	uint32_t rounds;
	bool pinned;
	bool realtime;
	bool cancelled;
};

/**
 * lab_calibrate() - measure this host's costs
 * @rounds: samples of each figure; 40 take about two seconds on a quiet host
 * @cpus: the two CPUs between which lines are moved, as the kernel numbers them; NULL
 *	for the first two of this process
 *
 * Return: 0, -EINVAL, -ENOMEM, or -EAGAIN when threads could not be had. Free
 * @result with lab_calibration_free() in every case.
 */
int lab_calibrate(uint32_t rounds, const unsigned int cpus[2], struct lab_control *control,
		  struct lab_calibration *result);
void lab_calibration_free(struct lab_calibration *result);

#ifdef __cplusplus
}
#endif

#endif /* VIRTUAL_LAB_CALIBRATE_H */
