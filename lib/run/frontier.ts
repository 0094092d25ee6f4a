/** Which trackers nobody beats: the frontier between accuracy and cost. */
import type { MeasuredRow, Ratio, Row } from './types.js'

/** What of a row decides. */
export interface Candidate {
  /** Reported less truth, slots; null without a mark. */
  readonly errorSlots: number | null
  readonly promiseKept: boolean
  /** To `off`; null where nothing was timed. */
  readonly cost: Ratio | null
}

/** How far a ratio may be from 1, to either side, for nothing but noise. */
export function noiseReach(noise: Ratio): number {
  return Math.max(noise.high, 1 / noise.low)
}

/** Negative when `a` is cheaper, 0 when the two cannot be told apart. */
function compareCost(a: Ratio, b: Ratio, reach: number): number {
  if (b.ratio / a.ratio > reach && b.low > a.high) return -1
  if (a.ratio / b.ratio > reach && a.low > b.high) return 1
  return 0
}

interface Standing {
  readonly error: number
  readonly cost: Ratio
}

function standingOf({ errorSlots, promiseKept, cost }: Candidate): Standing | null {
  if (errorSlots === null || !promiseKept || cost === null) return null
  return { error: Math.abs(errorSlots), cost }
}

/**
 * Who is on the frontier, in the order of the candidates: whoever no other beats. One beats another
 * by being no worse in both accuracy and cost, and better in one of them. Accuracy is the size of
 * the error; costs that differ by no more than the noise, or whose intervals overlap, are equal.
 *
 * Without a mark, with a broken promise or without a cost one is not on the frontier, and beats
 * nobody.
 *
 * @param noise `off` against itself in the same run; null where figures have no noise
 */
export function frontier(candidates: readonly Candidate[], noise: Ratio | null): boolean[] {
  const reach = noise ? noiseReach(noise) : 1
  const standings = candidates.map(standingOf)
  const beats = (a: Standing, b: Standing): boolean => {
    const cost = compareCost(a.cost, b.cost, reach)
    return a.error <= b.error && cost <= 0 && (a.error < b.error || cost < 0)
  }
  return standings.map(
    (one) => one !== null && !standings.some((other) => other !== null && beats(other, one)),
  )
}

/**
 * The rows of a comparison with their place. Costs are those without copies where there are any:
 * next to a copy, what a tracker costs is hard to see.
 *
 * @param noise of the timing, and of the timing without copies; null where there is none
 */
export function withFrontier(
  rows: readonly MeasuredRow[],
  noise: Ratio | null,
  noiseNoCopy: Ratio | null,
): Row[] {
  const bare = rows.some((row) => row.throughputNoCopy !== null)
  const candidates = rows.map(
    ({ accuracy: { errorSlots, promiseKept }, throughput, throughputNoCopy }) => ({
      errorSlots,
      promiseKept,
      cost: (bare ? throughputNoCopy : throughput)?.vsOff ?? null,
    }),
  )
  const on = frontier(candidates, bare ? noiseNoCopy : noise)
  return rows.map((row, i) => ({ ...row, frontier: on[i] === true }))
}
