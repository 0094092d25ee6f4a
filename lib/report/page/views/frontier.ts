/** Promise and cost of each tracker: those that nothing beats, and the others. */
import { isPlaced } from '../../../compare/frontier-moves.js'
import { noiseReach } from '../../../measure/noise.js'
import { hasInterval } from '../../../measure/statistics.js'
import type { Row, Throughput } from '../../../results/comparison.js'
import { type Costed, type CostSide, costsOf } from '../../parts/costs.js'
import { becauseWords } from '../../parts/frontier.js'
import { leftOutWords } from '../../parts/marks.js'
import { doubtWords, formatRatio, isDoubtful, standing } from '../../parts/noise.js'
import { joinWords } from '../../words.js'
import { dot, lineFrom, rect } from '../chart.js'
import type { Figure } from '../figure.js'
import { html, nothing } from '../html.js'
import type { Kinds } from '../kinds.js'
import { rowsChart } from '../rows-chart.js'

/** The strongest first; a tracker file may say other words, which come before none. */
const PROMISES = ['exact', 'bounded', 'never under', 'never over']

const rank = (promise: string): number => {
  const at = PROMISES.indexOf(promise)
  if (at >= 0) return at
  return promise === 'none' ? PROMISES.length + 1 : PROMISES.length
}

/** What the picture needs of a row: of a comparison, or of a replay in virtual time. */
type PlacedRow = Pick<
  Row,
  | 'tracker'
  | 'promise'
  | 'promiseBroken'
  | 'frontier'
  | 'offFrontier'
  | 'throughput'
  | 'throughputNoCopy'
> & { readonly accuracy: Pick<Row['accuracy'], 'reportedSlots'> }

type Compared = Costed & { readonly rows: readonly PlacedRow[] }

type Timed = PlacedRow & { readonly cost: Throughput }

/** That without copies where it was timed: next to a copy, what a tracker costs is hard to see. */
function sideOf(comparison: Compared): { side: CostSide; timed: Timed[] } | undefined {
  const { full, bare } = costsOf(comparison)
  const without = comparison.rows.some((row) => row.throughputNoCopy !== null)
  const side = without ? bare : full
  if (!side) return undefined
  const timed = comparison.rows.flatMap((row) => {
    const cost = without ? row.throughputNoCopy : row.throughput
    return cost && Number.isFinite(cost.vsOff.ratio) ? [{ ...row, cost }] : []
  })
  return { side, timed }
}

function sentenceOf(rows: readonly Timed[], side: CostSide): string {
  const on = rows.filter((row) => row.frontier)
  const marked = rows.filter((row) => row.accuracy.reportedSlots !== null)
  if (isDoubtful(side.noise))
    return `Nobody is on the frontier, because off was not itself: ${doubtWords(side.noise)}`
  if (marked.length === 0) return 'None of these keeps a mark, so that there is no frontier.'
  const leftOut = leftOutWords(marked)
  const without = leftOut ? ` Left out of the comparison of costs: ${leftOut}.` : ''
  if (on.length === 0) {
    return Number.isFinite(noiseReach(side.noise))
      ? `None of these is on the frontier.${without}`
      : `Which of two costs less cannot be told here: off against itself ${side.noise?.settled === false ? 'has not settled' : 'has no interval'}.`
  }
  const cheapest = on.reduce((a, b) => (b.cost.vsOff.ratio < a.cost.vsOff.ratio ? b : a))
  const others = marked.filter((row) => !row.frontier && isPlaced(row))
  const told = on.map(
    ({ tracker, promise, cost }) => `${tracker} (${promise}, ${cost.vsOff.ratio.toFixed(2)})`,
  )
  return (
    `${joinWords(told)} ${on.length === 1 ? 'is' : 'are'} on the frontier: nothing that promises as much costs less` +
    (on.length > 1 ? `; the cheapest of them is ${cheapest.tracker}` : '') +
    (others.length > 0 ? `. Off it: ${others.map(({ tracker }) => tracker).join(', ')}.` : '.') +
    without
  )
}

/** Nothing where nothing was timed. */
export function frontierFigure(comparison: Compared, kinds: Kinds): Figure[] {
  const found = sideOf(comparison)
  const others = found?.timed.filter((row) => row.tracker !== 'off') ?? []
  if (!found || others.length === 0) return []
  const { side } = found
  const sentence = sentenceOf(others, side)
  const sorted = [...others].sort(
    (a, b) => rank(a.promise) - rank(b.promise) || a.cost.vsOff.ratio - b.cost.vsOff.ratio,
  )
  const promises = [...new Set(sorted.map(({ promise }) => promise))]
  const reach = noiseReach(side.noise)
  const values = sorted.flatMap(({ cost: { vsOff } }) =>
    [vsOff.ratio, vsOff.low, vsOff.high].filter((value) => Number.isFinite(value) && value > 0),
  )
  if (Number.isFinite(reach)) values.push(reach, 1 / reach)
  values.push(1)
  const log = Math.max(...values) / Math.min(...values) > 6
  const copies = side.copy ? 'with its copies' : 'without copies'
  return [
    {
      title: 'Promise and cost',
      sentence,
      legend:
        `Cost of a map+unmap ${copies}, times that of off${side.predicted ? ', predicted' : ''}; lines are intervals of at least 95 %. ` +
        'Full dots, in bold, are on the frontier. In the grey band a cost cannot be told from off.',
      picture: rowsChart({
        label: `Promise and cost. ${sentence}`,
        values,
        log,
        axis: `times off, ${copies}`,
        show: (value) => String(Number(value.toFixed(3))),
        behind: (x, top, bottom) => {
          const band = Number.isFinite(reach)
            ? rect(x(1 / reach), top, x(reach) - x(1 / reach), bottom - top, 'noise')
            : nothing
          return html`${band}${lineFrom(x(1), top, x(1), bottom, 'one')}`
        },
        groups: promises.map((promise) => ({
          name: promise === 'none' ? 'promises nothing' : promise,
          rows: sorted
            .filter((row) => row.promise === promise)
            .map((row) => ({
              name: row.promiseBroken ? `${row.tracker} !` : row.tracker,
              tracker: row.tracker,
              marked: row.frontier,
              draw: (x, y) => {
                const { vsOff } = row.cost
                const whisker =
                  hasInterval(vsOff) && vsOff.low < vsOff.high
                    ? lineFrom(x(vsOff.low), y, x(vsOff.high), y, `whisker ${kinds(row.tracker)}`)
                    : nothing
                const kind = `mark ${kinds(row.tracker)}${row.frontier ? '' : ' hollow'}`
                return html`${whisker}${dot(x(vsOff.ratio), y, kind, `${row.tracker}: ${formatRatio(vsOff)}`)}`
              },
            })),
        })),
      }),
      table: {
        columns: [
          { name: 'tracker' },
          { name: 'promise' },
          { name: 'times off', show: (value) => value.toFixed(3) },
          { name: 'low', show: (value) => value.toFixed(3) },
          { name: 'high', show: (value) => value.toFixed(3) },
          { name: 'against the noise' },
          { name: 'on the frontier' },
          { name: 'why not' },
        ],
        rows: sorted.map((row) => [
          row.tracker,
          row.promise,
          row.cost.vsOff.ratio,
          row.cost.vsOff.low,
          row.cost.vsOff.high,
          standing(row.cost.vsOff, side.noise),
          isPlaced(row) ? (row.frontier ? 'yes' : 'no') : 'not known',
          row.offFrontier ? becauseWords(row.offFrontier) : null,
        ]),
      },
    },
  ]
}
