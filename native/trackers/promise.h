/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker is told and what it says of itself: the same wherever it is compiled,
 * so nothing is included here.
 */
#ifndef TRACKERS_PROMISE_H
#define TRACKERS_PROMISE_H

/**
 * struct tracker_params - what a tracker may need to know, fixed at creation
 * @nslabs: slots of the pool that the allocator starts with
 * @nareas: its areas
 * @batch: slots that an area may hold back from a batched global count
 * @tolerance: slots that a mark may be over by, where the tracker lets one choose
 * @stretch_ns: time for which an area keeps one mark, about, where the tracker keeps several
 */
struct tracker_params {
	unsigned long nslabs;
	unsigned int nareas;
	unsigned long batch;
	unsigned long tolerance;
	unsigned long stretch_ns;
};

/* Take one percent of the pool. */
#define TRACKER_DEFAULT_TOLERANCE ULONG_MAX
/* Nanoseconds. */
#define TRACKER_DEFAULT_STRETCH 500

/* A bound on an error that does not exist. */
#define TRACKER_UNBOUNDED ULONG_MAX

/* Nothing is known that was in use for certain. */
#define TRACKER_LOWER_UNKNOWN ULONG_MAX

/**
 * enum tracker_until - what a tracker's promise may end with
 * @TRACKER_UNTIL_RESET: a reset of the mark while anything is mapped, or about to
 *	be; it holds again from a reset on that finds nothing in use
 * @TRACKER_UNTIL_TRANSIENT: a transient pool, whose slots are in neither the mark
 *	nor used
 */
enum tracker_until {
	TRACKER_UNTIL_RESET = 1 << 0,
	TRACKER_UNTIL_TRANSIENT = 1 << 1,
};

/**
 * struct tracker_bounds - how far a reported mark may lie from the true peak
 * @under: slots that it may report too few
 * @over: slots that it may report too many
 * @until: enum tracker_until; 0 for a promise that holds through all of it
 * @reads: what is promised to who reads both files while CPUs map and unmap: read
 *	first, used is never above the mark, unless the mark was begun anew between
 *	the two. Read last, it may be: the mark may have risen since.
 * @skew_ns: how far the CPUs' clocks may be apart for this to hold, get_cycles() read at
 *	one moment; nanoseconds. 0 for who reads no clock, or asks it to be the same on all.
 * @unmarked: there is no mark; what stands for it reads 0
 */
struct tracker_bounds {
	unsigned long under;
	unsigned long over;
	unsigned int until;
	bool reads;
	bool unmarked;
	unsigned int skew_ns;
};

#endif /* TRACKERS_PROMISE_H */
