/** One tracker's run, in full: what was mapped, what was reported, what it took. */
import { countOf, formatBytes, formatSlots } from '../../data/units.js'
import type { Accuracy, Certified, RunResult, Throughput } from '../../results/comparison.js'
import type { Latency, Ratio } from '../../results/figures.js'
import type { TrackerFileReport } from '../../tracker-file/types.js'
import { costsOf } from '../parts/costs.js'
import { errorCell, findings, peakWidth, rightWords, truthInFull } from '../parts/findings.js'
import { formatEstimate, formatRatio, isDoubtful, standing } from '../parts/noise.js'
import { notes, notesAbove } from '../parts/notes.js'
import { beforeWords } from '../parts/tracker-files.js'
import { linesText, sitesText, splitText } from '../parts/virtual.js'
import { fitted, ns, table, twoColumns, wrap } from '../words.js'

/** What came of the run, and of the promise: in it, and in checks of a file before it. */
function verdictWords({ accuracy }: RunResult, own: TrackerFileReport | undefined): string {
  const { verdict, truthSlots, promiseKept } = accuracy
  const seen = verdict === 'exact' ? rightWords(peakWidth(truthSlots)) : verdict
  const before = own && beforeWords(own)
  if (promiseKept && before !== undefined) return `${seen} in this run; ${before} (above)`
  return `${seen}; promise ${promiseKept ? 'kept in this run' : 'broken'}`
}

/** An error of 0 where the peak is known, and what it amounts to where it is not. */
function errorWords({ truthSlots, errorSlots }: Accuracy): string {
  if (errorSlots === 0 && peakWidth(truthSlots) > 0) return 'none seen'
  return errorCell(errorSlots, truthSlots)
}

/** `between 4.25 MiB and 4.91 MiB`; empty where nothing is certain from below. */
function certifiedRows(certified: Certified | undefined): string[][] {
  if (!certified || certified.lowSlots === null) return []
  const { lowSlots, highSlots, widthSlots } = certified
  const words =
    highSlots === null || widthSlots === null
      ? `at least ${formatSlots(lowSlots)}`
      : widthSlots === 0
        ? `exactly ${formatSlots(lowSlots)}`
        : `between ${formatSlots(lowSlots)} and ${formatSlots(highSlots)}: ${formatSlots(widthSlots)} wide`
  return [['certified', words]]
}

function accuracyRows(result: RunResult, own: TrackerFileReport | undefined): string[][] {
  const { accuracy, counts } = result
  const { truthSlots, reportedSlots } = accuracy
  return [
    ['peak that really was', truthInFull(truthSlots)],
    ['reported', reportedSlots === null ? 'no mark' : formatSlots(reportedSlots)],
    ['error', errorWords(accuracy)],
    ...certifiedRows(accuracy.certified),
    ['verdict', verdictWords(result, own)],
    [
      'maps',
      `${counts.maps - counts.failedMaps} done, ${counts.failedMaps} failed, ${countOf(counts.spills, 'spill')}`,
    ],
    ['unmaps', `${counts.unmaps}; ${formatSlots(counts.usedSlots)} in use at the end`],
    ['demand', `${formatSlots(counts.demandPeakSlots)} at its peak, failed maps included`],
    [
      'locked operations',
      `${counts.lockedOpsPerMap.toFixed(2)} per map+unmap, ${counts.cmpxchgRetriesPerMap.toFixed(3)} retries`,
    ],
  ]
}

/** With what the noise lets be said of it. */
function toldRatio(ratio: Ratio, noise: Ratio | null): string {
  if (isDoubtful(noise)) return `${formatRatio(ratio)}, no cost: off was not itself (below)`
  return formatRatio(ratio) + (standing(ratio, noise) === 'same' ? ', inside the noise' : '')
}

function throughputRows(throughput: Throughput, result: RunResult): string[][] {
  const { nsPerPair, vsOff, mean, pairsPerSecond, bytesPerSecond } = throughput
  const { full } = costsOf(result)
  const noise = full?.noise ?? null
  return [
    [
      full?.predicted ? 'ns per map+unmap, predicted' : 'ns per map+unmap',
      formatEstimate(nsPerPair),
    ],
    ['x off', toldRatio(vsOff, noise)],
    ...(mean
      ? [
          [
            'the same by the mean of chunks, not their median',
            `${formatEstimate(mean.nsPerPair)} ns, ${toldRatio(mean.vsOff, noise)} x off`,
          ],
        ]
      : []),
    [
      'throughput',
      `${(pairsPerSecond / 1e6).toFixed(2)} million map+unmap per second, ${formatBytes(Math.round(bytesPerSecond))} per second`,
    ],
  ]
}

function latencyTable(throughput: Throughput): string {
  const row = (name: string, { count, p50, p90, p99, p999 }: Latency): string[] => [
    name,
    ...[p50, p90, p99, p999].map(ns),
    String(count),
  ]
  const head = ['ns', 'p50', 'p90', 'p99', 'p99.9', 'samples']
  const { mapNs, unmapNs, pairNs } = throughput
  return table(
    head,
    [row('map', mapNs), row('unmap', unmapNs), row('map+unmap', pairNs)],
    head.slice(1),
  )
}

/** @param own of a tracker file: what checks before the run have shown, which stands above this */
export function runText(result: RunResult, own?: TrackerFileReport): string {
  const { scenario, tracker, promise, throughput, throughputNoCopy, switchedOff } = result
  const { full, bare } = costsOf(result)
  const [noise, noiseNoCopy] = [full?.noise ?? null, bare?.noise ?? null]
  const facts = [
    ...accuracyRows(result, own),
    ...(throughput ? throughputRows(throughput, result) : []),
    ...(throughputNoCopy
      ? [['x off, no copies', toldRatio(throughputNoCopy.vsOff, noiseNoCopy)]]
      : []),
    ...(switchedOff
      ? [['x off, switched off', toldRatio(switchedOff.throughput.vsOff, noise)]]
      : []),
  ]
  return [
    fitted(
      `${scenario.name}   tracker ${tracker} (promises: ${promise})   pool of ${formatSlots(result.pool.slots)} in ${countOf(result.pool.areas, 'area')}`,
    ),
    ...notesAbove(result).map((note) => wrap(note, '  ')),
    '',
    twoColumns(facts),
    ...(throughput && throughput.pairNs.count > 0 ? ['', latencyTable(throughput)] : []),
    ...splitText({ ...result, rows: [result] }),
    ...linesText(result),
    ...sitesText(result),
    '',
    ...notes(result).map((note) => wrap(note, '  ')),
    '',
    ...findings({ ...result, rows: [result] }, own ? [own] : []).map((text) => wrap(text)),
  ].join('\n')
}
