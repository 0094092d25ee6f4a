/** What a look at a pool's counters gives. Plain data. */
import type { CounterReason } from '../debugfs/counters.js'

/**
 * Why a value is not known, beside what reading may say:
 * - `no-pool`: there is no pool, so that nothing can be in use
 * - `not-tracked`: this kernel keeps no mark
 * - `maybe-not-tracked`: the mark reads 0, which this kernel shows as well where it keeps none
 * - `reset`: somebody has set the mark to 0, and no map came since
 * - `counter-bug`: what was read cannot be
 * - `too-early`: it takes more looks
 */
export type WatchReason =
  | CounterReason
  | 'no-pool'
  | 'not-tracked'
  | 'maybe-not-tracked'
  | 'reset'
  | 'counter-bug'
  | 'too-early'

/** Why a value is not known. */
export interface Unknown {
  readonly reason: WatchReason
  /** A sentence for the operator. */
  readonly words: string
}

/** What is watched; null stands for what is not known. */
export interface WatchValues {
  readonly poolSlots: number | null
  readonly usedSlots: number | null
  readonly hiwaterSlots: number | null
  /** Slots of transient pools, which come and go with their mappings. */
  readonly transientSlots: number | null
  /** Of the pool. */
  readonly usedPercent: number | null
  /** How the lowest use goes, over up to an hour: the median of all slopes. */
  readonly driftSlotsPerMinute: number | null
}

/** A value that is watched. */
export type WatchName = keyof WatchValues

/** A growth that no harmless load shows. */
export interface Leak {
  readonly slotsPerMinute: number
  /** How long it has been seen to grow, ms. */
  readonly overMs: number
  /** Until the pool is full if it goes on so, ms; null where that is not known. */
  readonly fullInMs: number | null
}

/** One look at a pool's live counters. */
export interface WatchSample extends WatchValues {
  /** ISO 8601, UTC. */
  readonly time: string
  /** `default`, or the name of a restricted pool. */
  readonly pool: string
  readonly leak: Leak | null
  /** Whether nine tenths of the pool or more are in use; null where that is not known. */
  readonly nearlyFull: boolean | null
  /** What the kernel's counters say that cannot be. */
  readonly faults: readonly string[]
  /** Why the values that are null are not known. */
  readonly unknown: Readonly<Partial<Record<WatchName, Unknown>>>
  /** What else was noticed; each is said once, and again where it came anew. */
  readonly notes: readonly string[]
}
