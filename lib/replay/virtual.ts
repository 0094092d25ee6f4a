/** A recorded trace in virtual time: each CPU's operations on a virtual CPU. */
import { InputError } from '../data/errors.js'
import { lookPeriodNs } from '../measure/looks.js'
import { peakWarnings } from '../measure/verdict.js'
import { nativeVariant, poolAt } from '../native/inputs.js'
import { resolveLayout } from '../native/layout.js'
import type { NativeVirtualReplay } from '../native/plans/virtual.js'
import { runNative } from '../native/run.js'
import { loadCostModel, modelWarnings, nativeCosts } from '../predict/cost-model.js'
import { accuracyOf, LEAST_PAIRS } from '../predict/prediction.js'
import { nativeTopology } from '../predict/run.js'
import {
  anyOf,
  machineOf,
  offOf,
  type RunSets,
  runOf,
  runSets,
  timesOf,
} from '../predict/run-sets.js'
import type { ReplayedRow, ReplayOptions } from '../results/replay.js'
import type { AnyTracker, Layout } from '../results/variant.js'
import type { ReplayMachine, ReplayWork } from '../results/virtual.js'
import { loadNumbers, type Trace } from '../trace/index.js'
import { indexError } from './bad-operation.js'
import type { ReplayPool } from './pool.js'
import { brokenWarnings, type Replayed, rowOf } from './replayed.js'
import { checkSeed, paceOf, resetsOf, topologyOf, undirectedOf, wholeOf } from './virtual-inputs.js'

/** Of the operations of all CPUs at work, what two took; null of too few. */
function togetherNs({ together, togetherNs: ns, cpus }: NativeVirtualReplay): number | null {
  return together >= 2 * LEAST_PAIRS * cpus && cpus > 0 ? (2 * ns) / together : null
}

function workOf(result: NativeVirtualReplay, off: NativeVirtualReplay): ReplayWork {
  const { cpus, atWork, together, accuracy, virtualNs } = result
  const all = accuracy.maps + accuracy.unmaps
  const [own, other] = [togetherNs(result), togetherNs(off)]
  return {
    cpus,
    meanAtWork: atWork,
    togetherShare: all > 0 ? together / all : 0,
    togetherNsPerPair: own,
    togetherVsOff: own === null || other === null ? null : own / other,
    endNs: virtualNs,
  }
}

/** Below this share of the CPUs at work, figures of all operations are those of other CPUs' absence. */
const MOST_AT_WORK = 0.5

function workWarnings({ cpus, atWork }: NativeVirtualReplay): string[] {
  if (cpus < 2 || atWork >= MOST_AT_WORK * cpus) return []
  return [
    `of the ${cpus} CPUs of the trace ${atWork.toFixed(1)} were at work at an operation, in the mean under off: ` +
      'some end long before others, and costs of all operations are mostly those of fewer CPUs, which meet less',
  ]
}

/** What the tracker adds; the kernel's "buffer is full" and the like are the replay's. */
function predictedRow(
  sets: RunSets<NativeVirtualReplay>,
  tracker: AnyTracker,
  machine: ReplayMachine,
  layout: Layout,
  trace: Trace,
): { readonly row: ReplayedRow; readonly broken: string | null } {
  const result = runOf(sets, tracker)
  const { accuracy, counts, broken } = accuracyOf(result, machine)
  const { virtual, ...times } = timesOf(sets, tracker, machine, layout)
  const { waits, waitedNs, longestWaitNs, lateNs, latestNs } = result
  const { truthSlots } = accuracy
  const extra = trace.unplacedBefore
  const row: ReplayedRow = {
    ...rowOf(tracker, accuracy, trace),
    predicted: {
      truthSlots: { low: truthSlots.low + extra, high: truthSlots.high + extra },
      counts,
      bounds: accuracy.bounds,
      until: accuracy.until,
      reads: accuracy.reads,
      // Without a map+unmap there is nothing to compare.
      ...(result.pairs > 0
        ? times
        : { ...times, throughput: null, throughputNoCopy: null, switchedOff: null }),
      work: workOf(result, offOf(sets.full, tracker, layout)),
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
 * Runs a trace under several trackers in virtual time; what has no place in the order of the CPUs is
 * left out. Same trace, machine and seed, same result, wherever it runs.
 *
 * @throws InputError for a machine or a cost model that makes no sense, a pool that grows, or times
 *   that cannot be kept; the signal's reason when it was aborted
 */
export async function replayVirtually(
  trace: Trace,
  { slots, areas, start }: ReplayPool,
  trackers: readonly AnyTracker[],
  options: ReplayOptions,
): Promise<Replayed> {
  const pool = poolAt(slots, areas, start, options.grow)
  if (pool.canGrow) {
    throw new InputError('grow: the virtual engine cannot run a pool that grows; expected false')
  }
  const operations = wholeOf(trace)
  for (let i = 0; i < operations.length; i++) {
    const error = indexError(trace.file, operations, i, { slots, areas })
    if (error) throw error
  }
  const model = loadCostModel(options.machine?.costModel)
  const topology = topologyOf(trace, operations, options.machine, model)
  const times = trace.times && loadNumbers(trace.times)
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
    samplePeriodNs: lookPeriodNs(pace === 'trace' ? times : undefined),
  } as const
  const sets = await runSets<NativeVirtualReplay>(
    ({ tracker, enabled, ...run }, native) => {
      const variant = nativeVariant(tracker, layout, slots, { ...options, enabled })
      return runNative({ ...common, ...run, variant }, native)
    },
    trackers,
    { ...options, layout, seed, copy, bareToo: copy, cpus: topology.cpus },
  )
  const machine: ReplayMachine = {
    ...machineOf(topology, model, copy, sets),
    pace,
    seed,
    undirected: undirectedOf(operations),
  }
  const all = trackers.map((tracker) => predictedRow(sets, tracker, machine, layout, trace))
  const { off } = sets.full
  const broken = all.find((one) => one.broken !== null)?.broken ?? null
  return {
    machine,
    rows: all.map(({ row }) => row),
    accuracy: off.accuracy,
    peakSlots: off.truth,
    resets: resetsOf(operations),
    placement: null,
    broken,
    warnings: [
      ...modelWarnings(model),
      ...(anyOf(sets, ({ outOfTime }) => outOfTime)
        ? ['the operations were more than fit into an hour of virtual time']
        : []),
      ...workWarnings(off),
      ...peakWarnings(
        all.flatMap(({ row }) => (row.predicted ? [row.predicted.truthSlots] : [])),
        { slots, grow: false },
      ),
      ...brokenWarnings(broken),
    ],
  }
}
