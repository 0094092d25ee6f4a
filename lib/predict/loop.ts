/** CPUs that do nothing but change one word, in virtual time: what others have published curves of. */

import type { CostModel } from '../data/cost-model.js'
import { InputError, oneOf, wholeNumber } from '../data/errors.js'
import { follow } from '../data/follow.js'
import { checkObject, option, optionsOf } from '../data/options.js'
import type { NativeLoop } from '../native/plans/virtual.js'
import { type NativeOptions, runNative } from '../native/run.js'
import { machineShape, watched } from '../results/options.js'
import type { MachineOptions } from '../results/virtual.js'
import { nativeCosts } from './cost-model.js'
import { nativeTopology } from './run.js'
import { MAX_CPUS, resolveTopology } from './topology.js'

/** About so many changes by each CPU, were each a move of the line from the furthest place. */
const CHANGES = 400

export interface LoopOptions extends NativeOptions {
  /** CPUs of the whole machine. */
  readonly machineCpus: number
  /** How many of them change the word, from the first on. */
  readonly cpus: number
  /** A locked addition, or a look and compare-exchanges until one succeeds. */
  readonly operation: 'add' | 'exchange'
  readonly machine?: Omit<MachineOptions, 'costModel' | 'warmSteps'> | undefined
  readonly costModel: CostModel
  readonly seed?: number | undefined
}

/** Nanoseconds of a CPU for one change, locked instructions for one, and how many were measured. */
export type PredictedLoop = NativeLoop

const schema = optionsOf<LoopOptions>({
  ...watched,
  machineCpus: option.own,
  cpus: option.own,
  operation: option.own,
  machine: optionsOf<MachineOptions>(machineShape).optional(),
  costModel: option.own,
  seed: option.own,
})

/**
 * Runs a contended loop. The same input gives the same result everywhere.
 *
 * @throws InputError for a machine or costs that make no sense; the signal's reason when aborted
 */
export function predictLoop(options: LoopOptions): Promise<PredictedLoop> {
  return follow(schema, options, predictChecked)
}

async function predictChecked(options: LoopOptions): Promise<PredictedLoop> {
  const { machineCpus, cpus, operation, machine, costModel, seed = 1, ...rest } = options
  const topology = resolveTopology(machineCpus, machine, costModel)
  wholeNumber('cpus', cpus, 1, MAX_CPUS)
  if (cpus > machineCpus) {
    throw new InputError(`cpus: expected at most the machine's ${machineCpus}, not ${cpus}`)
  }
  const costs = nativeCosts(checkObject('costModel', costModel, 'a cost model'), topology)
  const move = Math.max(costs.atomic, costs.core, costs.complex, costs.socket)
  const plan = {
    kind: 'loop',
    topology: nativeTopology(topology),
    costs,
    exchange: oneOf('operation', operation, ['add', 'exchange']) === 'exchange',
    cpus,
    // CPUs begin within a microsecond.
    durationNs: 2000 + CHANGES * cpus * move,
    seed: wholeNumber('seed', seed, 0, Number.MAX_SAFE_INTEGER),
  } as const
  return runNative(plan, rest)
}
