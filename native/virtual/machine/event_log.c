// SPDX-License-Identifier: GPL-2.0-only
/* Events in a file, some thousands at a time. */
#include "virtual/machine/event_log.h"

#include <stdlib.h>

#include "engine/op_source.h"

#define ROOM 8192

/**
 * struct event_log - the log of one run
 * @room: @n events that are not in the file yet
 * @counted_at: the time of the latest count
 * @in_area: slots in use, by area
 * @err: why nothing is written any more
 */
struct event_log {
	struct lab_events *events;
	struct lab_event *room;
	struct event_track *tracks;
	long *in_area;
	u32 n;
	u32 nr_tracks;
	u32 nr_areas;
	u64 counted_at;
	u64 mark;
	int err;
};

static const enum lab_event_kind spent_kind[LAB_NR_SPENT] = {
	[LAB_SPENT_OTHER] = LAB_NR_EVENT_KINDS,	 [LAB_SPENT_SEARCH] = LAB_EVENT_SEARCH,
	[LAB_SPENT_RELEASE] = LAB_EVENT_RELEASE, [LAB_SPENT_LOCK_WAIT] = LAB_EVENT_LOCK_WAIT,
	[LAB_SPENT_TRACKER] = LAB_EVENT_TRACKER, [LAB_SPENT_COPY] = LAB_EVENT_COPY,
	[LAB_SPENT_THINK] = LAB_NR_EVENT_KINDS,
};

static void write_room(struct event_log *log)
{
	const struct lab_events *e = log->events;

	if (!log->err)
		log->err = write_all(e->fd, log->room, log->n * sizeof(*log->room),
				     (off_t)((e->kept - log->n) * sizeof(*log->room)));
	log->n = 0;
}

static void put(struct event_log *log, const struct lab_event *event)
{
	struct lab_events *e = log->events;

	if (e->kept == e->most) {
		e->lost_from_ps = e->lost ? min(e->lost_from_ps, event->at_ps) : event->at_ps;
		e->lost_to_ps = max(e->lost_to_ps, event->at_ps + event->took_ps);
		e->lost++;
		return;
	}
	log->room[log->n++] = *event;
	e->kept++;
	if (log->n == ROOM)
		write_room(log);
}

/* Writes the slice that can become no longer. */
static void end_slice(struct event_track *t)
{
	if (t->until == t->begun)
		return;
	put(t->log, &(struct lab_event){
			    .at_ps = t->begun,
			    .took_ps = t->until - t->begun,
			    .which = t->id,
			    .kind = spent_kind[t->on],
		    });
	t->begun = t->until;
}

void event_spent(struct event_track *t, enum lab_spent on, u64 from, u64 to)
{
	if (from == to)
		return;
	if (on != t->on || from != t->until)
		end_slice(t);
	if (spent_kind[on] == LAB_NR_EVENT_KINDS)
		return;
	if (t->until == t->begun)
		t->begun = from;
	t->on = on;
	t->until = to;
}

void event_operation(struct event_track *t, enum lab_event_kind kind, u64 from, u64 to, u32 nslots)
{
	end_slice(t);
	put(t->log, &(struct lab_event){ from, to - from, nslots, t->id, kind });
}

/*
 * An area's counts are made under its lock, in the order of their times. Those of the pool
 * may be made a search ahead of another CPU's.
 */
void event_used(struct event_log *log, u64 at, u32 area, long change, long used)
{
	log->counted_at = max(log->counted_at, at);
	put(log, &(struct lab_event){ log->counted_at, 0, used, 0, LAB_EVENT_USED });
	if (area >= log->nr_areas)
		return;
	log->in_area[area] += change;
	put(log, &(struct lab_event){ at, 0, log->in_area[area], area, LAB_EVENT_AREA });
}

void event_mark(struct event_log *log, u64 at, u64 mark)
{
	log->counted_at = max(log->counted_at, at);
	if (mark == log->mark)
		return;
	log->mark = mark;
	put(log, &(struct lab_event){ log->counted_at, 0, (int64_t)mark, 0, LAB_EVENT_MARK });
}

struct event_track *event_track(struct event_log *log, u32 id)
{
	return &log->tracks[id];
}

static void free_log(struct event_log *log)
{
	free(log->room);
	free(log->tracks);
	free(log->in_area);
	free(log);
}

struct event_log *event_log_open(struct lab_events *events, u32 tracks, u32 areas)
{
	struct event_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->events = events;
	log->nr_tracks = tracks;
	log->nr_areas = areas;
	log->room = malloc(ROOM * sizeof(*log->room));
	log->tracks = calloc(tracks, sizeof(*log->tracks));
	log->in_area = calloc(areas, sizeof(*log->in_area));
	if (!log->room || !log->tracks || !log->in_area) {
		free_log(log);
		return NULL;
	}
	for (u32 i = 0; i < tracks; i++)
		log->tracks[i] = (struct event_track){ .log = log, .id = i };
	return log;
}

int event_log_close(struct event_log *log)
{
	int err;

	for (u32 i = 0; i < log->nr_tracks; i++)
		end_slice(&log->tracks[i]);
	write_room(log);
	err = log->err;
	free_log(log);
	return err;
}
