/** What every engine of a replay gives. */

import type { NativeAccuracy } from '../native/plans/accuracy.js'
import { promiseOf } from '../native/trackers.js'
import type { Accuracy } from '../results/comparison.js'
import type { ReplayedRow, ReplayResult } from '../results/replay.js'
import type { AnyTracker } from '../results/variant.js'
import type { Trace } from '../trace/index.js'

/** What a replay adds to the trace: by whatever engine. */
export type Replayed = Pick<
  ReplayResult,
  'machine' | 'usedCourse' | 'clock' | 'placement' | 'broken' | 'warnings' | 'peakSlots' | 'resets'
> & {
  readonly rows: readonly ReplayedRow[]
  /** Its demand knows of the maps that failed in the trace only where they have a place in time. */
  readonly accuracy: NativeAccuracy
}

/**
 * A row by the mark that the tracker had at the end. Slots that were in use before the trace began and
 * that have no place are added; a mark that is none, or no count, stays as it is.
 */
export function rowOf(
  tracker: AnyTracker,
  { reportedSlots: mark, errorSlots, verdict, promiseKept, bounds, certified }: Accuracy,
  { unplacedBefore }: Trace,
): ReplayedRow {
  const withBefore = (slots: number | null): number | null =>
    slots === null || slots < 0 ? slots : slots + unplacedBefore
  return {
    tracker,
    promise: promiseOf(tracker, bounds),
    reportedSlots: withBefore(mark),
    errorSlots,
    verdict,
    promiseKept,
    certified: certified && {
      ...certified,
      lowSlots: withBefore(certified.lowSlots),
      highSlots: withBefore(certified.highSlots),
    },
  }
}

/** Under all trackers, the first invariant of the allocator that did not hold, in a warning. */
export const brokenWarnings = (broken: string | null): string[] =>
  broken === null ? [] : [`the allocator's invariants are broken: ${broken}`]
