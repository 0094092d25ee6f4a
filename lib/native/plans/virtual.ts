/** A scenario, or recorded operations, on virtual CPUs in virtual time. */

import type { LoggedEvents } from '../../results/timeline.js'
import type { NativePool, NativeVariant, NativeWorkload } from '../inputs.js'
import type { NativeAccuracy } from './accuracy.js'

interface NativeTopology {
  readonly sockets: number
  /** Of each socket. */
  readonly cores: number
  /** Of each core. */
  readonly threads: number
  /** Cores of each core complex. */
  readonly complexCores: number
}

/** By slot index: run counts, bitmap. */
type ByIndex = readonly [number, number]

/** Nanoseconds; struct lab_costs says what each means. */
export interface NativeCosts {
  readonly own: number
  readonly walk: number
  readonly atomic: number
  readonly shared: number
  readonly core: number
  readonly complex: number
  readonly socket: number
  /** Whether lines come in pairs. */
  readonly pairs: boolean
  readonly hold: number
  /** 0: as long as any move. */
  readonly follow: number
  readonly handover: number
  readonly clock: number
  readonly map: ByIndex
  readonly search: ByIndex
  readonly unmap: ByIndex
  readonly release: ByIndex
  /** Ascending in bytes. */
  readonly copy: readonly { readonly bytes: number; readonly ns: number }[]
  /** 0 for no limit. */
  readonly socketBytesPerNs: number
}

export interface VirtualPlan {
  readonly kind: 'virtual'
  readonly pool: NativePool
  readonly variant: NativeVariant
  readonly workload: NativeWorkload
  readonly topology: NativeTopology
  readonly costs: NativeCosts
  /** Of each CPU in the mean, the warm-up left out. */
  readonly steps: number
  readonly warmSteps: number
  /** Virtual time; 0 for no sampler. */
  readonly samplePeriodNs: number
  /** A file to which the first events are written, as struct lab_event; null for none. */
  readonly eventsFile: number | null
  readonly mostEvents: number
}

/** Recorded operations in virtual time; struct lab_recorded says what is kept of their order. */
export interface VirtualReplayPlan
  extends Pick<
    VirtualPlan,
    'pool' | 'variant' | 'topology' | 'costs' | 'samplePeriodNs' | 'eventsFile' | 'mostEvents'
  > {
  readonly kind: 'virtual-replay'
  /** Whole operations of 64 bytes. */
  readonly operations: ArrayBuffer
  /** When each began, in nanoseconds from any moment on, NaN for unknown; null for back to back. */
  readonly at: Float64Array | null
  readonly copy: boolean
  readonly seed: number
}

/** CPUs that change one word, and do nothing else; struct lab_loop says more. */
export interface LoopPlan extends Pick<VirtualPlan, 'topology' | 'costs'> {
  readonly kind: 'loop'
  /** By looks and compare-exchanges, instead of by locked additions. */
  readonly exchange: boolean
  /** How many of the machine's CPUs, from the first. */
  readonly cpus: number
  /** Virtual time; the second half is measured. */
  readonly durationNs: number
  readonly seed: number
}

export interface NativeLoop {
  /** Mean time of a CPU for one change. */
  readonly nsPerChange: number
  /** Locked instructions for one change. */
  readonly attempts: number
  /** How many were measured, of all CPUs together. */
  readonly changes: number
}

interface NativeLineStats {
  readonly accesses: number
  readonly fromCore: number
  readonly fromSocket: number
  readonly waitedNs: number
  readonly queuedNs: number
}

interface NativeSiteStats {
  readonly count: number
  readonly ns: number
}

export interface NativeVirtual {
  readonly accuracy: NativeAccuracy
  /** Slots: the peak, each operation counted when its area's use changed. */
  readonly truth: number
  readonly virtualNs: number
  readonly pairs: number
  readonly bytes: number
  readonly pairsPerSecond: number
  readonly nsPerPair: number
  /** Other, search, release, lock wait, tracker, copy, think; all CPUs together. */
  readonly spentNs: readonly number[]
  /** Mean time of a step in each half of the measured steps; none of a replay. */
  readonly halfNs: readonly number[]
  /** Mean time of a step in each 32nd of the steps, warm-up included; 0 where there is none. */
  readonly windowNs: readonly number[]
  /** Descriptor, counters, areas, slots, other. */
  readonly lines: readonly NativeLineStats[]
  /** Of maps, and of unmaps; by enum lab_site. */
  readonly sites: readonly (readonly NativeSiteStats[])[]
  readonly locks: number
  readonly locksWaited: number
  readonly mapNs: Float64Array
  readonly unmapNs: Float64Array
  readonly pairNs: Float64Array
  readonly steps: number
  readonly accesses: number
  readonly deadlocked: boolean
  readonly outOfTime: boolean
  /** What was logged. */
  readonly events: LoggedEvents
}

export interface NativeVirtualReplay extends NativeVirtual {
  /** Unmaps of maps that had failed. */
  readonly skipped: number
  /** Operations that waited for another CPU's, and for how long: all together, and one. */
  readonly waits: number
  readonly waitedNs: number
  readonly longestWaitNs: number
  /** CPUs that did any operation; of them, at work at an operation in the mean. */
  readonly cpus: number
  readonly atWork: number
  /** Operations made while all of them were at work, and what they took, all together. */
  readonly together: number
  readonly togetherNs: number
  /** How much later than recorded operations began: all together, and one. */
  readonly lateNs: number
  readonly latestNs: number
}
