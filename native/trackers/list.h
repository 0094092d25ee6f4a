/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trackers: TRACKER(id, name, promise, description). The file is ID.h. Those of
 * TRACKER_BY_NAME are compared only where they are named.
 *
 * This is the only list. The compiled instances, the types in TypeScript, the
 * command line's help and the table in the documentation are made from it.
 */
#ifndef TRACKER_BY_NAME
#define TRACKER_BY_NAME TRACKER
#endif

TRACKER(off, "off", "none", "nothing per map; used is the unlocked sum of the areas")
TRACKER(global_atomic, "global-atomic", "exact",
	"Linux 6.4 to 7.2: one counter, and a compare-exchange mark, on every map")
TRACKER(boot_switch, "boot-switch", "exact",
	"Linux 7.3 with track_hiwater: global-atomic behind a call out of line")
TRACKER(boot_switch_off, "boot-switch-off", "none",
	"Linux 7.3 without it: a call to an empty function; used is a sum, no mark")
TRACKER(global_racy, "global-racy", "never over",
	"one counter; the mark is loaded, compared and stored, so a record can be lost")
TRACKER(per_area, "per-area", "never under",
	"a mark per area under its lock; the report is their sum")
TRACKER(sampled, "sampled", "none", "nothing per map; a sampler sums the areas every period")
TRACKER(switchable, "switchable", "exact",
	"global-atomic behind a run-time switch; exact since it was turned on")
TRACKER(batched, "batched", "bounded",
	"changes are folded into a global count in batches; off by less than a batch per area")
TRACKER(reserve, "reserve", "never under",
	"areas reserve slots ahead; never under, over by at most the tolerance, nothing global per map")
TRACKER(epochs, "epochs", "never under",
	"a mark per area and stretch of time, added up afterwards; a worker, nothing global per map")
TRACKER_BY_NAME(windowed, "windowed", "never under",
		"per-area begun anew by a worker; over by what moves in two of its periods")
TRACKER_BY_NAME(local_peak, "local-peak", "none",
		"mimalloc's way: an area's own peak on top of the total, when it is merged")
TRACKER_BY_NAME(tree, "tree", "bounded",
		"areas carry batches up a tree of counters; off by what its shape can hold")
TRACKER_BY_NAME(funnel, "funnel", "exact",
		"aggregating funnels: maps that meet are added to one counter as a batch")
TRACKER_BY_NAME(boot_switch_indirect, "boot-switch-indirect", "exact",
		"boot-switch by address, as on arm64; compared only where it is named")
TRACKER_BY_NAME(boot_switch_indirect_off, "boot-switch-indirect-off", "none",
		"boot-switch-off by address, as on arm64; compared only where it is named")

#undef TRACKER_BY_NAME
