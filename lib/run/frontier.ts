/** Which trackers nobody beats: the frontier between what is promised and what it costs. */

import { untilNames } from '../virtual/types.js'
import { quotients, ratio } from './statistics.js'
import type { Accuracy, AnyTracker, MeasuredRow, Ratio, Row, Throughput } from './types.js'

/** What of a row decides. */
export interface Candidate {
  /** What is promised of the mark. */
  readonly bounds: Accuracy['bounds']
  readonly until: Accuracy['until']
  /** Reported less truth in this run, slots; null without a mark. */
  readonly errorSlots: number | null
  readonly promiseBroken: boolean
  /** Null where nothing was timed. */
  readonly cost: Cost | null
}

type Cost = Pick<Throughput, 'vsOff' | 'roundsVsOff'>

/** How far a ratio may be from 1, to either side, for nothing but noise. */
export function noiseReach(noise: Ratio): number {
  return Math.max(noise.high, 1 / noise.low)
}

/** What `a` costs times what `b` costs: of the same rounds; null where they have none in common. */
function between(a: Cost, b: Cost): Ratio | null {
  const { vsOff: one, roundsVsOff: ones } = a
  const { vsOff: other, roundsVsOff: others } = b
  if (ones.length === 0 && others.length === 0) {
    const exact = one.ratio / other.ratio
    return { ratio: exact, low: exact, high: exact }
  }
  const numbers = (rounds: Cost['roundsVsOff']) => rounds.map((round) => round ?? Number.NaN)
  const [these, those] = [numbers(ones), numbers(others)]
  return quotients(these, those).every(Number.isNaN) ? null : ratio(these, those)
}

/** Negative when `a` is cheaper, 0 when the two cannot be told apart. */
function compareCost(a: Cost, b: Cost, reach: number): number {
  const found = between(a, b)
  if (!found) return 0
  if (found.high < 1 / reach) return -1
  return found.low > reach ? 1 : 0
}

interface Standing extends Pick<Candidate, 'bounds' | 'until'> {
  readonly error: number
  readonly cost: Cost
}

function standingOf({ bounds, until, errorSlots, promiseBroken, cost }: Candidate) {
  if (errorSlots === null || promiseBroken || cost === null) return null
  // What promises nothing does so whatever happens: any promise holds as long as that.
  const nothing = bounds.under === null && bounds.over === null
  return { bounds, until: nothing ? untilNames : until, error: Math.abs(errorSlots), cost }
}

/** Whether `a` promises all that `b` does: no further off to either side, and until no sooner. */
function promisesAsMuch(a: Standing, b: Standing): boolean {
  const within = (one: number | null, other: number | null): boolean =>
    other === null || (one !== null && one <= other)
  return (
    within(a.bounds.under, b.bounds.under) &&
    within(a.bounds.over, b.bounds.over) &&
    a.until.every((end) => b.until.includes(end))
  )
}

const promiseAlike = (a: Standing, b: Standing): boolean =>
  promisesAsMuch(a, b) && promisesAsMuch(b, a)

/** By promise and cost alone. */
function beats(a: Standing, b: Standing, reach: number): boolean {
  if (!promisesAsMuch(a, b)) return false
  const cost = compareCost(a.cost, b.cost, reach)
  return cost < 0 || (cost === 0 && !promisesAsMuch(b, a))
}

/**
 * Who is on the frontier, in the order of the candidates. One beats another that promises no more
 * than it does by costing less, or, where their costs cannot be told apart, by promising more. Costs
 * are told apart by the interval of their ratio in the same rounds, outside the noise. Of those that
 * are left and promise the same, only the ones with the smallest error in this run stay: none of them
 * is cheaper than another. An error is one run's luck, so it decides nothing else.
 *
 * Without a mark, with a broken promise or without a cost one is not on the frontier, and beats
 * nobody.
 *
 * @param noise `off` against itself in the same run; null where figures have no noise
 */
export function frontier(candidates: readonly Candidate[], noise: Ratio | null): boolean[] {
  const reach = noise ? noiseReach(noise) : 1
  const standings = candidates.map(standingOf)
  const all = standings.flatMap((one) => one ?? [])
  const left = all.filter((one) => !all.some((other) => beats(other, one, reach)))
  const stays = (one: Standing): boolean =>
    left.includes(one) && !left.some((other) => promiseAlike(one, other) && other.error < one.error)
  return standings.map((one) => one !== null && stays(one))
}

/**
 * The rows of a comparison with their place. Costs are those without copies where there are any:
 * next to a copy, what a tracker costs is hard to see.
 *
 * @param noise of the timing, and of the timing without copies; null where there is none
 * @param faulty trackers that broke their promise, or did worse, elsewhere than in these rows
 */
export function withFrontier(
  rows: readonly MeasuredRow[],
  noise: Ratio | null,
  noiseNoCopy: Ratio | null,
  faulty: ReadonlySet<AnyTracker> = new Set(),
): Row[] {
  const bare = rows.some((row) => row.throughputNoCopy !== null)
  const broken = ({ tracker, accuracy }: MeasuredRow): boolean =>
    !accuracy.promiseKept || faulty.has(tracker)
  const candidates = rows.map((row) => ({
    ...row.accuracy,
    promiseBroken: broken(row),
    cost: bare ? row.throughputNoCopy : row.throughput,
  }))
  const on = frontier(candidates, bare ? noiseNoCopy : noise)
  return rows.map((row, i) => ({ ...row, promiseBroken: broken(row), frontier: on[i] === true }))
}
