/** Latencies: percentiles of map, unmap and both, on a logarithmic axis. */
import type { Row, Throughput } from '../../../results/comparison.js'
import type { Latency } from '../../../results/figures.js'
import type { Costed } from '../../parts/costs.js'
import { ns } from '../../words.js'
import { lineFrom } from '../chart.js'
import type { Figure } from '../figure.js'
import { html, px } from '../html.js'
import type { Kinds } from '../kinds.js'
import { rowsChart } from '../rows-chart.js'

const POINTS = ['p50', 'p90', 'p99', 'p999'] as const
const NAMES = { p50: '50 %', p90: '90 %', p99: '99 %', p999: '99.9 %' } as const

const OPERATIONS = [
  ['mapNs', 'map'],
  ['unmapNs', 'unmap'],
  ['pairNs', 'map+unmap'],
] as const

type TimedRow = Pick<Row, 'tracker' | 'throughput' | 'throughputNoCopy'>

interface Line {
  readonly tracker: string
  readonly operation: string
  readonly latency: Latency
}

const linesOf = (rows: readonly TimedRow[], of: (row: TimedRow) => Throughput | null): Line[] =>
  OPERATIONS.flatMap(([key, operation]) =>
    rows.flatMap((row) => {
      const latency = of(row)?.[key]
      return latency && latency.count > 0 ? [{ tracker: row.tracker, operation, latency }] : []
    }),
  )

function figure(lines: readonly Line[], kinds: Kinds, words: string): Figure[] {
  const [first] = lines
  if (!first) return []
  const maps = lines.filter(({ operation }) => operation === 'map')
  const of = (wanted: 'p50' | 'p999') => {
    const sorted = [...(maps.length > 0 ? maps : lines)].sort(
      (a, b) => a.latency[wanted] - b.latency[wanted],
    )
    const [least, most] = [sorted[0] as Line, sorted.at(-1) as Line]
    if (least === most) return `${ns(least.latency[wanted])} ns`
    return `from ${ns(least.latency[wanted])} ns (${least.tracker}) to ${ns(most.latency[wanted])} ns (${most.tracker})`
  }
  const what = maps.length > 0 ? 'map' : first.operation
  const medians = maps.length === 1 ? 'the median is' : 'the medians go'
  const sentence = `The slowest in a thousand of the ${what}s${words} take ${of('p999')}; ${medians} ${of('p50')}.`
  const operations = [...new Set(lines.map(({ operation }) => operation))]
  const values = lines.flatMap(({ latency }) => POINTS.map((point) => latency[point]))
  return [
    {
      title: `Latency${words}`,
      sentence,
      legend:
        'Strokes from left to right: the median, 90, 99 and 99.9 % of all are no slower; reading the clock is in them.',
      picture: rowsChart({
        label: `Latency${words}. ${sentence}`,
        values: values.filter((value) => value > 0),
        log: true,
        axis: 'ns',
        show: (value) => String(Number(value.toPrecision(3))),
        groups: operations.map((operation) => ({
          name: operation,
          rows: lines
            .filter((one) => one.operation === operation)
            .map(({ tracker, latency }) => ({
              name: tracker,
              tracker,
              draw: (x, y) => {
                const kind = kinds(tracker)
                const strokes = POINTS.map(
                  (point, i) =>
                    html`<path class="stroke ${kind}" d="M${px(x(latency[point]))},${px(y - 7 + i)}V${px(y + 7 - i)}"><title>${tracker}, ${operation}, ${NAMES[point]}: ${ns(latency[point])} ns</title></path>`,
                )
                return html`${lineFrom(x(latency.p50), y, x(latency.p999), y, `whisker ${kind}`)}${strokes}`
              },
            })),
        })),
      }),
      table: {
        columns: [
          { name: 'tracker' },
          { name: 'operation' },
          { name: 'count' },
          ...POINTS.map((point) => ({ name: `${NAMES[point]}, ns`, show: ns })),
        ],
        rows: lines.map(({ tracker, operation, latency }) => [
          tracker,
          operation,
          latency.count,
          ...POINTS.map((point) => latency[point]),
        ]),
      },
    },
  ]
}

/** One for the timing as the scenario says, and one for that without copies. */
export function percentileFigures(
  { rows, timing, machine }: Costed & { readonly rows: readonly TimedRow[] },
  kinds: Kinds,
): Figure[] {
  const copies = (machine ?? timing)?.copy ? ' with copies' : ''
  return [
    ...figure(
      linesOf(rows, (row) => row.throughput),
      kinds,
      copies,
    ),
    ...figure(
      linesOf(rows, (row) => row.throughputNoCopy),
      kinds,
      ' without copies',
    ),
  ]
}
