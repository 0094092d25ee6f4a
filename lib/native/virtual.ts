/** The virtual engine's plans and results, as the addon takes and gives them. */
import type { LineProbe } from '../results/line.js'
import type { NativeAccuracy, NativePool, NativeVariant, NativeWorkload } from './accuracy.js'

interface NativeTopology {
  readonly sockets: number
  /** Of each socket. */
  readonly cores: number
  /** Of each core. */
  readonly threads: number
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
  readonly socket: number
  readonly hold: number
  readonly handover: number
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
  /** Of each CPU, the warm-up left out. */
  readonly steps: number
  readonly warmSteps: number
  /** Virtual time; 0 for no sampler. */
  readonly samplePeriodNs: number
}

/** Recorded operations in virtual time; struct lab_recorded says what is kept of their order. */
export interface VirtualReplayPlan
  extends Pick<VirtualPlan, 'pool' | 'variant' | 'topology' | 'costs' | 'samplePeriodNs'> {
  readonly kind: 'virtual-replay'
  /** Whole operations of 64 bytes. */
  readonly operations: ArrayBuffer
  /** When each began, in nanoseconds from any moment on, NaN for unknown; null for back to back. */
  readonly at: Float64Array | null
  readonly copy: boolean
  readonly seed: number
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
  /** Unmaps since all CPUs have warmed up, as are `lines`. */
  readonly linePairs: number
  readonly bytes: number
  readonly pairsPerSecond: number
  readonly nsPerPair: number
  /** Other, search, release, lock wait, tracker, copy, think; all CPUs together. */
  readonly spentNs: readonly number[]
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
}

export interface NativeVirtualReplay extends NativeVirtual {
  /** Unmaps of maps that had failed. */
  readonly skipped: number
  /** Operations that waited for another CPU's, and for how long: all together, and one. */
  readonly waits: number
  readonly waitedNs: number
  readonly longestWaitNs: number
  /** How much later than recorded operations began: all together, and one. */
  readonly lateNs: number
  readonly latestNs: number
}

export interface CheckPlan {
  readonly kind: 'check'
  readonly variant: NativeVariant
  readonly seed: number
  readonly seeds: number
  /** 0 uniform, 1 priority, 2 both in turn */
  readonly policy: number
  /** Bits of enum lab_finding. */
  readonly wanted: number
  /** Bits of enum lab_beside; none that the tracker does not have. */
  readonly beside: number
  /** A bit for each layout that may be drawn. */
  readonly layouts: number
}

export interface CheckReplayPlan {
  readonly kind: 'check-replay'
  readonly variant: NativeVariant
  readonly seed: number
  readonly pool: NativePool
  readonly cpus: number
  readonly lateSwitch: boolean
  /** How often it is turned, on and off by turns. */
  readonly switches: number
  readonly looks: number
  /** How often used and the mark are read. */
  readonly reads: number
  /** How many of the operations come before the schedule. */
  readonly load: number
  /** What the tolerance is set to, one after the other; slots. */
  readonly tolerances: readonly number[]
  /** Whole operations of 64 bytes. */
  readonly operations: ArrayBuffer
  readonly choices: Buffer
}

interface NativeRaceSide {
  /** Where in the tracker's object; 0 for the allocator. */
  readonly from: number
  readonly bytes: number
  readonly write: boolean
  readonly plain: boolean
}

/** Of a replay: the numbers alone, with every bit that was found. */
export interface NativeFinding {
  readonly schedules: number
  readonly accesses: number
  /** Bits of enum tracker_until, as the tracker says. */
  readonly until: number
  /** Schedules in which the promise had ended with a reset, or with a transient pool. */
  readonly pastReset: number
  readonly pastTransient: number
  /** Schedules that began behind a load. */
  readonly loaded: number
  /** Operations of the longest, without its load. */
  readonly longest: number
  /** Bits of enum lab_finding; 0 for none. */
  readonly finding: number
  readonly seed: number
  readonly nslabs: number
  readonly nareas: number
  readonly start: bigint
  readonly grow: boolean
  /** Its number. */
  readonly layout: number
  readonly cpus: number
  /** Of the two runs of one schedule that ended a search; null where none differed. */
  readonly differ: {
    readonly accesses: readonly [number, number]
    readonly used: readonly [number, number]
    readonly hiwater: readonly [number, number]
    readonly findings: readonly [number, number]
  } | null
  /** Pairs of accesses, of which the first is plain. */
  readonly races: readonly (readonly [NativeRaceSide, NativeRaceSide])[]
  readonly lateSwitch: boolean
  readonly switches: number
  readonly looks: number
  readonly reads: number
  readonly load: number
  readonly tolerances: readonly number[]
  readonly operations: ArrayBuffer
  readonly choices: Buffer
  readonly truth: number
  readonly low: number
  readonly high: number
  readonly used: number
  readonly live: number
  readonly hiwater: number
  /** What was read where used was above the mark; 0 where it never was. */
  readonly readUsed: number
  readonly readHiwater: number
  readonly boundUnder: number
  readonly boundOver: number
  readonly broken: string | null
  readonly cancelled: boolean
}

export interface CalibratePlan {
  readonly kind: 'calibrate'
  readonly rounds: number
}

/** How often the virtual engine charges each for one operation. */
export interface NativeCounted {
  readonly own: number
  readonly walk: number
  readonly atomic: number
}

export interface NativeCalibration {
  /** Figures x rounds, in the order of enum lab_figure; the copies come last. */
  readonly samples: Float64Array
  readonly copyBytes: readonly number[]
  /** Sixteen in flight with run counts, with a bitmap; one in flight with run counts. */
  readonly map: readonly NativeCounted[]
  readonly unmap: readonly NativeCounted[]
  /** Before each round, and after the last; null without two CPUs. */
  readonly line: readonly (LineProbe | null)[] | null
  /** Whether each of two threads had a CPU of its own. */
  readonly pinned: boolean
}
