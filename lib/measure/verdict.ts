/** A reported mark against the truth. Slots. */
import { SLOT_BYTES } from '../data/units.js'
import type { NativeAccuracy } from '../native/plans/accuracy.js'
import { boundsOf } from '../native/trackers.js'
import { namesOf, untilNames } from '../results/check.js'
import type { Accuracy, Verdict } from '../results/comparison.js'
import type { SlotRange } from '../results/figures.js'
import type { Engine } from '../results/variant.js'
import { certifiedOf } from './certified.js'

export interface Mark {
  /** Null for a tracker that keeps none; below 0 where its count fell below it. */
  readonly reported: number | null
  readonly truth: SlotRange
  /** Infinity for no bound. */
  readonly boundUnder: number
  readonly boundOver: number
  /** What was in use for certain at some instant; null where the tracker knows nothing. */
  readonly lower: number | null
  /** Bits of what the promise ends with. */
  readonly boundUntil: number
  /** Whether a reader of used and then the mark is promised never to see used above it. */
  readonly reads: boolean
}

/** Whether the promise is kept. A mark below 0 is no count: it keeps none but the one to say nothing. */
const keeps = ({ reported, boundUnder, boundOver }: Mark, error: number): boolean =>
  reported !== null && reported < 0
    ? boundUnder === Number.POSITIVE_INFINITY && boundOver === Number.POSITIVE_INFINITY
    : error <= boundOver && -error <= boundUnder

/** Reported less truth, against the nearer end of the envelope; 0 inside it. */
function errorOf(reported: number, truth: SlotRange): number {
  if (reported < truth.low) return reported - truth.low
  return Math.max(0, reported - truth.high)
}

function verdictOf({ reported, truth, boundUnder, boundOver }: Mark): Verdict {
  if (reported === null) return 'none'
  const error = errorOf(reported, truth)
  if (error === 0) return 'exact'
  // Within a bound that does not exist is no statement.
  if (error > 0) return Number.isFinite(boundOver) && error <= boundOver ? 'within' : 'over'
  return Number.isFinite(boundUnder) && -error <= boundUnder ? 'within' : 'under'
}

/** A pool, as far as it limits what can be in use. */
interface Room {
  readonly slots: number
  readonly grow: boolean
}

/** Whether more is allowed by the orders of overlapping operations than there was ever room for. */
export const isAbovePool = ({ high }: SlotRange, { slots, grow }: Room): boolean =>
  !grow && high > slots

/**
 * Of an envelope whose upper end is no use that the pool can have had. It is not cut off there: when
 * an operation counts is what a promise leaves open, and a counter that moves behind the area's lock,
 * as the kernel's does, reads so.
 */
export function peakWarnings(truths: readonly SlotRange[], pool: Room): string[] {
  if (!truths.some((truth) => isAbovePool(truth, pool))) return []
  return [
    `the upper end of the peak is above the ${pool.slots} slots of the pool: any order of operations that ` +
      'overlap is allowed, also where there was no room for all of them at once',
  ]
}

export function judge(engine: Engine, mark: Mark): Accuracy {
  const { reported, truth, boundUnder, boundOver, boundUntil, lower, reads } = mark
  const error = reported === null ? null : errorOf(reported, truth)
  const bounded = reported !== null && reported >= 0 && Number.isFinite(boundUnder)
  const certified = certifiedOf(lower, bounded ? reported + boundUnder : null, truth.high)
  return {
    engine,
    reportedSlots: reported,
    truthSlots: truth,
    errorSlots: error,
    errorBytes: error === null ? null : error * SLOT_BYTES,
    errorPercent: error === null || truth.high === 0 ? null : (100 * error) / truth.high,
    verdict: verdictOf(mark),
    bounds: boundsOf(boundUnder, boundOver),
    until: namesOf(boundUntil, untilNames),
    reads,
    promiseKept: certified.kept && (error === null || keeps(mark, error)),
    certified,
  }
}

/** The mark at the end of a run. */
export function judgeRun(engine: Engine, run: NativeAccuracy): Accuracy {
  return judge(engine, {
    reported: run.unmarked ? null : run.hiwater,
    truth: { low: run.truthLow, high: run.truthHigh },
    boundUnder: run.boundUnder,
    boundOver: run.boundOver,
    lower: run.lower,
    boundUntil: run.boundUntil,
    reads: run.reads,
  })
}
