/** A scenario under one tracker, for its mark: one operation after another, or on threads. */
import type { Duty } from '../../results/figures.js'
import type { NativePool, NativeVariant, NativeWorkload } from '../inputs.js'
import type { NativeCourse } from './course.js'

export interface SerialPlan {
  readonly kind: 'serial'
  readonly pool: NativePool
  readonly variant: NativeVariant
  readonly workload: NativeWorkload
  readonly steps: number
  readonly sampleEvery: number
  /** Whether to note the course, in a run of its own. */
  readonly course: boolean
}

export interface AccuracyPlan {
  readonly kind: 'accuracy'
  readonly pool: NativePool
  readonly variant: NativeVariant
  readonly workload: NativeWorkload
  /** Of each CPU. */
  readonly steps: number
  readonly samplePeriodNs: number
  readonly instrumented: boolean
}

/** Of a serial run, with its course; null where it was not asked for, or there was no step. */
export interface NativeSerial extends NativeAccuracy {
  readonly course: NativeCourse | null
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
  /** Slots that the tracker says were in use for certain at some instant; null for none known. */
  readonly lower: number | null
  /** Bits of enum tracker_until. */
  readonly boundUntil: number
  /** Whether who reads used and then the mark is promised never to see used above it. */
  readonly reads: boolean
  /** The tracker keeps no mark: `hiwater` is 0 and says nothing. */
  readonly unmarked: boolean
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
