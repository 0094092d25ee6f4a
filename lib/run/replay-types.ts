/** What a replay of a recorded trace gives back. Slots include padding. */
import type { LostEvents } from '../trace/index.js'
import type { TrackerName } from '../trackers.generated.js'
import type { Layout, Progress, Tuning, Verdict } from './types.js'

export interface ReplayOptions extends Tuning {
  /** In the order of the rows; all by default. */
  readonly trackers?: readonly TrackerName[] | undefined
  /** Slots and areas where the trace does not say, or instead of what it says. */
  readonly slots?: number | undefined
  readonly areas?: number | undefined
  /** Bus address of slot 0. */
  readonly poolStart?: bigint | undefined
  /** Grow when there is no room, as a kernel with SWIOTLB_DYNAMIC. */
  readonly grow?: boolean | undefined
  readonly layout?: Partial<Layout> | undefined
  /** Operations between two looks of a sampler. */
  readonly sampleEvery?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

export interface ReplayRow {
  readonly tracker: TrackerName
  readonly promise: string
  /** The mark at the end; null for a tracker that keeps none. */
  readonly reportedSlots: number | null
  readonly errorSlots: number | null
  readonly verdict: Verdict
  /** Whether the error is within what the tracker promises. */
  readonly promiseKept: boolean
}

export interface ReplayResult {
  readonly trace: {
    readonly file: string
    readonly format: string
    readonly layout: string
    readonly events: number
    readonly lost: LostEvents
  }
  readonly pool: {
    readonly nslabs: number
    readonly nareas: number
    /** Hexadecimal, as 0x37fd9000. */
    readonly start: string
    readonly bytes: number
  }
  readonly maps: number
  readonly unmaps: number
  readonly failedMaps: number
  /** What the failed maps asked for, all together. */
  readonly failedSlots: number
  readonly usedBefore: number
  readonly usedAfter: number
  /** Exact for the order of the operations; since the last reset. */
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
  readonly bufferFull: {
    readonly count: number
    readonly sizeBytes: number
    readonly totalSlots: number
    readonly usedSlots: number
  } | null
  readonly rows: readonly ReplayRow[]
  /** An invariant of the allocator that did not hold under a tracker; null when all held. */
  readonly broken: string | null
  readonly warnings: readonly string[]
}
