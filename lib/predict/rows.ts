/** All trackers side by side in virtual time. */
import { InputError } from '../data/errors.js'
import type { AccuracyRun } from '../measure/accuracy.js'
import { promiseOf } from '../native/plan.js'
import { promiseOfBounds } from '../native/traits.js'
import type { NativeVirtual } from '../native/virtual.js'
import type { MeasuredRow, RunOptions } from '../results/comparison.js'
import type { AnyTracker, Layout, Tuning } from '../results/variant.js'
import type { Machine, Topology } from '../results/virtual.js'
import type { Scenario } from '../scenario/schema.js'
import { anyOf, runOf, runSides, type Sides, timesOf } from './beside-off.js'
import { loadCostModel, modelWarnings, nativeCosts } from './cost-model.js'
import { accuracyOf, runVirtual, stepsOf } from './predict.js'
import { sharedAreas } from './shared-areas.js'
import { resolveTopology } from './topology.js'

function rowOf(
  sides: Sides<NativeVirtual>,
  tracker: AnyTracker,
  scenario: Scenario,
  topology: Topology,
  layout: Layout,
): { readonly row: MeasuredRow; readonly run: AccuracyRun } {
  const run = accuracyOf(runOf(sides, tracker), scenario)
  const row: MeasuredRow = {
    tracker,
    promise: promiseOf(tracker) || promiseOfBounds(run.accuracy.bounds),
    accuracy: run.accuracy,
    counts: run.counts,
    ...timesOf(sides, tracker, topology, layout),
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
  const warmSteps = options.machine?.warmSteps
  const { steps, warm } = stepsOf(scenario, warmSteps)
  const subject = { topology, costs: nativeCosts(model, topology), layout, tuning, warmSteps }
  const sides = await runSides<NativeVirtual>(
    ({ tracker, enabled, seed, copy }, native) =>
      runVirtual({ ...subject, scenario: { ...scenario, seed, copy } }, tracker, enabled, native),
    trackers,
    {
      layout,
      seed: scenario.seed,
      copy: scenario.copy,
      bareToo: scenario.copy && options.timing !== false,
      signal: options.signal,
      onProgress: options.onProgress,
    },
  )
  const machine: Machine = {
    ...topology,
    costModel: { name: model.name, description: model.description },
    copy: scenario.copy,
    stepsPerCpu: steps,
    warmStepsPerCpu: warm,
    noise: sides.full.noise,
    largerAreas: sides.full.largerAreas,
    noiseNoCopy: sides.bare?.noise ?? null,
    largerAreasNoCopy: sides.bare?.largerAreas ?? null,
  }
  const all = trackers.map((tracker) => rowOf(sides, tracker, scenario, topology, layout))
  return {
    machine,
    rows: all.map(({ row }) => row),
    runs: all.map(({ run }) => run),
    warnings: [...modelWarnings(model), ...sharedAreas(scenario), ...lateWords(sides)],
  }
}

function lateWords(sides: Sides<NativeVirtual>): string[] {
  return anyOf(sides, ({ outOfTime }) => outOfTime)
    ? ['the steps were more than fit into an hour of virtual time']
    : []
}
