/** The figures that results are made of. */

/** "swiotlb buffer is full": how often, and the numbers of the first. */
export interface BufferFull {
  readonly count: number
  readonly sizeBytes: number
  readonly totalSlots: number
  readonly usedSlots: number
}

/** Slots. */
export interface SlotRange {
  readonly low: number
  readonly high: number
}

/** What was to be done beside threads while they ran: looks of the sampler, or pieces of growth work. */
export interface Duty {
  readonly due: number
  /** Begun before the threads were done. */
  readonly made: number
}

/**
 * A median with the confidence interval of the median, at least 95 %, of this run. Below six samples
 * there is none: it reaches from -Infinity to Infinity, which is null in JSON.
 */
export interface Estimate {
  readonly median: number
  readonly low: number
  readonly high: number
}

/** As an estimate. */
export interface Ratio {
  readonly ratio: number
  readonly low: number
  readonly high: number
  /**
   * Of a prediction for a scenario: whether the first half of what was measured gives about the same as
   * the second. If not, more steps give another figure. Absent elsewhere.
   */
  readonly settled?: boolean | undefined
}

/** Nanoseconds; what reading the time stamp costs is in them. */
export interface Latency {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}

/**
 * An `off` that trackers with larger areas are measured against: fewer areas share a cache line. It
 * was timed, or predicted, as all others were.
 */
export interface LargerAreas {
  /** From one area to the next. */
  readonly areaBytes: number
  /** Of `off` itself. */
  readonly offAreaBytes: number
  /** That made it, where it is another than that of `off` itself: that of a user's own tracker. */
  readonly compiler: string | null
  /** To `off` itself: what the size does alone; null where in no round both were measured. */
  readonly vsOff: Ratio | null
}
