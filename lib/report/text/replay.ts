/** A replayed trace: each tracker's mark beside the peak and beside the kernel's own. */
import { countOf, everyWords, formatDuration, formatSlots, slotWords } from '../../data/units.js'
import { brokeItsPromise, type ReplayResult } from '../../results/replay.js'
import type { TrackerFileReport } from '../../tracker-file/types.js'
import { bookedWords, samplingWords } from '../parts/booked.js'
import { CERTIFIED, certifiedColumns } from '../parts/certified.js'
import { BROKEN_LEGEND, marksOf } from '../parts/marks.js'
import { fileWords, onlyHereWords, refusedLines } from '../parts/tracker-files.js'
import { replayCostWords, virtualReplayText } from '../parts/virtual-replay.js'
import { fitted, formatError, joinWords, slotsAsBytes, table, wrap } from '../words.js'

/** What the kernel's own counter said, and how we know. Slots. */
export interface KernelMark {
  readonly hiwaterSlots: number
  /** A file, an option, or the trace itself. */
  readonly source: string
}

export interface ReplayReport extends ReplayResult {
  /** The tracker files among the rows, and those that failed. */
  readonly own?: readonly TrackerFileReport[] | undefined
  /** File that told the pool, if one did. */
  readonly meta: string | null
  /** Null when nothing tells it. */
  readonly kernel: KernelMark | null
  /** Whether the replayed peak is the kernel's; null when it cannot be compared. */
  readonly sameAsKernel: boolean | null
}

function title({ trace, pool, meta, maps, unmaps, failedMaps }: ReplayReport): string[] {
  const { file, format, layout } = trace
  return [
    `${file}   ${format}${layout === 'log' ? '' : `, ${layout}`}; ${countOf(trace.events, 'event')}, ` +
      `${countOf(maps, 'map')}, ${countOf(unmaps, 'unmap')}, ${failedMaps} failed`,
    `pool of ${formatSlots(pool.nslabs)} in ${countOf(pool.nareas, 'area')} at ${pool.start}` +
      (meta === null ? '' : `; read ${meta}`),
  ]
}

function boundsWords({ low, high }: NonNullable<ReplayReport['peakBounds']>): string {
  if (low === high) return `the true peak is known all the same: ${formatSlots(low)}`
  const most = high === null ? 'no upper limit is known' : `at most ${formatSlots(high)}`
  return `the true peak was at least ${formatSlots(low)}, ${most}`
}

function lostWords({ trace, peakBounds }: ReplayReport): string[] {
  if (trace.lost.reasons.length === 0 && trace.lost.events === 0) return []
  const bounds = peakBounds ? boundsWords(peakBounds) : 'the true peak is not known'
  const events =
    trace.lost.events > 0 ? countOf(trace.lost.events, 'event') : 'an unknown number of events'
  return [`Incomplete: ${events} lost (${trace.lost.reasons.join('; ')}); ${bounds}.`]
}

/** What was bounced to another place: it is in no figure. */
function elsewhereWords({ elsewhere }: ReplayReport): string[] {
  return elsewhere.map(
    ({ device, maps, slots, mostSlots, from, to, mayBe }) =>
      `Elsewhere: ${countOf(maps, 'bounced map')} of ${device === '' ? 'an unknown device' : device}, ` +
      `of ${formatSlots(slots)} together and at most ${formatSlots(mostSlots)} at one time, from ${from} ` +
      `to ${to}, outside the pool and so not replayed: ${mayBe}.`,
  )
}

/** What of the trace is in no figure because it says nothing of the pool. */
function unusedWords({ trace: { direct, unfinished, unused } }: ReplayReport): string[] {
  const parts = [
    ...(direct > 0 ? [`${countOf(direct, 'map')} not bounced`] : []),
    ...(unfinished > 0 ? [`${countOf(unfinished, 'map')} under way at the end`] : []),
    ...Object.entries(unused.events).map(([name, count]) => `${count} ${name}`),
    ...(unused.otherLines > 0 ? [`${countOf(unused.otherLines, 'line')} of other events`] : []),
  ]
  return parts.length > 0 ? [`Not used: ${parts.join(', ')}.`] : []
}

function kernelWords({ kernel, sameAsKernel, peakSlots }: ReplayReport): string {
  if (!kernel) return ''
  const own = `the kernel's own hiwater is ${formatSlots(kernel.hiwaterSlots)} (from ${kernel.source})`
  if (sameAsKernel === null) return `; ${own}, which cannot be compared with this replay`
  if (sameAsKernel) return `, and ${own}: the same`
  const difference = peakSlots - kernel.hiwaterSlots
  return `; ${own}: ${countOf(Math.abs(difference), 'slot')} ${difference > 0 ? 'less' : 'more'}`
}

function placementWords({ placement }: ReplayReport): string {
  if (!placement) return ''
  const { checked, same, different } = placement
  const share = different === 0 ? `All ${checked}` : `${same} of ${checked}`
  const which =
    checked === 1 && same === 1
      ? 'The placement that the trace names is'
      : `${share} placements that the trace names are`
  return ` ${which} the kernel's; the first in each area sets where its search begins.`
}

function failureWords(report: ReplayReport): string {
  const { failedMaps, failedSlots, demandPeakSlots, bufferFull, machine } = report
  if (failedMaps === 0) return ''
  const where = bufferFull ? `${bufferFull.count} of them in the replay` : 'as recorded'
  const failed = ` ${countOf(failedMaps, 'map')} failed, of ${formatSlots(failedSlots)} together, ${where}`
  // Those that were recorded have no moment in virtual time, so no peak can be told with them.
  if (machine && bufferFull?.count !== failedMaps) return `${failed}.`
  return (
    `${failed}; ` +
    `had each been served, the peak would have been ${formatSlots(demandPeakSlots)}.`
  )
}

/** What the trackers would have said. */
function trackerWords({ rows, own = [] }: ReplayReport): string {
  const marked = rows.filter((row) => row.errorSlots !== null)
  const here = ({ tracker, promiseKept }: (typeof rows)[number]): string =>
    promiseKept ? onlyHereWords(own, tracker) : ''
  const exact = marked
    .filter((row) => row.errorSlots === 0 && here(row) === '')
    .map((row) => row.tracker)
  const wrong = marked.flatMap((row) => {
    const { tracker, errorSlots, reportedSlots } = row
    const only = here(row)
    if (errorSlots === 0) return only ? [`${tracker} reports it${only}`] : []
    if (errorSlots === null || reportedSlots === null) return []
    if (reportedSlots < 0) return [`of ${tracker} ${slotWords(reportedSlots)}`]
    const much = `${formatSlots(Math.abs(errorSlots))} ${errorSlots > 0 ? 'more' : 'less'}`
    return [`${tracker} reports ${much}${only}`]
  })
  const right =
    exact.length > 0 ? [`${joinWords(exact)} ${exact.length === 1 ? 'reports' : 'report'} it`] : []
  const parts = [...right, ...wrong]
  return parts.length > 0 ? ` Of the trackers, ${parts.join('; ')}.` : ''
}

/** Why a promise that was broken need not be a fault. */
function endedWords({ rows }: ReplayReport): string {
  const ended = rows.filter((row) => row.endedByReset && !row.promiseKept)
  if (ended.length === 0) return ''
  const names = joinWords(ended.map((row) => row.tracker))
  return ` By its own word the promise of ${names} ends with a reset while mappings are live.`
}

/** Each tracker's mark beside the one peak. */
function marks({ rows, kernel, peakSlots, own: files = [] }: ReplayReport): string {
  const certified = certifiedColumns(rows)
  const head = [
    ...['tracker', 'promise', 'reported', 'error', ...certified.heads],
    ...(kernel ? ["kernel's hiwater"] : []),
  ]
  const own = kernel ? [countOf(kernel.hiwaterSlots, 'slot')] : []
  const cells = rows.map(({ tracker, promise, reportedSlots, errorSlots, ...row }) => [
    ...[tracker + marksOf({ promiseBroken: brokeItsPromise(row) }), promise],
    reportedSlots === null
      ? '-'
      : reportedSlots < 0
        ? slotsAsBytes(reportedSlots)
        : `${countOf(reportedSlots, 'slot')}, ${slotsAsBytes(reportedSlots)}`,
    errorSlots === null ? '-' : formatError(errorSlots, peakSlots),
    ...certified.cells(row.certified),
    ...own,
  ])
  const broken = rows.some(brokeItsPromise) ? [fitted(BROKEN_LEGEND)] : []
  cells.push(...refusedLines(files, head.length))
  return [
    table(head, cells, ['reported', ...CERTIFIED, "kernel's hiwater"]),
    ...broken,
    ...certified.words.map(fitted),
  ].join('\n')
}

/** What a tracker's clock was told; in virtual time each CPU has one. */
function clockWords({ clock }: ReplayReport): string[] {
  if (!clock) return []
  const told = clock.recorded
    ? `A tracker that reads a clock was told the recorded times, which go on for ${formatDuration(clock.spanNs / 1e6)}`
    : `The trace shows no times: a tracker that reads a clock was told ${clock.stepNs ?? 0} ns for each operation`
  const looks =
    clock.lookPeriodNs === null
      ? everyWords(clock.lookEvery ?? 1, 'operation')
      : `every ${formatDuration(clock.lookPeriodNs / 1e6)} of them`
  return [`${told}; its worker looked ${looks}.`]
}

/** What would be booked because of it; of a replay in virtual time, whose peaks differ, no word. */
function bookedLines({ rows, sampling, bookedSlots }: ReplayReport): string[] {
  const by = bookedWords(rows)
  const reported = by === '' ? '' : `; by what is reported it has ${by}`
  return [
    `Booked by the peak, a pool has ${formatSlots(bookedSlots)}${reported}.`,
    ...sampling.map(samplingWords),
  ]
}

export function replayText(report: ReplayReport): string {
  const { rows, machine, peakSlots, usedBefore, usedAfter, warnings, own = [] } = report
  const before = usedBefore > 0 ? ` In use before the trace: ${formatSlots(usedBefore)}.` : ''
  const after = usedAfter > 0 ? ` In use at its end: ${formatSlots(usedAfter)}.` : ''
  return [
    ...title(report).map(fitted),
    '',
    ...(machine ? virtualReplayText(report, machine) : [marks(report)]),
    ...warnings.map((text) => wrap(`warning: ${text}`, '  ')),
    ...fileWords(own).map((text) => wrap(text, '  ')),
    '',
    ...lostWords(report).map((text) => wrap(text)),
    ...elsewhereWords(report).map((text) => wrap(text)),
    ...unusedWords(report).map((text) => wrap(text)),
    wrap(
      `${report.resets > 0 ? 'Since its last reset the replay peaks' : 'The replay peaks'} at ${formatSlots(peakSlots)}${machine ? ' without tracking' : ''}${kernelWords(report)}.` +
        placementWords(report) +
        (machine ? '' : trackerWords(report)) +
        endedWords(report) +
        failureWords(report) +
        before +
        after,
    ),
    ...clockWords(report).map((text) => wrap(text)),
    ...(machine ? replayCostWords(rows, machine) : bookedLines(report)).map((text) => wrap(text)),
  ].join('\n')
}
