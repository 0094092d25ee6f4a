/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened in a run in virtual time, one event after another, in a file. */
#ifndef VIRTUAL_LAB_EVENTS_H
#define VIRTUAL_LAB_EVENTS_H

#include <stdint.h>

/* What an event is; the first are slices of time, the others counts. */
enum lab_event_kind {
	LAB_EVENT_MAP,	     /* @value: slots, 0 if it failed */
	LAB_EVENT_UNMAP,     /* likewise */
	LAB_EVENT_SEARCH,    /* under the area's lock in map */
	LAB_EVENT_RELEASE,   /* under the area's lock in unmap */
	LAB_EVENT_LOCK_WAIT, /* queued for an area's lock */
	LAB_EVENT_TRACKER,   /* in the tracker's verbs */
	LAB_EVENT_COPY,
	LAB_EVENT_USED, /* @value: slots in use */
	LAB_EVENT_AREA, /* likewise, in area @which */
	LAB_EVENT_MARK, /* @value: what the tracker's mark says, when something else is counted */
	LAB_NR_EVENT_KINDS,
};

/**
 * struct lab_event - one event, as it stands in the file
 * @at_ps: virtual time at which it began. It never goes back in one count: what a CPU
 *	counts while it is a search ahead of another puts off the other's.
 * @took_ps: 0 for a count
 * @which: CPU of a slice, the one behind the last being the sampler; area of a count
 * @kind: enum lab_event_kind
 */
struct lab_event {
	uint64_t at_ps;
	uint64_t took_ps;
	int64_t value;
	uint32_t which;
	uint32_t kind;
};

/**
 * struct lab_events - where they go
 * @fd: a file; -1 for no log at all
 * @most: how many are kept, from the first on
 * @kept, @lost: set by the run: how many are there, and how many were left out
 * @lost_from_ps, @lost_to_ps: when the first of these began, and the last ended
 *
 * Slices of a CPU come in the order in which they end, so that what is within
 * another stands before it. What a run does does not depend on whether it is logged.
 */
struct lab_events {
	int fd;
	uint64_t most;
	uint64_t kept;
	uint64_t lost;
	uint64_t lost_from_ps;
	uint64_t lost_to_ps;
};

#endif /* VIRTUAL_LAB_EVENTS_H */
