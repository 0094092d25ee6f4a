/** The headline table: every tracker's mark beside the truth, and its cost beside `off`. */
import type { Comparison, Row, Throughput, Timing } from '../run/types.js'
import { formatBytes, formatSlots, SLOT_BYTES } from '../scenario/units.js'
import { findings, truthInFull } from './findings.js'
import { formatRatio, NOISE_LEGEND, NOISE_MARK, standing } from './noise.js'
import { notes } from './notes.js'
import { countOf, formatError, ns, slotsAsBytes, table, wrap } from './text.js'

/** `review-64mib   64 MiB pool, 8 areas of 8 MiB   peak that really was: 4.37 MiB (2236 slots)` */
function title({ scenario, pool, rows }: Pick<Comparison, 'scenario' | 'pool' | 'rows'>): string {
  const areas = `${countOf(pool.areas, 'area')} of ${formatBytes((pool.slots / pool.areas) * SLOT_BYTES)}`
  const truth = rows[0]?.accuracy.truthSlots
  const peak = truth ? `peak that really was: ${truthInFull(truth)}` : ''
  return [scenario.name, `${formatBytes(pool.bytes)} pool, ${areas}`, peak]
    .filter(Boolean)
    .join('   ')
}

function timingCells(throughput: Throughput | null, timing: Timing, measure: boolean): string[] {
  if (!throughput) return ['-', '-']
  const { median, low, high } = throughput.nsPerPair
  return [`${ns(median)} [${ns(low)} - ${ns(high)}]`, ratioCell(throughput, timing, measure)]
}

/** A ratio to `off`, marked where the noise is as large. */
function ratioCell(throughput: Throughput | null, timing: Timing, measure: boolean): string {
  if (!throughput) return '-'
  if (measure) return '1.00'
  const mark = standing(throughput.vsOff, timing.noise) === 'same' ? ` ${NOISE_MARK}` : ''
  return formatRatio(throughput.vsOff) + mark
}

/** What was timed of one line of the table. */
type Timed = Pick<Row, 'throughput' | 'throughputNoCopy'>
type Timings = Pick<Comparison, 'timing' | 'timingNoCopy'>

function costCells(timed: Timed, { timing, timingNoCopy }: Timings, measure: boolean): string[] {
  return [
    ...(timing ? timingCells(timed.throughput, timing, measure) : []),
    ...(timingNoCopy ? [ratioCell(timed.throughputNoCopy, timingNoCopy, measure)] : []),
  ]
}

function lines(row: Row, timings: Timings): string[][] {
  const { tracker, promise, switchedOff } = row
  const { reportedSlots, errorSlots, truthSlots } = row.accuracy
  const nearest = errorSlots !== null && errorSlots < 0 ? truthSlots.low : truthSlots.high
  const line = [
    switchedOff ? `${tracker}, on` : tracker,
    promise,
    reportedSlots === null ? '-' : slotsAsBytes(reportedSlots),
    errorSlots === null ? '-' : formatError(errorSlots, nearest),
    ...costCells(row, timings, tracker === 'off'),
    Number(row.counts.lockedOpsPerMap.toFixed(2)).toString(),
  ]
  if (!switchedOff) return [line]
  return [line, [`${tracker}, off`, '-', '-', '-', ...costCells(switchedOff, timings, false), '-']]
}

/** The table and all that belongs under it. */
export function comparisonText(comparison: Comparison): string {
  const { rows, timing, timingNoCopy } = comparison
  const head = [
    ...['tracker', 'promise', 'reported', 'error'],
    ...(timing ? [`ns per map+unmap,\n${countOf(timing.threads, 'thread')}`, 'x off'] : []),
    ...(timingNoCopy ? ['x off,\nno copies'] : []),
    'locked\nops',
  ]
  const cells = rows.flatMap((row) => lines(row, comparison))
  const marked = cells.some((line) => line.some((cell) => cell.endsWith(` ${NOISE_MARK}`)))
  return [
    title(comparison),
    '',
    table(head, cells, ['reported', 'locked\nops']),
    ...(marked ? [NOISE_LEGEND] : []),
    ...notes(comparison).map((note) => wrap(note, '  ')),
    '',
    ...findings(comparison).map((text) => wrap(text)),
    ...failures(comparison).map((text) => wrap(text)),
  ].join('\n')
}

/** One sentence when maps failed: the peak is then capped by the pool. */
function failures({ rows }: Comparison): string[] {
  const counts = rows[0]?.counts
  if (!counts?.bufferFull) return []
  return [
    `The buffer was full: ${countOf(counts.failedMaps, 'map')} of ${counts.maps + counts.failedMaps} failed; ` +
      `had all been served, the peak would have been ${formatSlots(counts.demandPeakSlots)}.`,
  ]
}
