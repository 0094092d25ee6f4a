/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of native/trackers/reserve.h: areas with a lock and a reservation each, groups with slots
 * to spare, what is granted to all of them, the mark, the chunk, and the lock of the slow path.
 *
 * Workers map and unmap for ever, in any area, one or two slots at a time; any worker may unmap
 * what another has mapped. The keeper does all that runs under the slow path's lock and is nobody's
 * duty: looks, resets, changes of the tolerance. One keeper is enough, since that lock lets only
 * one of these run at a time. In the program it is dropped while areas are swept, and what is swept
 * is a number that only one sweep has: so others may help, or begin a new sweep for a reset, but
 * the chunk stays at zero, and the mark rises behind a sweep of all areas. Here it is held.
 *
 * More may happen here than in the program, never less:
 *   - the chunk is any number up to MAX_CHUNK wherever the program computes it;
 *   - an unmap in an area that has a chunk gives back, or does not;
 *   - a look may come at any time, and may sweep or not;
 *   - an operation goes to any group, whatever its area;
 *   - a group that has too much gives back, or does not, but in a sweep;
 *   - nothing says how often anything happens.
 * So what holds here holds for every way of choosing the chunk. Areas of a pool that is added
 * later are like areas that were empty until then, and a map in an interrupt is one more worker.
 *
 * A step is one access to something that others access without a lock in common: the sum granted,
 * the mark, the chunk. What a lock protects goes into the same step. Memory is sequentially
 * consistent here; where the program needs barriers is not the model's business.
 *
 * The promise, with @low = the maps that have returned less the unmaps that have begun, and @high =
 * the maps that have begun less the unmaps that have returned: no order of the overlapping
 * operations has less in use than @low, none more than @high.
 *   never under: @mark is never below @low, but while a reset is under way
 *   over by at most the tolerance: @mark is never above the highest @high since the last reset
 *     began and the largest tolerance since then
 *   a reader: who reads the sum of the areas, then takes the report behind it if that is less, and
 *     then reads the report as the mark, never has used above the mark, unless a reset ends in
 *     between; and what is reported is never below @low
 *   no deadlock: the verifier's own check for a state that nobody can leave
 * A map begins, and an unmap returns, in the step next to its effect, and the other way round: that
 * is when the promise is hardest to keep.
 *
 * Configurations: WORKERS, AREAS, SLOTS (of an area; LAST_SLOTS of the last), MAX_CHUNK, TOLERANCE, RESET, TRANSIENT (the
 * last area is that of a transient pool: one mapping, no chunk, no group, not swept), OTHER_TOLERANCE
 * (the tolerance changes between the two), GROUPS and MOST (what a group may hold; a sweep leaves
 * LEFT), READER.
 * Guards that can be taken out, each of which breaks a promise: NO_RAISE, NO_SWEEP, NO_CHUNK_ZERO,
 * NOT_STRICT, STALE_CHUNK, STALE_MARK, NO_MARK_ZERO, UNLOCKED_SWEEP, RAISE_UNDER_LOCK; with groups
 * NO_TRIM, UNCOUNTED_SPARE, STALE_MOST, UNLOCKED_REFILL, UNLOCKED_RECLAIM, RECLAIM_LATE, IN_DEBT,
 * NOT_AGAIN; with a reader USED_UNCAPPED, REPORT_ZERO.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef AREAS
#define AREAS 2
#endif
#ifndef SLOTS
#define SLOTS 2
#endif
#ifndef LAST_SLOTS
#define LAST_SLOTS SLOTS
#endif
#ifndef MAX_CHUNK
#define MAX_CHUNK 1
#endif
#ifndef TOLERANCE
#define TOLERANCE 1
#endif

#ifndef GROUPS
#define GROUPS 0
#endif
#ifndef MOST
#define MOST 2
#endif
#ifndef LEFT
#define LEFT 0
#endif

#ifdef TRANSIENT
#define SWEPT (AREAS - 1)
#define IS_TRANSIENT(a) ((a) == AREAS - 1)
#else
#define SWEPT AREAS
#define IS_TRANSIENT(a) false
#endif

/* Each area's, under its lock. Strict: it has no chunk, and an unmap must give back. */
bool locked[AREAS];
byte used[AREAS];
byte reserved[AREAS];
bool strict[AREAS];
/* Mappings that may be unmapped: of one slot, of two, area by area. */
byte live[2 * AREAS];

#if GROUPS
/* Each group's; the lock for what goes between it and what is granted. */
short spare[GROUPS];
bool refilling[GROUPS];
byte most_spare;
bool sweeping;
#endif

/* For all. */
byte granted;
byte mark;
byte chunk;
byte tolerance = TOLERANCE;
byte bound = TOLERANCE;
bool mem_locked;

/* What an onlooker knows. */
byte low;
byte high;
byte peak;
bool resetting;
byte before;
#ifdef READER
/* A reset ended while it read. */
bool ended;
#endif

/* What readers are told. */
#ifdef REPORT_ZERO
#define REPORT mark
#else
#define REPORT (resetting && !mark -> before : mark)
#endif

/* The guards. */
#ifdef STALE_MARK
#define MARK seen_mark
#else
#define MARK mark
#endif
#ifdef STALE_CHUNK
#define CHUNK seen_chunk
#else
#define CHUNK chunk
#endif
#ifdef NOT_STRICT
#define STRICT_FROM_NOW skip
#else
#define STRICT_FROM_NOW strict[i] = true
#endif
#ifdef NO_RAISE
#define MUST_RAISE false
#else
#define MUST_RAISE pending
#endif
#ifdef RAISE_UNDER_LOCK
#define UNLOCK_BEFORE_RAISE skip
#define UNLOCK_AFTER_RAISE unlock_area()
#else
#define UNLOCK_BEFORE_RAISE unlock_area()
#define UNLOCK_AFTER_RAISE skip
#endif

#ifdef RECLAIM_LATE
#define RECLAIM_LATER } atomic { true
#else
#define RECLAIM_LATER skip
#endif

#if GROUPS > 1
#define CHOOSE_GROUP if :: g = 0 :: g = 1 fi
#else
#define CHOOSE_GROUP skip
#endif
#define ROOM(area) (area == AREAS - 1 -> LAST_SLOTS : SLOTS)
#define CAN_MAP(area, size)                                                                        \
	(!locked[area] && used[area] + size <= ROOM(area) && !(IS_TRANSIENT(area) && used[area]))
#define CAN_RECLAIM(area) ((area) < SWEPT && !locked[area] && reserved[area] > used[area])
#define CAN_UNMAP(area, size) (!locked[area] && live[2 * area + size - 1])
#define CHOOSE_IN(area)                                                                            \
	:: CAN_MAP(area, 1) -> a = area; n = 1                                                     \
	:: CAN_MAP(area, 2) -> a = area; n = 2                                                     \
	:: CAN_UNMAP(area, 1) -> a = area; n = 1; unmapping = true                                 \
	:: CAN_UNMAP(area, 2) -> a = area; n = 2; unmapping = true

#ifdef STALE_MOST
#define MOST_SEEN seen_most
#else
#define MOST_SEEN most_spare
#endif
#ifdef NO_TRIM
#define TRIMMED(group) true
#else
#define TRIMMED(group) !refilling[group]
#endif
#ifdef UNCOUNTED_SPARE
#define LEFT_UNUSED 0
#else
#define LEFT_UNUSED (GROUPS * (LEFT + LEFT / 2))
#endif
#ifdef UNLOCKED_REFILL
#define REFILL_FREE true
#else
#define REFILL_FREE !refilling[g]
#endif

#ifdef UNLOCKED_RECLAIM
#define CAN_RECLAIM_GROUP(group) (spare[group] > 0)
#else
#define CAN_RECLAIM_GROUP(group) (spare[group] > 0 && !refilling[group])
#endif

#ifdef NOT_AGAIN
#define AGAIN false
#else
#define AGAIN missing > most_spare
#endif

#if GROUPS
/*
 * Takes what the group has beyond @most, and half of that, and leaves it in @my_granted. Others may
 * have taken from it meanwhile.
 */
inline take_excess(group, most)
{
	do
	:: atomic {
		spare[group] > most ->
		missing = spare[group] - most / 2;
		spare[group] = spare[group] - missing;
		my_granted = my_granted + missing;
		missing = spare[group]
	   }
	   /* @my_granted is moved; what others took meanwhile is put back. */
	   d_step {
		if
		:: missing < 0 ->
			missing = (my_granted < -missing -> my_granted : -missing);
			spare[group] = spare[group] + missing;
			my_granted = my_granted - missing
		:: else
		fi;
		missing = 0
	   }
	:: atomic { spare[group] <= most -> break }
	od
}

/* What @refilling guards ends: the group is left with no more than it may hold. */
inline trim(group)
{
	take_excess(group, most_spare);
	atomic { give_back(my_granted); my_granted = 0 }
}

/* Takes from the group what it has of @lack, and leaves in it the rest. */
inline take_from_group()
{
	do
	:: atomic { spare[g] = spare[g] - lack; missing = spare[g] }
	   if
	   :: atomic { missing >= 0 -> lack = 0; missing = 0; break }
	   :: atomic {
		missing < 0 ->
		lack = (lack < -missing -> lack : -missing);
#ifndef IN_DEBT
		spare[g] = spare[g] + lack;
#endif
		missing = spare[g]
	      }
	   fi;
	   if
	   :: atomic { AGAIN -> missing = 0 }
	   :: atomic { !(AGAIN) -> missing = 0; break }
	   fi
	od
}
#endif

inline unlock_area()
{
	assert(used[a] <= reserved[a]);
	locked[a] = false
}

inline give_back(amount)
{
	assert(granted >= amount);
	granted = granted - (amount)
}

/* What a worker knew of an operation that is over: so that equal states look equal. */
inline forget()
{
	a = 0;
	n = 0;
	unmapping = false;
	my_chunk = 0;
	my_granted = 0;
#if GROUPS
	g = 0;
	lack = 0;
	bite = 0;
	grouped = false;
#ifdef STALE_MOST
	seen_most = 0;
#endif
#endif
	pending = false
}

inline map_begins()
{
	locked[a] = true;
	used[a] = used[a] + n;
	high = high + n;
	peak = (high > peak -> high : peak)
}

inline map_returns()
{
	low = low + n;
	assert(resetting || low <= mark);
	live[2 * a + n - 1] = live[2 * a + n - 1] + 1;
	forget()
}

inline unmap_begins()
{
	locked[a] = true;
	live[2 * a + n - 1] = live[2 * a + n - 1] - 1;
	low = low - n;
	used[a] = used[a] - n
}

inline unmap_returns()
{
	high = high - n;
	forget()
}

/* @mem_locked is held. Leaves in @my_granted what is granted then. */
inline sweep()
{
#ifndef NO_CHUNK_ZERO
	chunk = 0;
#endif
#if GROUPS
	d_step { sweeping = true; most_spare = (LEFT > MOST / 2 -> LEFT : MOST / 2) }
#endif
#ifdef NO_SWEEP
	my_granted = granted;
#else
	do
#ifdef UNLOCKED_SWEEP
	:: i < SWEPT ->
		my_granted = reserved[i] - used[i];
		atomic {
			reserved[i] = reserved[i] - my_granted;
			give_back(my_granted);
			STRICT_FROM_NOW;
			i++
		}
#else
	:: atomic {
		i < SWEPT && !locked[i] ->
		give_back(reserved[i] - used[i]);
		reserved[i] = used[i];
		STRICT_FROM_NOW;
		i++
	   }
#endif
	:: atomic { i == SWEPT -> i = 0; break }
	od;
#if GROUPS
	most_spare = LEFT;
	do
	:: atomic { i < GROUPS && TRIMMED(i) -> refilling[i] = true }
#ifndef NO_TRIM
		trim(i);
#endif
		d_step { refilling[i] = false; i++ }
	:: atomic { i == GROUPS -> i = 0; break }
	od;
#endif
	my_granted = granted;
#endif
}

/* @mem_locked is held. */
inline raise_mark()
{
	d_step {
		if
		:: my_granted + tolerance - LEFT_UNUSED > mark ->
			mark = my_granted + tolerance - LEFT_UNUSED;
			bound = (tolerance > bound -> tolerance : bound);
			assert(mark <= peak + bound)
		:: else
		fi;
		my_granted = 0
	}
}

inline choose_chunk()
{
#if GROUPS
	sweeping = false;
	most_spare = MOST;
#endif
	if
	:: chunk = 0
	:: chunk = MAX_CHUNK
#if MAX_CHUNK > 1
	:: chunk = 1
#endif
	fi
}

active [WORKERS] proctype worker()
{
	byte a, n, my_chunk, my_granted, i;
	bool unmapping, pending;
#if GROUPS
	byte g, bite;
	short lack, missing;
	bool grouped;
#ifdef STALE_MOST
	byte seen_most;
#endif
#endif
#ifdef STALE_MARK
	byte seen_mark;
#endif
#ifdef STALE_CHUNK
	byte seen_chunk;
#endif

next:
#ifdef STALE_MARK
	seen_mark = mark;
#endif
#ifdef STALE_CHUNK
	seen_chunk = chunk;
#endif
	atomic {
		if
		CHOOSE_IN(0)
		CHOOSE_IN(1)
#if AREAS > 2
		CHOOSE_IN(2)
#endif
		fi;
		if
		:: unmapping ->
			unmap_begins();
			if
			:: IS_TRANSIENT(a) -> goto lower
			:: !IS_TRANSIENT(a) ->
				my_chunk = CHUNK;
				if
				:: reserved[a] - used[a] > 4 * my_chunk -> goto lower
				:: else -> strict[a] = (my_chunk == 0)
				fi
			:: !IS_TRANSIENT(a) && !strict[a] -> skip
			fi;
			my_chunk = 0;
			unlock_area();
			unmap_returns();
			goto next
		:: else ->
			map_begins();
			if
			:: used[a] <= reserved[a] ->
				unlock_area();
				map_returns();
				goto next
			:: else -> my_chunk = (IS_TRANSIENT(a) -> 0 : CHUNK)
			fi
		fi
	}

	/* The map needs more than is reserved. */
#if GROUPS
	atomic {
		lack = used[a] - reserved[a] + my_chunk;
		if
		:: !IS_TRANSIENT(a) && most_spare -> grouped = true
		:: IS_TRANSIENT(a) || !most_spare -> goto from_granted
		fi;
		CHOOSE_GROUP
	}
	/* Enough of it without the lock; what was not enough is put back. */
	if
	:: d_step { spare[g] >= lack -> spare[g] = spare[g] - lack; lack = 0 }
		goto taken
	:: atomic { REFILL_FREE -> refilling[g] = true }
	fi;
	take_from_group();
	if
	:: !lack ->
		trim(g);
		refilling[g] = false;
		goto taken
	:: else -> bite = most_spare / 2
	fi;
from_granted:
	atomic {
		granted = granted + lack + bite;
		my_granted = granted
	}
	if
	:: atomic { my_granted <= MARK -> my_granted = 0; lack = 0 }
		if
		:: grouped ->
			d_step { spare[g] = spare[g] + bite; bite = 0 }
			trim(g);
			refilling[g] = false
		:: else
		fi;
		goto taken
	:: atomic { my_granted > MARK ->
			my_granted = (lack < my_chunk -> lack : my_chunk);
			reserved[a] = used[a] + my_chunk - my_granted;
			strict[a] = (my_chunk == 0);
			lack = lack - my_granted;
			my_granted = my_granted + bite;
			bite = 0;
			my_chunk = 0 }
	fi;
	d_step {
		give_back(my_granted);
		my_granted = granted
	}
	atomic {
		pending = (lack && my_granted > MARK);
		lack = 0;
		my_granted = 0
	}
	if
	:: grouped ->
		trim(g);
		refilling[g] = false
	:: else
	fi;
	atomic {
		grouped = false;
		UNLOCK_BEFORE_RAISE;
		if
		:: MUST_RAISE -> pending = false; goto raise
		:: else ->
			UNLOCK_AFTER_RAISE;
			map_returns();
			goto next
		fi
	}
taken:
	atomic {
		reserved[a] = used[a] + my_chunk;
		strict[a] = (my_chunk == 0);
		unlock_area();
		map_returns();
		goto next
	}
#else
	d_step {
		granted = granted + used[a] - reserved[a] + my_chunk;
		my_granted = granted
	}
	atomic {
		if
		:: my_granted <= MARK ->
			reserved[a] = used[a] + my_chunk;
			strict[a] = (my_chunk == 0);
			unlock_area();
			map_returns();
			goto next
		:: else ->
			reserved[a] = used[a];
			strict[a] = (my_chunk == 0);
			pending = my_granted > MARK + my_chunk;
			my_granted = 0
		fi
	}
	atomic {
		give_back(my_chunk);
		my_chunk = 0;
		UNLOCK_BEFORE_RAISE;
		if
		:: MUST_RAISE -> pending = false
		:: else ->
			UNLOCK_AFTER_RAISE;
			map_returns();
			goto next
		fi
	}
#endif
raise:
#if GROUPS
	/* First takes back what groups have to spare and areas do not use, of any, or of none. */
	do
	:: atomic {
		if
		:: CAN_RECLAIM_GROUP(0) -> g = 0
#if GROUPS > 1
		:: CAN_RECLAIM_GROUP(1) -> g = 1
#endif
		fi;
		refilling[g] = true
	   }
	   take_excess(g, 0);
	   atomic {
		give_back(my_granted);
		my_granted = granted
	   }
	   atomic {
		pending = (my_granted > mark);
		my_granted = 0
	   }
	   trim(g);
	   atomic {
		refilling[g] = false;
		g = 0;
		if
		:: !pending ->
			UNLOCK_AFTER_RAISE;
			map_returns();
			goto next
		:: else -> pending = false
		fi
	   }
	:: atomic {
		if
		:: CAN_RECLAIM(0) -> i = 0
		:: CAN_RECLAIM(1) -> i = 1
#if AREAS > 2
		:: CAN_RECLAIM(2) -> i = 2
#endif
		fi;
		my_granted = reserved[i] - used[i];
		reserved[i] = used[i];
		i = 0;
		RECLAIM_LATER;
		give_back(my_granted);
		my_granted = granted
	   }
	   if
	   :: atomic {
		my_granted <= mark ->
		UNLOCK_AFTER_RAISE;
		map_returns();
		goto next
	      }
	   :: atomic { my_granted > mark -> my_granted = 0 }
	   fi
	:: break
	od;
#endif
	atomic {
		!mem_locked;
		if
		:: granted > mark -> mem_locked = true
		:: else ->
			UNLOCK_AFTER_RAISE;
			map_returns();
			goto next
		fi
	}
	sweep();
	raise_mark();
	atomic {
		choose_chunk();
		mem_locked = false;
		UNLOCK_AFTER_RAISE;
		map_returns();
		goto next
	}

	/* The unmap leaves too much unused. */
lower:
#if GROUPS
	if
	:: atomic { !IS_TRANSIENT(a) && most_spare -> CHOOSE_GROUP }
#ifdef STALE_MOST
		seen_most = most_spare;
#endif
		atomic {
			lack = reserved[a] - used[a] - 2 * my_chunk;
			reserved[a] = used[a] + 2 * my_chunk;
			strict[a] = (my_chunk == 0);
			my_chunk = 0;
			spare[g] = spare[g] + lack;
			missing = spare[g];
			lack = 0
		}
		atomic {
			pending = (missing > MOST_SEEN);
			missing = 0
		}
		/* It is only a sweep that relies on it. */
		if
		:: atomic { !pending || !sweeping -> pending = false }
		:: atomic { pending && !refilling[g] -> refilling[g] = true }
			trim(g);
			atomic { refilling[g] = false; pending = false }
		fi;
		atomic {
			unlock_area();
			unmap_returns();
			goto next
		}
	:: IS_TRANSIENT(a) || !most_spare
	fi;
#endif
	atomic {
		give_back(reserved[a] - used[a] - 2 * my_chunk);
		reserved[a] = used[a] + 2 * my_chunk;
		strict[a] = (my_chunk == 0);
		my_chunk = 0;
		if
		:: IS_TRANSIENT(a) -> goto retire
		:: else ->
			unlock_area();
			unmap_returns();
			goto next
		fi
	}
retire:
	atomic {
		give_back(reserved[a]);
		reserved[a] = 0;
		unlock_area();
		unmap_returns();
		goto next
	}
}

active proctype keeper()
{
	byte my_granted, i;
#if GROUPS
	short missing;
#endif

	do
	/* A look that finds the mark high enough. */
	:: atomic {
		!mem_locked;
		choose_chunk()
	   }
	/* A look that does not. */
	:: atomic {
		!mem_locked;
		mem_locked = true
	   }
	   sweep();
	   raise_mark();
	   atomic {
		choose_chunk();
		mem_locked = false
	   }
#ifdef OTHER_TOLERANCE
	:: d_step {
		!mem_locked;
		tolerance = TOLERANCE + OTHER_TOLERANCE - tolerance
	   }
#endif
#ifdef RESET
	:: d_step {
		!mem_locked;
		mem_locked = true;
		resetting = true;
		peak = high;
		before = mark;
#ifndef NO_MARK_ZERO
		mark = 0
#endif
	   }
	   sweep();
	   atomic {
		mark = (my_granted -> my_granted + tolerance - LEFT_UNUSED : 0);
		bound = tolerance;
		resetting = false;
		before = 0;
#ifdef READER
		ended = true;
#endif

		my_granted = 0;
		assert(low <= mark);
		assert(mark <= peak + bound)
	   }
	   atomic {
		choose_chunk();
		mem_locked = false
	   }
#endif
	od
}

#ifdef READER
/* Reads used, and the mark behind it. */
active proctype reader()
{
	byte sum, seen, i;

	do
	:: atomic { ended = false; sum = 0; i = 0 }
		do
		:: atomic { i < AREAS -> sum = sum + used[i]; i++ }
		:: atomic { i == AREAS -> i = 0; break }
		od;
		atomic {
			seen = REPORT;
			assert(low <= seen);
#ifndef USED_UNCAPPED
			sum = (sum < seen -> sum : seen);
#endif
			seen = 0
		}
		d_step {
			assert(ended || sum <= REPORT);
			sum = 0
		}
	od
}
#endif
