/**
 * The engine that predicts: a scenario under several trackers in virtual time.
 *
 * | file          | what it does                                                            |
 * | ------------- | ----------------------------------------------------------------------- |
 * | run.ts        | one run on virtual CPUs                                                 |
 * | run-sets.ts   | a run for each tracker beside `off`, with copies and without            |
 * | prediction.ts | what a run says: mark, counts, throughput, where the time goes          |
 * | cost-model.ts | what each access takes, from costs/ or a file                           |
 * | topology.ts   | sockets, complexes, cores and threads that make so many CPUs            |
 * | loop.ts       | CPUs that do nothing but change one word                                |
 * | scaling.ts    | from how many CPUs on a tracker costs what one would notice             |
 */
import { InputError } from '../data/errors.js'
import type { AccuracyRun } from '../measure/accuracy.js'
import type { NativeVirtual } from '../native/plans/virtual.js'
import { promiseOf } from '../native/trackers.js'
import type { MeasuredRow, RunOptions, Throughput } from '../results/comparison.js'
import type { Ratio } from '../results/figures.js'
import type { AnyTracker, Layout, Tuning } from '../results/variant.js'
import type { Machine, Topology } from '../results/virtual.js'
import type { Scenario } from '../scenario/schema.js'
import { loadCostModel, modelWarnings, nativeCosts } from './cost-model.js'
import { accuracyOf, LEAST_PAIRS, OWN_WITHIN, SETTLED_WITHIN } from './prediction.js'
import { runVirtual, stepsOf } from './run.js'
import { anyOf, machineOf, type RunSets, runOf, runSets, timesOf } from './run-sets.js'
import { sharedAreas } from './shared-areas.js'
import { resolveTopology } from './topology.js'

function rowOf(
  sets: RunSets<NativeVirtual>,
  tracker: AnyTracker,
  scenario: Scenario,
  topology: Topology,
  layout: Layout,
): { readonly row: MeasuredRow; readonly run: AccuracyRun } {
  const run = accuracyOf(runOf(sets, tracker), scenario)
  const row: MeasuredRow = {
    tracker,
    promise: promiseOf(tracker, run.accuracy.bounds),
    accuracy: run.accuracy,
    counts: run.counts,
    ...timesOf(sets, tracker, topology, layout),
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
export async function predictScenario(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: RunOptions,
): Promise<Predicted> {
  refuse(scenario)
  const model = loadCostModel(options.machine?.costModel)
  const topology = resolveTopology(scenario.cpus, options.machine, model)
  const { batch, tolerance, stretch } = options
  const tuning: Tuning = { batch, tolerance, stretch }
  const warmSteps = options.machine?.warmSteps
  const { steps, warm } = stepsOf(scenario, warmSteps)
  const subject = { topology, costs: nativeCosts(model, topology), layout, tuning, warmSteps }
  const sets = await runSets<NativeVirtual>(
    ({ tracker, enabled, seed, copy, ...events }, native) =>
      runVirtual(
        { ...subject, ...events, scenario: { ...scenario, seed, copy } },
        tracker,
        enabled,
        native,
      ),
    trackers,
    {
      layout,
      seed: scenario.seed,
      copy: scenario.copy,
      bareToo: scenario.copy && options.timing !== false,
      signal: options.signal,
      onProgress: options.onProgress,
      timeline: options.timeline,
      cpus: topology.cpus,
    },
  )
  const machine: Machine = {
    ...machineOf(topology, model, scenario.copy, sets),
    stepsPerCpu: steps,
    warmStepsPerCpu: warm,
  }
  const all = trackers.map((tracker) => rowOf(sets, tracker, scenario, topology, layout))
  const rows = all.map(({ row }) => row)
  return {
    machine,
    rows,
    runs: all.map(({ run }) => run),
    warnings: [
      ...modelWarnings(model),
      ...sharedAreas(scenario),
      ...lateWarnings(sets),
      ...steadyWarnings(rows),
    ],
  }
}

/** Who has no figure that more steps leave as it is. */
function steadyWarnings(rows: readonly MeasuredRow[]): string[] {
  const who = (test: (ratio: Ratio) => boolean): string => {
    const on = (words: string, of: (row: MeasuredRow) => Throughput | null) => {
      const found = rows.filter((row) => {
        const throughput = of(row)
        return throughput !== null && test(throughput.vsOff)
      })
      return found.map(({ tracker }) => `${tracker}${words}`)
    }
    return [
      ...on('', ({ throughput }) => throughput),
      ...on(' without copies', ({ throughputNoCopy }) => throughputNoCopy),
    ].join(', ')
  }
  const few = who(({ high }) => high === Number.POSITIVE_INFINITY)
  const moving = who(({ high, settled }) => Number.isFinite(high) && settled === false)
  return [
    ...(few
      ? [
          `${few}: fewer than ${LEAST_PAIRS} pairs of a map and its unmap on each CPU are too few for a figure, and it is left out where costs are compared; ask for more steps`,
        ]
      : []),
    ...(moving
      ? [
          `${moving}: from the first half of what was measured to the second it changed by more than ` +
            `${100 * SETTLED_WITHIN} %, or its time or that of off by more than ${100 * OWN_WITHIN} %, so ` +
            'that other steps give another figure, and it is left out where costs are compared; ask for more steps',
        ]
      : []),
  ]
}

function lateWarnings(sets: RunSets<NativeVirtual>): string[] {
  return anyOf(sets, ({ outOfTime }) => outOfTime)
    ? ['the steps were more than fit into an hour of virtual time']
    : []
}
