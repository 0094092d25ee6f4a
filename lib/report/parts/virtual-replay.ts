/** A trace in virtual time: each tracker's mark beside its own peak, and its cost beside `off`. */
import { countOf } from '../../data/units.js'
import { brokeItsPromise, type ReplayResult, type ReplayRow } from '../../results/replay.js'
import type { ReplayMachine } from '../../results/virtual.js'
import { fitted, joinWords, ns, percent, shortRatio, slotsAsBytes, table, wrap } from '../words.js'
import { CERTIFIED, type CertifiedColumns, certifiedColumns } from './certified.js'
import { costFindings, errorCell, truthCell } from './findings.js'
import { largerLegends, largerMark } from './larger.js'
import { legends, marksOf } from './marks.js'
import { formatRatio, noiseLegends, ratioCell } from './noise.js'
import { largerAreasWords, topologyWords } from './notes.js'
import { splitText } from './virtual.js'

type Predicted = NonNullable<ReplayRow['predicted']>

function costCells(
  times: Pick<Predicted, 'throughput' | 'throughputNoCopy'>,
  { noise, noiseNoCopy }: ReplayMachine,
  measure: boolean,
  other: string,
): string[] {
  const { throughput, throughputNoCopy } = times
  return [
    ...(throughput
      ? [ns(throughput.nsPerPair.median), ratioCell(throughput, noise, measure, other)]
      : ['-', '-']),
    ...(throughputNoCopy && noiseNoCopy ? [ratioCell(throughputNoCopy, noiseNoCopy, measure)] : []),
  ]
}

const markedOf = (row: ReplayRow) => ({
  tracker: row.tracker,
  offFrontier: row.predicted?.offFrontier,
  promiseBroken: brokeItsPromise(row),
  frontier: row.predicted?.frontier === true,
})

function lines(row: ReplayRow, machine: ReplayMachine, certified: CertifiedColumns): string[][] {
  const { tracker, promise, reportedSlots, errorSlots, predicted } = row
  if (!predicted) return []
  const { truthSlots: truth, counts, switchedOff } = predicted
  const other = largerMark(predicted, machine.largerAreas)
  const line = [
    (switchedOff ? `${tracker}, on` : tracker) + marksOf(markedOf(row)),
    promise,
    truthCell(truth),
    reportedSlots === null ? '-' : slotsAsBytes(reportedSlots),
    errorCell(errorSlots, truth),
    ...certified.cells(row.certified),
    ...costCells(predicted, machine, tracker === 'off', other),
    Number(counts.lockedOpsPerMap.toFixed(2)).toString(),
  ]
  if (!switchedOff) return [line]
  const off = [
    `${tracker}, off`,
    ...['-', '-', '-', '-', ...certified.cells()],
    ...costCells(switchedOff, machine, false, other),
    '-',
  ]
  return [line, off]
}

function copyWords({ copy, undirected }: ReplayMachine): string {
  if (!copy) return 'nothing is copied'
  const words = 'a map copies, and an unmap what the device may have written'
  if (undirected === 0) return words
  const maps = `${countOf(undirected, 'map')} without a direction`
  return `${words}; ${maps} in the trace: there only the map copies`
}

function paceWords({ pace }: ReplayMachine): string {
  return pace === 'trace'
    ? 'operations begin when they were recorded, or as soon as their CPU is free'
    : 'each CPU does its operations back to back: times between them, if recorded, are left out'
}

/** What the order cost the first row; the others' is much the same, and in the JSON. */
function orderWords(rows: readonly ReplayRow[], { pace }: ReplayMachine): string {
  const [first] = rows
  if (!first?.predicted) return ''
  const { waits, waitedNs, longestWaitNs, meanLateNs, latestNs } = first.predicted.order
  const waited =
    waits > 0
      ? `${countOf(waits, 'operation')} waited for another CPU's, ${ns(waitedNs / waits)} ns on the average, ${ns(longestWaitNs)} ns at most`
      : "no operation had to wait for another CPU's"
  const late =
    pace === 'trace'
      ? `; they began ${ns(meanLateNs)} ns late on the average, ${ns(latestNs)} ns at most`
      : ''
  return `under ${first.tracker}, ${waited}${late}`
}

/** Below this share the others are worth a line: then figures of all operations hide what they take together. */
const NEARLY_ALL = 0.9

/**
 * What the figures are of: who was at work, by the first row; when the last CPU ended, and what
 * operations took while all were at work, where that is another stretch than the whole.
 */
function workWords(rows: readonly ReplayRow[], { pace }: ReplayMachine): string[] {
  const told = rows.flatMap(({ tracker, predicted }) =>
    predicted?.work ? [{ tracker, ...predicted.work }] : [],
  )
  const [first, ...others] = told
  if (!first) return []
  const { cpus, meanAtWork, togetherShare } = first
  const figures = 'figures are of all operations of the trace'
  if (cpus < 2) return [`${figures}, of ${countOf(cpus, 'CPU')}`]
  const times = (ones: typeof told, of: (one: (typeof told)[number]) => number | null): string =>
    joinWords(
      ones.flatMap((one) => {
        const value = of(one)
        return value === null ? [] : [`${one.tracker} ${shortRatio(value)}`]
      }),
    )
  const besideOff = told.filter(({ tracker }) => tracker !== 'off')
  const apart = togetherShare < NEARLY_ALL ? times(besideOff, (one) => one.togetherVsOff) : ''
  const ends = pace === 'trace' ? '' : times(others, (one) => one.endNs / first.endNs)
  return [
    `${figures}: at one of them ${meanAtWork.toFixed(1)} of the ${cpus} CPUs that have some were at work, in the mean ` +
      `under ${first.tracker}, each from its first operation to its last; ` +
      `${percent(togetherShare)} were made while all were` +
      (apart && `, and cost there, times off: ${apart}`),
    ...(ends
      ? [
          `the last CPU ended after ${ns(first.endNs)} ns under ${first.tracker}, and times that: ${ends}`,
        ]
      : []),
  ]
}

/** Behind the title: everything of a replay in virtual time that another does not have. */
export function virtualReplayText({ rows }: ReplayResult, machine: ReplayMachine): string[] {
  const certified = certifiedColumns(rows)
  const head = [
    ...['tracker', 'promise', 'peak', 'reported', 'error', ...certified.heads],
    ...[`ns per map+unmap,\npredicted, ${countOf(machine.cpus, 'CPU')}`, 'x off'],
    ...(machine.noiseNoCopy ? ['x off,\nno copies'] : []),
    'locked\nops',
  ]
  const cells = rows.flatMap((row) => lines(row, machine, certified))
  const { costModel, noise, noiseNoCopy, largerAreas, largerAreasNoCopy } = machine
  const told = Number.isFinite(noise.ratio)
  const bare = noiseNoCopy ? `, without copies ${formatRatio(noiseNoCopy)}` : ''
  const notes = [
    `predicted, not measured: cost model ${costModel.name}; each tracker has an order of its own, and so a peak of its own`,
    `${topologyWords(machine)}; seed ${machine.seed}${told ? `; noise control: off with another seed against off ${formatRatio(noise)}${bare}` : ''}`,
    `${paceWords(machine)}; an unmap waits for its map, everything for the resets before it; ${orderWords(rows, machine)}`,
    ...workWords(rows, machine),
    ...(told ? largerAreasWords({ largerAreas, bare: largerAreasNoCopy }) : []),
    copyWords(machine),
  ]
  return [
    table(head, cells, ['peak', 'reported', ...CERTIFIED, 'x off', 'locked\nops']),
    ...largerLegends(
      rows.flatMap(({ predicted }) => (predicted ? [predicted] : [])),
      largerAreas,
    ).map(fitted),
    ...legends(rows.map(markedOf)).map((text) => wrap(text, '  ')),
    ...certified.words.map(fitted),
    ...noiseLegends(cells.flat()).map(fitted),
    ...splitText({ rows }),
    ...notes.map((note) => wrap(note, '  ')),
  ]
}

/** What it cost, in words. */
export function replayCostWords(rows: readonly ReplayRow[], machine: ReplayMachine): string[] {
  const none = { timing: null, timingNoCopy: null }
  return costFindings(rows, { ...none, machine }, ({ predicted }) => predicted)
}
