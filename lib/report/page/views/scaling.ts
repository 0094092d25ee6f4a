/** A series: how long a map+unmap takes over the steps, and how far each mark is off. */

import { countOf, verbOf } from '../../../data/units.js'
import { isFigure } from '../../../measure/statistics.js'
import type { Row, Throughput } from '../../../results/comparison.js'
import { type Costs, costsOf } from '../../parts/costs.js'
import { peakWidth } from '../../parts/findings.js'
import { largerMark } from '../../parts/larger.js'
import { doubtWords, isDoubtful } from '../../parts/noise.js'
import { rowOf, type Sweep, type SweepStep, stepNames, trackersOf } from '../../parts/steps.js'
import { ns, slotsAsBytes } from '../../words.js'
import { plain } from '../chart.js'
import type { Figure } from '../figure.js'
import type { Kinds } from '../kinds.js'
import { linesChart, type Series } from '../lines-chart.js'
import { unitOf } from '../slots-axis.js'

const UNITS = { cpus: 'CPUs', areas: 'areas' } as const

/** The values of a series in which each is twice the one before stand equally far apart. */
const isLog = (values: readonly number[]): boolean =>
  values.length > 2 && (values.at(-1) ?? 1) / (values[0] ?? 1) >= 8

type Value = (row: Row) => number | null

function seriesOf(sweep: Sweep, kinds: Kinds, of: Value): Series[] {
  return trackersOf(sweep.steps, () => true)
    .map((name) => ({
      name,
      kind: kinds(name),
      trackers: [name],
      points: sweep.steps.flatMap((step) => {
        const row = rowOf(step, name)
        const value = row ? of(row) : null
        return value === null ? [] : [[step.value, value] as const]
      }),
    }))
    .filter(({ points }) => points.length > 0)
}

function tableOf(
  sweep: Sweep,
  series: readonly Series[],
  unit: string,
  show: (n: number) => string,
) {
  return {
    columns: [
      { name: UNITS[sweep.parameter] },
      ...series.map(({ name }) => ({ name: `${name}, ${unit}`, show, trackers: [name] })),
    ],
    rows: sweep.steps.map(({ value }) => [
      value,
      ...series.map(({ points }) => points.find(([at]) => at === value)?.[1] ?? null),
    ]),
  }
}

const axisOf = (sweep: Sweep) => {
  const values = sweep.steps.map(({ value }) => value)
  return { label: UNITS[sweep.parameter], log: isLog(values), at: values, show: String }
}

type Timed = (row: Row) => Throughput | null

/** `reserve at 16 and 64 CPUs; epochs at 64 CPUs`: what more steps would change. */
function movingWords(sweep: Sweep, of: Timed): string {
  const isMoving = (step: SweepStep, name: string): boolean => {
    const row = rowOf(step, name)
    const timed = row && of(row)
    return timed?.vsOff.settled === false
  }
  return trackersOf(sweep.steps, () => true)
    .flatMap((name) => {
      const steps = sweep.steps.filter((step) => isMoving(step, name))
      return steps.length > 0 ? [`${name} at ${stepNames(sweep.parameter, steps)}`] : []
    })
    .join('; ')
}

function timeFigure(
  sweep: Sweep,
  kinds: Kinds,
  side: keyof Costs,
  of: Timed,
  words: string,
): Figure[] {
  const series = seriesOf(sweep, kinds, (row) => of(row)?.nsPerPair.median ?? null)
  const last = sweep.steps.at(-1)
  const ends = series
    .flatMap(({ name }) => {
      const row = last && rowOf(last, name)
      const timed = row && of(row)
      return timed && isFigure(timed.vsOff) ? [{ name, value: timed.nsPerPair.median }] : []
    })
    .sort((a, b) => a.value - b.value)
  const [least, most] = [ends[0], ends.at(-1)]
  const isTimed = ({ points }: (typeof series)[number]): boolean =>
    points.some(([at]) => at === last?.value)
  if (!last || !series.some(isTimed)) return []
  const at = `At ${stepNames(sweep.parameter, [last])}`
  const aside = words === '' ? '' : `${words},`
  const predicted = sweep.steps.some(({ comparison }) => comparison.machine)
  const noise = costsOf(last.comparison)[side]?.noise ?? null
  const times = least && most ? most.value / least.value : 1
  const sentence = isDoubtful(noise)
    ? `${at}${words} off was not itself: ${doubtWords(noise)}`
    : !least || !most
      ? `${at}${words} no tracker has a figure.`
      : least === most
        ? `${at} a map+unmap${aside} takes ${ns(least.value)} ns under ${least.name}.`
        : `${at} a map+unmap${aside} takes from ${ns(least.value)} ns under ${least.name} to ${ns(most.value)} ns under ${most.name}, ${times.toFixed(1)} times as long.`
  const log = times > 4
  const moving = movingWords(sweep, of)
  const larger = sweep.steps.some(({ comparison: { rows, machine, timing } }) =>
    rows.some((row) => largerMark(row, (machine ?? timing)?.largerAreas ?? []) !== ''),
  )
  return [
    {
      title: `Scaling${words}`,
      sentence,
      legend: `${predicted ? 'Predicted by the cost model, not measured. ' : ''}Level lines scale: each CPU's map+unmap takes as long however many there are.${larger ? ' A tracker with larger areas than those of off may lie below it, as fewer of them share a cache line; what it costs is told against an off with areas as large.' : ''}${moving && ` Not settled, so that more steps would move the point: ${moving}.`}`,
      picture: linesChart({
        label: `Scaling${words}. ${sentence}`,
        series,
        x: axisOf(sweep),
        y: {
          label: `ns of a map+unmap${words}${log ? ', logarithmic' : ''}`,
          log,
          zero: !log,
          show: (n) => String(Number(n.toPrecision(3))),
        },
      }),
      table: tableOf(sweep, series, 'ns', ns),
    },
  ]
}

/** How far each mark is off the truth; nothing where all are exact, or none keeps one. */
export function errorFigure(sweep: Sweep, kinds: Kinds): Figure[] {
  const all = seriesOf(sweep, kinds, ({ accuracy }) => accuracy.errorSlots)
  const off = all.filter(({ points }) => points.some(([, value]) => value !== 0))
  const worst = off
    .flatMap(({ name, points }) => points.map(([at, value]) => ({ name, at, value })))
    .reduce<{ name: string; at: number; value: number } | undefined>(
      (a, b) => (a && Math.abs(a.value) >= Math.abs(b.value) ? a : b),
      undefined,
    )
  if (!worst) return []
  const unit = unitOf(Math.abs(worst.value))
  const step = sweep.steps.filter(({ value }) => value === worst.at)
  const right = all.length - off.length
  const exact = sweep.steps.every(({ comparison }) =>
    comparison.rows.every(({ accuracy }) => peakWidth(accuracy.truthSlots) === 0),
  )
  const shown = exact ? 'exact at every step' : 'without an error that is seen'
  const sentence =
    `The mark of ${worst.name} is furthest from the truth: ${slotsAsBytes(Math.abs(worst.value))} ` +
    `${worst.value > 0 ? 'over' : 'under'} at ${stepNames(sweep.parameter, step)}` +
    (right > 0
      ? `; ${right} of ${countOf(all.length, 'tracker')} ${verbOf(right, 'is', 'are')} ${shown}.`
      : '.')
  return [
    {
      title: 'How far the marks are off',
      sentence,
      legend:
        'Reported less the peak that really was: above 0 too high, below too low. Trackers of which no error is seen are left out of the picture.',
      picture: linesChart({
        label: `How far the marks are off. ${sentence}`,
        series: off.map((one) => ({
          ...one,
          points: one.points.map(([at, value]) => [at, value / unit.slots] as const),
        })),
        x: axisOf(sweep),
        y: { label: `error, ${unit.name}`, log: false, zero: true, binary: true, show: plain },
      }),
      table: tableOf(sweep, all, 'slots', String),
    },
  ]
}

/** As the scenario says, and without copies. */
export function scalingFigures(sweep: Sweep, kinds: Kinds): Figure[] {
  const copies = sweep.steps.some(
    ({ comparison }) => (comparison.machine ?? comparison.timing)?.copy,
  )
  return [
    ...timeFigure(sweep, kinds, 'full', (row) => row.throughput, copies ? ', with copies' : ''),
    ...timeFigure(sweep, kinds, 'bare', (row) => row.throughputNoCopy, ', without copies'),
  ]
}
