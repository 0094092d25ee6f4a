/** All trackers side by side in virtual time. */
import type { NativeVirtual } from '../native-virtual.js'
import type { AccuracyRun } from '../run/accuracy.js'
import { promiseOf } from '../run/plan.js'
import type { AnyTracker, Layout, MeasuredRow, Ratio, RunOptions, Tuning } from '../run/types.js'
import { promiseOfBounds } from '../run/verdict.js'
import { InputError } from '../scenario/errors.js'
import type { Scenario } from '../scenario/schema.js'
import { loadCostModel, nativeCosts } from './cost-model.js'
import {
  accuracyOf,
  predictionOf,
  ratioTo,
  runVirtual,
  type Subject,
  stepsOf,
  throughputOf,
} from './predict.js'
import { resolveTopology } from './topology.js'
import type { Machine } from './types.js'

/** One scenario, with its copies or without, under every tracker. */
interface Side {
  readonly off: NativeVirtual
  readonly noise: Ratio
  readonly of: ReadonlyMap<string, NativeVirtual>
}

const keyOf = (tracker: AnyTracker, enabled: boolean): string => `${tracker} ${enabled}`

/** Only a switchable tracker is also run with its switch off. */
const runsOf = (trackers: readonly AnyTracker[]) =>
  trackers.flatMap((tracker) =>
    (tracker === 'switchable' ? [true, false] : [true]).map((enabled) => ({ tracker, enabled })),
  )

/** Every run begins anew from the seed, so the order of the runs decides nothing. */
async function runSide(
  subject: Subject,
  trackers: readonly AnyTracker[],
  options: RunOptions,
  part: { readonly phase: string; readonly from: number; readonly share: number },
): Promise<Side> {
  const { seed } = subject.scenario
  const other = { ...subject, scenario: { ...subject.scenario, seed: seed > 0 ? seed - 1 : 1 } }
  const others = runsOf(trackers.filter((name) => name !== 'off'))
  const total = others.length + 2
  let done = 0
  const run = async (what: Subject, tracker: AnyTracker, enabled: boolean) => {
    const begun = done++
    const phase = `${tracker}${part.phase}`
    const onProgress = (share: number): void =>
      options.onProgress?.({
        phase,
        tracker,
        done: part.from + (part.share * (begun + share)) / total,
      })
    onProgress(0)
    return runVirtual(what, tracker, enabled, { signal: options.signal, onProgress })
  }
  const off = await run(subject, 'off', true)
  const noise = ratioTo(await run(other, 'off', true), off)
  const of = new Map([[keyOf('off', true), off]])
  for (const { tracker, enabled } of others) {
    of.set(keyOf(tracker, enabled), await run(subject, tracker, enabled))
  }
  return { off, noise, of }
}

function rowOf(
  tracker: AnyTracker,
  scenario: Scenario,
  topology: Machine,
  full: Side,
  bare: Side | null,
): { readonly row: MeasuredRow; readonly run: AccuracyRun } {
  const found = (side: Side, enabled: boolean) =>
    side.of.get(keyOf(tracker, enabled)) as NativeVirtual
  const times = (enabled: boolean) => ({
    throughput: throughputOf(found(full, enabled), full.off, topology),
    throughputNoCopy: bare ? throughputOf(found(bare, enabled), bare.off, topology) : null,
  })
  const run = accuracyOf(found(full, true), tracker, scenario)
  const row: MeasuredRow = {
    tracker,
    promise: promiseOf(tracker) || promiseOfBounds(run.accuracy.bounds),
    accuracy: run.accuracy,
    counts: run.counts,
    ...times(true),
    switchedOff: tracker === 'switchable' ? times(false) : null,
    virtual: {
      full: predictionOf(found(full, true), full.off),
      bare: bare ? predictionOf(found(bare, true), bare.off) : null,
    },
  }
  return { row, run }
}

/** The engine's longest pause, a second, in microseconds. */
const MAX_SAMPLE_US = 1e6

/** What other engines can run, and this one cannot. */
function refuse({ pool, samplePeriod }: Scenario): void {
  if (pool.grow) {
    throw new InputError(
      'pool.grow: the virtual engine cannot run a pool that grows; expected false',
    )
  }
  if (samplePeriod.us > MAX_SAMPLE_US) {
    throw new InputError(
      `samplePeriod.us: expected at most ${MAX_SAMPLE_US} in virtual time, not ${samplePeriod.us}`,
    )
  }
}

export interface Predicted {
  readonly machine: Machine
  readonly rows: readonly MeasuredRow[]
  readonly runs: readonly AccuracyRun[]
  readonly warnings: readonly string[]
}

/**
 * Runs a scenario under several trackers in virtual time. Same scenario, machine and seed, same
 * result, wherever it runs.
 *
 * @throws InputError for a machine or a cost model that makes no sense, or a pool that grows; the
 *   signal's reason when it was aborted
 */
export async function predictAll(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: RunOptions,
): Promise<Predicted> {
  refuse(scenario)
  const topology = resolveTopology(scenario.cpus, options.machine)
  const model = loadCostModel(options.machine?.costModel)
  const tuning: Tuning = { batch: options.batch, tolerance: options.tolerance }
  const subject = { scenario, topology, costs: nativeCosts(model, topology), layout, tuning }
  const bareToo = scenario.copy && options.timing !== false
  const share = bareToo ? 0.5 : 1
  const full = await runSide(subject, trackers, options, { phase: '', from: 0, share })
  const bare = bareToo
    ? await runSide({ ...subject, scenario: { ...scenario, copy: false } }, trackers, options, {
        phase: ', no copies',
        from: share,
        share,
      })
    : null
  const { steps, warm } = stepsOf(scenario)
  const machine: Machine = {
    ...topology,
    costModel: { name: model.name, description: model.description },
    copy: scenario.copy,
    stepsPerCpu: steps,
    warmStepsPerCpu: warm,
    noise: full.noise,
    noiseNoCopy: bare?.noise ?? null,
  }
  const all = trackers.map((tracker) => rowOf(tracker, scenario, machine, full, bare))
  const late = [...full.of.values(), ...(bare?.of.values() ?? [])].some(
    ({ outOfTime }) => outOfTime,
  )
  return {
    machine,
    rows: all.map(({ row }) => row),
    runs: all.map(({ run }) => run),
    warnings: late ? ['the steps were more than fit into an hour of virtual time'] : [],
  }
}
