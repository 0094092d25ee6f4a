/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of native/trackers/epochs.h: areas with a lock, a present stretch and a log each, clocks that
 * are apart, and the walk that adds the logs up moment by moment, window by window.
 *
 * In each area maps and unmaps follow each other, one slot at a time: all that one does is done within
 * the area's lock, so it is all the same which CPU does it. The keeper is the delayed work, the reader of
 * the mark and the reset: each of them holds the tracker's lock for as long as it takes, so one is
 * enough. Time goes on up to LATEST, and stands still then, as a clock may.
 *
 * More may happen here than in the program, never less:
 *   - any operation may look at the clock, and any look may end the stretch, but for one that began in
 *     the future; so nothing is said of how long stretches become, of shares, or of counts;
 *   - the walk may end any stretch that it comes by;
 *   - each look is off by up to SKEW either way, as if it were of another CPU.
 * Not in it: the low half of times, and units of several slots, which round outwards. The area of
 * transient pools is like any other, and so is that of a pool that grows, which was empty before.
 *
 * A step is what is done within an area's lock, but for the look at the clock, which is a step of its
 * own: what other areas do, and time, may come in front of it and behind it.
 *
 * The mark and the floor have nothing in common but the way to them, so a search is of one of them: of the
 * mark and the most, or, with CERTAIN, of the floor and the least.
 *
 * The promise, with @low = the maps that have returned less the unmaps that have begun, and @high =
 * the maps that have begun less the unmaps that have returned: no order of the overlapping operations
 * has less in use than @low, none more than @high.
 *   never under: a mark is no less than the highest @low before its reading began, since the last
 *     reset was through
 *   certain: the floor is no more than the highest @high since that reset began
 *   no deadlock: the verifier's own check for a state that nobody can leave
 * A map begins where it takes effect, and returns with the lock; an unmap the same: that is when the
 * promise is hardest to keep.
 *
 * It does not promise that used, read before the mark, is no more than the mark: USED_FIRST has a reader
 * who finds more.
 *
 * Configurations: AREAS, SLOTS (of an area), LATEST, SKEW (0 or 1: half of what clocks may be
 * apart), STRETCHES (of a log; even), BUCKETS (of a window), SHIFT (a bucket is 1 << SHIFT), OPERATIONS
 * (of an area) and WALKS, which reset as well: up to so many, or any number with 0; RESET, CERTAIN.
 * Guards that can be taken out, each of which breaks a promise: BEGINS_EMPTY, BEGINS_STALE, EARLY_CLOCK,
 * NO_PRESENT, NO_SKEW, UNTIL_NOW, KEEPS_LESS, NO_LATE_BUCKET, THINS_TO_LAST, GROUPS_TO_LAST,
 * SWAPPED, UNFINISHED_LEAST, RESETS_EMPTY.
 */
#ifndef AREAS
#define AREAS 2
#endif
#ifndef SLOTS
#define SLOTS 1
#endif
#ifndef LATEST
#define LATEST 2
#endif
#ifndef SKEW
#define SKEW 0
#endif
#ifndef STRETCHES
#define STRETCHES 2
#endif
#ifndef BUCKETS
#define BUCKETS 8
#endif
#ifndef OPERATIONS
#define OPERATIONS 2
#endif
#ifndef WALKS
#define WALKS 2
#endif
#ifndef SHIFT
#define SHIFT 0
#endif

/* No time is less than zero. */
#define EARLIEST (2 * SKEW)
/* Stretches that begin so soon behind each other count as one. */
#define APART (2 * SKEW + (2 << SHIFT))

/* Up to so many, or any number. */
#define MAY(nth, most) ((most) == 0 || nth < (most))
#define COUNT(nth, most) nth = ((most) -> nth + 1 : 0)

#define MAX(a, b) ((a) > (b) -> (a) : (b))
#define MIN(a, b) ((a) < (b) -> (a) : (b))

/* The guards. */
#ifdef NO_SKEW
#define WIDER 0
#else
#define WIDER SKEW
#endif
#ifdef NO_LATE_BUCKET
#define BEHIND 0
#else
#define BEHIND 1
#endif
#ifdef KEEPS_LESS
#define KEPT_LONGER (-1)
#else
#define KEPT_LONGER WIDER
#endif
#ifdef UNTIL_NOW
#define UNTIL begun + 1
#else
#define UNTIL begun - WIDER
#endif

/* Of the most or of the least. */
#ifdef CERTAIN
#define OF_BOTH MIN
#else
#define OF_BOTH MAX
#endif
#if defined(CERTAIN) && !defined(SWAPPED)
#define RISES late
#define FALLS early
#else
#define RISES early
#define FALLS late
#endif

typedef stretch {
	byte end;
	byte extreme;
};

/* All of it under the area's lock. */
typedef area_state {
	bool locked;
	byte used;
	byte extreme;
	byte first;
	byte nr;
	stretch log[STRETCHES];
};

area_state area[AREAS];

/* The time in the middle of all clocks. */
byte time = EARLIEST;

/* Under the tracker's lock, which the keeper holds. */
byte from = EARLIEST;
/* The mark, or the floor. */
byte told;
short changes[BUCKETS];

/* What an onlooker knows: @low and the highest that it was, or @high. */
byte known;
byte peak;

#ifdef CERTAIN
#define MAP_BEGINS known++; peak = MAX(peak, known)
#define MAP_RETURNS skip
#define UNMAP_BEGINS skip
#define UNMAP_RETURNS known--
#else
#define MAP_BEGINS skip
#define MAP_RETURNS known++; peak = MAX(peak, known)
#define UNMAP_BEGINS known--
#define UNMAP_RETURNS skip
#endif
#define RETURN \
	if \
	:: maps -> MAP_RETURNS \
	:: else -> UNMAP_RETURNS \
	fi; \
	area[a].locked = false; now = 0; stale = 0; maps = false

/* A look at some CPU's clock. */
inline look(now)
{
	if
	:: now = time
#if SKEW
	:: now = time - SKEW
	:: now = time + SKEW
#endif
	fi
}

/* The present stretch is over. Two neighbours of a full log become one. */
inline close(a, now, i)
{
	if
	:: area[a].nr == STRETCHES ->
		i = 0;
		do
		:: i < STRETCHES / 2 ->
			area[a].log[i].end = area[a].log[2 * i + 1].end;
#ifdef THINS_TO_LAST
			area[a].log[i].extreme = area[a].log[2 * i + 1].extreme;
#else
			area[a].log[i].extreme =
				OF_BOTH(area[a].log[2 * i].extreme, area[a].log[2 * i + 1].extreme);
#endif
			i++
		:: else -> break
		od;
		area[a].nr = STRETCHES / 2;
		forget(a, i)
	:: else
	fi;
	area[a].log[area[a].nr].end = now;
	area[a].log[area[a].nr].extreme = area[a].extreme;
	area[a].nr++;
	i = 0
}

/* What is behind the log is no state. */
inline forget(a, i)
{
	i = area[a].nr;
	do
	:: i < STRETCHES ->
		area[a].log[i].end = 0;
		area[a].log[i].extreme = 0;
		i++
	:: else -> break
	od
}

inline begin(a, now, slots)
{
	area[a].extreme = slots;
	area[a].first = now
}

#define WITHIN(a) area[a].extreme = OF_BOTH(area[a].extreme, area[a].used)

#if defined(BEGINS_EMPTY)
#define BEGINS_WITH(a, stale) 0
#elif defined(BEGINS_STALE)
#define BEGINS_WITH(a, stale) stale
#else
#define BEGINS_WITH(a, stale) area[a].used
#endif

#ifdef BEGINS_STALE
#define SEE stale = area[a].used
#else
#define SEE skip
#endif

/* Who maps and unmaps in an area. All that one does is done within its lock, so one is enough. */
proctype worker(byte a)
{
	byte now, stale, i, nth;
	bool maps;

end:
	do
	:: MAY(nth, OPERATIONS) ->
#ifdef EARLY_CLOCK
		atomic { look(now) };
#endif
		atomic { !area[a].locked;
			SEE;
			if
			:: area[a].used < SLOTS -> area[a].used++; maps = true; MAP_BEGINS
			:: area[a].used > 0 -> area[a].used--; UNMAP_BEGINS
			fi;
			area[a].locked = true;
			COUNT(nth, OPERATIONS)
		};
		if
		/* It does not look, or the stretch goes on. */
		:: atomic { true -> WITHIN(a); RETURN }
		/* It ends here. */
		::
#ifndef EARLY_CLOCK
			atomic { look(now) };
#endif
			atomic {
				if
				:: now >= area[a].first -> d_step {
					close(a, now, i);
					begin(a, now, BEGINS_WITH(a, stale)) }
				:: else -> WITHIN(a)
				fi;
				RETURN
			}
		fi
	od
}

/* Where a time lies in the window. */
#define BUCKET(at) ((at) < from -> -1 : MIN(((at) - from) >> SHIFT, nr))

/* A change that counts from that bucket on, or from the first. */
#define NOTE(bucket) \
	if \
	:: bucket < nr -> changes[MAX(bucket, 0)] = changes[MAX(bucket, 0)] + group - last_one \
	:: else \
	fi

/* An area goes from one stretch to the next at @at. */
inline step()
{
	early = BUCKET(at - WIDER);
	late = BUCKET(at + WIDER) + BEHIND;
	if
	:: group > last_one -> NOTE(RISES)
	:: else -> NOTE(FALLS)
	fi
}

#ifdef NO_PRESENT
#define PRESENT 0
#else
#define PRESENT area[a].extreme
#endif
#ifdef GROUPS_TO_LAST
#define GROUPED next_one
#else
#define GROUPED OF_BOTH(group, next_one)
#endif

/* Adds an area's stretches up, and forgets those that no later window will ask for. */
inline add_up()
{
	last_one = 0;
	group = (area[a].nr -> area[a].log[0].extreme : PRESENT);
	at = from - APART;
	keep = area[a].nr;
	i = 0;
	do
	:: i < area[a].nr ->
		if
		:: i + 1 < area[a].nr -> next_one = area[a].log[i + 1].extreme
		:: else -> next_one = PRESENT
		fi;
		ended = area[a].log[i].end;
		if
		:: keep == area[a].nr && ended + KEPT_LONGER >= until -> keep = i
		:: else
		fi;
		i++;
		if
		:: ended - at < APART -> group = GROUPED
		:: else ->
			step();
			last_one = group;
			group = next_one;
			at = ended;
			if
			:: BUCKET(at - WIDER) == nr -> break
			:: else
			fi
		fi
	:: else -> break
	od;
	step();
	if
	:: keep ->
		i = 0;
		do
		:: i + keep < area[a].nr ->
			area[a].log[i].end = area[a].log[i + keep].end;
			area[a].log[i].extreme = area[a].log[i + keep].extreme;
			i++
		:: else -> break
		od;
		area[a].nr = area[a].nr - keep;
		forget(a, i)
	:: else
	fi
}

#if defined(CERTAIN) && !defined(UNFINISHED_LEAST)
#define FINISHED i < finished
#else
#define FINISHED true
#endif

/* From the changes to the largest sum; they are none again. */
inline sum()
{
	finished = BUCKET(begun - WIDER);
	total = 0;
	at_last = 255;
	i = 0;
	do
	:: i < nr ->
		total = total + changes[i];
		changes[i] = 0;
		if
		:: FINISHED -> told = MAX(told, total)
		:: else -> at_last = MIN(at_last, total)
		fi;
		i++
	:: else -> break
	od;
	if
	:: last && at_last < 255 -> told = MAX(told, at_last)
	:: else
	fi;
	from = MAX(from, until);
	total = 0; at_last = 0; finished = 0; i = 0
}

active proctype keeper()
{
	byte a, i, keep, now, due, seen, nth;
	short begun, until, span, nr, at, ended, early, late, finished;
	short last_one, group, next_one, total, at_last;
	bool last;

end:
	do
	:: MAY(nth, WALKS) ->
#ifdef USED_FIRST
		do
		:: atomic { a < AREAS -> seen = seen + area[a].used; a++ }
		:: atomic { a == AREAS -> a = 0; break }
		od;
#endif
		/* A mark is read. */
		atomic { due = peak; look(begun) };
		do
		:: d_step {
			span = MAX(begun + WIDER - from, 0);
			last = (span >> SHIFT) < BUCKETS;
			nr = (last -> (span >> SHIFT) + 1 : BUCKETS);
			until = (last -> UNTIL : from + (BUCKETS << SHIFT));
			span = 0
			};
			do
			:: a < AREAS -> atomic { !area[a].locked ->
				look(now);
				if
				:: now >= area[a].first -> d_step { close(a, now, i);
					begin(a, now, area[a].used) }
				:: true
				fi;
				d_step { add_up();
				a++; i = 0; keep = 0; now = 0; at = 0; ended = 0; early = 0; late = 0;
				last_one = 0; group = 0; next_one = 0 } }
			:: else -> break
			od;
			atomic {
				d_step { a = 0; sum(); nr = 0; until = 0 };
				if
				:: last -> last = false; break
				:: else
				fi
			}
		od;
		atomic {
#ifdef CERTAIN
			assert(told <= peak);
#else
			assert(due <= told);
#endif
#ifdef USED_FIRST
			assert(seen <= told);
			seen = 0;
#endif
			begun = 0; due = 0; COUNT(nth, WALKS) }
#ifdef RESET
	:: atomic { MAY(nth, WALKS);
#ifdef CERTAIN
			peak = known
#endif
		};
		do
		:: a < AREAS -> atomic { !area[a].locked ->
			area[a].nr = 0;
			forget(a, i);
			look(now);
#ifdef RESETS_EMPTY
			begin(a, now, 0);
#else
			begin(a, now, area[a].used);
#endif
			a++; i = 0; now = 0 }
		:: else -> break
		od;
		atomic {
			a = 0;
			told = 0;
			look(begun);
			from = MAX(from, begun - WIDER);
#ifndef CERTAIN
			peak = known;
#endif
			begun = 0; COUNT(nth, WALKS)
		}
#endif
	od
}

active proctype clock()
{
end:
	do
	:: time < EARLIEST + LATEST -> time++
	od
}

init {
	byte n;

	atomic {
		do
		:: n < AREAS ->
			area[n].first = EARLIEST;
			run worker(n);
			n++
		:: else -> break
		od
	}
}
