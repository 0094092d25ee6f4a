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

/** What the machine is made of: the option, what it counts, and the most that there can be. */
const COUNTS = [
  ['--sockets', `sockets, 1 to ${MAX_SOCKETS} (default: 1)`, MAX_SOCKETS],
  ['--cores-per-socket', 'cores of each (default: what the CPUs leave)', MAX_CPUS],
  ['--cores-per-complex', 'cores that share a cache (default: as the cost model says)', MAX_CPUS],
  ['--threads-per-core', "CPUs that share a core's cache (default: 1)", MAX_CPUS],
] as const

export function addMachineOptions(command: Command): Command {
  for (const [option, what, most] of COUNTS) {
    command.option(`${option} <n>`, `virtual engine: ${what}`, wholeNumber(option, 1, most))
  }
  return command.option(
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
