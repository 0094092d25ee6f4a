/** What a run in virtual time says: the mark, the counts, the throughput, and where the time goes. */
import { type AccuracyRun, countsOf } from '../measure/accuracy.js'
import { latency } from '../measure/statistics.js'
import { judgeRun } from '../measure/verdict.js'
import type { NativeVirtual } from '../native/plans/virtual.js'
import type { Throughput } from '../results/comparison.js'
import type { Ratio } from '../results/figures.js'
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
const sitesOf = ({ sites: found, pairs }: NativeVirtual, operation: 0 | 1) =>
  perPair<Site, SiteUse>(sites, (i) => {
    const { count, ns } = found[operation]?.[i] ?? { count: 0, ns: 0 }
    return pairs > 0 ? { count: count / pairs, ns: ns / pairs } : { count: 0, ns: 0 }
  })

/** A replay has no halves: it is as long as its trace. */
const isRun = ({ halfNs }: NativeVirtual): boolean => halfNs.length > 0

const lostOf = (result: NativeVirtual, off: NativeVirtual): number =>
  off.pairsPerSecond > 0 ? 1 - result.pairsPerSecond / off.pairsPerSecond : 0

/** @param off the same scenario without tracking, with areas of the same size */
export function predictionOf(result: NativeVirtual, off: NativeVirtual): Prediction {
  const each = (sum: number): number => (result.pairs > 0 ? sum / result.pairs : 0)
  return {
    truthSlots: result.truth,
    nsPerPair: result.nsPerPair,
    pairsPerSecond: result.pairsPerSecond,
    lostThroughput: isRun(result) ? lostOf(result, off) : null,
    perPairNs: perPair<TimePart, number>(timeParts, (i) => each(result.spentNs[i] ?? 0)),
    lines: perPair<LineClass, LineUse>(lineClasses, (i) => {
      const use = result.lines[i] as NativeVirtual['lines'][number]
      return {
        accesses: each(use.accesses),
        fromCore: each(use.fromCore),
        fromSocket: each(use.fromSocket),
        waitedNs: each(use.waitedNs),
        queuedNs: each(use.queuedNs),
      }
    }),
    halfNs: result.halfNs,
    windowNs: result.windowNs.some((ns) => ns > 0) ? result.windowNs : [],
    sites: { map: sitesOf(result, 0), unmap: sitesOf(result, 1) },
    locks: result.locks,
    locksWaited: result.locksWaited,
  }
}

/** Map+unmaps of each CPU, in the mean, below which a run says nothing of its times. */
export const LEAST_PAIRS = 100

/** By so much the halves of a settled run differ at most: their ratios to `off`, and their own times. */
export const SETTLED_WITHIN = 0.05
export const OWN_WITHIN = 0.1

/** Not a sample, so it has no spread; of too few it is no figure, as with too few rounds. */
const ends = (value: number, fewPairs: boolean) =>
  fewPairs
    ? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
    : { low: value, high: value }

const hasFew = (run: NativeVirtual, cpus: number): boolean =>
  isRun(run) && run.pairs < LEAST_PAIRS * cpus

const near = (a: number, b: number, within: number): boolean => Math.max(a / b, b / a) <= 1 + within

/** Whether the first half of what was measured gives about the same as the second. */
function isSettled({ halfNs: [a = 0, b = 0] }: NativeVirtual, off: NativeVirtual): boolean {
  const [c = 0, d = 0] = off.halfNs
  return near(a / c, b / d, SETTLED_WITHIN) && near(a, b, OWN_WITHIN) && near(c, d, OWN_WITHIN)
}

/** How one run stands to `off`, as a ratio of times. */
export function ratioTo(result: NativeVirtual, off: NativeVirtual, cpus: number): Ratio {
  const ratio = result.nsPerPair / off.nsPerPair
  const few = hasFew(result, cpus) || hasFew(off, cpus)
  const sharp = { ratio, ...ends(ratio, few) }
  return isRun(result) ? { ...sharp, settled: !few && isSettled(result, off) } : sharp
}

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
    nsPerPair: { median: nsPerPair, ...ends(nsPerPair, hasFew(result, cpus)) },
    vsOff: ratioTo(result, off, cpus),
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
