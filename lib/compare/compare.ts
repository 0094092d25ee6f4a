/** All trackers side by side on one scenario: the headline table. */
import { InputError, oneOf } from '../data/errors.js'
import { SLOT_BYTES } from '../data/units.js'
import { type AccuracyRun, measureAccuracy } from '../measure/accuracy.js'
import { host } from '../measure/host.js'
import { measureTiming, type TimedSlices } from '../measure/timing.js'
import {
  areaBytesOf,
  baselineOf,
  checkTuning,
  loadedTrackers,
  MEM_OFFSET,
  nativeVariant,
  promiseOf,
  resolveLayout,
  resolveTrackers,
} from '../native/plan.js'
import { promiseOfBounds } from '../native/traits.js'
import { predictAll } from '../predict/rows.js'
import type {
  CompareOptions,
  Comparison,
  MeasuredRow,
  RunOptions,
  Timing,
} from '../results/comparison.js'
import { type AnyTracker, type Engine, engines, type Layout } from '../results/variant.js'
import { resolveScenario, roundings } from '../scenario/resolve.js'
import type { Scenario, ScenarioInput } from '../scenario/schema.js'
import { withFrontier } from './frontier.js'
import { besideWarnings, brokenOf, runWarnings, timingWarnings } from './warnings.js'

/** The share of a call's progress that the accuracy runs are given; the rest is timing. */
const ACCURACY_SHARE = 0.3

/** Tells the caller how far the whole is, from how far a part of it is. */
function partProgress(
  options: RunOptions,
  phase: string,
  from: number,
  share: number,
  tracker?: AnyTracker,
): (done: number) => void {
  return (done) => options.onProgress?.({ phase, tracker, done: from + share * done })
}

interface Timed {
  readonly timing: Timing
  readonly of: (tracker: AnyTracker, enabled: boolean) => TimedSlices
}

async function timeAll(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: RunOptions,
  part: { readonly phase: string; readonly from: number; readonly share: number },
): Promise<Timed> {
  const onProgress = partProgress(options, part.phase, part.from, part.share)
  onProgress(0)
  const variants = trackers
    .filter((name) => name !== 'off')
    .flatMap((name) =>
      (name === 'switchable' ? [true, false] : [true]).map((enabled) => ({ name, enabled })),
    )
  const { timing, off, others } = await measureTiming(
    scenario,
    nativeVariant('off', layout, scenario.pool.slots),
    variants.map(({ name, enabled }) => ({
      variant: nativeVariant(name, layout, scenario.pool.slots, { ...options, enabled }),
      baseline: baselineOf(name, layout),
    })),
    { signal: options.signal, onProgress },
  )
  return {
    timing,
    of: (tracker, enabled) => {
      const at = variants.findIndex((v) => v.name === tracker && v.enabled === enabled)
      return at < 0 ? off : (others[at] as TimedSlices)
    },
  }
}

/** With the scenario's copies, and without: next to a copy, what a tracker costs is hard to see. */
async function timeScenario(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: RunOptions,
): Promise<{ readonly full?: Timed; readonly bare?: Timed }> {
  if (options.timing === false) return {}
  const rest = 1 - ACCURACY_SHARE
  if (!scenario.copy) {
    const part = { phase: 'timing', from: ACCURACY_SHARE, share: rest }
    return { full: await timeAll(scenario, trackers, layout, options, part) }
  }
  const full = await timeAll(scenario, trackers, layout, options, {
    phase: 'timing with copies',
    from: ACCURACY_SHARE,
    share: rest / 2,
  })
  const bare = await timeAll({ ...scenario, copy: false }, trackers, layout, options, {
    phase: 'timing without copies',
    from: ACCURACY_SHARE + rest / 2,
    share: rest / 2,
  })
  return { full, bare }
}

/** In virtual time copies only take time: no memory is needed behind the slots. */
function resolveFor(engine: Engine, input: ScenarioInput): Scenario {
  if (engine !== 'virtual') return resolveScenario(input)
  const { copy = true } = input
  if (typeof copy !== 'boolean') return resolveScenario(input)
  return { ...resolveScenario({ ...input, copy: false }), copy }
}

async function predict(
  scenario: Scenario,
  rounded: readonly string[],
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: RunOptions,
): Promise<Comparison> {
  const { machine, rows, runs, warnings } = await predictAll(scenario, trackers, layout, options)
  return {
    scenario,
    layout,
    memOffset: MEM_OFFSET,
    pool: { ...scenario.pool, bytes: scenario.pool.slots * SLOT_BYTES },
    rows: withFrontier(rows, machine.noise, machine.noiseNoCopy),
    timing: null,
    timingNoCopy: null,
    machine,
    host: null,
    broken: brokenOf(runs),
    warnings: [...rounded, ...runWarnings(runs), ...warnings],
  }
}

/**
 * Runs a scenario under several trackers: accuracy for each (by default serially, where the truth
 * is exact), and the timing of all in one interleaved run.
 *
 * @throws InputError for a scenario, tracker, engine or layout that makes no sense; the signal's
 *   reason when it was aborted, after all threads have ended
 */
export async function compare(
  input: ScenarioInput,
  options: CompareOptions = {},
): Promise<Comparison> {
  const engine = oneOf<Engine>('engine', options.engine ?? 'serial', engines)
  if (options.machine && engine !== 'virtual') {
    throw new InputError(`machine: expected engine virtual, which runs on it, not ${engine}`)
  }
  const scenario = resolveFor(engine, input)
  const trackers = resolveTrackers(options.trackers, loadedTrackers())
  const layout = resolveLayout(options.layout)
  checkTuning(options, scenario.pool.slots)
  options.signal?.throwIfAborted()
  const rounded = roundings(input)
  if (engine === 'virtual') return predict(scenario, rounded, trackers, layout, options)
  const runs: AccuracyRun[] = []
  for (const [i, tracker] of trackers.entries()) {
    const share = ACCURACY_SHARE / trackers.length
    const phase = `accuracy of ${tracker}`
    const onProgress = partProgress(options, phase, i * share, share, tracker)
    onProgress(0)
    runs.push(
      await measureAccuracy(scenario, tracker, engine, layout, options, {
        signal: options.signal,
        onProgress,
      }),
    )
  }
  const timings = await timeScenario(scenario, trackers, layout, options)
  const rows = trackers.map((tracker, i): MeasuredRow => {
    const run = runs[i] as AccuracyRun
    const { full, bare } = timings
    const times = (enabled: boolean) => ({
      throughput: full?.of(tracker, enabled).throughput ?? null,
      throughputNoCopy: bare?.of(tracker, enabled).throughput ?? null,
    })
    const { throughput, throughputNoCopy } = times(false)
    return {
      tracker,
      promise: promiseOf(tracker) || promiseOfBounds(run.accuracy.bounds),
      accuracy: run.accuracy,
      counts: run.counts,
      areaBytes: areaBytesOf(tracker, layout),
      ...times(true),
      slices: full?.of(tracker, true).slices ?? null,
      slicesNoCopy: bare?.of(tracker, true).slices ?? null,
      switchedOff: tracker === 'switchable' && throughput ? { throughput, throughputNoCopy } : null,
    }
  })
  const off = rows
    .filter(({ tracker }) => tracker === 'switchable')
    .map(({ tracker }) => ({
      tracker: `${tracker}, switched off,`,
      throughputNoCopy: null,
      slices: timings.full?.of(tracker, false).slices ?? null,
      slicesNoCopy: timings.bare?.of(tracker, false).slices ?? null,
    }))
  return {
    scenario,
    layout,
    memOffset: MEM_OFFSET,
    pool: { ...scenario.pool, bytes: scenario.pool.slots * SLOT_BYTES },
    rows: withFrontier(
      rows,
      timings.full?.timing.noise ?? null,
      timings.bare?.timing.noise ?? null,
    ),
    timing: timings.full?.timing ?? null,
    timingNoCopy: timings.bare?.timing ?? null,
    host: host(),
    broken: brokenOf(runs),
    warnings: [
      ...rounded,
      ...runWarnings(runs),
      ...timingWarnings(scenario, timings.full?.timing ?? null, timings.bare?.timing ?? null, [
        ...rows,
        ...off,
      ]),
      ...besideWarnings(rows),
    ],
  }
}
