/** What the addon runs: every plan, and what it gives. */
import type { Duty } from '../results/figures.js'
import type { LineProbe } from '../results/line.js'
import type { NativeAccuracy, NativePool, NativeVariant, NativeWorkload } from './accuracy.js'
import { addon, asked, kindOf } from './addon.js'
import type {
  CalibratePlan,
  CheckPlan,
  CheckReplayPlan,
  NativeCalibration,
  NativeFinding,
  NativeVirtual,
  NativeVirtualReplay,
  VirtualPlan,
  VirtualReplayPlan,
} from './virtual.js'

/** A shared library of kernel-shim, whose allocator is timed in place of one of the addon's. */
export interface NativeLibrary {
  readonly library: string
}

interface SerialPlan {
  readonly kind: 'serial'
  readonly pool: NativePool
  readonly variant: NativeVariant
  readonly workload: NativeWorkload
  readonly steps: number
  readonly sampleEvery: number
}

interface AccuracyPlan {
  readonly kind: 'accuracy'
  readonly pool: NativePool
  readonly variant: NativeVariant
  readonly workload: NativeWorkload
  /** Of each CPU. */
  readonly steps: number
  readonly samplePeriodNs: number
  readonly instrumented: boolean
}

interface BenchPlan {
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

/** Whole operations of 64 bytes, in memory or in a file that stays open until the run has ended. */
export type NativeOperations =
  | { readonly operations: ArrayBuffer; readonly operationsFile: null }
  | { readonly operationsFile: number; readonly operationsCount: number }

type ReplayPlan = NativeOperations & {
  readonly kind: 'replay'
  readonly pool: NativePool
  readonly variant: NativeVariant
  readonly sampleEvery: number
  /** Whether to note placement, used, hiwater and "buffer is full" after each operation. */
  readonly trail: boolean
  /** A file to which the placements are written, five numbers of 32 bits each; null for none. */
  readonly placementsFile: number | null
  /** Operations between two hashes of the whole state; 0 for none. */
  readonly hashEvery: number
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

export interface NativeReplay {
  /** Five per operation: slot, nslots, offset, pad, pool. Null, as those below, without a trail. */
  readonly placements: Int32Array | null
  readonly used: Float64Array | null
  readonly hiwater: Float64Array | null
  /** Three per operation: size, total, used. */
  readonly full: Float64Array | null
  /** Two (lists, state) each time, and two at the end; see struct swiotlb_hash. */
  readonly hashes: BigUint64Array | null
  /** The first operation that made no sense: nothing behind it was done. */
  readonly badOperation: number | null
  readonly resets: number
  /** Maps of which the trace says where the kernel had them. */
  readonly expected: number
  readonly misplaced: number
  readonly unmovable: number
  readonly accuracy: NativeAccuracy
}

/** What each kind of plan gives. */
interface Results {
  readonly serial: NativeAccuracy
  readonly accuracy: NativeAccuracy
  readonly bench: NativeBench
  readonly replay: NativeReplay
  readonly virtual: NativeVirtual
  readonly 'virtual-replay': NativeVirtualReplay
  readonly check: NativeFinding
  readonly 'check-replay': NativeFinding
  readonly calibrate: NativeCalibration
}

export type Plan =
  | SerialPlan
  | AccuracyPlan
  | BenchPlan
  | ReplayPlan
  | VirtualPlan
  | VirtualReplayPlan
  | CheckPlan
  | CheckReplayPlan
  | CalibratePlan

export interface NativeOptions {
  readonly signal?: AbortSignal | undefined
  /** Share of the run that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/**
 * Runs a plan on threads of its own. Rejects with the signal's reason when it was aborted, with what
 * onProgress threw, both after the run's threads have ended, and with ResourceError.
 */
export async function runNative<P extends Plan>(
  plan: P,
  { signal, onProgress }: NativeOptions = {},
): Promise<Results[P['kind']]> {
  signal?.throwIfAborted()
  let failure: { readonly error: unknown } | undefined
  const onDone = (done: number, total: number): void => {
    // Nothing may be thrown into N-API.
    try {
      if (!failure) onProgress?.(total > 0 ? done / total : 0)
    } catch (error) {
      failure = { error }
      handle.cancel()
    }
  }
  const handle = asked(() => addon().start(plan, onDone))
  const abort = (): void => handle.cancel()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const result = await handle.promise.catch((error: unknown) => {
      throw kindOf(error)
    })
    if (failure) throw failure.error
    signal?.throwIfAborted()
    return result as Results[P['kind']]
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
