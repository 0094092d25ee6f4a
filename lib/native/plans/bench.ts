/** Several allocators in one interleaved run of threads, for their times. */
import type { Duty } from '../../results/figures.js'
import type { LineProbe } from '../../results/line.js'
import type { NativePool, NativeVariant, NativeWorkload } from '../inputs.js'

/** A shared library of kernel-shim, whose allocator is timed in place of one of the addon's. */
export interface NativeLibrary {
  readonly library: string
}

export interface BenchPlan {
  readonly kind: 'bench'
  readonly pool: NativePool
  readonly variants: readonly (NativeVariant | NativeLibrary)[]
  readonly workload: NativeWorkload
  readonly cpuIds: readonly number[]
  readonly rounds: number
  readonly sliceNs: number
  readonly latencyRounds: number
  readonly samplePeriodNs: number
  readonly realtime: boolean
}

export interface NativeBench {
  /** Variants x rounds; NaN for a slice of which too little was left. Of median chunks. */
  readonly nsPerPair: Float64Array
  /** The same of mean chunks. */
  readonly meanNs: Float64Array
  /** Variants x rounds. */
  readonly pairs: Float64Array
  readonly failed: Float64Array
  readonly bytes: Float64Array
  readonly seconds: Float64Array
  /** By variant, in all slices. */
  readonly looks: readonly (Duty | null)[]
  readonly growth: readonly (Duty | null)[]
  /**
   * Before each round, those for latencies behind the others, and after the last; null for a look
   * that saw nothing. Null with one thread, and where threads have no CPUs of their own.
   */
  readonly line: readonly (LineProbe | null)[] | null
  /** Variants x HISTOGRAM_BUCKETS. */
  readonly mapNs: Float64Array
  readonly unmapNs: Float64Array
  readonly pairNs: Float64Array
  readonly dropped: number
  /** By variant: the share of its own time. */
  readonly droppedBy: Float64Array
  readonly timerNs: number
  readonly pinned: boolean
  readonly realtime: boolean
  readonly oversubscribed: boolean
  readonly cancelled: boolean
}
