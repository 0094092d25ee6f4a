import type { Attempts } from './attempts.js'
import type { OperationStore, Operations, SpooledOperations } from './operations.js'
import type { OperationNumbers, SpooledNumbers } from './steps/numbers.js'

/** What a trace is known to have lost. */
export interface LostEvents {
  /** Known lost events; 0 if none. */
  readonly events: number
  /** In words, one for each kind of loss. */
  readonly reasons: readonly string[]
}

/** The pool, as far as it is known. `start` is the bus address of slot 0. */
export interface PoolFacts {
  readonly nslabs?: number
  readonly nareas?: number
  readonly start?: bigint
}

/** What the reader is told beside the trace: the file's name, and the pool where it is known. */
export interface TraceHints extends PoolFacts {
  /** Name of the file, for messages. */
  readonly file: string
  /** Slots in use when the trace began (io_tlb_used), where it was noted. */
  readonly usedBefore?: number
}

/** Bounced maps of one device that do not lie in the pool. They are counted, and not replayed. */
export interface Elsewhere {
  readonly device: string
  readonly maps: number
  /** Of all of them together, and the most at one time. */
  readonly slots: number
  readonly mostSlots: number
  /** The first and the last byte. */
  readonly from: bigint
  readonly to: bigint
  /** What may lie there. */
  readonly mayBe: string
}

/** What of a trace says nothing of the pool. */
export interface Unused {
  /** Events of swiotlb and dma that are not used, by name. */
  readonly events: { readonly [name: string]: number }
  /** Lines of other events. */
  readonly otherLines: number
}

/** The devices of a trace's operations. */
interface DeviceColumn<T extends OperationNumbers> {
  readonly names: readonly string[]
  /** For each operation the place of its device in `names`; NaN for one that has none, as an unmap. */
  readonly numbers: T
}

/** A recorded trace, as operations for the replay. */
export interface Trace {
  /** As the user named it. */
  readonly file: string
  readonly format: 'ftrace' | 'trace-cmd' | 'perf-script' | 'operation-log'
  /** 'probes', 'standard', 'attempts' (nothing but swiotlb_bounced) or 'log'. */
  readonly layout: string
  /** Events read that belong to swiotlb or dma. */
  readonly events: number
  readonly lost: LostEvents
  /** What the trace itself says. */
  readonly pool: PoolFacts
  /** The pool whose slots the operations name, where they name any: in another they mean nothing. */
  readonly placedIn?: PoolFacts
  /** Slots in use before the first event, as far as the trace (or the hint) shows. */
  readonly usedBefore: number
  /** Part of usedBefore of which no address is known. */
  readonly unplacedBefore: number
  /** `place` operations come first; each map that failed is there as such. */
  readonly operations: OperationStore
  /**
   * When each operation began, in nanoseconds of the trace's clock; NaN where that is not known.
   * Absent where the trace shows no times.
   */
  readonly times?: OperationNumbers
  /** Whose each operation is; absent where the trace names no device. */
  readonly devices?: DeviceColumn<OperationNumbers>
  /** What swiotlb_bounced shows, of standard events; alone where nothing else was recorded. */
  readonly attempts?: readonly Attempts[]
  /** As recorded. */
  readonly maps: number
  readonly unmaps: number
  readonly failedMaps: number
  /** What they asked for, all together. */
  readonly failedSlots: number
  /** Bounced maps outside the pool, by device. */
  readonly elsewhere: readonly Elsewhere[]
  /** Maps that were not bounced. */
  readonly direct: number
  /** Maps that were under way when the trace ended; they do not count. */
  readonly unfinished: number
  readonly unused: Unused
  /** The highest value that the kernel's own counter shows in the trace (probed traces), slots. */
  readonly kernelPeak?: number
  /**
   * Only when events were lost: what the true peak (slots) lies between, as far as is known. `low` of
   * standard events can be a slot or so too high, since dma_unmap_page comes after the free.
   */
  readonly peakBounds?: { readonly low: number; readonly high?: number }
  readonly warnings: readonly string[]
}

/** A trace of which all operations are in memory. */
export interface WholeTrace extends Trace {
  readonly operations: Operations
  readonly times?: Float64Array
  readonly devices?: DeviceColumn<Float64Array>
}

/** A trace whose operations and times are in spools: to be closed. */
export interface SpooledTrace extends Trace {
  readonly operations: SpooledOperations
  readonly times?: SpooledNumbers
  readonly devices?: DeviceColumn<SpooledNumbers>
}

/** What the readers of events find out; the rest of a Trace comes from its lines. */
export type Reading = Omit<
  SpooledTrace,
  'file' | 'format' | 'layout' | 'events' | 'unused' | 'placedIn'
>

/** Where a trace is from, as results tell it. */
export const originOf = ({ file, format, layout, events }: Trace) => ({
  file,
  format,
  layout,
  events,
})
