/** What plans and results of all engines share, as the addon takes and gives them. */
import type { Duty } from '../results/figures.js'

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
