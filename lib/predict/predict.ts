/** One tracker in virtual time: its mark, its counts, and where its time goes. */
import { InputError } from '../data/errors.js'
import { type AccuracyRun, countsOf } from '../measure/accuracy.js'
import { latency } from '../measure/statistics.js'
import { judge } from '../measure/verdict.js'
import { type NativeOptions, runNative } from '../native/native.js'
import { nativePool, nativeVariant, nativeWorkload } from '../native/plan.js'
import type { NativeCosts, NativeVirtual } from '../native/virtual.js'
import type { Throughput } from '../results/comparison.js'
import type { AnyTracker, Layout, Tuning } from '../results/variant.js'
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

/** What is run, on which machine. */
interface Subject {
  readonly scenario: Scenario
  readonly topology: Topology
  readonly costs: NativeCosts
  readonly layout: Layout
  readonly tuning: Tuning
  /** Of each CPU before anything is measured. */
  readonly warmSteps: number | undefined
}

/** Each place of a CPU is mapped, or has been looked at, about twice before anything is measured. */
const WARM_ROUNDS = 2

export const MAX_WARM_STEPS = 1e9

/**
 * Steps of each CPU: measured, and before that.
 *
 * @throws InputError unless warmSteps is a whole number from 0 to 10^9
 */
export function stepsOf(
  { steps, cpus, workload }: Scenario,
  warmSteps = WARM_ROUNDS * workload.inFlight,
): { steps: number; warm: number } {
  if (!Number.isSafeInteger(warmSteps) || warmSteps < 0 || warmSteps > MAX_WARM_STEPS) {
    throw new InputError(
      `warmSteps: expected a whole number from 0 to ${MAX_WARM_STEPS}, not ${warmSteps}`,
    )
  }
  return { steps: Math.ceil(steps / cpus), warm: warmSteps }
}

export const nativeTopology = ({ sockets, coresPerSocket, threadsPerCore }: Topology) => ({
  sockets,
  cores: coresPerSocket,
  threads: threadsPerCore,
})

/**
 * @param tracker or the number of a baseline
 * @throws InputError when so few steps were made that nothing was measured
 */
export async function runVirtual(
  { scenario, topology, costs, layout, tuning, warmSteps }: Subject,
  tracker: AnyTracker | number,
  enabled: boolean,
  options: NativeOptions,
): Promise<NativeVirtual> {
  const { steps, warm } = stepsOf(scenario, warmSteps)
  const result = await runNative(
    {
      kind: 'virtual',
      pool: nativePool(scenario),
      variant: nativeVariant(tracker, layout, scenario.pool.slots, { ...tuning, enabled }),
      workload: nativeWorkload(scenario),
      topology: nativeTopology(topology),
      costs,
      steps,
      warmSteps: warm,
      samplePeriodNs: scenario.samplePeriod.us * 1000,
    },
    options,
  )
  if (result.pairs === 0 && !result.deadlocked) {
    throw new InputError(
      `steps: in ${steps} steps of each CPU nothing was unmapped; expected more steps`,
    )
  }
  return result
}

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
    accuracy: judge('virtual', {
      reported: accuracy.unmarked ? null : accuracy.hiwater,
      truth: { low: accuracy.truthLow, high: accuracy.truthHigh },
      boundUnder: accuracy.boundUnder,
      boundOver: accuracy.boundOver,
      boundUntil: accuracy.boundUntil,
    }),
    counts: countsOf(accuracy, accuracy),
    broken: brokenOf(result, seed),
  }
}
