/** What a run gives back. Plain data: everything here survives JSON. */
import type { Scenario } from '../scenario/schema.js'
import type { Until } from './check.js'
import type { MarkCourse, UsedCourse } from './course.js'
import type {
  BufferFull,
  Duty,
  Estimate,
  LargerAreas,
  Latency,
  Ratio,
  SlotRange,
} from './figures.js'
import type { Line } from './line.js'
import type { Timeline } from './timeline.js'
import type { AnyTracker, Engine, Layout, Progress, Tuned, Tuning } from './variant.js'
import type { Machine, MachineOptions, VirtualRow } from './virtual.js'

export interface RunOptions extends Tuning {
  /** `serial` by default. */
  readonly engine?: Engine | undefined
  /** What the virtual engine runs on; for no other. */
  readonly machine?: MachineOptions | undefined
  /** The kernel's by default. */
  readonly layout?: Partial<Layout> | undefined
  /** Leave out the timing. */
  readonly timing?: boolean | undefined
  /**
   * Of the serial engine: note the course of the run, `usedCourse` and `markCourse`. That takes a
   * second run, since to some trackers it matters that somebody asks for the mark.
   */
  readonly course?: boolean | undefined
  /** Of the virtual engine: is told the events of each tracker's run. */
  readonly timeline?: Timeline | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

export interface CompareOptions extends RunOptions {
  /** In the order of the rows; all by default. `off` is always timed, as the measure. */
  readonly trackers?: readonly AnyTracker[] | undefined
}

/**
 * How a reported mark stands to the truth: `exact` inside the truth's envelope; `within` outside,
 * but no further than the tracker promises; `over` and `under` beyond that; `none` if there is no
 * mark.
 */
export type Verdict = 'exact' | 'within' | 'over' | 'under' | 'none'

/** Between what the peak lies for certain, by what the tracker says and promises. Slots. */
export interface Certified {
  /** In use at some instant since the mark was begun; null where the tracker knows nothing. */
  readonly lowSlots: number | null
  /** The mark, and what it may be under; null where that has no bound. */
  readonly highSlots: number | null
  /** From one to the other; null where one of them is missing. */
  readonly widthSlots: number | null
  /** Whether so much can have been in use: no more than any order of the operations allows. */
  readonly kept: boolean
}

/** The accuracy run of one tracker: its mark beside the truth. Slots are of 2 KiB. */
export interface Accuracy {
  readonly engine: Engine
  /** The mark at the end in slots; null for a tracker that keeps none. */
  readonly reportedSlots: number | null
  /** The peak that really was: what any order of the overlapping operations allows. */
  readonly truthSlots: SlotRange
  /** Reported less truth in slots, against the nearer end of the envelope; 0 inside. */
  readonly errorSlots: number | null
  readonly errorBytes: number | null
  /** Of the truth. */
  readonly errorPercent: number | null
  readonly verdict: Verdict
  /** Slots that the tracker promises to stay within; null for no bound. */
  readonly bounds: { readonly under: number | null; readonly over: number | null }
  /** What this promise ends with, as the tracker says itself. */
  readonly until: readonly Until[]
  /** Whether who reads used and then the mark is promised never to see used above it. */
  readonly reads: boolean
  /** Of the mark, and of what is certified. */
  readonly promiseKept: boolean
  /** Absent in results that were kept before there was such a thing. */
  readonly certified?: Certified | undefined
}

/** What happened in the accuracy run. Slots include padding. */
export interface Counts {
  /** Tried, failed ones included. */
  readonly maps: number
  readonly unmaps: number
  readonly failedMaps: number
  readonly failedSlots: number
  /** Maps served by another area than their CPU's. */
  readonly spills: number
  /** Reported at the end, slots; below 0 where the count fell below it. */
  readonly usedSlots: number
  /** The peak if every failed map had been served, slots. */
  readonly demandPeakSlots: number
  /** Of the tracker, without the area lock's. Per map, with the map's share of unmaps. */
  readonly lockedOpsPerMap: number
  readonly cmpxchgRetriesPerMap: number
  /** With threads: of the sampler while they ran; null where there is none. */
  readonly looks: Duty | null
  /** With threads: of growth work; null where the pool cannot grow. */
  readonly growth: Duty | null
  /** Null where it never was. */
  readonly bufferFull: BufferFull | null
}

/** Times of the rounds of one regime. */
export interface RegimeTimes {
  /** A round's time is the median of its chunks. */
  readonly nsPerPair: Estimate
  /** Median of the rounds' ratios to an `off` with areas of the same size in the same round. */
  readonly vsOff: Ratio
}

/** The same, a round's time being the mean of its chunks. */
interface MeanTimes extends RegimeTimes {
  /** The ratios of the rounds, null as in Throughput. */
  readonly roundsVsOff: readonly (number | null)[]
}

/** What a map and its unmap cost beside one tracker, in nanoseconds and times `off`. */
export interface Throughput extends RegimeTimes {
  readonly threads: number
  /**
   * The ratios of the rounds, null where one of the two was not timed or the round is of another
   * regime; empty where it was predicted.
   */
  readonly roundsVsOff: readonly (number | null)[]
  /** Null where it was predicted. */
  readonly mean: MeanTimes | null
  /**
   * By the regimes of `Timing.line`; empty where there are none, null for one in which none of the
   * variant's slices was measured. The first is above.
   */
  readonly byRegime: readonly (RegimeTimes | null)[]
  readonly pairsPerSecond: number
  readonly bytesPerSecond: number
  readonly failedMaps: number
  readonly mapNs: Latency
  readonly unmapNs: Latency
  readonly pairNs: Latency
}

/** What a variant's timed slices were like. */
export interface SliceFacts {
  /** Null for a tracker that is not sampled. */
  readonly looks: Duty | null
  /** Null where the pool cannot grow. */
  readonly growth: Duty | null
  /** Shares of the time that were dropped: of this tracker's, and of that of the `off` beside it. */
  readonly dropped: readonly [number, number]
  /** Why there is no figure, in words; null where there is one. */
  readonly untimed: string | null
}

/** One tracker's figures, by themselves. */
export interface MeasuredRow {
  readonly tracker: AnyTracker
  readonly promise: string
  readonly accuracy: Accuracy
  readonly counts: Counts
  /** From one area to the next; the `off` that it is measured against has as many. */
  readonly areaBytes: number
  /**
   * As the scenario says, with its copies. Null when the timing was left out, or `slices` says why
   * there is no figure.
   */
  readonly throughput: Throughput | null
  /** The same without copies; null when the scenario makes none, or the timing was left out. */
  readonly throughputNoCopy: Throughput | null
  /** Null when the timing was left out, and in virtual time. */
  readonly slices: SliceFacts | null
  readonly slicesNoCopy: SliceFacts | null
  /** `switchable` only: with the switch off. Its accuracy is that of the switch on. */
  readonly switchedOff: {
    readonly throughput: Throughput
    readonly throughputNoCopy: Throughput | null
  } | null
  /** Of the serial engine, and of trackers that keep a mark. */
  readonly markCourse?: MarkCourse | undefined
  /** Where the time goes; in virtual time only. */
  readonly virtual?: VirtualRow | undefined
}

/** One tracker of a comparison. */
export interface Row extends MeasuredRow {
  /** In this run, or, for a tracker file, in what it went through before. */
  readonly promiseBroken: boolean
  /**
   * No other row of this comparison beats it in promise and cost; see frontier(). False for all where
   * `off` against itself has no interval, one without 1, or has not settled.
   */
  readonly frontier: boolean
  /** Why not; null on the frontier. Absent in results that were kept before it was told. */
  readonly offFrontier?: OffFrontier | null | undefined
}

/**
 * Why a row is not on the frontier. `unmarked`: it has no mark; `broken`: its promise is; `untimed`:
 * it was not timed; `few`: its cost has no interval; `unsettled`: its predicted cost would be another
 * with more steps; `noise`: nothing is known of any two. Else another row beats it: it promises as
 * much or more and is `cheaper`; or costs the same and promises `more`.
 */
export type OffFrontier =
  | { readonly why: 'unmarked' | 'broken' | 'untimed' | 'few' | 'unsettled' | 'noise' }
  | {
      readonly why: 'cheaper' | 'more'
      readonly tracker: AnyTracker
      /** What this row and that one cost, times `off`. */
      readonly vsOff: readonly [number, number]
    }

/** Where in a series a tracker leaves the frontier, or joins it. */
export interface FrontierMove {
  readonly tracker: AnyTracker
  /** What the step is for: CPUs, or areas. */
  readonly value: number
  readonly what: 'leaves' | 'joins'
  /** Leaving: why it is off the frontier here. Joining: why it was, at the step before. */
  readonly because: OffFrontier
}

/** The machine of a measurement. */
export interface Host {
  readonly cpuModel: string
  readonly cpus: number
  readonly kernel: string
  readonly node: string
  readonly compiler: string
  /**
   * What time stamps are made of: the processor's counter (`tsc`, `cntvct_el0`) where the kernel
   * keeps its own time by it, and else `clock_gettime`.
   */
  readonly clock: string
  readonly date: string
}

/** How the timing was made, and how far to trust it. */
export interface Timing {
  readonly threads: number
  /** The CPU number that each thread maps as; it chooses the area. */
  readonly cpuIds: readonly number[]
  readonly rounds: number
  readonly sliceMs: number
  readonly copy: boolean
  /**
   * `off` against a second `off` in the same rounds. A ratio inside this band means nothing. Null
   * where in no round both were measured.
   */
  readonly noise: Ratio | null
  /**
   * Whether 1 is in the interval of `noise`, to two digits. If not, `off` was not itself in this run,
   * and no ratio to it is a cost. Null where there is no interval; absent in results that were kept
   * before it was told.
   */
  readonly offWasItself?: boolean | null | undefined
  /** `noise` by the regimes of `line`, which have a control each. Absent likewise. */
  readonly noiseByRegime?: readonly (Ratio | null)[] | undefined
  /** By the sizes of areas that trackers have beside those of `off`. */
  readonly largerAreas: readonly LargerAreas[]
  /**
   * How a line moved between the threads, and the regimes of that; all figures are of the first.
   * Null with one thread, and where there are more threads than CPUs.
   */
  readonly line: Line | null
  /** Share of the time that the host took away from this machine's CPUs; null if unknown. */
  readonly stolen: number | null
  /** Share of the threads' time that was dropped because one of them stood still. */
  readonly dropped: number
  readonly timerNs: number
  readonly pinned: boolean
  /** Whether SCHED_FIFO was granted. */
  readonly realtime: boolean
  readonly oversubscribed: boolean
}

/** Trackers on one scenario: accuracy and cost, a row for each. */
export interface Comparison {
  readonly scenario: Scenario
  readonly layout: Layout
  /** Not told by results of earlier versions. */
  readonly tuning?: Tuned | undefined
  /** Address of the allocator's structure modulo 128: two cache lines, which are fetched in pairs. */
  readonly memOffset: number
  readonly pool: { readonly slots: number; readonly areas: number; readonly bytes: number }
  readonly rows: readonly Row[]
  /** Of the serial engine, in which all rows do the same operations. */
  readonly usedCourse?: UsedCourse | undefined
  readonly timing: Timing | null
  readonly timingNoCopy: Timing | null
  /** What the throughputs were predicted for; absent where they were measured. */
  readonly machine?: Machine | undefined
  /** Null in virtual time: nothing in it depends on the host. */
  readonly host: Host | null
  /** An invariant of the allocator that did not hold in a run; null when all held. */
  readonly broken: string | null
  readonly warnings: readonly string[]
}

/** One tracker's run: what a comparison says of it. */
export interface RunResult extends Omit<Comparison, 'rows'>, Row {}
