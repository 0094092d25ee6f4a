/** Which trackers nobody beats: the frontier between what is promised and what it costs. */
import { untilNames } from '../results/check.js'
import type { Accuracy, MeasuredRow, OffFrontier, Row, Throughput } from '../results/comparison.js'
import type { Ratio } from '../results/figures.js'
import type { AnyTracker } from '../results/variant.js'
import { noiseReach } from './noise.js'
import { hasInterval, isFigure, ratioOf } from './statistics.js'

/** What of a row decides. */
export interface Candidate {
  /** What is promised of the mark. */
  readonly bounds: Accuracy['bounds']
  readonly until: Accuracy['until']
  /** Whether a reader of both files is promised anything. */
  readonly reads: boolean
  /** At the end, slots; null without a mark. */
  readonly reportedSlots: number | null
  readonly promiseBroken: boolean
  /** Null where nothing was timed. */
  readonly cost: Cost | null
  /** Of the `off` that it is a ratio to. */
  readonly areaBytes: number
}

type Cost = Pick<Throughput, 'vsOff' | 'roundsVsOff'>

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

/** Ratios to one `off` share its noise; ratios to two have that of both. */
function compareCost(a: Standing, b: Standing, noise: number): CostOrder {
  const reach = a.areaBytes === b.areaBytes ? noise : noise ** 2
  const found = between(a.cost, b.cost)
  if (!found || !hasInterval(found)) return 'unknown'
  if (found.high < 1 / reach) return 'cheaper'
  return found.low > reach ? 'dearer' : 'same'
}

interface Standing extends Pick<Candidate, 'bounds' | 'until' | 'reads' | 'areaBytes'> {
  readonly index: number
  readonly cost: Cost
}

type Reason = Extract<OffFrontier['why'], 'unmarked' | 'broken' | 'untimed' | 'few' | 'unsettled'>

function standingOf(candidate: Candidate, index: number): Standing | Reason {
  const { bounds, until, reads, reportedSlots, promiseBroken, cost, areaBytes } = candidate
  if (reportedSlots === null) return 'unmarked'
  if (promiseBroken) return 'broken'
  if (cost === null) return 'untimed'
  if (!hasInterval(cost.vsOff)) return 'few'
  if (!isFigure(cost.vsOff)) return 'unsettled'
  // What promises nothing does so whatever happens: any promise holds as long as that.
  const nothing = bounds.under === null && bounds.over === null
  const ends = nothing ? untilNames : until
  return { index, bounds, until: ends, reads, cost, areaBytes }
}

/**
 * Whether `a` promises all that `b` does: no further off to either side, until no sooner, and no less
 * to a reader.
 */
function promisesAsMuch(a: Standing, b: Standing): boolean {
  const within = (one: number | null, other: number | null): boolean =>
    other === null || (one !== null && one <= other)
  return (
    within(a.bounds.under, b.bounds.under) &&
    within(a.bounds.over, b.bounds.over) &&
    a.until.every((end) => b.until.includes(end)) &&
    (a.reads || !b.reads)
  )
}

/** How `a` beats `b`, if it does. */
function beats(a: Standing, b: Standing, reach: number): 'cheaper' | 'more' | undefined {
  if (!promisesAsMuch(a, b)) return undefined
  const cost = compareCost(a, b, reach)
  if (cost === 'cheaper') return cost
  return cost === 'same' && !promisesAsMuch(b, a) ? 'more' : undefined
}

/** Where a candidate stands: `null` on the frontier, else why not. */
export type Place =
  | null
  | { readonly why: Reason | 'noise' }
  | { readonly why: 'cheaper' | 'more'; readonly by: number }

/** Not off it whatever it costs. */
const isOfCost = (one: Standing | Reason): one is Standing | 'few' | 'unsettled' =>
  typeof one !== 'string' || one === 'few' || one === 'unsettled'

/** By the first of those that do, as they are given. */
function beaten(one: Standing, by: readonly Standing[], reach: number): Place {
  for (const other of by) {
    const why = beats(other, one, reach)
    if (why !== undefined) return { why, by: other.index }
  }
  return null
}

/**
 * Who is on the frontier, in the order of the candidates, and who beats the others. One beats another
 * that promises no more than it does by costing less, or, where their costs cannot be told apart, by
 * promising more. Costs are told apart by the interval of their ratio in the same rounds, outside the
 * noise. Among those that promise and cost the same nothing decides: the error of one run is the luck of
 * its order, and another seed would turn it round.
 *
 * Without a mark, with a broken promise or without a cost one is not on the frontier, and beats
 * nobody; nor does one whose cost has no interval, or is a prediction that has not settled. Where two
 * have too few rounds in common for an interval, neither beats the other; where that holds of the noise
 * nothing is known of any two, and nobody is on the frontier.
 *
 * Of several that beat one, the cheapest is told, and one on the frontier before one that is not.
 *
 * @param noise `off` against itself in the same run; null where that was not measured
 */
export function frontier(candidates: readonly Candidate[], noise: Ratio | null): Place[] {
  const reach = noiseReach(noise)
  const standings = candidates.map(standingOf)
  if (!Number.isFinite(reach))
    return standings.map((one) => ({ why: isOfCost(one) ? 'noise' : one }))
  const cheapest = standings
    .flatMap((one) => (typeof one === 'string' ? [] : [one]))
    .sort((a, b) => a.cost.vsOff.ratio - b.cost.vsOff.ratio)
  const on = cheapest.filter((one) => beaten(one, cheapest, reach) === null)
  const told = [...on, ...cheapest]
  return standings.map((one) => (typeof one === 'string' ? { why: one } : beaten(one, told, reach)))
}

/** What of a row with two costs decides. */
type Placeable = Omit<Candidate, 'cost'> & {
  readonly tracker: AnyTracker
  readonly throughput: Cost | null
  readonly throughputNoCopy: Cost | null
}

/**
 * Why each row is not on the frontier, null for one that is. Costs are those without copies where that
 * was timed: next to a copy, what a tracker costs is hard to see.
 *
 * @param noise of the timing, and of the timing without copies; null where there is none
 */
export function placesOf(
  rows: readonly Placeable[],
  noise: Ratio | null,
  noiseNoCopy: Ratio | null,
): (OffFrontier | null)[] {
  const bare = rows.some((row) => row.throughputNoCopy !== null)
  const candidates = rows.map((row) => ({
    ...row,
    cost: bare ? row.throughputNoCopy : row.throughput,
  }))
  const ratioAt = (i: number): number => candidates[i]?.cost?.vsOff.ratio ?? Number.NaN
  return frontier(candidates, bare ? noiseNoCopy : noise).map((place, i) => {
    const by = place && 'by' in place ? rows[place.by] : undefined
    if (place === null || !('by' in place) || !by) return place as OffFrontier | null
    return { why: place.why, tracker: by.tracker, vsOff: [ratioAt(i), ratioAt(place.by)] }
  })
}

/**
 * The rows of a comparison with their place.
 *
 * @param noise as of placesOf()
 * @param faulty trackers that broke their promise, or did worse, elsewhere than in these rows
 */
export function withFrontier(
  rows: readonly MeasuredRow[],
  noise: Ratio | null,
  noiseNoCopy: Ratio | null,
  faulty: ReadonlySet<AnyTracker> = new Set(),
): Row[] {
  const judged = rows.map((row) => ({
    ...row,
    promiseBroken: !row.accuracy.promiseKept || faulty.has(row.tracker),
  }))
  const places = placesOf(
    judged.map((row) => ({ ...row.accuracy, ...row })),
    noise,
    noiseNoCopy,
  )
  return judged.map((row, i) => {
    const offFrontier = places[i] ?? null
    return { ...row, frontier: offFrontier === null, offFrontier }
  })
}
