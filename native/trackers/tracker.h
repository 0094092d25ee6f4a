/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tracker file holds. Read global_atomic.h as the example.
 *
 *   struct tracker_area	its words in each area; may be empty
 *   struct tracker_mem		its global words; may be empty
 *   struct tracker_cold		announced by a #define of this name, or not there:
 *				words of each area that few look at, on lines of
 *				their own; area_cold(area) finds them
 *   #include "swiotlb/types.h"
 *   tracker_used(mem)		slots in use
 *   tracker_hiwater(mem)	the mark
 *   tracker_reset(mem)		what writing 0 to the mark does
 *   tracker_bounds(mem)	how far the mark may be off, and what a reader may
 *				rely on
 *
 * and those of the following that it needs, each announced by a #define of the
 * same name:
 *
 *   tracker_init(mem, params)			once, before the first map
 *   tracker_init_area(t, area, transient)	for each area of a new pool
 *   tracker_retire_area(t, area)		an area of a transient pool goes; its
 *						lock is held
 *   tracker_add_locked(t, mem, area, nslots, used)
 *						map, under the area's lock, right
 *						after area->used has grown to @used
 *   tracker_add(t, mem, nslots, token)		map, after the lock was dropped
 *   tracker_sub_locked(t, mem, area, nslots, used)
 *						unmap, under the area's lock, right
 *						after area->used has shrunk to @used
 *   tracker_sub(t, mem, nslots, token)		unmap, after the lock was dropped
 *   tracker_sample(mem)			a look of the periodic sampler
 *   tracker_enable(mem, on)			the run-time switch, also in the
 *						midst of maps; turned on, the mark
 *						begins anew with what is in use
 *   tracker_set_tolerance(mem, slots)		how far the mark may be over
 *   tracker_lower(mem)				slots that were in use at some instant
 *						since the mark was begun, for certain,
 *						or TRACKER_LOWER_UNKNOWN; also asked
 *						beside maps. Without it: the mark less
 *						what tracker_bounds() says that it may
 *						be over, and unknown where that is
 *						anything. So an exact mark and one that
 *						is never over need none.
 *
 * The locked verbs return a token that the unlocked ones are given. @t is the
 * tracker's struct tracker_mem wherever the layout has put it; outside map and
 * unmap mem_tracker() finds it. The time is get_cycles(), and for what is set once
 * ns_to_cycles() says what it counts in. For words of each CPU there is an array of
 * NR_CPUS by raw_smp_processor_id().
 *
 * In a kernel maps and unmaps come in interrupts, too. So who takes a lock behind the
 * area's says spin_lock_irqsave(), as tracker_used() does, which a map that finds no
 * room asks; under the area's lock interrupts are disabled, and spin_lock() is enough;
 * who is in no map or unmap says spin_lock_irq().
 */
#ifndef TRACKER_H
#define TRACKER_H

#include "swiotlb/swiotlb.h"

#endif /* TRACKER_H */
