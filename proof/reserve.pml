/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A model of native/trackers/reserve.h: areas with a lock and a reservation each, what is granted
 * to all of them, the mark, the chunk, and the lock of the slow path.
 *
 * Workers map and unmap for ever, in any area, one or two slots at a time; any worker may unmap
 * what another has mapped. The keeper does all that runs under the slow path's lock and is nobody's
 * duty: looks, resets, changes of the tolerance. One keeper is enough, since that lock lets only
 * one of these run at a time.
 *
 * More may happen here than in the program, never less:
 *   - the chunk is any number up to MAX_CHUNK wherever the program computes it;
 *   - an unmap in an area that has a chunk gives back, or does not;
 *   - a look may come at any time, and may sweep or not;
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
 *   no deadlock: the verifier's own check for a state that nobody can leave
 * A map begins, and an unmap returns, in the step next to its effect, and the other way round: that
 * is when the promise is hardest to keep.
 *
 * Configurations: WORKERS, AREAS, SLOTS (of an area; LAST_SLOTS of the last), MAX_CHUNK, TOLERANCE, RESET, TRANSIENT (the
 * last area is that of a transient pool: one mapping, no chunk, not swept), OTHER_TOLERANCE (the
 * tolerance changes between the two).
 * Guards that can be taken out, each of which breaks a promise: NO_RAISE, NO_SWEEP, NO_CHUNK_ZERO,
 * NOT_STRICT, STALE_CHUNK, STALE_MARK, NO_MARK_ZERO, UNLOCKED_SWEEP, RAISE_UNDER_LOCK.
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

#define ROOM(area) (area == AREAS - 1 -> LAST_SLOTS : SLOTS)
#define CAN_MAP(area, size)                                                                        \
	(!locked[area] && used[area] + size <= ROOM(area) && !(IS_TRANSIENT(area) && used[area]))
#define CAN_UNMAP(area, size) (!locked[area] && live[2 * area + size - 1])
#define CHOOSE_IN(area)                                                                            \
	:: CAN_MAP(area, 1) -> a = area; n = 1                                                     \
	:: CAN_MAP(area, 2) -> a = area; n = 2                                                     \
	:: CAN_UNMAP(area, 1) -> a = area; n = 1; unmapping = true                                 \
	:: CAN_UNMAP(area, 2) -> a = area; n = 2; unmapping = true

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
	:: atomic {
		i == SWEPT ->
		my_granted = granted;
		i = 0;
		break
	   }
	od;
#endif
}

/* @mem_locked is held. */
inline raise_mark()
{
	d_step {
		if
		:: my_granted + tolerance > mark ->
			mark = my_granted + tolerance;
			bound = (tolerance > bound -> tolerance : bound);
			assert(mark <= peak + bound)
		:: else
		fi;
		my_granted = 0
	}
}

inline choose_chunk()
{
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
	d_step {
		granted = granted + used[a] - reserved[a] + 2 * my_chunk;
		my_granted = granted
	}
	atomic {
		if
		:: my_granted <= MARK ->
			reserved[a] = used[a] + 2 * my_chunk;
			strict[a] = (my_chunk == 0);
			unlock_area();
			map_returns();
			goto next
		:: else ->
			reserved[a] = used[a];
			strict[a] = (my_chunk == 0);
			pending = my_granted > MARK + 2 * my_chunk;
			my_granted = 0
		fi
	}
	atomic {
		give_back(2 * my_chunk);
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
#ifndef NO_MARK_ZERO
		mark = 0
#endif
	   }
	   sweep();
	   atomic {
		mark = (my_granted -> my_granted + tolerance : 0);
		bound = tolerance;
		resetting = false;
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
