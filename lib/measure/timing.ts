/** The timing of several variants of the allocator against each other, in one run. */
import { availableParallelism, totalmem } from 'node:os'
import { InputError } from '../data/errors.js'
import { formatBytes, SLOT_BYTES } from '../data/units.js'
import { type Baseline, distinct } from '../native/baseline.js'
import type { NativeVariant } from '../native/inputs.js'
import { nativePool, nativeWorkload } from '../native/inputs.js'
import type { NativeBench, NativeLibrary } from '../native/plans/bench.js'
import { type NativeOptions, runNative } from '../native/run.js'
import type { SliceFacts, Throughput, Timing } from '../results/comparison.js'
import type { Ratio } from '../results/figures.js'
import type { Scenario } from '../scenario/schema.js'
import { watchStolen } from './host.js'
import { offWasItself } from './noise.js'
import { lineOf, ofRounds, regimeRounds, roundsOf } from './rounds.js'
import { sliceFacts } from './slice-facts.js'
import { ratioOf } from './statistics.js'
import { throughput } from './throughput.js'

export const REALTIME_REFUSED =
  'real-time priority was refused: other programs may have run in between'

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

/** What was timed of a variant; no throughput where `slices` says why. */
export interface TimedSlices {
  readonly throughput: Throughput | null
  readonly slices: SliceFacts
}

/** A variant to time. */
export interface ToTime {
  readonly variant: NativeVariant | NativeLibrary
  /** The `off` that it is compared with; null for `off` itself. */
  readonly baseline: Baseline | null
}

/** What a timing gives. */
export interface Measured {
  readonly timing: Timing
  readonly off: TimedSlices
  /** In the order in which they were given. */
  readonly others: readonly TimedSlices[]
  /**
   * All rounds of `off`, of the noise control, of the others, and of the `off` with larger areas: ns
   * per pair, NaN for a slice that was dropped.
   */
  readonly roundsNs: readonly number[][]
}

type Compared = Pick<ToTime, 'baseline'>

const baselinesOf = (others: readonly Compared[]): Baseline[] =>
  distinct(others.map(({ baseline }) => baseline))

/**
 * What the slices say: variants are `off` twice, the others, and the `off` with larger areas.
 *
 * @throws InputError when no slice of any variant was measured
 */
export function timingOf(
  bench: NativeBench,
  scenario: Scenario,
  others: readonly Compared[],
  { threads, cpuIds, stolen }: Pick<Timing, 'threads' | 'cpuIds' | 'stolen'>,
): Measured {
  const { rounds, sliceMs } = scenario.timing
  const baselines = baselinesOf(others)
  const placeOf = (baseline: Baseline | null): number =>
    baseline ? 2 + others.length + baselines.findIndex((one) => one.number === baseline.number) : 0
  if (bench.nsPerPair.every(Number.isNaN)) {
    throw new InputError('timing: no slice was long enough to be measured; raise sliceMs or rounds')
  }
  const line = lineOf(bench, rounds)
  const noiseOf = (some: readonly number[]): Ratio | null =>
    ratioOf(ofRounds(bench.nsPerPair, 1, rounds, some), ofRounds(bench.nsPerPair, 0, rounds, some))
  const byRegime = regimeRounds(line, rounds)
  const noises = byRegime.map(noiseOf)
  const [kept = []] = byRegime
  const [noise = null] = noises
  const keptNs = (v: number): number[] => ofRounds(bench.nsPerPair, v, rounds, kept)
  const timed = (v: number, against: number): TimedSlices => {
    const slices = sliceFacts(bench, v, against, rounds, line)
    if (slices.untimed !== null) return { throughput: null, slices }
    return { throughput: throughput(bench, v, against, threads, rounds, line), slices }
  }
  return {
    timing: {
      threads,
      cpuIds,
      rounds,
      sliceMs,
      copy: scenario.copy,
      noise,
      offWasItself: offWasItself(noise),
      // Without regimes there is one control all the same, of all rounds.
      noiseByRegime: noises.slice(0, line?.regimes.length ?? 0),
      largerAreas: baselines.map(({ number, ...baseline }, i) => ({
        ...baseline,
        vsOff: ratioOf(keptNs(2 + others.length + i), keptNs(0)),
      })),
      line,
      stolen,
      dropped: bench.dropped,
      timerNs: bench.timerNs,
      pinned: bench.pinned,
      realtime: bench.realtime,
      oversubscribed: bench.oversubscribed,
    },
    off: timed(0, 0),
    others: others.map(({ baseline }, i) => timed(i + 2, placeOf(baseline))),
    roundsNs: Array.from({ length: 2 + others.length + baselines.length }, (_, v) =>
      roundsOf(bench.nsPerPair, v, rounds),
    ),
  }
}

/**
 * Times variants side by side.
 *
 * @param off the variant without tracking; it is timed twice, once as noise control
 * @param others the variants to compare with it, or with an `off` of larger areas, timed as well
 * @throws InputError when no slice of any variant was measured
 */
export async function measureTiming(
  scenario: Scenario,
  off: NativeVariant,
  others: readonly ToTime[],
  options: NativeOptions,
): Promise<Measured> {
  const threads = threadsOf(scenario)
  const cpuIds = cpuIdsOf(scenario, threads)
  const { rounds, sliceMs, latencyRounds } = scenario.timing
  const larger = baselinesOf(others).map(({ number }) => ({ ...off, tracker: number }))
  const variants = [off, off, ...others.map(({ variant }) => variant), ...larger]
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
  return timingOf(bench, scenario, others, { threads, cpuIds, stolen: stolen() })
}
