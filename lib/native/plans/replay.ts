/** Recorded operations one after another. */
import type { NativePool, NativeVariant } from '../inputs.js'
import type { NativeAccuracy } from './accuracy.js'
import type { NativeCourse } from './course.js'

/** Whole operations of 64 bytes, in memory or in a file that stays open until the run has ended. */
export type NativeOperations =
  | { readonly operations: ArrayBuffer; readonly operationsFile: null }
  | { readonly operationsFile: number; readonly operationsCount: number }

/** When each operation began, in nanoseconds from any moment on, NaN for unknown; or two nulls. */
export interface NativeTimes {
  readonly at: Float64Array | null
  /** A file of such numbers, which stays open until the run has ended. */
  readonly atFile: number | null
}

/** Where no operation has a time. */
export const UNTIMED: NativeTimes & Pick<ReplayPlan, 'samplePeriodNs'> = {
  at: null,
  atFile: null,
  samplePeriodNs: 0,
}

export type ReplayPlan = NativeOperations &
  NativeTimes & {
    readonly kind: 'replay'
    readonly pool: NativePool
    readonly variant: NativeVariant
    /** Operations between two looks of the sampler; 0 for none. */
    readonly sampleEvery: number
    /** With times: nanoseconds between two of its looks; 0 for none. */
    readonly samplePeriodNs: number
    /** Whether to note placement, used, hiwater and "buffer is full" after each operation. */
    readonly trail: boolean
    /** Whether to note the course of the run. */
    readonly course: boolean
    /** A file to which the placements are written, five numbers of 32 bits each; null for none. */
    readonly placementsFile: number | null
    /** Operations between two hashes of the whole state; 0 for none. */
    readonly hashEvery: number
    /** Whether there are data, which are copied; by the instrumented build. */
    readonly copies: boolean
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
  /** One per operation: a hash of the data that it could have touched. Null without copies. */
  readonly data: BigUint64Array | null
  /** One beside each two of `hashes`: of all data. Null without copies. */
  readonly memory: BigUint64Array | null
  /** The first operation that made no sense: nothing behind it was done. */
  readonly badOperation: number | null
  readonly resets: number
  /** Maps of which the trace says where the kernel had them. */
  readonly expected: number
  readonly misplaced: number
  readonly unmovable: number
  /** What a tracker's clock said at the end, nanoseconds from 0 on. */
  readonly clockNs: number
  readonly accuracy: NativeAccuracy
  /** Null where none was asked for, or there was no operation. */
  readonly course: NativeCourse | null
}
