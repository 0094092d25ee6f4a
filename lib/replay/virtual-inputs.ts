/** What virtual time needs of a trace: CPUs, times, and all operations at once. */
import type { CostModel } from '../data/cost-model.js'
import { InputError, oneOf } from '../data/errors.js'
import { MAX_CPUS, resolveTopology } from '../predict/topology.js'
import type { ReplayOptions } from '../results/replay.js'
import { type Pace, paces, type Topology } from '../results/virtual.js'
import { Direction, OperationKind, type Operations, spanOf, type Trace } from '../trace/index.js'

const HOUR_NS = 3.6e12
/** Each takes some 200 bytes, here and in the engine. */
const MAX_OPERATIONS = 4_000_000

/** One more than the highest CPU that maps or unmaps. */
function cpusOf(operations: Operations): number {
  let most = 1
  for (let i = 0; i < operations.length; i++) {
    const kind = operations.kind(i)
    const timed = kind === OperationKind.map || kind === OperationKind.alloc
    const ends = kind === OperationKind.unmap || kind === OperationKind.free
    if (timed || ends) most = Math.max(most, operations.cpu(i) + 1)
  }
  return most
}

function count(operations: Operations, test: (at: number) => boolean): number {
  let found = 0
  for (let i = 0; i < operations.length; i++) if (test(i)) found++
  return found
}

export const resetsOf = (operations: Operations): number =>
  count(operations, (i) => operations.kind(i) === OperationKind.reset)

/** Maps of which the trace names no direction. */
export const undirectedOf = (operations: Operations): number =>
  count(
    operations,
    (i) => operations.kind(i) === OperationKind.map && operations.dir(i) === Direction.unknown,
  )

export function topologyOf(
  trace: Trace,
  operations: Operations,
  machine: ReplayOptions['machine'],
  model: CostModel,
): Topology {
  const least = cpusOf(operations)
  if (least > MAX_CPUS) {
    throw new InputError(
      `${trace.file}: has operations of CPU ${least - 1}; expected CPUs below ${MAX_CPUS} in virtual time`,
    )
  }
  const { cpus = least, ...built } = machine ?? {}
  const topology = resolveTopology(cpus, built, model)
  if (topology.cpus < least) {
    throw new InputError(
      `cpus: ${trace.file} has operations of CPU ${least - 1}; expected at least ${least}, not ${topology.cpus}`,
    )
  }
  return topology
}

export function paceOf(
  { file }: Trace,
  times: Float64Array | undefined,
  wanted: Pace | undefined,
): Pace {
  const pace = oneOf('pace', wanted ?? (times ? 'trace' : 'none'), paces)
  if (pace === 'none') return pace
  if (!times) {
    throw new InputError(`pace: ${file} shows no times to keep; expected none`)
  }
  const hours = spanOf(times) / HOUR_NS
  if (hours > 1) {
    throw new InputError(
      `pace: ${file} goes on for ${hours.toFixed(1)} hours, and virtual time for one; expected none`,
    )
  }
  return pace
}

/** All at once: each unmap is looked up among all maps, and each CPU has its own order. */
export function wholeOf({ file, operations }: Trace): Operations {
  if (operations.length <= MAX_OPERATIONS) return operations.load()
  throw new InputError(
    `${file}: has ${operations.length} operations, and virtual time needs all of them in memory; ` +
      `expected at most ${MAX_OPERATIONS}; cut the trace, or replay it with the engine serial, which needs no more for more`,
  )
}

export function checkSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new InputError(`seed: expected a whole number from 0, not ${seed}`)
}
