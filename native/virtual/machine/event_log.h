/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events of a run, as they happen. Without a log each CPU's @track is NULL, which is
 * all that is looked at.
 */
#ifndef VIRTUAL_EVENT_LOG_H
#define VIRTUAL_EVENT_LOG_H

#include "kernel.h"
#include "virtual/lab_events.h"
#include "virtual/lab_predict.h"

struct event_log;

/**
 * struct event_track - what one CPU spends its time on at the moment
 * @begun, @until: the slice that may still become longer; none where they are equal
 * @on: what it is spent on
 */
struct event_track {
	struct event_log *log;
	u64 begun;
	u64 until;
	u32 id;
	enum lab_spent on;
};

/* @tracks of them. NULL without memory. */
struct event_log *event_log_open(struct lab_events *events, u32 tracks, u32 areas);
/* 0, or what kept the file from being written. */
int event_log_close(struct event_log *log);

struct event_track *event_track(struct event_log *log, u32 id);

/* A CPU spent this time; pieces of one kind that touch are one slice. */
void event_spent(struct event_track *track, enum lab_spent on, u64 from, u64 to);

/* A map or an unmap, at its end. */
void event_operation(struct event_track *track, enum lab_event_kind kind, u64 from, u64 to,
		     u32 nslots);

/* An area's use changes by @change, and that of the pool becomes @used. */
void event_used(struct event_log *log, u64 at, u32 area, long change, long used);

/* What the mark says, if it says something else than the last time. */
void event_mark(struct event_log *log, u64 at, u64 mark);

#endif /* VIRTUAL_EVENT_LOG_H */
