/** What was in use in the course of a run, with the marks and what is certain of them drawn in. */
import { area, curveStepAfter, line } from 'd3-shape'
import type { Changes, MarkCourse, UsedCourse } from '../../../results/course.js'
import { joinWords, percent, slotsAsBytes } from '../../words.js'
import {
  endLabels,
  type Frame,
  LINE,
  labelWidth,
  lineFrom,
  scaleOf,
  short,
  svg,
  xAxis,
  yAxis,
} from '../chart.js'
import type { Figure, Value } from '../figure.js'
import { type Html, html, nothing } from '../html.js'
import type { Kinds } from '../kinds.js'
import { plain, unitOf } from './marks.js'

interface CourseRow {
  readonly tracker: string
  readonly markCourse?: MarkCourse | undefined
}

export interface CourseOf {
  readonly used: UsedCourse
  readonly rows: readonly CourseRow[]
  readonly poolSlots: number
  /** What the axis counts: steps, or operations. */
  readonly unit: string
}

/** A value for each part, out of what changed. */
function spread({ at, slots }: Changes, parts: number): (number | null)[] {
  const values: (number | null)[] = []
  let next = 0
  for (let part = 0; part < parts; part++) {
    if (at[next] === part) next++
    values.push(slots[next - 1] ?? null)
  }
  return values
}

interface Drawn {
  /** Those that report the same all the time share a line. */
  readonly trackers: readonly string[]
  readonly mark: readonly (number | null)[]
  readonly lower: readonly (number | null)[]
}

function drawnOf({ rows, used }: CourseOf): Drawn[] {
  const parts = used.usedHigh.length
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
    mark: spread(course.mark, parts),
    lower: spread(course.lower, parts),
  }))
}

const nameOf = ({ trackers: [first = '', ...others] }: Drawn): string =>
  others.length === 0 ? first : `${first} +${others.length}`

/** The peak so far: what a mark ought to be, as long as none is reset. */
function peaks(used: UsedCourse): number[] {
  let peak = 0
  return used.usedHigh.map((slots) => {
    peak = Math.max(peak, slots)
    return peak
  })
}

function sentenceOf({ used, poolSlots, unit }: CourseOf, drawn: readonly Drawn[]): string {
  const peak = Math.max(...used.usedHigh)
  const base = [...used.usedHigh].sort((a, b) => a - b)[used.usedHigh.length >> 1] ?? 0
  const ends = drawn.map((one) => ({ one, end: one.mark.at(-1) ?? 0 }))
  const most = ends.reduce<(typeof ends)[number] | undefined>(
    (a, b) => (a && a.end >= b.end ? a : b),
    undefined,
  )
  const over =
    most && most.end > peak
      ? `; the highest mark at the end is that of ${joinWords(most.one.trackers)}, ${slotsAsBytes(most.end)}`
      : ''
  return (
    `In ${used.count} ${unit} at most ${slotsAsBytes(peak)} were in use at one time, ` +
    `${percent(peak / poolSlots)} of the pool; in half of the time it was no more than ${slotsAsBytes(base)}${over}.`
  )
}

function draw({ used, unit }: CourseOf, drawn: readonly Drawn[], kinds: Kinds, label: string) {
  return (width: number): Html => {
    const narrow = width < 500
    const { count } = used
    const parts = used.usedHigh.length
    const all = [...used.usedHigh, ...drawn.flatMap(({ mark }) => mark.map((slots) => slots ?? 0))]
    const size = unitOf(Math.max(...all))
    const height = narrow ? 300 : 360
    const vertical = { top: LINE + 8, bottom: 2 * LINE + 8 }
    const y = scaleOf([0, Math.max(...all) / size.slots], {
      log: false,
      range: [height - vertical.bottom, vertical.top],
      ticks: 6,
    })
    const names = [...drawn.map(nameOf), 'in use']
    const frame: Frame = {
      width,
      height,
      ...vertical,
      left: labelWidth(y.ticks.map(plain)) + 10,
      right: labelWidth(names.map((name) => short(name, 16))) + 20,
    }
    const x = scaleOf([0, count], {
      log: false,
      range: [frame.left, width - frame.right],
      ticks: narrow ? 2 : 8,
      exact: true,
    })
    const xOf = (part: number): number => x((part * count) / parts)
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
    const use = area<number>()
      .curve(curveStepAfter)
      .x(xOf)
      .y0(() => yOf(0))
      .y1((part) => yOf(at(used.usedHigh, part)))
      .digits(1)
    const least = area<number>()
      .curve(curveStepAfter)
      .x(xOf)
      .y0(() => yOf(0))
      .y1((part) => yOf(at(used.usedLow, part)))
      .digits(1)
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
        y: yOf(one.mark.at(-1) ?? 0),
      })),
      { name: 'in use', kind: 'off', y: yOf(used.usedLow.at(-1) ?? 0) },
    ]
    return svg(frame, label, [
      xAxis(frame, x, plain, unit),
      yAxis(frame, y, plain, `${size.name} in use, and reported`),
      html`<path class="use" d="${use(changes(used.usedHigh)) ?? ''}"/><path class="least" d="${least(changes(used.usedLow)) ?? ''}"/>`,
      drawn.map((one) => html`<path class="band ${kindOf(one)}" d="${bandOf(one)}"/>`),
      html`<path class="peak" d="${stepsOf(peaks(used))}"/>`,
      drawn.map(
        (one) =>
          html`<path class="line ${kindOf(one)}" d="${stepsOf(one.mark)}"><title>${joinWords(one.trackers)}</title></path>`,
      ),
      lineFrom(frame.left, yOf(0), width - frame.right, yOf(0), 'one'),
      endLabels(ends, width - frame.right, [vertical.top, height - vertical.bottom]),
    ])
  }
}

/** Nothing where the engine notes none: on threads, and in virtual time. */
export function courseFigure(course: CourseOf | undefined, kinds: Kinds): Figure[] {
  if (!course) return []
  const { used, unit } = course
  const { count } = used
  const drawn = drawnOf(course)
  const sentence = sentenceOf(course, drawn)
  const parts = used.usedHigh.length
  const peak = peaks(used)
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
        `Grey: the most that was in use in each of ${parts} equal parts, and in the stronger shade the least. The broken line: the highest until then, ` +
        'what a mark ought to be. Lines: the marks; the band below one goes down to what its tracker knew was in use for certain at some instant.' +
        together.join(''),
      picture: draw(course, drawn, kinds, `In use over time. ${sentence}`),
      table: {
        columns: [
          { name: `${unit} from` },
          { name: 'in use, least, slots' },
          { name: 'in use, most, slots' },
          { name: 'peak until then, slots' },
          ...drawn.flatMap(({ trackers }) => [
            { name: `${joinWords(trackers)}, mark, slots` },
            { name: `${joinWords(trackers)}, certain, slots` },
          ]),
        ],
        rows: Array.from({ length: parts }, (_, part): Value[] => [
          Math.floor((part * count) / parts),
          used.usedLow[part] ?? null,
          used.usedHigh[part] ?? null,
          peak[part] ?? null,
          ...drawn.flatMap(({ mark, lower }) => [mark[part] ?? null, lower[part] ?? null]),
        ]),
      },
    },
    ...areasFigure(course),
  ]
}

/** Each area over time: the large ones walk from one to the next. */
function areasFigure({ used, poolSlots, unit }: CourseOf): Figure[] {
  const { count } = used
  const { high, perRow } = used.areas
  const columns = high[0]?.length ?? 0
  if (high.length < 2 || columns === 0) return []
  const areaSlots = poolSlots / (high.length * perRow)
  const most = high.map((row) => Math.max(...row))
  const top = most.indexOf(Math.max(...most))
  const nameOfRow = (row: number): string =>
    perRow === 1 ? `area ${row}` : `areas ${row * perRow} to ${row * perRow + perRow - 1}`
  const fullest = Math.max(...most)
  const peak = Math.max(...used.usedHigh)
  const sum = most.reduce((a, b) => a + b, 0)
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
    const each = (width - frame.right - frame.left) / columns
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
            html`<rect class="heat${shade}" x="${(frame.left + from * each).toFixed(1)}" y="${y}" width="${((to - from) * each).toFixed(1)}" height="${rowHeight - 1}"/>`,
        )}`
    })
    return svg(frame, `Areas over time. ${sentence}`, [xAxis(frame, x, plain, unit), html`${rows}`])
  }
  return [
    {
      title: 'Areas over time',
      sentence,
      legend: `A row is ${perRow === 1 ? 'an area' : `a group of ${perRow} neighbouring areas, of which the fullest is shown`}; the stronger the blue, the more of it was in use at some moment of that part; strongest ${slotsAsBytes(fullest)}.`,
      picture,
      table: {
        columns: [
          { name: `${unit} from` },
          ...high.map((_, row) => ({ name: `${nameOfRow(row)}, most in use, slots` })),
        ],
        rows: Array.from({ length: columns }, (_, column): Value[] => [
          Math.floor((column * count) / columns),
          ...high.map((row) => row[column] ?? null),
        ]),
      },
    },
  ]
}
