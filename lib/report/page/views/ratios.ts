/** Trackers and what they cost as ratios, each cell coloured by how far it is from the best. */
import { isFigure } from '../../../measure/statistics.js'
import type { Comparison, Row, Throughput } from '../../../results/comparison.js'
import type { Ratio } from '../../../results/figures.js'
import { type Costed, costsOf } from '../../parts/costs.js'
import { errorCell, peakWidth } from '../../parts/findings.js'
import { marksOf } from '../../parts/marks.js'
import {
  DOUBT_MARK,
  doubtWords,
  formatRatio,
  isDoubtful,
  isMoving,
  NOISE_MARK,
  noiseMark,
  ratioDigits,
  standing,
  steadyMark,
  unknownWords,
} from '../../parts/noise.js'
import { rowOf, type Sweep, stepNames, trackersOf } from '../../parts/steps.js'
import { joinWords, ns, slotsAsBytes } from '../../words.js'
import { type Figure, movable, type Value } from '../figure.js'
import { ofTrackers } from '../filter.js'
import { type Html, html, nothing } from '../html.js'

/** Shades of the style sheet: the best, and so many steps of a quarter of a doubling from it. */
const SHADES = 9

const shade = (timesBest: number): string => {
  const step = Math.round(4 * Math.log2(timesBest))
  return `h${Math.max(0, Math.min(SHADES, step))}`
}

/** What the table needs of a row. */
type RatioRow = Pick<
  Row,
  'tracker' | 'promise' | 'promiseBroken' | 'throughput' | 'throughputNoCopy'
> & {
  readonly frontier?: boolean
  readonly accuracy: Pick<Row['accuracy'], 'errorSlots' | 'truthSlots'>
}

type Compared = Costed & { readonly rows: readonly RatioRow[] }

interface Cell {
  readonly ratio: Ratio
  readonly noise: Ratio | null
}

/** One column of costs: of a step, with copies or without. */
interface CostColumn {
  readonly name: string
  readonly of: (tracker: string) => Cell | null
}

/** Behind a prediction that more steps would change. */
const MOVING_SIGN = '#'

const exactCell = (rows: readonly (RatioRow | undefined)[]): { text: string; kind: string } => {
  const run = rows.flatMap((row) => (row ? [row] : []))
  const marked = run.filter(({ accuracy }) => accuracy.errorSlots !== null)
  if (marked.length === 0) return { text: 'no mark', kind: 'none' }
  if (marked.some(({ promiseBroken }) => promiseBroken)) return { text: 'broken', kind: 'bad' }
  const worst = marked.reduce((a, b) =>
    Math.abs(b.accuracy.errorSlots ?? 0) > Math.abs(a.accuracy.errorSlots ?? 0) ? b : a,
  )
  const { errorSlots, truthSlots } = worst.accuracy
  if (!errorSlots) {
    const unknown = Math.max(...marked.map(({ accuracy }) => peakWidth(accuracy.truthSlots)))
    return unknown === 0
      ? { text: 'yes', kind: 'good' }
      : { text: `no error seen, to ${slotsAsBytes(unknown)}`, kind: 'none' }
  }
  return {
    text: errorCell(errorSlots, truthSlots),
    kind: 'off-by',
  }
}

interface Grid {
  readonly trackers: readonly string[]
  readonly rowsOf: (tracker: string) => readonly (RatioRow | undefined)[]
  readonly columns: readonly CostColumn[]
}

/** More columns of costs than these have the whole width of the page. */
const FEW = 2

/** As short as the other marks: a word in one cell would make its whole column wide. */
const steadySign = (ratio: Ratio): string =>
  isMoving(ratio) ? ` ${MOVING_SIGN}` : steadyMark(ratio)

function gridHtml({ trackers, rowsOf, columns }: Grid, label: string): Html {
  const best = columns.map((column) =>
    Math.min(
      ...trackers.flatMap((tracker) => {
        const ratio = column.of(tracker)?.ratio
        return ratio && isFigure(ratio) && ratio.ratio > 0 ? [ratio.ratio] : []
      }),
    ),
  )
  const costCell = (tracker: string, i: number): Html => {
    const cell = columns[i]?.of(tracker) ?? null
    if (!cell || !Number.isFinite(cell.ratio.ratio)) return html`<td class="n">-</td>`
    const mark = tracker === 'off' ? '' : noiseMark(cell.ratio, cell.noise)
    return html`<td class="n ${shade(cell.ratio.ratio / (best[i] as number))}" title="${formatRatio(cell.ratio)}">${ratioDigits(cell.ratio)}${steadySign(cell.ratio)}${mark}</td>`
  }
  const lines = trackers.map((tracker) => {
    const rows = rowsOf(tracker)
    const last = rows.findLast((row) => row !== undefined)
    const exact = exactCell(rows)
    return html`<tr${ofTrackers([tracker])}><th scope="row">${tracker}${last ? marksOf(last) : nothing}</th>${columns.map((_, i) => costCell(tracker, i))}<td>${last?.promise ?? '-'}</td><td class="${exact.kind}">${exact.text}</td></tr>\n`
  })
  return movable(
    label,
    html`<table class="heat${columns.length > FEW ? ' broad' : ''}"><thead><tr><th scope="col">tracker</th>${columns.map(({ name }) => html`<th scope="col" class="n">${name}</th>`)}<th scope="col">promise</th><th scope="col">exact?</th></tr></thead><tbody>${lines}</tbody></table>`,
  )
}

function figure(title: string, sentence: string, grid: Grid): Figure[] {
  const some = grid.trackers.some((tracker) => grid.columns.some((column) => column.of(tracker)))
  if (!some) return []
  const doubtful = grid.trackers.some((tracker) =>
    grid.columns.some((column) => isDoubtful(column.of(tracker)?.noise ?? null)),
  )
  const moving = grid.trackers.some((tracker) =>
    grid.columns.some((column) => isMoving(column.of(tracker)?.ratio ?? null)),
  )
  const value = (cell: Cell | null, key: 'ratio' | 'low' | 'high'): Value =>
    cell?.ratio[key] ?? null
  return [
    {
      title,
      sentence,
      legend:
        'Times off, whose areas are as large; white is the best of a column, and each doubling is darker. ' +
        `${NOISE_MARK} cannot be told from off; ${doubtful ? `${DOUBT_MARK} off was not itself, so that it is no cost; ` : ''}${moving ? `${MOVING_SIGN} not settled: more steps would change it; ` : ''}* on the frontier${grid.trackers.some((tracker) => grid.rowsOf(tracker).some((row) => row?.promiseBroken)) ? '; ! broke its promise' : ''}.`,
      picture: gridHtml(grid, title),
      table: {
        columns: [
          { name: 'tracker' },
          { name: 'cost' },
          ...(['ratio', 'low', 'high'] as const).map((name) => ({
            name,
            show: (n: number) => n.toFixed(3),
          })),
        ],
        rows: grid.trackers.flatMap((tracker) =>
          grid.columns.map((column) => {
            const cell = column.of(tracker)
            return [
              tracker,
              column.name,
              value(cell, 'ratio'),
              value(cell, 'low'),
              value(cell, 'high'),
            ]
          }),
        ),
      },
    },
  ]
}

const cellOf = (throughput: Throughput | null | undefined, noise: Ratio | null): Cell | null =>
  throughput ? { ratio: throughput.vsOff, noise } : null

/** What is known of the costs without copies, where they were timed, and else of those with them. */
function costSentence({ rows, ...costed }: Compared): string {
  const { full, bare } = costsOf(costed)
  const side = bare ?? full
  const timed = rows.flatMap((row) => {
    const cost = bare ? row.throughputNoCopy : row.throughput
    return row.tracker !== 'off' && cost && Number.isFinite(cost.vsOff.ratio)
      ? [{ row, vsOff: cost.vsOff }]
      : []
  })
  const [first] = timed
  if (!side || !first) return 'Nothing was timed beside off.'
  const where = side.copy ? 'With copies' : 'Without copies'
  if (isDoubtful(side.noise)) return `${where}, off was not itself: ${doubtWords(side.noise)}`
  const stands = timed.map(({ vsOff }) => ({ ratio: vsOff, is: standing(vsOff, side.noise) }))
  const same = stands.filter(({ is }) => is === 'same').length
  if (same === timed.length) return `${where}, none of ${timed.length} can be told from off.`
  const unknown = unknownWords(
    stands.filter(({ is }) => is === 'unknown'),
    side.noise,
  )
  const [figure, ...others] = timed.filter(({ vsOff }) => isFigure(vsOff))
  const dearest = others.reduce((a, b) => (a && b.vsOff.ratio > a.vsOff.ratio ? b : a), figure)
  const told = [
    ...(dearest
      ? [`${dearest.row.tracker} costs most, ${formatRatio(dearest.vsOff)} times off`]
      : []),
    ...unknown.map(({ of, why }) => `of ${of.length} of ${timed.length} it is not known, ${why}`),
    ...(unknown.length > 0 ? [] : [`${same} of ${timed.length} cannot be told from off`]),
  ]
  return `${where}, ${told.join('; ')}.`
}

/** Of one comparison. */
export function ratioFigure(comparison: Compared): Figure[] {
  const { rows } = comparison
  const { full, bare } = costsOf(comparison)
  const row = (tracker: string): RatioRow | undefined => rows.find((one) => one.tracker === tracker)
  const columns: CostColumn[] = [
    ...(full
      ? [
          {
            name: full.copy ? 'x off, copies' : 'x off',
            of: (tracker: string) => cellOf(row(tracker)?.throughput, full.noise),
          },
        ]
      : []),
    ...(bare
      ? [
          {
            name: 'x off, no copies',
            of: (tracker: string) => cellOf(row(tracker)?.throughputNoCopy, bare.noise),
          },
        ]
      : []),
  ]
  return figure('What each tracker costs', costSentence(comparison), {
    trackers: rows.map(({ tracker }) => tracker),
    rowsOf: (tracker) => [row(tracker)],
    columns,
  })
}

function sweepSentence(sweep: Sweep, bare: boolean, words: string): string {
  const last = sweep.steps.findLast(({ comparison }) =>
    comparison.rows.some((row) => (bare ? row.throughputNoCopy : row.throughput)),
  )
  if (!last) return 'Nothing was timed.'
  const timed = last.comparison.rows.flatMap((row) => {
    const ratio = (bare ? row.throughputNoCopy : row.throughput)?.vsOff
    return row.tracker !== 'off' && ratio !== undefined && Number.isFinite(ratio.ratio)
      ? [{ row, ratio: ratio.ratio, counts: isFigure(ratio), moves: ratio.settled === false }]
      : []
  })
  const marked = timed
    .filter(({ row, counts }) => counts && row.accuracy.reportedSlots !== null)
    .sort((a, b) => a.ratio - b.ratio)
  const [least, most] = [marked[0], marked.at(-1)]
  if (!least || !most) return 'No tracker with a mark has a figure there.'
  const leftOut = (why: string, those: typeof timed): string =>
    those.length > 0
      ? ` Left out, as ${why}: ${joinWords(those.map(({ row }) => row.tracker))}.`
      : ''
  const without =
    leftOut(
      'more steps would change it',
      timed.filter(({ moves }) => moves),
    ) +
    leftOut(
      'it has no interval',
      timed.filter(({ counts, moves }) => !counts && !moves),
    )
  const where = `At ${stepNames(sweep.parameter, [last])}${words}`
  const costs = costsOf(last.comparison)
  const noise = (bare ? costs.bare : costs.full)?.noise ?? null
  if (isDoubtful(noise)) return `${where}, off was not itself: ${doubtWords(noise)}`
  const one = ({ row, ratio }: typeof least): string => `${row.tracker} ${ratio.toFixed(2)}`
  if (least === most) return `${where} a map+unmap costs ${one(least)} times that of off.${without}`
  return `${where} a map+unmap costs, times that of off: ${joinWords([one(least), one(most)])}, the cheapest and the dearest that keep a mark (off itself ${ns(offNs(last.comparison, bare))} ns).${without}`
}

const offNs = ({ rows }: Comparison, bare: boolean): number => {
  const off = rows.find(({ tracker }) => tracker === 'off')
  return (bare ? off?.throughputNoCopy : off?.throughput)?.nsPerPair.median ?? Number.NaN
}

/** Of a series: a column for each step, with copies and without. */
export function sweepRatioFigures(sweep: Sweep): Figure[] {
  const { steps, parameter } = sweep
  const trackers = trackersOf(steps, () => true)
  const unit = parameter === 'cpus' ? 'CPUs' : 'areas'
  const grid = (bare: boolean): Grid => ({
    trackers,
    rowsOf: (tracker) => steps.map((step) => rowOf(step, tracker)),
    columns: steps.map((step, i) => ({
      name: i === 0 ? stepNames(parameter, [step]) : `${step.value}`,
      of: (tracker) => {
        const row = rowOf(step, tracker)
        const costs = costsOf(step.comparison)
        return cellOf(
          bare ? row?.throughputNoCopy : row?.throughput,
          (bare ? costs.bare : costs.full)?.noise ?? null,
        )
      },
    })),
  })
  const copies = steps.some(({ comparison }) => costsOf(comparison).full?.copy)
  const words = copies ? ', with copies' : ''
  return [
    ...figure(`Cost over ${unit}${words}`, sweepSentence(sweep, false, words), grid(false)),
    ...figure(
      `Cost over ${unit}, without copies`,
      sweepSentence(sweep, true, ', without copies'),
      grid(true),
    ),
  ]
}
