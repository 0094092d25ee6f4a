/**
 * `compare` and `run`: trackers side by side on one scenario, and which of them nobody beats.
 *
 * | engine  | what runs it                                                           |
 * | ------- | ---------------------------------------------------------------------- |
 * | serial  | measure/: the marks from this process, the times from threads          |
 * | threads | measure/: the marks and the times from threads                         |
 * | virtual | predict/: virtual CPUs, whose times come from a cost model             |
 *
 * Tracker files run in a process of their own: tracker-files.ts.
 */

import { InputError, oneOf } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { optionsOf } from '../data/options.js'
import { SLOT_BYTES } from '../data/units.js'
import { withFrontier } from '../measure/frontier.js'
import { host } from '../measure/host.js'
import { measureScenario } from '../measure/measure.js'
import { peakWarnings } from '../measure/verdict.js'
import { checkTuning, MEM_OFFSET } from '../native/inputs.js'
import { resolveLayout } from '../native/layout.js'
import { loadedTrackers, resolveTrackers } from '../native/trackers.js'
import { predictScenario } from '../predict/predict.js'
import { defaultSteps } from '../predict/run.js'
import type { CompareOptions, Comparison, MeasuredRow } from '../results/comparison.js'
import type { SlotRange } from '../results/figures.js'
import { compareShape } from '../results/options.js'
import { type AnyTracker, type Engine, engines, type Layout, tunedOf } from '../results/variant.js'
import { resolveScenario, roundings } from '../scenario/resolve.js'
import type { Scenario, ScenarioInput } from '../scenario/schema.js'
import {
  brokenOf,
  dutyWarnings,
  frontierWarnings,
  runWarnings,
  timingWarnings,
} from './warnings.js'

/**
 * In virtual time copies only take time: no memory is needed behind the slots. And what is measured is a
 * CPU among others, so that more CPUs make more steps.
 */
function resolveFor(engine: Engine, input: ScenarioInput): Scenario {
  if (engine !== 'virtual') return resolveScenario(input)
  const { copy = true } = input
  if (typeof copy !== 'boolean') return resolveScenario(input)
  const scenario = { ...resolveScenario({ ...input, copy: false }), copy }
  return input.steps === undefined ? { ...scenario, steps: defaultSteps(scenario) } : scenario
}

/** What depends on the engine. */
type EngineResult = Pick<
  Comparison,
  'rows' | 'usedCourse' | 'timing' | 'timingNoCopy' | 'machine' | 'host' | 'broken' | 'warnings'
>

const truthsOf = (rows: readonly Pick<MeasuredRow, 'accuracy'>[]): readonly SlotRange[] =>
  rows.map(({ accuracy }) => accuracy.truthSlots)

async function predict(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  layout: Layout,
  options: CompareOptions,
): Promise<EngineResult> {
  const { machine, rows, runs, warnings } = await predictScenario(
    scenario,
    trackers,
    layout,
    options,
  )
  return {
    rows: withFrontier(rows, machine.noise, machine.noiseNoCopy),
    timing: null,
    timingNoCopy: null,
    machine,
    host: null,
    broken: brokenOf(runs),
    warnings: [
      ...runWarnings(runs),
      ...peakWarnings(truthsOf(rows), scenario.pool),
      ...warnings,
      ...frontierWarnings(machine.noiseNoCopy ?? machine.noise),
    ],
  }
}

async function measure(
  scenario: Scenario,
  trackers: readonly AnyTracker[],
  engine: Exclude<Engine, 'virtual'>,
  layout: Layout,
  options: CompareOptions,
): Promise<EngineResult> {
  const { rows, usedCourse, runs, switchedOff, timing, timingNoCopy } = await measureScenario(
    scenario,
    trackers,
    engine,
    layout,
    options,
  )
  return {
    rows: withFrontier(rows, timing?.noise ?? null, timingNoCopy?.noise ?? null),
    ...(usedCourse && { usedCourse }),
    timing,
    timingNoCopy,
    host: host(),
    broken: brokenOf(runs),
    warnings: [
      ...runWarnings(runs),
      ...peakWarnings(truthsOf(rows), scenario.pool),
      ...timingWarnings(scenario, timing, timingNoCopy, [...rows, ...switchedOff]),
      ...dutyWarnings(rows),
    ],
  }
}

const schema = optionsOf(compareShape)

/**
 * Runs a scenario under several trackers: accuracy for each (by default serially, where the truth
 * is exact), and the timing of all in one interleaved run.
 *
 * @throws InputError for a scenario, tracker, engine or layout that makes no sense; the signal's
 *   reason when it was aborted, after all threads have ended
 */
export function compare(input: ScenarioInput, options: CompareOptions = {}): Promise<Comparison> {
  return follow(schema, options, (followed) => compareChecked(input, followed))
}

async function compareChecked(input: ScenarioInput, options: CompareOptions): Promise<Comparison> {
  const engine = oneOf<Engine>('engine', options.engine ?? 'serial', engines)
  if (options.machine && engine !== 'virtual') {
    throw new InputError(`machine: expected engine virtual, which runs on it, not ${engine}`)
  }
  if (options.timeline && engine !== 'virtual') {
    throw new InputError(`timeline: expected engine virtual, not ${engine}`)
  }
  const scenario = resolveFor(engine, input)
  const trackers = resolveTrackers(options.trackers, loadedTrackers())
  const layout = resolveLayout(options.layout)
  checkTuning(options, scenario.pool.slots)
  options.signal?.throwIfAborted()
  const rounded = roundings(input)
  const { warnings, ...result } =
    engine === 'virtual'
      ? await predict(scenario, trackers, layout, options)
      : await measure(scenario, trackers, engine, layout, options)
  return {
    scenario,
    layout,
    tuning: tunedOf(options),
    memOffset: MEM_OFFSET,
    pool: { ...scenario.pool, bytes: scenario.pool.slots * SLOT_BYTES },
    ...result,
    warnings: [...rounded, ...warnings],
  }
}
