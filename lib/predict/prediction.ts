/** What a run in virtual time says: the mark, the counts, the throughput, and where the time goes. */
import { type AccuracyRun, countsOf } from '../measure/accuracy.js'
import { latency } from '../measure/statistics.js'
import { judgeRun } from '../measure/verdict.js'
import type { NativeVirtual } from '../native/plans/virtual.js'
import type { Throughput } from '../results/comparison.js'
import {
  type LineClass,
  type LineUse,
  lineClasses,
  type Prediction,
  type Site,
  type SiteUse,
  sites,
  type TimePart,
  type Topology,
  timeParts,
} from '../results/virtual.js'
import type { Scenario } from '../scenario/schema.js'

/** Of the map+unmaps that were measured. */
function perPair<K extends string, T>(keys: readonly K[], of: (i: number) => T): Record<K, T> {
  return Object.fromEntries(keys.map((key, i) => [key, of(i)])) as Record<K, T>
}

/** @param operation 0 map, 1 unmap */
const sitesOf = ({ sites: found, linePairs }: NativeVirtual, operation: 0 | 1) =>
  perPair<Site, SiteUse>(sites, (i) => {
    const { count, ns } = found[operation]?.[i] ?? { count: 0, ns: 0 }
    return linePairs > 0 ? { count: count / linePairs, ns: ns / linePairs } : { count: 0, ns: 0 }
  })

/** @param off the same scenario without tracking, with areas of the same size */
export function predictionOf(result: NativeVirtual, off: NativeVirtual): Prediction {
  const each = (sum: number): number => (result.pairs > 0 ? sum / result.pairs : 0)
  return {
    truthSlots: result.truth,
    nsPerPair: result.nsPerPair,
    pairsPerSecond: result.pairsPerSecond,
    lostThroughput: off.pairsPerSecond > 0 ? 1 - result.pairsPerSecond / off.pairsPerSecond : 0,
    perPairNs: perPair<TimePart, number>(timeParts, (i) => each(result.spentNs[i] ?? 0)),
    lines: perPair<LineClass, LineUse>(lineClasses, (i) => {
      const use = result.lines[i] as NativeVirtual['lines'][number]
      // Lines are everybody's: counted from when the last CPU has warmed up.
      const of = (sum: number): number => (result.linePairs > 0 ? sum / result.linePairs : 0)
      return {
        accesses: of(use.accesses),
        fromCore: of(use.fromCore),
        fromSocket: of(use.fromSocket),
        waitedNs: of(use.waitedNs),
        queuedNs: of(use.queuedNs),
      }
    }),
    windowNs: result.windowNs.some((ns) => ns > 0) ? result.windowNs : [],
    sites: { map: sitesOf(result, 0), unmap: sitesOf(result, 1) },
    locks: result.locks,
    locksWaited: result.locksWaited,
  }
}

const sharp = (ratio: number) => ({ ratio, low: ratio, high: ratio })

/** How one run stands to `off`, as a ratio of times; it is not a sample, so it has no spread. */
export const ratioTo = (result: NativeVirtual, off: NativeVirtual) =>
  sharp(result.nsPerPair / off.nsPerPair)

/** As the timing of threads is reported; null where nothing was unmapped, in no time. */
export function throughputOf(
  result: NativeVirtual,
  off: NativeVirtual,
  { cpus }: Topology,
): Throughput | null {
  const { nsPerPair, pairsPerSecond, bytes, pairs, accuracy } = result
  if (pairs === 0 || off.pairs === 0) return null
  return {
    threads: cpus,
    nsPerPair: { median: nsPerPair, low: nsPerPair, high: nsPerPair },
    vsOff: ratioTo(result, off),
    roundsVsOff: [],
    mean: null,
    byRegime: [],
    pairsPerSecond,
    bytesPerSecond: (bytes / pairs) * pairsPerSecond,
    failedMaps: accuracy.failedMaps,
    mapNs: latency(result.mapNs),
    unmapNs: latency(result.unmapNs),
    pairNs: latency(result.pairNs),
  }
}

function brokenOf({ accuracy, deadlocked }: NativeVirtual, seed: number): string | null {
  if (deadlocked) return `with seed ${seed} all CPUs wait for each other for ever`
  return accuracy.broken
}

/** Mark and counts, judged as those of the other engines are. */
export function accuracyOf(result: NativeVirtual, { seed }: Pick<Scenario, 'seed'>): AccuracyRun {
  const { accuracy } = result
  return {
    accuracy: judgeRun('virtual', accuracy),
    counts: countsOf(accuracy, accuracy),
    broken: brokenOf(result, seed),
  }
}
