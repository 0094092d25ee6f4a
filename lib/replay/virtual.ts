/** A recorded trace in virtual time: each CPU's operations on a virtual CPU. */
import { InputError, oneOf } from '../data/errors.js'
import { withUnplaced } from '../measure/verdict.js'
import type { NativePool } from '../native/accuracy.js'
import { runNative } from '../native/native.js'
import { nativeVariant, promiseOf, resolveLayout } from '../native/plan.js'
import { promiseOfBounds } from '../native/traits.js'
import type { NativeVirtualReplay } from '../native/virtual.js'
import { anyOf, runOf, runSides, type Sides, timesOf } from '../predict/beside-off.js'
import { loadCostModel, modelWarnings, nativeCosts } from '../predict/cost-model.js'
import { accuracyOf, nativeTopology } from '../predict/predict.js'
import { MAX_CPUS, resolveTopology } from '../predict/topology.js'
import type { ReplayedRow, ReplayOptions } from '../results/replay.js'
import type { AnyTracker, Layout } from '../results/variant.js'
import { type Pace, paces, type ReplayMachine, type Topology } from '../results/virtual.js'
import { Direction, loadTimes, OperationKind, type Operations, type Trace } from '../trace/index.js'
import { indexError } from './bad-operation.js'

const HOUR_NS = 3.6e12
/** Each takes some 200 bytes, here and in the engine. */
const MAX_OPERATIONS = 4_000_000
/** Between two looks of the sampler, ns; longer where that would make more than so many looks. */
const SAMPLE_NS = 1e6
const MAX_LOOKS = 1e5

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

function resetsOf(operations: Operations): number {
  let resets = 0
  for (let i = 0; i < operations.length; i++) {
    if (operations.kind(i) === OperationKind.reset) resets++
  }
  return resets
}

function undirectedOf(operations: Operations): number {
  let undirected = 0
  for (let i = 0; i < operations.length; i++) {
    const maps = operations.kind(i) === OperationKind.map
    if (maps && operations.dir(i) === Direction.unknown) undirected++
  }
  return undirected
}

function topologyOf(
  trace: Trace,
  operations: Operations,
  machine: ReplayOptions['machine'],
): Topology {
  const least = cpusOf(operations)
  if (least > MAX_CPUS) {
    throw new InputError(
      `${trace.file}: has operations of CPU ${least - 1}; expected CPUs below ${MAX_CPUS} in virtual time`,
    )
  }
  const topology = resolveTopology(machine?.cpus ?? least, machine)
  if (topology.cpus < least) {
    throw new InputError(
      `cpus: ${trace.file} has operations of CPU ${least - 1}; expected at least ${least}, not ${topology.cpus}`,
    )
  }
  return topology
}

/** Nanoseconds from the first time to the last; 0 without times. */
function spanOf(times: Float64Array | undefined): number {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const ns of times ?? []) {
    if (Number.isNaN(ns)) continue
    first = Math.min(first, ns)
    last = Math.max(last, ns)
  }
  return Math.max(0, last - first)
}

function paceOf({ file }: Trace, times: Float64Array | undefined, wanted: Pace | undefined): Pace {
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
function wholeOf({ file, operations }: Trace): Operations {
  if (operations.length <= MAX_OPERATIONS) return operations.load()
  throw new InputError(
    `${file}: has ${operations.length} operations, and virtual time needs all of them in memory; ` +
      `expected at most ${MAX_OPERATIONS}; cut the trace, or replay it with the engine serial, which needs no more for more`,
  )
}

function checkSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed
  throw new InputError(`seed: expected a whole number from 0, not ${seed}`)
}

/** The kernel's "buffer is full" and the like are the replay's; a row has what its tracker adds. */
interface Predicted {
  readonly machine: ReplayMachine
  readonly rows: readonly ReplayedRow[]
  readonly off: NativeVirtualReplay
  readonly resets: number
  readonly broken: string | null
  readonly warnings: readonly string[]
}

function rowOf(
  sides: Sides<NativeVirtualReplay>,
  tracker: AnyTracker,
  machine: ReplayMachine,
  layout: Layout,
  extra: number,
): { readonly row: ReplayedRow; readonly broken: string | null } {
  const result = runOf(sides, tracker)
  const { accuracy, counts, broken } = accuracyOf(result, machine)
  const { virtual, ...times } = timesOf(sides, tracker, machine, layout)
  const { waits, waitedNs, longestWaitNs, lateNs, latestNs } = result
  const { truthSlots } = accuracy
  const row: ReplayedRow = {
    tracker,
    promise: promiseOf(tracker) || promiseOfBounds(accuracy.bounds),
    reportedSlots: result.accuracy.unmarked ? null : withUnplaced(result.accuracy.hiwater, extra),
    errorSlots: accuracy.errorSlots,
    verdict: accuracy.verdict,
    promiseKept: accuracy.promiseKept,
    predicted: {
      truthSlots: { low: truthSlots.low + extra, high: truthSlots.high + extra },
      counts,
      // Without a map+unmap there is nothing to compare.
      ...(result.pairs > 0
        ? times
        : { ...times, throughput: null, throughputNoCopy: null, switchedOff: null }),
      order: {
        waits,
        waitedNs,
        longestWaitNs,
        meanLateNs: result.steps > 0 ? lateNs / result.steps : 0,
        latestNs,
      },
    },
    virtual,
  }
  return { row, broken }
}

/**
 * Runs a trace under several trackers in virtual time. Same trace, machine and seed, same result,
 * wherever it runs.
 *
 * @throws InputError for a machine or a cost model that makes no sense, a pool that grows, or times
 *   that cannot be kept; the signal's reason when it was aborted
 */
export async function predictReplay(
  trace: Trace,
  pool: NativePool,
  trackers: readonly AnyTracker[],
  options: ReplayOptions,
): Promise<Predicted> {
  if (pool.canGrow) {
    throw new InputError('grow: the virtual engine cannot run a pool that grows; expected false')
  }
  const operations = wholeOf(trace)
  for (let i = 0; i < operations.length; i++) {
    const error = indexError(trace.file, operations, i, { slots: pool.nslabs, areas: pool.nareas })
    if (error) throw error
  }
  const topology = topologyOf(trace, operations, options.machine)
  const model = loadCostModel(options.machine?.costModel)
  const times = trace.times && loadTimes(trace.times)
  const pace = paceOf(trace, times, options.pace)
  const seed = checkSeed(options.seed ?? 1)
  const copy = options.copy ?? true
  const layout = resolveLayout(options.layout)
  const common = {
    kind: 'virtual-replay',
    pool,
    operations: operations.buffer,
    at: (pace === 'trace' && times) || null,
    topology: nativeTopology(topology),
    costs: nativeCosts(model, topology),
    samplePeriodNs: Math.max(SAMPLE_NS, pace === 'trace' ? spanOf(times) / MAX_LOOKS : 0),
  } as const
  const sides = await runSides<NativeVirtualReplay>(
    ({ tracker, enabled, ...run }, native) => {
      const variant = nativeVariant(tracker, layout, pool.nslabs, { ...options, enabled })
      return runNative({ ...common, ...run, variant }, native)
    },
    trackers,
    { ...options, layout, seed, copy, bareToo: copy },
  )
  const machine: ReplayMachine = {
    ...topology,
    costModel: { name: model.name, description: model.description },
    copy,
    noise: sides.full.noise,
    largerAreas: sides.full.largerAreas,
    noiseNoCopy: sides.bare?.noise ?? null,
    largerAreasNoCopy: sides.bare?.largerAreas ?? null,
    pace,
    seed,
    undirected: undirectedOf(operations),
  }
  const all = trackers.map((tracker) =>
    rowOf(sides, tracker, machine, layout, trace.unplacedBefore),
  )
  return {
    machine,
    rows: all.map(({ row }) => row),
    off: sides.full.off,
    resets: resetsOf(operations),
    broken: all.find(({ broken }) => broken !== null)?.broken ?? null,
    warnings: [
      ...modelWarnings(model),
      ...(anyOf(sides, ({ outOfTime }) => outOfTime)
        ? ['the operations were more than fit into an hour of virtual time']
        : []),
    ],
  }
}
