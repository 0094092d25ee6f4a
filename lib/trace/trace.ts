import type { OperationStore, Operations } from './operations.js'

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

/** A recorded trace, as operations for the replay. */
export interface Trace {
  /** As the user named it. */
  readonly file: string
  readonly format: 'ftrace' | 'trace-cmd' | 'perf-script' | 'operation-log'
  /** 'probes', 'standard' or 'log'. */
  readonly layout: string
  /** Events read that belong to swiotlb or dma. */
  readonly events: number
  readonly lost: LostEvents
  /** What the trace itself says. */
  readonly pool: PoolFacts
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
  readonly times?: Float64Array
  /** As recorded. */
  readonly maps: number
  readonly unmaps: number
  readonly failedMaps: number
  /** What they asked for, all together. */
  readonly failedSlots: number
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
}

/** What the readers of events find out; the rest of a Trace comes from its lines. */
export type Reading = Omit<Trace, 'file' | 'format' | 'layout' | 'events' | 'operations'> & {
  readonly operations: Operations
}
