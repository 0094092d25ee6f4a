/** Which trackers nobody beats: the frontier between what is promised and what it costs. */
import { ratioOf } from '../measure/statistics.js'
import { untilNames } from '../results/check.js'
import type { Accuracy, MeasuredRow, Row, Throughput } from '../results/comparison.js'
import type { Ratio } from '../results/figures.js'
import type { AnyTracker } from '../results/variant.js'

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

/** Whether there is one: not below INTERVAL_SAMPLES, nor of what was divided by nothing. */
export const hasInterval = ({ low, high }: Ratio): boolean =>
  Number.isFinite(low) && Number.isFinite(high)

/**
 * How far a ratio may be from 1, to either side, for nothing but noise; Infinity where the noise is
 * not known.
 */
export function noiseReach(noise: Ratio | null): number {
  if (!noise || !hasInterval(noise)) return Number.POSITIVE_INFINITY
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
  return ratioOf(numbers(ones), numbers(others))
}

/** How `a` stands to `b`; `unknown` where they have too few rounds in common for an interval. */
type CostOrder = 'cheaper' | 'same' | 'dearer' | 'unknown'

function compareCost(a: Cost, b: Cost, reach: number): CostOrder {
  const found = between(a, b)
  if (!found || !hasInterval(found)) return 'unknown'
  if (found.high < 1 / reach) return 'cheaper'
  return found.low > reach ? 'dearer' : 'same'
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
  return cost === 'cheaper' || (cost === 'same' && !promisesAsMuch(b, a))
}

/** Promises the same and was nearer to the truth in this run; that they cost the same is known. */
const luckier = (a: Standing, b: Standing, reach: number): boolean =>
  promiseAlike(a, b) && a.error < b.error && compareCost(a.cost, b.cost, reach) === 'same'

/**
 * Who is on the frontier, in the order of the candidates. One beats another that promises no more
 * than it does by costing less, or, where their costs cannot be told apart, by promising more. Costs
 * are told apart by the interval of their ratio in the same rounds, outside the noise. Of those that
 * are left and promise the same, only the ones with the smallest error in this run stay: none of them
 * is cheaper than another. An error is one run's luck, so it decides nothing else.
 *
 * Without a mark, with a broken promise or without a cost one is not on the frontier, and beats
 * nobody. Where two have too few rounds in common for an interval, neither beats the other; where the
 * noise has no interval nothing is known of any two, and nobody is on the frontier.
 *
 * @param noise `off` against itself in the same run; null where that was not measured
 */
export function frontier(candidates: readonly Candidate[], noise: Ratio | null): boolean[] {
  const reach = noiseReach(noise)
  if (!Number.isFinite(reach)) return candidates.map(() => false)
  const standings = candidates.map(standingOf)
  const all = standings.flatMap((one) => one ?? [])
  const left = all.filter((one) => !all.some((other) => beats(other, one, reach)))
  const stays = (one: Standing): boolean =>
    left.includes(one) && !left.some((other) => luckier(other, one, reach))
  return standings.map((one) => one !== null && stays(one))
}

/**
 * The rows of a comparison with their place. Costs are those without copies where that was timed:
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
