/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trackers: TRACKER(id, name, promise, description). The file is ID.h.
 *
 * This is the only list. The compiled instances, the types in TypeScript, the
 * command line's help and the table in the documentation are made from it.
 */
TRACKER(off, "off", "none", "nothing per map; used is the unlocked sum of the areas")
TRACKER(global_atomic, "global-atomic", "exact",
	"Linux 6.12: one counter, and a compare-exchange mark, on every map")
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
