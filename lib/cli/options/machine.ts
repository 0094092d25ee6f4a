/** The options of the virtual machine, which `run`, `compare` and `replay` share. */
import type { Command } from 'commander'
import { costModels, InputError, type MachineOptions } from '../../index.js'
import { MAX_CPUS, MAX_SOCKETS } from '../../predict/topology.js'
import { optionOf, wholeNumber } from './parse.js'

export interface MachineFlags {
  readonly sockets?: number
  readonly coresPerSocket?: number
  readonly coresPerComplex?: number
  readonly threadsPerCore?: number
  readonly costModel?: string
}

export function addMachineOptions(command: Command): Command {
  return command
    .option(
      '--sockets <n>',
      `virtual engine: sockets, 1 to ${MAX_SOCKETS} (default: 1)`,
      wholeNumber('--sockets', 1, MAX_SOCKETS),
    )
    .option(
      '--cores-per-socket <n>',
      'virtual engine: cores of each (default: what the CPUs leave)',
      wholeNumber('--cores-per-socket', 1, MAX_CPUS),
    )
    .option(
      '--cores-per-complex <n>',
      'virtual engine: cores that share a cache (default: as the cost model says)',
      wholeNumber('--cores-per-complex', 1, MAX_CPUS),
    )
    .option(
      '--threads-per-core <n>',
      "virtual engine: CPUs that share a core's cache (default: 1)",
      wholeNumber('--threads-per-core', 1, MAX_CPUS),
    )
    .option(
      '--cost-model <name|file>',
      `virtual engine: ${costModels().join(', ')}, or a JSON file`,
    )
}

export const TOPOLOGY_FLAGS = [
  'sockets',
  'coresPerSocket',
  'coresPerComplex',
  'threadsPerCore',
] as const

export const MACHINE_FLAGS = [...TOPOLOGY_FLAGS, 'costModel'] as const

/** Refuses the first of the named options that is given. */
export function refuseFlags<T extends object>(
  flags: T,
  names: readonly (keyof T & string)[],
  why: string,
): void {
  const misplaced = names.find((name) => flags[name] !== undefined)
  if (misplaced) throw new InputError(`${optionOf(misplaced)}: ${why} --engine virtual`)
}

export const machineOf = ({
  sockets,
  coresPerSocket,
  coresPerComplex,
  threadsPerCore,
  costModel,
}: MachineFlags): MachineOptions => ({
  sockets,
  coresPerSocket,
  coresPerComplex,
  threadsPerCore,
  costModel,
})
