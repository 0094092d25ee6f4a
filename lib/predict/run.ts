/** One run of a scenario on virtual CPUs. */

import { InputError, wholeNumber } from '../data/errors.js'
import { countOf } from '../data/units.js'
import { nativePool, nativeVariant, nativeWorkload } from '../native/inputs.js'
import type { NativeCosts, NativeVirtual } from '../native/plans/virtual.js'
import { type NativeOptions, runNative } from '../native/run.js'
import type { AnyTracker, Layout, Tuning } from '../results/variant.js'
import type { Topology } from '../results/virtual.js'
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
  readonly eventsFile: number | null
  readonly mostEvents: number
}

/** Each place of a CPU is mapped, or has been looked at, about twice before anything is measured. */
const WARM_ROUNDS = 2

/**
 * Of each CPU: in so many steps a CPU has gone once through an area of some thousand slots, and a
 * tracker that follows new peaks meets few of them. A scenario that names no number of steps gets as many
 * behind that.
 */
const SETTLING_STEPS = 2048

/** Steps of all CPUs together of a scenario that names no number: not fewer than those of other engines. */
export const defaultSteps = ({ steps, cpus }: Pick<Scenario, 'steps' | 'cpus'>): number =>
  Math.max(steps, SETTLING_STEPS * cpus)

export const MAX_WARM_STEPS = 1e9

/**
 * Steps of each CPU: measured, and before that. Where nothing else is asked for, a run is not warmed up
 * for longer than it is measured, unless its places take that many.
 *
 * @throws InputError unless warmSteps is a whole number from 0 to 10^9
 */
export function stepsOf(
  { steps, cpus, workload }: Scenario,
  warmSteps?: number,
): { steps: number; warm: number } {
  const each = Math.ceil(steps / cpus)
  const usual = Math.max(WARM_ROUNDS * workload.inFlight, Math.min(SETTLING_STEPS, each))
  return { steps: each, warm: wholeNumber('warmSteps', warmSteps ?? usual, 0, MAX_WARM_STEPS) }
}

export const nativeTopology = ({
  sockets,
  coresPerSocket,
  coresPerComplex,
  threadsPerCore,
}: Topology) => ({
  sockets,
  cores: coresPerSocket,
  threads: threadsPerCore,
  complexCores: coresPerComplex,
})

/**
 * @param tracker or the number of a baseline
 * @throws InputError when so few steps were made that nothing was measured
 */
export async function runVirtual(
  { scenario, topology, costs, layout, tuning, warmSteps, eventsFile, mostEvents }: Subject,
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
      eventsFile,
      mostEvents,
    },
    options,
  )
  if (result.pairs === 0 && !result.deadlocked) {
    throw new InputError(
      `steps: in ${countOf(steps, 'step')} of each CPU nothing was unmapped; expected more steps`,
    )
  }
  return result
}
