/** What a replay of a recorded trace gives back. Slots include padding. */
import type { Elsewhere, LostEvents, Unused } from '../trace/index.js'
import type {
  Accuracy,
  Certified,
  Counts,
  MeasuredRow,
  OffFrontier,
  Verdict,
} from './comparison.js'
import type { MarkCourse, UsedCourse } from './course.js'
import type { BufferFull, SlotRange } from './figures.js'
import type { Timeline } from './timeline.js'
import type { AnyTracker, Layout, Progress, Tuned, Tuning } from './variant.js'
import type {
  MachineOptions,
  Pace,
  RecordedOrder,
  ReplayMachine,
  ReplayWork,
  VirtualRow,
} from './virtual.js'

/**
 * `serial`: one operation after another, in the recorded order. `virtual`: each CPU's operations on
 * a virtual CPU, in virtual time; times are predictions from a cost model.
 */
export const replayEngines = ['serial', 'virtual'] as const
export type ReplayEngine = (typeof replayEngines)[number]

export interface ReplayOptions extends Tuning {
  /** In the order of the rows; all by default. */
  readonly trackers?: readonly AnyTracker[] | undefined
  /** Slots and areas where the trace does not say, or instead of what it says. */
  readonly slots?: number | undefined
  readonly areas?: number | undefined
  /** Bus address of slot 0. */
  readonly poolStart?: bigint | undefined
  /** Grow when there is no room, as a kernel with SWIOTLB_DYNAMIC. */
  readonly grow?: boolean | undefined
  readonly layout?: Partial<Layout> | undefined
  /**
   * Operations between two looks of a tracker's worker, in place of a time between them. Serial
   * engine only.
   */
  readonly sampleEvery?: number | undefined
  /** `serial` by default. */
  readonly engine?: ReplayEngine | undefined
  /** Of the virtual engine, as are those below; by default one CPU more than the highest of the trace. */
  readonly machine?: (MachineOptions & { readonly cpus?: number | undefined }) | undefined
  /** `trace` by default where the trace shows times, else `none`. */
  readonly pace?: Pace | undefined
  /**
   * Whether copies are made; true by default. A map copies once, and an unmap once more where the
   * trace says that the device may have written. Where it names no direction, only the map copies.
   */
  readonly copy?: boolean | undefined
  /** 1 by default. */
  readonly seed?: number | undefined
  /** Is told the events of each tracker's replay. */
  readonly timeline?: Timeline | undefined
  /**
   * Of the serial engine: note the course of the run, `usedCourse` and `markCourse`. That takes a
   * second run, since to some trackers it matters that somebody asks for the mark.
   */
  readonly course?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** One tracker's replay in virtual time. Its order across CPUs, and so its peak, is its own. */
export interface ReplayPrediction
  extends Pick<MeasuredRow, 'areaBytes' | 'throughput' | 'throughputNoCopy' | 'switchedOff'>,
    Pick<Accuracy, 'bounds' | 'until' | 'reads'> {
  /** The peak that any order of the overlapping operations allows, as `peakSlots`. */
  readonly truthSlots: SlotRange
  readonly counts: Counts
  readonly order: RecordedOrder
  /** Absent in results that were kept before it was told. */
  readonly work?: ReplayWork | undefined
  /** As of a comparison's row, both. */
  readonly frontier: boolean
  readonly offFrontier: OffFrontier | null
}

/** The same before it is held against the others. */
type UnplacedPrediction = Omit<ReplayPrediction, 'frontier' | 'offFrontier'>

/** One tracker of a replay. */
export interface ReplayRow {
  readonly tracker: AnyTracker
  readonly promise: string
  /** The mark at the end; null for a tracker that keeps none. */
  readonly reportedSlots: number | null
  readonly errorSlots: number | null
  readonly verdict: Verdict
  /** Whether the error is within what the tracker promises, and what it certifies can have been. */
  readonly promiseKept: boolean
  /** As of a comparison's row; with the slots that were in use before the trace began. */
  readonly certified?: Certified | undefined
  /** Whether it says itself that its promise ends with a reset, and there was one. */
  readonly endedByReset: boolean
  /** The pool that the kernel makes of the mark, for whoever books it; null without a count. */
  readonly bookedSlots: number | null
  /** Of the serial engine, and of trackers that keep a mark. */
  readonly markCourse?: MarkCourse | undefined
  /** Of the virtual engine, both. */
  readonly predicted?: ReplayPrediction | undefined
  readonly virtual?: VirtualRow | undefined
}

/** In a replay: a promise that has ended, by the tracker's own word, is none that was broken. */
export const brokeItsPromise = ({
  promiseKept,
  endedByReset,
}: Pick<ReplayRow, 'promiseKept' | 'endedByReset'>): boolean => !promiseKept && !endedByReset

/** What is known of a row before it is held against the whole trace and its pool. */
export type ReplayedRow = Omit<ReplayRow, 'endedByReset' | 'bookedSlots' | 'predicted'> & {
  readonly predicted?: UnplacedPrediction | undefined
}

/**
 * What looking at the slots in use every so often would have reported, over a hundred moments for the
 * first look. Null where none of them looked while the trace ran.
 */
export interface Sampling {
  readonly periodS: number
  readonly lowSlots: number | null
  readonly medianSlots: number | null
  readonly highSlots: number | null
  /** Of the moments for the first look: those that came too late for even one. */
  readonly unseenShare: number
  /** The pool that the kernel makes of the median. */
  readonly bookedSlots: number | null
}

/** The time of a serial replay, as a tracker's clock shows it. */
interface ReplayClock {
  /** As the trace recorded it; false: the same short time for each operation. */
  readonly recorded: boolean
  /** From the begin to the last operation. */
  readonly spanNs: number
  /** For each operation; null where the time was recorded, or there was no operation. */
  readonly stepNs: number | null
  /** Of that time, between two looks of a tracker's worker; null where operations are counted. */
  readonly lookPeriodNs: number | null
  /** Operations between two of its looks; null where they are made by the time. */
  readonly lookEvery: number | null
}

/** As of the trace; the addresses hexadecimal, as 0x37fd9000. */
type ReplayedElsewhere = Omit<Elsewhere, 'from' | 'to'> & {
  readonly from: string
  readonly to: string
}

/** A recorded trace, replayed: each tracker's mark beside the truth. Slots are of 2 KiB. */
export interface ReplayResult {
  readonly trace: {
    readonly file: string
    readonly format: string
    readonly layout: string
    readonly events: number
    readonly lost: LostEvents
    /** Maps that were not bounced, and such as were under way when the trace ended. */
    readonly direct: number
    readonly unfinished: number
    readonly unused: Unused
  }
  /** Bounced maps that lie outside the pool, by device: they are not replayed. */
  readonly elsewhere: readonly ReplayedElsewhere[]
  readonly pool: {
    readonly nslabs: number
    readonly nareas: number
    /** Hexadecimal, as 0x37fd9000. */
    readonly start: string
    readonly bytes: number
    /** Whether it grows where there is no room. */
    readonly grow: boolean
  }
  readonly layout: Layout
  readonly tuning: Tuned
  readonly maps: number
  readonly unmaps: number
  /** Of the mark. */
  readonly resets: number
  readonly failedMaps: number
  /** What the failed maps asked for, all together. */
  readonly failedSlots: number
  readonly usedBefore: number
  readonly usedAfter: number
  /**
   * Exact for the order of the operations; since the last reset. In virtual time that of `off`: each
   * row has its own in `predicted`.
   */
  readonly peakSlots: number
  /** What the peak must lie between when events were lost. */
  readonly peakBounds: { readonly low: number; readonly high: number | null } | null
  /** The peak if every failed map had been served, in the replay and in what was recorded. */
  readonly demandPeakSlots: number
  /** The highest value of the kernel's own counter that the trace shows; null if it shows none. */
  readonly kernelPeakSlots: number | null
  /** Chosen slots against the kernel's, where the trace names them; null where it does not. */
  readonly placement: {
    readonly checked: number
    readonly same: number
    readonly different: number
  } | null
  /** Null where it never was. */
  readonly bufferFull: BufferFull | null
  /** What a replay in virtual time was predicted for; absent in any other. */
  readonly machine?: ReplayMachine | undefined
  /** What trackers were told of the time in a serial replay; absent in any other. */
  readonly clock?: ReplayClock | undefined
  readonly rows: readonly ReplayRow[]
  /** By equal parts of the operations; of the serial engine. */
  readonly usedCourse?: UsedCourse | undefined
  /** The pool that the kernel makes of the peak. */
  readonly bookedSlots: number
  /** Empty where the trace shows no times. */
  readonly sampling: readonly Sampling[]
  /** An invariant of the allocator that did not hold under a tracker; null when all held. */
  readonly broken: string | null
  readonly warnings: readonly string[]
}
