/** What trackers cost where a line moved otherwise than in the rounds that the figures are of. */
import { countOf } from '../../data/units.js'
import { hasInterval } from '../../measure/statistics.js'
import type { Row, Throughput } from '../../results/comparison.js'
import { fitted, table } from '../words.js'
import type { CostSide, Costs } from './costs.js'
import { changedWords, moveWords } from './line.js'
import { formatRatio, ratioCell } from './noise.js'

interface Column {
  readonly head: string
  readonly cell: (row: Row) => string
  /** `off` against `off`. */
  readonly control: string
}

function columns(side: CostSide | null, of: (row: Row) => Throughput | null): Column[] {
  const [, ...others] = side?.line?.regimes ?? []
  return others.map((regime, i) => {
    const noise = side?.noiseByRegime?.[i + 1]
    const core = regime.sharedCore ? ', one core' : ''
    const head =
      `${side?.copy ? 'x off' : 'x off, no copies'}, ${countOf(regime.rounds, 'round')},\n` +
      `a line moves in ${moveWords(regime)}${core}`
    const cell = (row: Row): string => {
      const found = of(row)?.byRegime[i + 1]
      // Of so few rounds a ratio is anything.
      if (!found || !hasInterval(found.vsOff)) return '-'
      return ratioCell(found, noise ?? null, row.tracker === 'off')
    }
    return { head, cell, control: noise === undefined ? 'not kept' : formatRatio(noise) }
  })
}

/** `with copies the move of a line changed once in mid-run: the figures above are of 13 rounds at 190 ns, ...` */
function headWords(side: CostSide | null): string[] {
  const { line = null, copy = false } = side ?? {}
  const [first, ...others] = line?.regimes ?? []
  if (!line || !first || others.length === 0) return []
  return [
    `${copy ? 'with copies' : 'without copies'} the move of a line ${changedWords(line)}: ` +
      `the figures above are of ${countOf(first.rounds, 'round')} at ${moveWords(first)}, these of the others`,
  ]
}

/** A column for each other regime that was seen; nothing where there was none. */
export function regimeTable(rows: readonly Row[], { full, bare }: Costs): string[] {
  const all = [
    ...columns(full, (row) => row.throughput),
    ...columns(bare, (row) => row.throughputNoCopy),
  ]
  if (all.length === 0) return []
  return [
    '',
    ...[full, bare].flatMap(headWords).map(fitted),
    table(
      ['tracker', ...all.map(({ head }) => head)],
      [
        ...rows.map((row) => [row.tracker, ...all.map(({ cell }) => cell(row))]),
        ['off against off', ...all.map(({ control }) => control)],
      ],
    ),
  ]
}
