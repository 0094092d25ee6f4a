/** What changed since a base of each tracker's cost, with its interval. */

import { countOf, verbOf } from '../../../data/units.js'
import { hasInterval } from '../../../measure/statistics.js'
import { DOUBT_MARK, NOISE_MARK } from '../../parts/noise.js'
import { joinWords } from '../../words.js'
import type { Change, CostChanges, Told } from '../base/changes.js'
import { dot, lineFrom, plain } from '../chart.js'
import { type Figure, movable, type Value } from '../figure.js'
import { ofTrackers } from '../filter.js'
import { type Html, html, nothing } from '../html.js'
import type { Kinds } from '../kinds.js'
import { rowsChart } from '../rows-chart.js'

const WORDS: Readonly<Record<Told, string>> = {
  less: 'less',
  more: 'more',
  equal: 'as it was',
  same: 'no change can be told',
  unknown: 'not known: no interval, or not settled',
  doubtful: 'not known: off was not itself',
}

const LEGEND =
  'An interval goes from what both intervals allow at least to what they allow at most. Where those of base and now overlap, or ' +
  'the change is no larger than the noise of both, no change can be told. What varies from one run to the next is in no interval: ' +
  'a small change is to be seen twice before it is believed.'

const percentOf = (times: number): number => (times - 1) * 100

/** `+3.2 %` */
const signed = (times: number): string => {
  const value = percentOf(times)
  return `${value > 0 ? '+' : ''}${Number(value.toPrecision(Math.abs(value) < 10 ? 2 : 3))} %`
}

const changeWords = ({ times }: Change): string =>
  hasInterval(times) && times.low < times.high
    ? `${signed(times.ratio)} [${signed(times.low)} to ${signed(times.high)}]`
    : signed(times.ratio)

const nameOf = ({ tracker, unit }: Change): string =>
  unit === 'ns' ? `${tracker}, in ns` : tracker

const OFF_WORDS: Readonly<Record<Told, (change: string) => string>> = {
  less: (change) => `takes less time than it did (${change})`,
  more: (change) => `takes more time than it did (${change})`,
  equal: () => 'takes the time that it did',
  same: () => 'cannot be told from what it was',
  unknown: () => 'has no interval, or has not settled',
  doubtful: () => 'cannot be told: off against off is not 1',
}

/** Of the trackers; how `off` itself moved is told behind it. */
function costSentence(all: readonly Change[], where: string): string {
  const trackers = all.filter(({ unit }) => unit !== 'ns')
  const named = (which: Told): string[] =>
    trackers
      .filter(({ told }) => told === which)
      .map(({ tracker, times }) => `${tracker} (${signed(times.ratio)})`)
  const counted = (which: Told): string[] => {
    const { length } = named(which)
    return length > 0 ? [countOf(length, 'tracker')] : []
  }
  const costs = (which: 'more' | 'less'): string[] => {
    const names = named(which)
    if (names.length === 0) return []
    return [`${joinWords(names)} ${verbOf(names.length, 'costs', 'cost')} ${which}`]
  }
  const off = all.find(({ unit }) => unit === 'ns')
  const parts = [
    ...costs('more'),
    ...costs('less'),
    ...counted('equal').map((some) => `the cost of ${some} is what it was`),
    ...counted('same').map((some) => `of ${some} no change can be told`),
    ...counted('unknown').map(
      (some) => `of ${some} it is not known, for want of an interval or of more steps`,
    ),
    ...counted('doubtful').map((some) => `of ${some} no cost is known`),
    ...(off ? [`off itself ${OFF_WORDS[off.told](signed(off.times.ratio))}`] : []),
  ]
  return `Against the base, ${where}: ${parts.join('; ')}.`
}

const COLUMNS: Figure['table']['columns'] = [
  { name: 'tracker' },
  { name: 'unit' },
  ...['base', 'base, low', 'base, high', 'now', 'now, low', 'now, high'].map((name) => ({
    name,
    show: (value: number) => value.toFixed(3),
  })),
  ...['change', 'change, low', 'change, high'].map((name) => ({
    name: `${name}, %`,
    show: (value: number) => value.toFixed(1),
  })),
  { name: 'told' },
]

const rowOf = ({ tracker, unit, before, now, times, told }: Change): Value[] => [
  tracker,
  unit,
  ...[before, now].flatMap(({ ratio, low, high }) => [ratio, low, high]),
  ...[times.ratio, times.low, times.high].map(percentOf),
  WORDS[told],
]

const ends = ({ times }: Change): number[] =>
  [times.ratio, times.low, times.high].filter(Number.isFinite).map(percentOf)

/** Of two comparisons: a line for each tracker, with copies and without. */
export function costChangeFigure(sides: readonly CostChanges[], kinds: Kinds): Figure[] {
  if (sides.length === 0) return []
  const sentence = sides.map(({ copies, changes }) => costSentence(changes, copies)).join(' ')
  return [
    {
      title: 'Change of the cost',
      sentence,
      legend: `Cost of a map+unmap, times that of off, against the same in the base; of off itself, its nanoseconds. Full dots: a change. Hollow: none can be told. ${LEGEND}`,
      picture: rowsChart({
        label: `Change of the cost. ${sentence}`,
        values: [0, ...sides.flatMap(({ changes }) => changes.flatMap(ends))],
        log: false,
        axis: 'change, %',
        show: plain,
        behind: (x, top, bottom) => lineFrom(x(0), top, x(0), bottom, 'one'),
        groups: sides.map(({ copies, changes }) => ({
          name: sides.length > 1 ? copies : '',
          rows: changes.map((change) => ({
            name: nameOf(change),
            tracker: change.tracker,
            marked: isTold(change),
            draw: (x, y) => {
              const kind = kinds(change.tracker)
              const { low, high, ratio } = change.times
              const whisker =
                hasInterval(change.times) && low < high
                  ? lineFrom(x(percentOf(low)), y, x(percentOf(high)), y, `whisker ${kind}`)
                  : nothing
              return html`${whisker}${dot(x(percentOf(ratio)), y, `mark ${kind}${isTold(change) ? '' : ' hollow'}`, `${nameOf(change)}: ${changeWords(change)}`)}`
            },
          })),
        })),
      }),
      table: {
        columns: [{ name: 'cost' }, ...COLUMNS],
        rows: sides.flatMap(({ copies, changes }) =>
          changes.map((change) => [copies, ...rowOf(change)]),
        ),
      },
    },
  ]
}

const isTold = ({ told }: Change): boolean => told === 'less' || told === 'more'

const toldOf = ({ changes }: { readonly changes: readonly Change[] }): number =>
  changes.filter(isTold).length

/** Of one step of a series. */
export interface StepChanges {
  /** `4 CPUs` */
  readonly step: string
  readonly sides: readonly CostChanges[]
}

const CLASSES: Readonly<Record<Told, string>> = {
  less: 'good',
  more: 'bad',
  equal: 'none',
  same: 'none',
  unknown: 'none',
  doubtful: 'none',
}

const MARKS: Readonly<Record<Told, string>> = {
  less: '',
  more: '',
  equal: '',
  same: ` ${NOISE_MARK}`,
  unknown: ` ${DOUBT_MARK}`,
  doubtful: ` ${DOUBT_MARK}`,
}

const stepCell = (change: Change | undefined): Html => {
  if (!change) return html`<td class="n">-</td>`
  const mark = MARKS[change.told]
  return html`<td class="n ${CLASSES[change.told]}" title="${changeWords(change)}">${signed(change.times.ratio)}${mark}</td>`
}

/** Of two series: a column for each step that both have. */
export function stepChangeFigures(steps: readonly StepChanges[]): Figure[] {
  return (['with copies', 'without copies'] as const).flatMap((copies): Figure[] => {
    const columns = steps.flatMap(({ step, sides }) => {
      const side = sides.find((one) => one.copies === copies)
      return side ? [{ step, changes: side.changes }] : []
    })
    const changed = columns.filter(({ changes }) => changes.some(isTold)).length
    // That in which most changed, and of several the last.
    const most = columns.reduceRight<(typeof columns)[number] | undefined>(
      (a, b) => (a && toldOf(a) >= toldOf(b) ? a : b),
      undefined,
    )
    if (!most) return []
    const title = `Change of the cost, ${copies}`
    const named = new Map(
      columns.flatMap(({ changes }) => changes.map((one) => [nameOf(one), one.tracker] as const)),
    )
    const lines = [...named].map(
      ([name, tracker]) =>
        html`<tr${ofTrackers([tracker])}><th scope="row">${name}</th>${columns.map(({ changes }) => stepCell(changes.find((one) => nameOf(one) === name)))}</tr>\n`,
    )
    return [
      {
        title,
        sentence: `${costSentence(most.changes, `${copies}, at ${most.step}`)} A change can be told at ${changed} of ${countOf(columns.length, 'step')}.`,
        legend: `Cost of a map+unmap, times that of off, against the same in the base; of off itself, its nanoseconds. ${NOISE_MARK} no change can be told; ${DOUBT_MARK} not known: no interval, not settled, or off was not itself. ${LEGEND}`,
        picture: movable(
          title,
          html`<table><thead><tr><th scope="col">tracker</th>${columns.map(({ step }) => html`<th scope="col" class="n">${step}</th>`)}</tr></thead><tbody>${lines}</tbody></table>`,
        ),
        table: {
          columns: [{ name: 'step' }, ...COLUMNS],
          rows: columns.flatMap(({ step, changes }) =>
            changes.map((change) => [step, ...rowOf(change)]),
          ),
        },
      },
    ]
  })
}
