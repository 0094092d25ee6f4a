/** Each tracker's mark beside the peak that really was, with what it certifies. */
import { countOf } from '../../../data/units.js'
import type { Certified } from '../../../results/comparison.js'
import type { SlotRange } from '../../../results/figures.js'
import { errorCell, peakWidth, truthWords } from '../../parts/findings.js'
import { slotsAsBytes } from '../../words.js'
import { dot, lineFrom, rect } from '../chart.js'
import { type Figure, unmarkedWords } from '../figure.js'
import { type Html, html, nothing } from '../html.js'
import type { Kinds } from '../kinds.js'
import { rowsChart } from '../rows-chart.js'
import { slotsAxis } from '../slots-axis.js'

export interface MarkRow {
  readonly tracker: string
  readonly promise: string
  readonly reportedSlots: number | null
  readonly errorSlots: number | null
  readonly truthSlots: SlotRange
  readonly promiseBroken: boolean
  readonly certified?: Certified | undefined
}

const errorWords = ({ errorSlots, truthSlots }: MarkRow): string =>
  errorCell(errorSlots ?? 0, truthSlots)

const exactWords = ({ tracker, reportedSlots, truthSlots }: MarkRow): string =>
  truthSlots.low === truthSlots.high
    ? `The mark of ${tracker} is exact: ${truthWords(truthSlots)}.`
    : `The mark of ${tracker}, ${slotsAsBytes(reportedSlots ?? 0)}, is one that the order of the operations allows: ${truthWords(truthSlots)}.`

const oneSentence = (row: MarkRow): string =>
  row.errorSlots === 0
    ? exactWords(row)
    : `The mark of ${row.tracker} is off the truth, ${truthWords(row.truthSlots)}, by ${errorWords(row)}.`

/** How many are right, and who is furthest from it. */
function sentenceOf(marked: readonly MarkRow[]): string {
  const [first] = marked
  if (marked.length === 1 && first) return oneSentence(first)
  const exact = marked.filter(({ errorSlots }) => errorSlots === 0).length
  const known = marked.every(({ truthSlots }) => peakWidth(truthSlots) === 0)
  const of = `of ${countOf(marked.length, 'mark')}`
  const many = known
    ? `${exact} ${of} ${exact === 1 ? 'is' : 'are'} exact`
    : `No error is seen in ${exact} ${of}`
  const worst = marked.reduce((a, b) =>
    Math.abs(b.errorSlots ?? 0) > Math.abs(a.errorSlots ?? 0) ? b : a,
  )
  if (worst.errorSlots === 0) return `${many}.`
  return `${many}; furthest from the truth, ${truthWords(worst.truthSlots)}, is that of ${worst.tracker}: ${errorWords(worst)}.`
}

/** What was in use for certain, from the least to the most; a stroke where both are one. */
export const truthBar = (from: number, to: number, y: number, height: number): Html =>
  to - from < 1
    ? lineFrom(from, y - height / 2, from, y + height / 2, 'truth')
    : rect(from, y - height / 2, to - from, height, 'truth')

/** Nothing where no tracker keeps a mark. */
export function marksFigure(rows: readonly MarkRow[], kinds: Kinds): Figure[] {
  const marked = rows.filter((row) => row.reportedSlots !== null)
  if (marked.length === 0) return []
  const sentence = sentenceOf(marked)
  const ends = marked.flatMap(({ reportedSlots, truthSlots, certified }) => [
    reportedSlots ?? 0,
    truthSlots.high,
    certified?.highSlots ?? 0,
  ])
  const { inUnit, axis } = slotsAxis(ends, 'of bounce buffer')
  const chart = rowsChart({
    label: `Marks beside the peak that really was. ${sentence}`,
    ...axis,
    groups: [
      {
        name: '',
        rows: marked.map((row) => ({
          name: row.promiseBroken ? `${row.tracker} !` : row.tracker,
          tracker: row.tracker,
          marked: row.errorSlots === 0,
          draw: (x, y, height) => {
            const { truthSlots, certified } = row
            const low = certified?.lowSlots ?? null
            const high = certified?.highSlots ?? null
            const bar =
              low === null
                ? nothing
                : rect(
                    x(inUnit(low)),
                    y - 3,
                    x(inUnit(high ?? Math.max(...ends))) - x(inUnit(low)),
                    6,
                    `span ${kinds(row.tracker)}${high === null ? ' open' : ''}`,
                  )
            const truth = truthBar(x(inUnit(truthSlots.low)), x(inUnit(truthSlots.high)), y, height)
            const reported = row.reportedSlots ?? 0
            return html`${bar}${truth}${dot(x(inUnit(reported)), y, `mark ${kinds(row.tracker)}`, `${row.tracker}: ${slotsAsBytes(reported)}`)}`
          },
        })),
      },
    ],
  })
  return [
    {
      title: 'The marks beside the truth',
      sentence,
      legend:
        'The upright line: the peak that really was. A dot is the mark that a tracker reports; the band behind it goes from what ' +
        'was in use for certain to the most that it can have been, as far as the tracker tells them. Bold: no error is seen.' +
        (marked.some((row) => row.promiseBroken) ? ' !: broke its promise.' : '') +
        unmarkedWords(rows.filter((row) => row.reportedSlots === null).map((row) => row.tracker)),
      picture: chart,
      table: {
        columns: [
          { name: 'tracker' },
          { name: 'promise' },
          { name: 'reported, slots' },
          { name: 'truth from, slots' },
          { name: 'truth to, slots' },
          { name: 'error, slots' },
          { name: 'certified from, slots' },
          { name: 'certified to, slots' },
          { name: 'promise kept' },
        ],
        rows: rows.map((row) => [
          row.tracker,
          row.promise,
          row.reportedSlots,
          row.truthSlots.low,
          row.truthSlots.high,
          row.errorSlots,
          row.certified?.lowSlots ?? null,
          row.certified?.highSlots ?? null,
          row.promiseBroken ? 'no' : 'yes',
        ]),
      },
    },
  ]
}
