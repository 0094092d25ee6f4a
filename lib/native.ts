/** The addon, typed; nothing outside this file sees it untyped. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
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
} from './native-virtual.js'
import type { LineProbe } from './run/line.js'
import type { Duty } from './run/types.js'

export interface NativePool {
  readonly nslabs: number
  readonly nareas: number
  readonly start: bigint
  readonly memOffset: number
  readonly canGrow: boolean
  /** Lowest bus address of grown and transient pools. */
  readonly growBase: bigint
}

export interface NativeVariant {
  /** Place in the list of trackers. */
  readonly tracker: number
  /** 1 padded areas, 2 counters on a line of their own, 4 bitmap; added up. */
  readonly layout: number
  /** Turn a switchable tracker on at the start. */
  readonly enabled: boolean
  readonly batch: number
  /** Slots; 2^64 - 1 for one percent of the pool. */
  readonly tolerance: bigint
}

/** A shared library of kernel-shim, whose allocator is timed in place of one of the addon's. */
export interface NativeLibrary {
  readonly library: string
}

export interface NativeWorkload {
  readonly cpus: number
  readonly inFlight: number
  /** 0 fifo, 1 random */
  readonly order: number
  /** 0 steady, 1 toggle */
  readonly load: number
  readonly sizes: readonly {
    readonly first: number
    readonly last: number
    readonly step: number
    readonly weight: number
  }[]
  readonly origAlign: number
  readonly minAlignMask: number
  readonly allocAlignMask: number
  readonly segBoundaryMask: bigint
  /** 0 bidirectional, 1 to device, 2 from device */
  readonly direction: number
  readonly copy: boolean
  readonly burst: {
    readonly mappings: number
    readonly bytes: number
    readonly every: number
    readonly hold: number
  }
  readonly seed: number
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

interface ReplayPlan {
  readonly kind: 'replay'
  readonly pool: NativePool
  readonly variant: NativeVariant
  /** Whole operations of 64 bytes. */
  readonly operations: ArrayBuffer
  readonly sampleEvery: number
  /** Whether to note used, hiwater and "buffer is full" after each operation. */
  readonly trail: boolean
  /** Operations between two hashes of the whole state; 0 for none. */
  readonly hashEvery: number
}

export interface NativeAccuracy {
  readonly maps: number
  readonly unmaps: number
  readonly failedMaps: number
  readonly failedSlots: number
  readonly spills: number
  readonly used: number
  readonly hiwater: number
  readonly truthLow: number
  readonly truthHigh: number
  readonly demandPeak: number
  /** Infinity for no bound. */
  readonly boundUnder: number
  readonly boundOver: number
  /** Bits of enum tracker_until. */
  readonly boundUntil: number
  readonly locked: number
  readonly cmpxchgRetries: number
  readonly full: number
  readonly fullSize: number
  readonly fullTotal: number
  readonly fullUsed: number
  /** Slots of all pools at the end. */
  readonly nslabs: number
  /** With threads: of the sampler while they ran, and of growth work. */
  readonly looks: Duty | null
  readonly growth: Duty | null
  /** An invariant of the allocator that did not hold at the end. */
  readonly broken: string | null
  readonly cancelled: boolean
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
  readonly timerNs: number
  readonly pinned: boolean
  readonly realtime: boolean
  readonly oversubscribed: boolean
  readonly cancelled: boolean
}

export interface NativeReplay {
  /** Five per operation: slot, nslots, offset, pad, pool. */
  readonly placements: Int32Array
  readonly used: Float64Array | null
  readonly hiwater: Float64Array | null
  /** Three per operation: size, total, used. */
  readonly full: Float64Array | null
  /** Two (lists, state) each time, and two at the end; see struct swiotlb_hash. */
  readonly hashes: BigUint64Array | null
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

interface Handle {
  readonly promise: Promise<unknown>
  cancel(): void
}

interface Addon {
  start(plan: Plan, onProgress: (done: number, total: number) => void): Handle
  liveRuns(): number
  compiler(): string
  trackers(): string[]
  /**
   * Adds the tracker of a shared object to trackers(), for the whole process and for good.
   *
   * @returns the compiler that made it
   * @throws Error with the loader's words
   */
  loadTracker(path: string, name: string): string
  /**
   * Bits: what can happen beside this tracker's maps, and what its promise ends with; and what it
   * promises to a reader.
   */
  trackerTraits(number: number): [beside: number, until: number, reads: boolean]
  /**
   * For each block of a loaded tracker's code 1 if a search of this process ran it, or 0; empty where
   * that is not known.
   */
  trackerBlocks(number: number): Uint8Array
  /**
   * What a tracker is measured against in a layout: an `off` whose areas lie as far apart, made by
   * the same compiler.
   *
   * @param number its place in trackers()
   * @returns the number that a variant names it by, the same for all trackers that share it; how far
   *   apart the areas are in bytes; and the compiler
   */
  baseline(number: number, layout: number): [number: number, areaBytes: number, compiler: string]
  adjustSize(slots: number, areas: number): [number, number]
}

const require = createRequire(import.meta.url)
const load = require('node-gyp-build') as (root: string) => Addon

// lib/ and dist/ are both one level below the package root.
export const addon = load(fileURLToPath(new URL('..', import.meta.url)))

export interface NativeOptions {
  readonly signal?: AbortSignal | undefined
  /** Share of the run that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/**
 * Runs a plan on threads of its own. Rejects with the signal's reason when it was aborted, and with
 * what onProgress threw, both after the run's threads have ended.
 */
export async function runNative<P extends Plan>(
  plan: P,
  { signal, onProgress }: NativeOptions = {},
): Promise<Results[P['kind']]> {
  signal?.throwIfAborted()
  let failure: { readonly error: unknown } | undefined
  const handle = addon.start(plan, (done, total) => {
    // Nothing may be thrown into N-API.
    try {
      if (!failure) onProgress?.(total > 0 ? done / total : 0)
    } catch (error) {
      failure = { error }
      handle.cancel()
    }
  })
  const abort = (): void => handle.cancel()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const result = await handle.promise
    if (failure) throw failure.error
    signal?.throwIfAborted()
    return result as Results[P['kind']]
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** Native runs under way in this thread's environment. */
export function liveRuns(): number {
  return addon.liveRuns()
}
