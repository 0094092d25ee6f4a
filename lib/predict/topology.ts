/** Sockets, core complexes, cores and threads that make so many CPUs. */

import type { CostModel } from '../data/cost-model.js'
import { InputError, wholeNumber } from '../data/errors.js'
import { checkOptions, optionsOf } from '../data/options.js'
import { countOf } from '../data/units.js'
import { machineShape } from '../results/options.js'
import type { MachineOptions, Topology } from '../results/virtual.js'

export const MAX_CPUS = 1024
export const MAX_SOCKETS = 32

const schema = optionsOf(machineShape)

/**
 * @param model says how many cores a complex has, where that is not wanted otherwise
 * @throws InputError that names the field: out of limits, or it does not multiply out
 */
export function resolveTopology(
  cpus: number,
  wanted: MachineOptions = {},
  model: Pick<CostModel, 'coresPerComplex'> = {},
): Topology {
  checkOptions(schema, wanted)
  wholeNumber('cpus', cpus, 1, MAX_CPUS)
  const sockets = wholeNumber('sockets', wanted.sockets ?? 1, 1, MAX_SOCKETS)
  const threadsPerCore = wholeNumber('threadsPerCore', wanted.threadsPerCore ?? 1, 1, MAX_CPUS)
  const coresPerSocket =
    wanted.coresPerSocket === undefined
      ? cpus / sockets / threadsPerCore
      : wholeNumber('coresPerSocket', wanted.coresPerSocket, 1, MAX_CPUS)
  if (!Number.isSafeInteger(coresPerSocket) || sockets * coresPerSocket * threadsPerCore !== cpus) {
    const cores = wanted.coresPerSocket === undefined ? '' : ` x ${countOf(coresPerSocket, 'core')}`
    throw new InputError(
      `cpus: ${countOf(cpus, 'CPU')} cannot be ${countOf(sockets, 'socket')}${cores} x ${countOf(threadsPerCore, 'thread')} per core; ` +
        'expected sockets, coresPerSocket and threadsPerCore that multiply out to them',
    )
  }
  const complex = wholeNumber(
    'coresPerComplex',
    wanted.coresPerComplex ?? model.coresPerComplex?.value ?? coresPerSocket,
    1,
    MAX_CPUS,
  )
  const coresPerComplex = Math.min(complex, coresPerSocket)
  return { cpus, sockets, coresPerSocket, coresPerComplex, threadsPerCore }
}
