/** What changed of costs and marks since a base, and whether a change can be told at all. */
import { noiseReach } from '../../../measure/noise.js'
import { hasInterval, isFigure } from '../../../measure/statistics.js'
import type { MeasuredRow, Throughput } from '../../../results/comparison.js'
import type { Ratio } from '../../../results/figures.js'
import { type Costed, type CostSide, costsOf } from '../../parts/costs.js'
import { isDoubtful } from '../../parts/noise.js'

/**
 * `equal`: predicted, and to the last digit what it was; `same`: no change can be told; `unknown`:
 * there is no interval to tell it by, or a prediction has not settled; `doubtful`: `off` was not
 * itself, in the base or now.
 */
export type Told = 'less' | 'more' | 'equal' | 'same' | 'unknown' | 'doubtful'

export interface Change {
  readonly tracker: string
  /** `times off`, and of `off` itself `ns`. */
  readonly unit: 'times off' | 'ns'
  readonly before: Ratio
  readonly now: Ratio
  /** From the ends of both intervals: as wide as it can be. */
  readonly times: Ratio
  readonly told: Told
}

/** A change, with copies or without. */
export interface CostChanges {
  readonly copies: 'with copies' | 'without copies'
  readonly changes: readonly Change[]
}

/** The noise controls of the base and of now. */
type Controls = readonly [Ratio | null, Ratio | null]

function toldOf(times: Ratio, controls: Controls): Told {
  if (controls.some(isDoubtful)) return 'doubtful'
  const reach = noiseReach(controls[0]) * noiseReach(controls[1])
  if (times.low === 1 && times.high === 1) return 'equal'
  if (!hasInterval(times) || !Number.isFinite(reach)) return 'unknown'
  if (times.low > 1 && times.ratio > reach) return 'more'
  return times.high < 1 && times.ratio < 1 / reach ? 'less' : 'same'
}

/** An interval of the quotient holds 1 just where the intervals of the two overlap. */
function changeOf(
  tracker: string,
  unit: Change['unit'],
  [before, now]: readonly [Ratio, Ratio],
  controls: Controls,
): Change[] {
  const ratio = now.ratio / before.ratio
  // A prediction that is to the last digit what it was did not change, settled or not.
  const alike = hasInterval(before) && hasInterval(now) && ratio === 1
  const known = alike || (isFigure(before) && isFigure(now))
  const times = known
    ? { ratio, low: now.low / before.high, high: now.high / before.low }
    : { ratio, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
  if (!Number.isFinite(ratio)) return []
  return [{ tracker, unit, before, now, times, told: toldOf(times, controls) }]
}

type CostRow = Pick<MeasuredRow, 'tracker' | 'throughput' | 'throughputNoCopy'>

/** A result, or a step of one. */
export type Rows = Costed & { readonly rows: readonly CostRow[] }

/** Settled as its ratio to itself is. */
const nsOf = ({ nsPerPair: { median, low, high }, vsOff: { settled } }: Throughput): Ratio => ({
  ...{ ratio: median, low, high, settled },
})

function sideChanges(
  [before, now]: readonly [Rows, Rows],
  [old, here]: readonly [CostSide | null, CostSide | null],
  of: (row: CostRow) => Throughput | null,
): CostChanges[] {
  if (!old || !here) return []
  const controls = [old.noise, here.noise] as const
  const changes = now.rows.flatMap((row): Change[] => {
    const past = before.rows.find(({ tracker }) => tracker === row.tracker)
    const [a, b] = [past && of(past), of(row)]
    if (!a || !b) return []
    if (row.tracker === 'off') return changeOf('off', 'ns', [nsOf(a), nsOf(b)], controls)
    return changeOf(row.tracker, 'times off', [a.vsOff, b.vsOff], controls)
  })
  if (changes.length === 0) return []
  return [{ copies: here.copy ? 'with copies' : 'without copies', changes }]
}

/** Of the trackers that both have, and that were timed in both. */
export function costChanges(before: Rows, now: Rows): CostChanges[] {
  const [old, here] = [costsOf(before), costsOf(now)]
  return [
    ...sideChanges([before, now], [old.full, here.full], (row) => row.throughput),
    ...sideChanges([before, now], [old.bare, here.bare], (row) => row.throughputNoCopy),
  ]
}

/** What a tracker reported, and whether it kept its promise. */
export interface Reported {
  readonly tracker: string
  readonly reportedSlots: number | null
  readonly errorSlots: number | null
  readonly promiseBroken: boolean
}

export interface MarkChange {
  readonly before: Reported
  readonly now: Reported
}

/** Of the trackers that both have, and that keep a mark in one of them. */
export const markChanges = (before: readonly Reported[], now: readonly Reported[]): MarkChange[] =>
  now.flatMap((here) => {
    const old = before.find(({ tracker }) => tracker === here.tracker)
    if (!old || (old.reportedSlots === null && here.reportedSlots === null)) return []
    return [{ before: old, now: here }]
  })

export const isChanged = ({ before, now }: MarkChange): boolean =>
  before.reportedSlots !== now.reportedSlots ||
  before.errorSlots !== now.errorSlots ||
  before.promiseBroken !== now.promiseBroken
