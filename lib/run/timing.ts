/** The timing of several variants of the allocator against each other, in one run. */
import { availableParallelism, totalmem } from 'node:os'
import {
  type NativeBench,
  type NativeLibrary,
  type NativeOptions,
  type NativeVariant,
  runNative,
} from '../native.js'
import { InputError } from '../scenario/errors.js'
import type { Scenario } from '../scenario/schema.js'
import { formatBytes, SLOT_BYTES } from '../scenario/units.js'
import { watchStolen } from './host.js'
import { type Baseline, distinct, nativePool, nativeWorkload } from './plan.js'
import { estimate, HISTOGRAM_BUCKETS, latency, quotients, ratio } from './statistics.js'
import type { Throughput, Timing } from './types.js'

/** Threads when the scenario does not say: as many as there are CPUs, but at most two. */
function threadsOf(scenario: Scenario): number {
  return scenario.timing.threads ?? Math.min(2, availableParallelism(), scenario.cpus)
}

/** The CPU numbers that the threads map as. Spread, their areas are as far apart as can be. */
function cpuIdsOf(scenario: Scenario, threads: number): number[] {
  const { placement } = scenario.timing
  const stride = placement === 'spread' ? Math.max(1, Math.floor(scenario.pool.areas / threads)) : 1
  return Array.from({ length: threads }, (_, i) => i * stride)
}

function checkMemory(scenario: Scenario, variants: number): void {
  if (!scenario.copy) return
  const needed = scenario.pool.slots * SLOT_BYTES * variants
  if (needed > 0.8 * totalmem()) {
    throw new InputError(
      `pool.slots: ${variants} pools of ${formatBytes(scenario.pool.slots * SLOT_BYTES)} are timed ` +
        `side by side; this machine has ${formatBytes(totalmem())}. Use fewer trackers, or no copies`,
    )
  }
}

/** @param against the place of the `off` that variant `v` is compared with */
function throughput(
  bench: NativeBench,
  v: number,
  against: number,
  threads: number,
  rounds: number,
): Throughput {
  const ns = roundsOf(bench, v, rounds)
  const off = roundsOf(bench, against, rounds)
  const of = (buckets: Float64Array) =>
    latency(buckets.subarray(v * HISTOGRAM_BUCKETS, (v + 1) * HISTOGRAM_BUCKETS))
  const seconds = (bench.seconds[v] as number) / threads
  return {
    threads,
    nsPerPair: estimate(ns),
    vsOff: ratio(ns, off),
    roundsVsOff: quotients(ns, off).map((one) => (Number.isNaN(one) ? null : one)),
    pairsPerSecond: (bench.pairs[v] as number) / seconds,
    bytesPerSecond: (bench.bytes[v] as number) / seconds,
    failedMaps: bench.failed[v] as number,
    mapNs: of(bench.mapNs),
    unmapNs: of(bench.unmapNs),
    pairNs: of(bench.pairNs),
  }
}

function roundsOf(bench: NativeBench, v: number, rounds: number): number[] {
  return Array.from(bench.nsPerPair.subarray(v * rounds, (v + 1) * rounds))
}

/** A variant to time. */
export interface ToTime {
  readonly variant: NativeVariant | NativeLibrary
  /** The `off` that it is compared with; null for `off` itself. */
  readonly baseline: Baseline | null
}

/**
 * Times variants side by side.
 *
 * @param off the variant without tracking; it is timed twice, once as noise control
 * @param others the variants to compare with it, or with an `off` of larger areas, timed as well
 * @returns the timing, the throughput of `off`, and of the others in their order; and the rounds of
 *   `off`, of the noise control, of the others, and of those with larger areas: ns per pair, NaN for a slice that was dropped
 */
export async function measureTiming(
  scenario: Scenario,
  off: NativeVariant,
  others: readonly ToTime[],
  options: NativeOptions,
): Promise<{ timing: Timing; off: Throughput; others: Throughput[]; roundsNs: number[][] }> {
  const threads = threadsOf(scenario)
  const cpuIds = cpuIdsOf(scenario, threads)
  const { rounds, sliceMs, latencyRounds } = scenario.timing
  const baselines = distinct(others.map(({ baseline }) => baseline))
  const larger = baselines.map(({ number }) => ({ ...off, tracker: number }))
  const variants = [off, off, ...others.map(({ variant }) => variant), ...larger]
  const placeOf = (baseline: Baseline | null): number =>
    baseline ? 2 + others.length + baselines.findIndex((one) => one.number === baseline.number) : 0
  checkMemory(scenario, variants.length)
  const stolen = watchStolen()
  const bench = await runNative(
    {
      kind: 'bench',
      pool: nativePool(scenario),
      variants,
      // The large I/Os are for accuracy; what is timed is the steady load beside them.
      workload: {
        ...nativeWorkload(scenario),
        cpus: threads,
        burst: { mappings: 0, bytes: 0, every: 0, hold: 0 },
      },
      cpuIds,
      rounds,
      sliceNs: Math.round(sliceMs * 1e6),
      latencyRounds,
      samplePeriodNs: scenario.samplePeriod.us * 1000,
      realtime: true,
    },
    options,
  )
  return {
    timing: {
      threads,
      cpuIds,
      rounds,
      sliceMs,
      copy: scenario.copy,
      noise: ratio(roundsOf(bench, 1, rounds), roundsOf(bench, 0, rounds)),
      largerAreas: baselines.map(({ number, ...baseline }, i) => ({
        ...baseline,
        vsOff: ratio(roundsOf(bench, 2 + others.length + i, rounds), roundsOf(bench, 0, rounds)),
      })),
      stolen: stolen(),
      dropped: bench.dropped,
      timerNs: bench.timerNs,
      pinned: bench.pinned,
      realtime: bench.realtime,
      oversubscribed: bench.oversubscribed,
    },
    off: throughput(bench, 0, 0, threads, rounds),
    others: others.map(({ baseline }, i) =>
      throughput(bench, i + 2, placeOf(baseline), threads, rounds),
    ),
    roundsNs: variants.map((_, v) => roundsOf(bench, v, rounds)),
  }
}
