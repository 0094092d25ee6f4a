/** The headline table: every tracker's mark beside the truth, and its cost beside `off`. */
import { checkObject } from '../../data/options.js'
import { countOf, formatBytes, formatSlots, SLOT_BYTES } from '../../data/units.js'
import type { Comparison, Row, Throughput } from '../../results/comparison.js'
import type { LargerAreas } from '../../results/figures.js'
import type { TrackerFileReport } from '../../tracker-file/types.js'
import { CERTIFIED, type CertifiedColumns, certifiedColumns } from '../parts/certified.js'
import { type CostSide, type Costs, costHeading, costsOf } from '../parts/costs.js'
import {
  errorCell,
  sharedTruth,
  summary,
  truthCell,
  truthInFull,
  truthRange,
} from '../parts/findings.js'
import { largerLegends, largerMark } from '../parts/larger.js'
import { comparisonToTell, legends, marksOf } from '../parts/marks.js'
import { formatEstimate, noiseLegends, ratioCell } from '../parts/noise.js'
import { notes, notesAbove } from '../parts/notes.js'
import { regimeTable } from '../parts/regimes.js'
import { fileWords, refusedLines } from '../parts/tracker-files.js'
import { splitText } from '../parts/virtual.js'
import { fitted, slotsAsBytes, table, wrap } from '../words.js'

/** `review-64mib   64 MiB pool, 8 areas of 8 MiB   peak that really was: 4.37 MiB (2236 slots)` */
function title({ scenario, pool, rows }: Pick<Comparison, 'scenario' | 'pool' | 'rows'>): string {
  const areas = `${countOf(pool.areas, 'area')} of ${formatBytes((pool.slots / pool.areas) * SLOT_BYTES)}`
  const truth = sharedTruth(rows)
  const own = rows.length > 1 ? `each tracker's own, ${truthRange(rows)}` : ''
  const peak = truth || own ? `peak that really was: ${truth ? truthInFull(truth) : own}` : ''
  return [scenario.name, `${formatBytes(pool.bytes)} pool, ${areas}`, peak]
    .filter(Boolean)
    .join('   ')
}

/** @param other the mark of a ratio to another `off` than the table's */
function timingCells(
  throughput: Throughput | null,
  side: CostSide,
  measure: boolean,
  other: string,
): string[] {
  if (!throughput) return ['-', '-']
  return [formatEstimate(throughput.nsPerPair), ratioCell(throughput, side.noise, measure, other)]
}

/** What was timed of one line of the table. */
type Timed = Pick<Row, 'throughput' | 'throughputNoCopy'>

function costCells(timed: Timed, { full, bare }: Costs, measure: boolean, other: string): string[] {
  const { throughput, throughputNoCopy } = timed
  return [
    ...(full ? timingCells(throughput, full, measure, other) : []),
    ...(bare ? [throughputNoCopy ? ratioCell(throughputNoCopy, bare.noise, measure) : '-'] : []),
  ]
}

/** Columns that not every table has. */
interface Columns {
  /** Each row shows its peak, because they differ. */
  readonly ownPeak: boolean
  readonly certified: CertifiedColumns
}

function lines(
  row: Row,
  costs: Costs,
  { ownPeak, certified }: Columns,
  larger: readonly LargerAreas[],
): string[][] {
  const other = largerMark(row, larger)
  const { tracker, promise, switchedOff } = row
  const { reportedSlots, errorSlots, truthSlots } = row.accuracy
  const line = [
    (switchedOff ? `${tracker}, on` : tracker) + marksOf(row),
    promise,
    ...(ownPeak ? [truthCell(truthSlots)] : []),
    reportedSlots === null ? '-' : slotsAsBytes(reportedSlots),
    errorCell(errorSlots, truthSlots),
    ...certified.cells(row.accuracy.certified),
    ...costCells(row, costs, tracker === 'off', other),
    Number(row.counts.lockedOpsPerMap.toFixed(2)).toString(),
  ]
  if (!switchedOff) return [line]
  const dashes = ['-', '-', '-', ...(ownPeak ? ['-'] : []), ...certified.cells()]
  return [line, [`${tracker}, off`, ...dashes, ...costCells(switchedOff, costs, false, other), '-']]
}

/** The table, what it shows in some sentences, and the small print. */
export function comparisonText(
  comparison: Comparison & { readonly own?: readonly TrackerFileReport[] },
): string {
  const { own = [] } = checkObject('comparison', comparison, 'what compare() gives')
  const { rows } = comparisonToTell(comparison)
  const costs = costsOf(comparison)
  const ownPeak = rows.length > 1 && !sharedTruth(rows)
  const marks = rows.map(({ accuracy }) => accuracy)
  const certified = certifiedColumns(marks)
  const head = [
    ...['tracker', 'promise', ...(ownPeak ? ['peak'] : []), 'reported', 'error'],
    ...certified.heads,
    ...(costs.full ? [costHeading(costs.full), 'x off'] : []),
    ...(costs.bare ? ['x off,\nno copies'] : []),
    'locked\nops',
  ]
  const larger = (comparison.machine ?? comparison.timing)?.largerAreas ?? []
  const cells = rows.flatMap((row) => lines(row, costs, { ownPeak, certified }, larger))
  const found = [
    ...fileWords(own).map((text) => wrap(text, '  ')),
    ...summary(comparison, own).map((text) => wrap(text)),
    ...failures(comparison).map((text) => wrap(text)),
  ]
  const split = splitText(comparison)
  const regimes = regimeTable(rows, costs)
  return [
    fitted(title(comparison)),
    ...notesAbove(comparison).map((note) => wrap(note, '  ')),
    '',
    table(
      head,
      [...cells, ...refusedLines(own, head.length)],
      ['peak', 'reported', ...CERTIFIED, 'locked\nops'],
    ),
    '',
    ...found,
    ...(split.length > 0 ? split : ['']),
    ...legends(rows).map((text) => wrap(text, '  ')),
    ...certified.words.map(fitted),
    ...noiseLegends([...cells.flat(), ...regimes]).map(fitted),
    ...largerLegends(rows, larger).map(fitted),
    ...notes(comparison).map((note) => wrap(note, '  ')),
    ...regimes,
  ].join('\n')
}

/** One sentence when maps failed, and in whose run: the peak is then capped by the pool. */
function failures({ rows }: Comparison): string[] {
  const full = rows.find((row) => row.counts.bufferFull)
  if (!full) return []
  const { counts, tracker } = full
  const where = sharedTruth(rows) ? 'The buffer was full' : `Under ${tracker} the buffer was full`
  return [
    `${where}: ${countOf(counts.failedMaps, 'map')} of ${counts.maps} failed; ` +
      `had all been served, the peak would have been ${formatSlots(counts.demandPeakSlots)}.`,
  ]
}
