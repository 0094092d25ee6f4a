/** A series: what `off` does over its steps, so what areas or CPUs do to speed whatever tracks. */
import { hasInterval } from '../../measure/statistics.js'
import type { Row, Throughput } from '../../results/comparison.js'
import type { Ratio } from '../../results/figures.js'
import { joinWords, ns, predictedNs, shortRatio } from '../words.js'
import { costsOf } from './costs.js'
import { isDoubtful } from './noise.js'
import { rowOf, type Sweep, type SweepStep, stepName, stepNames } from './steps.js'

type Side = 'full' | 'bare'

/** A step at which `off` has a figure. */
interface Point {
  readonly step: SweepStep
  readonly nsPerPair: Throughput['nsPerPair']
}

const timedOf = (row: Row | undefined, side: Side): Throughput | null =>
  (side === 'full' ? row?.throughput : row?.throughputNoCopy) ?? null

const noiseOf = ({ comparison }: SweepStep, side: Side): Ratio | null =>
  costsOf(comparison)[side]?.noise ?? null

/** Steps at which `off` was not itself or has not settled are left out. */
function pointsOf({ steps }: Sweep, side: Side): { points: Point[]; leftOut: SweepStep[] } {
  const timed = steps.flatMap((step) => {
    const found = timedOf(rowOf(step, 'off'), side)
    return found && Number.isFinite(found.nsPerPair.median) ? [{ step, ...found }] : []
  })
  const tells = ({ step, nsPerPair, vsOff }: (typeof timed)[number]): boolean => {
    const noise = noiseOf(step, side)
    const moves = vsOff.settled === false || noise?.settled === false
    return hasInterval(nsPerPair) && !moves && !isDoubtful(noise)
  }
  return {
    points: timed.filter(tells),
    leftOut: timed.filter((one) => !tells(one)).map(({ step }) => step),
  }
}

const written = ({ nsPerPair: { median, low, high } }: Point): string =>
  low === high ? predictedNs(median) : ns(median)

/** How the second of two stands to the first. */
function besideWords(first: Point, then: Point): string {
  const [a, b] = [first.nsPerPair, then.nsPerPair]
  const faster = a.median / b.median
  const apart = a.low > b.high || b.low > a.high
  const times = shortRatio(faster > 1 ? faster : 1 / faster)
  if (!apart) return a.low === a.high ? 'as long' : 'no longer or shorter than can be told'
  if (times === '1.00') return 'about as long'
  return faster > 1 ? `${times} times as fast` : `${times} times as long`
}

/** `21400 ns in 1 area and 2280 ns in 32 areas, 9.39 times as fast`; the best between, too. */
function courseWords(sweep: Sweep, points: readonly Point[]): string {
  const [first, last] = [points[0] as Point, points.at(-1) as Point]
  const word = sweep.parameter === 'areas' ? 'in' : 'on'
  const at = (point: Point): string =>
    `${written(point)} ns ${word} ${stepName(sweep.parameter, point.step.value)}`
  const best = points.reduce((a, b) => (b.nsPerPair.median < a.nsPerPair.median ? b : a))
  const between = best === first || best === last ? '' : `; least ${at(best)}`
  return `${at(first)} and ${at(last)}, ${besideWords(first, last)}${between}`
}

/**
 * Sentences on the time of a map+unmap that is not tracked, over the steps; none where at fewer than
 * two of them it is known.
 */
export function offSeriesWords(sweep: Sweep): string[] {
  const sides = (['full', 'bare'] as const).map((side) => ({ side, ...pointsOf(sweep, side) }))
  const told = sides.filter(({ points }) => points.length > 1)
  const [one] = told
  if (!one) return []
  const { comparison } = (one.points[0] as Point).step
  const { machine } = comparison
  const both = told.length > 1 || costsOf(comparison).full?.copy === true
  const where = (side: Side): string =>
    !both ? '' : side === 'bare' ? 'without copies ' : 'with copies '
  const what = sweep.parameter === 'areas' ? 'the areas' : 'the CPUs'
  const on = machine && sweep.parameter === 'areas' ? `, on ${stepName('cpus', machine.cpus)}` : ''
  const how = machine ? `predicted${on}` : 'measured'
  const courses = told.map(({ side, points }) => `${where(side)}${courseWords(sweep, points)}`)
  const without = told.flatMap(({ side, leftOut }) =>
    leftOut.length > 0 ? [`${where(side)}${stepNames(sweep.parameter, leftOut)}`.trim()] : [],
  )
  const aside =
    without.length > 0
      ? ` Left out, as off was not itself or has no settled figure: ${joinWords(without)}.`
      : ''
  return [
    `What ${what} do to a map+unmap that nothing tracks (off, ${how}): ${courses.join('; ')}.${aside}`,
  ]
}
