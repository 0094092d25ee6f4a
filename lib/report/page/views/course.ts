/** What was in use in the course of a run, with the marks and what is certain of them drawn in. */

import { area, curveStepAfter, line } from 'd3-shape'
import { countOf } from '../../../data/units.js'
import type { MarkCourse, UsedCourse } from '../../../results/course.js'
import { joinWords, percent, slotsAsBytes } from '../../words.js'
import {
  endLabels,
  type Frame,
  LINE,
  labelWidth,
  lineFrom,
  plain,
  scaleOf,
  svg,
  xAxis,
  yAxis,
} from '../chart.js'
import type { Figure, Value } from '../figure.js'
import { ownPart } from '../filter.js'
import { type Html, html, nothing } from '../html.js'
import type { Kinds } from '../kinds.js'
import { short } from '../names.js'
import { unitOf } from '../slots-axis.js'
import { highest, merged, most, type Parts, partsOf } from './course-parts.js'
import { fragmentsFigure } from './fragments.js'

interface CourseRow {
  readonly tracker: string
  readonly markCourse?: MarkCourse | undefined
}

export interface CourseOf {
  readonly used: UsedCourse
  readonly rows: readonly CourseRow[]
  readonly poolSlots: number
  /** What the axis counts: a step, or an operation. */
  readonly unit: string
}

interface Drawn {
  /** Those that report the same all the time share a line. */
  readonly trackers: readonly string[]
  readonly mark: readonly (number | null)[]
  readonly lower: readonly (number | null)[]
}

function drawnOf({ rows }: CourseOf, parts: Parts): Drawn[] {
  const groups = new Map<string, { trackers: string[]; course: MarkCourse }>()
  for (const { tracker, markCourse } of rows) {
    if (!markCourse) continue
    const key = JSON.stringify(markCourse.mark)
    const group = groups.get(key)
    if (group) group.trackers.push(tracker)
    else groups.set(key, { trackers: [tracker], course: markCourse })
  }
  return [...groups.values()].map(({ trackers, course }) => ({
    trackers,
    mark: highest(course.mark, parts),
    lower: highest(course.lower, parts),
  }))
}

const nameOf = ({ trackers: [first = '', ...others] }: Drawn): string =>
  others.length === 0 ? first : `${first} +${others.length}`

/** The peak so far: what a mark ought to be, as long as none is reset. */
function peaks(high: readonly number[]): number[] {
  let peak = 0
  return high.map((slots) => {
    peak = Math.max(peak, slots)
    return peak
  })
}

function sentenceOf({ used, poolSlots, unit }: CourseOf, drawn: readonly Drawn[]): string {
  const peak = most(used.usedHigh)
  const base = [...used.usedHigh].sort((a, b) => a - b)[used.usedHigh.length >> 1] ?? 0
  const ends = drawn.map((one) => ({ one, end: one.mark.at(-1) ?? 0 }))
  const top = ends.reduce<(typeof ends)[number] | undefined>(
    (a, b) => (a && a.end >= b.end ? a : b),
    undefined,
  )
  const over =
    top && top.end > peak
      ? `; the highest mark at the end is that of ${joinWords(top.one.trackers)}, ${slotsAsBytes(top.end)}`
      : ''
  return (
    `In ${countOf(used.count, unit)} at most ${slotsAsBytes(peak)} were in use at one time, ` +
    `${percent(peak / poolSlots)} of the pool; in half of the time it was no more than ${slotsAsBytes(base)}${over}.`
  )
}

/** What was in use, in no more parts than are drawn. */
interface Used {
  readonly parts: Parts
  readonly low: readonly number[]
  readonly high: readonly number[]
}

function usedOf({ usedLow, usedHigh, count }: UsedCourse): Used {
  const parts = partsOf(usedHigh.length, count)
  return { parts, low: merged(usedLow, parts, Math.min), high: merged(usedHigh, parts, Math.max) }
}

function draw(
  { parts: { at: begins, count: parts }, low, high }: Used,
  unit: string,
  drawn: readonly Drawn[],
  kinds: Kinds,
  label: string,
) {
  return (width: number): Html => {
    const narrow = width < 500
    const all = [...high, ...drawn.flatMap(({ mark }) => mark.map((slots) => slots ?? 0))]
    const size = unitOf(most(all))
    const height = narrow ? 300 : 360
    const vertical = { top: LINE + 8, bottom: 2 * LINE + 8 }
    const y = scaleOf([0, most(all) / size.slots], {
      log: false,
      range: [height - vertical.bottom, vertical.top],
      ticks: 6,
      binary: true,
    })
    const names = [...drawn.map(nameOf), 'in use']
    const frame: Frame = {
      width,
      height,
      ...vertical,
      left: labelWidth(y.ticks.map(plain)) + 10,
      right: labelWidth(names.map((name) => short(name, 16))) + 20,
    }
    const x = scaleOf([0, begins.at(-1) ?? 0], {
      log: false,
      range: [frame.left, width - frame.right],
      ticks: narrow ? 2 : 8,
      exact: true,
    })
    const xOf = (part: number): number => x(begins[part] ?? 0)
    const yOf = (slots: number): number => y(slots / size.slots)
    // One more, so that the last part has its width.
    const places = Array.from({ length: parts + 1 }, (_, part) => part)
    const at = <T>(values: readonly T[], part: number): T => values[Math.min(part, parts - 1)] as T
    // A step holds until the next: what stays as it was needs no point.
    const changes = (...of: (readonly (number | null)[])[]): number[] =>
      places.filter(
        (part) =>
          part === parts || part === 0 || of.some((values) => values[part] !== values[part - 1]),
      )
    const below = (values: readonly number[]): string =>
      area<number>()
        .curve(curveStepAfter)
        .x(xOf)
        .y0(() => yOf(0))
        .y1((part) => yOf(at(values, part)))
        .digits(1)(changes(values)) ?? ''
    const stepsOf = (values: readonly (number | null)[]): string =>
      line<number>()
        .curve(curveStepAfter)
        .defined((part) => at(values, part) !== null)
        .x(xOf)
        .y((part) => yOf(at(values, part) ?? 0))
        .digits(1)(changes(values)) ?? ''
    const bandOf = ({ mark, lower }: Drawn): string =>
      area<number>()
        .curve(curveStepAfter)
        .defined((part) => at(lower, part) !== null && at(mark, part) !== null)
        .x(xOf)
        .y0((part) => yOf(at(lower, part) ?? 0))
        .y1((part) => yOf(at(mark, part) ?? 0))
        .digits(1)(changes(mark, lower)) ?? ''
    const kindOf = ({ trackers: [first = ''] }: Drawn): string => kinds(first)
    const ends = [
      ...drawn.map((one) => ({
        name: nameOf(one),
        kind: kindOf(one),
        trackers: one.trackers,
        y: yOf(one.mark.at(-1) ?? 0),
      })),
      { name: 'in use', kind: 'off', y: yOf(low.at(-1) ?? 0) },
    ]
    return svg(frame, label, [
      xAxis(frame, x, plain, `${unit}s`),
      yAxis(frame, y, plain, `${size.name} in use, and reported`),
      html`<path class="use" d="${below(high)}"/><path class="least" d="${below(low)}"/>`,
      drawn.map((one) =>
        ownPart(one.trackers, html`<path class="band ${kindOf(one)}" d="${bandOf(one)}"/>`),
      ),
      html`<path class="peak" d="${stepsOf(peaks(high))}"/>`,
      drawn.map((one) =>
        ownPart(
          one.trackers,
          html`<path class="line ${kindOf(one)}" d="${stepsOf(one.mark)}"><title>${joinWords(one.trackers)}</title></path>`,
        ),
      ),
      lineFrom(frame.left, yOf(0), width - frame.right, yOf(0), 'one'),
      endLabels(ends, width - frame.right, [vertical.top, height - vertical.bottom]),
    ])
  }
}

/** A picture has no room for more parts, nor has a page. */
const mergedWords = ({ each, whole }: Parts): string =>
  each === 1 ? '' : ` (of the ${whole} of the file, ${each} together)`

/** Nothing where the engine notes none: on threads, and in virtual time. */
export function courseFigure(course: CourseOf | undefined, kinds: Kinds): Figure[] {
  if (!course) return []
  const { unit } = course
  const used = usedOf(course.used)
  const { parts, low, high } = used
  const drawn = drawnOf(course, parts)
  const sentence = sentenceOf(course, drawn)
  const peak = peaks(high)
  const shared = drawn.filter(({ trackers }) => trackers.length > 1)
  const together = shared.map(
    ({ trackers: [first = '', ...others] }) =>
      ` ${first} +${others.length}: ${joinWords(others)} ${others.length === 1 ? 'reports' : 'report'} the same.`,
  )
  return [
    {
      title: 'In use over time',
      sentence,
      legend:
        `Grey: the most that was in use in ${parts.count === 1 ? 'all of it' : `each of ${parts.count} equal parts`}${mergedWords(parts)}, and in the stronger shade the least. The broken line: the highest until then, ` +
        'what a mark ought to be. Lines: the marks; the band below one goes down to what its tracker knew was in use for certain at some instant.' +
        together.join(''),
      picture: draw(used, unit, drawn, kinds, `In use over time. ${sentence}`),
      table: {
        columns: [
          { name: `${unit}s from` },
          { name: 'in use, least, slots' },
          { name: 'in use, most, slots' },
          { name: 'peak until then, slots' },
          ...drawn.flatMap(({ trackers }) => [
            { name: `${joinWords(trackers)}, mark, slots`, trackers },
            { name: `${joinWords(trackers)}, certain, slots`, trackers },
          ]),
        ],
        rows: high.map((slots, part): Value[] => [
          Math.floor(parts.at[part] ?? 0),
          low[part] ?? null,
          slots,
          peak[part] ?? null,
          ...drawn.flatMap(({ mark, lower }) => [mark[part] ?? null, lower[part] ?? null]),
        ]),
      },
    },
    ...areasFigure(course),
    ...fragmentsFigure(course),
  ]
}

/** Each area over time: the large ones walk from one to the next. */
function areasFigure({ used, poolSlots, unit }: CourseOf): Figure[] {
  const { count } = used
  const { high: fine, perRow } = used.areas
  const whole = fine[0]?.length ?? 0
  if (fine.length < 2 || whole === 0) return []
  const parts = partsOf(whole, count)
  const columns = parts.count
  const high = fine.map((row) => merged(row, parts, Math.max))
  const areaSlots = poolSlots / (high.length * perRow)
  const fullestOf = high.map(most)
  const fullest = most(fullestOf)
  const top = fullestOf.indexOf(fullest)
  const nameOfRow = (row: number): string =>
    perRow === 1 ? `area ${row}` : `areas ${row * perRow} to ${row * perRow + perRow - 1}`
  const peak = most(used.usedHigh)
  const sum = fullestOf.reduce((a, b) => a + b, 0)
  const together =
    perRow === 1 && sum > peak
      ? `; the highest of each add up to ${slotsAsBytes(sum)}, but they were not so full at one time: at most ${slotsAsBytes(peak)} were in use`
      : ''
  const sentence = `The fullest at any time was in ${nameOfRow(top)}, with ${slotsAsBytes(fullest)} of ${slotsAsBytes(areaSlots)} in use, ${percent(fullest / areaSlots)}${together}.`
  const picture = (width: number): Html => {
    const rowHeight = Math.max(3, Math.min(16, Math.floor(256 / high.length)))
    const frame: Frame = {
      width,
      top: 4,
      bottom: 2 * LINE + 8,
      left: labelWidth([nameOfRow(high.length - 1)]) + 8,
      right: 14,
      height: high.length * rowHeight + 2 * LINE + 12,
    }
    const x = scaleOf([0, count], {
      log: false,
      range: [frame.left, width - frame.right],
      ticks: width < 500 ? 2 : 8,
      exact: true,
    })
    const xOf = (column: number): number => x(parts.at[column] ?? 0)
    const every = Math.ceil(LINE / rowHeight)
    const rows = high.map((row, i) => {
      const y = frame.top + i * rowHeight
      const label =
        i % every === 0
          ? html`<text x="0" y="${y + Math.max(rowHeight - 4, 9)}">${nameOfRow(i)}</text>`
          : nothing
      // Neighbours of one shade are one piece.
      const pieces: { from: number; to: number; shade: number }[] = []
      for (const [column, slots] of row.entries()) {
        const shade = fullest > 0 ? Math.ceil((9 * slots) / fullest) : 0
        const last = pieces.at(-1)
        if (last?.shade === shade) last.to = column + 1
        else pieces.push({ from: column, to: column + 1, shade })
      }
      return html`${label}${pieces
        .filter(({ shade }) => shade > 0)
        .map(
          ({ from, to, shade }) =>
            html`<rect class="heat${shade}" x="${xOf(from).toFixed(1)}" y="${y}" width="${(xOf(to) - xOf(from)).toFixed(1)}" height="${rowHeight - 1}"/>`,
        )}`
    })
    return svg(frame, `Areas over time. ${sentence}`, [
      xAxis(frame, x, plain, `${unit}s`),
      html`${rows}`,
    ])
  }
  return [
    {
      title: 'Areas over time',
      sentence,
      legend: `A row is ${perRow === 1 ? 'an area' : `a group of ${perRow} neighbouring areas, of which the fullest is shown`}; the stronger the blue, the more of it was in use at some moment of that part; strongest ${slotsAsBytes(fullest)}.`,
      picture,
      table: {
        columns: [
          { name: `${unit}s from` },
          ...high.map((_, row) => ({ name: `${nameOfRow(row)}, most in use, slots` })),
        ],
        rows: Array.from({ length: columns }, (_, column): Value[] => [
          Math.floor(parts.at[column] ?? 0),
          ...high.map((row) => row[column] ?? null),
        ]),
      },
    },
  ]
}
