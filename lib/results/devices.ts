/** Who holds the slots: what a trace shows of each device. Slots are of 2 KiB, and include padding. */

/** Bytes of the mappings of a device. */
export interface SizeSpread {
  readonly least: number
  readonly median: number
  readonly most: number
}

/** How long mappings were held that ended in the trace, in microseconds. */
export interface HoldSpread {
  /** Within 10 per cent, both. */
  readonly median: number
  readonly p99: number
  readonly longest: number
}

/** One device: live and peak in slots of 2 KiB, how long in microseconds. */
export interface DeviceUse {
  /** As the kernel names it; empty where the trace does not. */
  readonly device: string
  readonly maps: number
  /** Part of them that was live before the trace. */
  readonly mapsBefore: number
  readonly unmaps: number
  readonly failedMaps: number
  /** Maps without an unmap: what is still held at the end. */
  readonly liveMaps: number
  readonly liveSlots: number
  readonly peakMaps: number
  readonly peakSlots: number
  /** Slots that it held when the whole pool was at its peak. */
  readonly slotsAtPoolPeak: number
  /** Slots that it held after each quarter of the trace's operations. */
  readonly slotsByQuarter: readonly [number, number, number, number]
  /** Null where the trace shows no times. */
  readonly mapsPerSecond: number | null
  readonly bytes: SizeSpread | null
  readonly holdUs: HoldSpread | null
  /** How long its oldest mapping without an unmap had been held at the end, in seconds. */
  readonly oldestLiveS: number | null
}

/** Who has ever more: it never gave back what it held after a quarter, and holds more each time. */
export interface Suspect {
  readonly device: string
  readonly slotsByQuarter: readonly [number, number, number, number]
}

/** What became known of attempts alone. */
export interface DeviceAttempts {
  readonly device: string
  readonly attempts: number
  /** Null where the trace shows no times, or one moment only. */
  readonly perSecond: number | null
  readonly bytes: SizeSpread | null
  /** The least slots that all attempts together took, if each was served: without padding. */
  readonly leastSlots: number
  readonly maskBits: number | null
  readonly forced: number
  /** Hexadecimal, as 0x17c4070ff: the last byte of the highest memory. */
  readonly highest: string
  /** Why they had to be bounced, in words. */
  readonly why: string
}

/** Who held the slots of a trace, a row for each device. Slots are of 2 KiB. */
export interface DevicesResult {
  readonly trace: {
    readonly file: string
    readonly format: string
    readonly layout: string
    readonly events: number
    readonly lostEvents: number
  }
  /** From the first operation to the last; null where the trace shows no times. */
  readonly seconds: number | null
  /** Of a trace that has swiotlb_bounced alone: then all else is empty. */
  readonly attempts: readonly DeviceAttempts[]
  /** Those that held most at one time come first. */
  readonly devices: readonly DeviceUse[]
  readonly poolPeakSlots: number
  /**
   * Where events were lost: slots that were in use at one time for certain, 0 where that is not known;
   * `poolPeakSlots` is then of the events that are left. Null where none were lost.
   */
  readonly certainPeakSlots: number | null
  readonly suspects: readonly Suspect[]
  readonly warnings: readonly string[]
}
