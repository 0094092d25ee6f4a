/** A search among schedules of virtual CPUs, and one schedule once more. */
import type { NativePool, NativeVariant } from '../inputs.js'

export interface CheckPlan {
  readonly kind: 'check'
  readonly variant: NativeVariant
  readonly seed: number
  readonly seeds: number
  /** 0 uniform, 1 priority, 2 both in turn */
  readonly policy: number
  /** Bits of enum lab_finding. */
  readonly wanted: number
  /** Bits of enum lab_beside; none that the tracker does not have. */
  readonly beside: number
  /** A bit for each layout that may be drawn. */
  readonly layouts: number
}

/** What makes a schedule, in whatever pool. */
interface NativeSchedule {
  readonly seed: number
  readonly cpus: number
  /** Whether the tracker is off at first. */
  readonly lateSwitch: boolean
  /** How often it is turned, on and off by turns. */
  readonly switches: number
  /** How often the sampler looks. */
  readonly looks: number
  /** How often used and the mark are read. */
  readonly reads: number
  /** What time is drawn from; 0 for clocks that go on evenly. */
  readonly clock: number
  /** How long an area keeps one mark; 0 for the default. */
  readonly stretchNs: number
  /** Whether the mark is looked at behind each operation, as no CPU could. */
  readonly watched: boolean
  /** How many of the operations come before the schedule. */
  readonly load: number
  /** What the tolerance is set to, one after the other; slots. */
  readonly tolerances: readonly number[]
  /** Whole operations of 64 bytes. */
  readonly operations: ArrayBuffer
  /** A byte for each shared access: who makes it. */
  readonly choices: Buffer
}

export interface CheckReplayPlan extends NativeSchedule {
  readonly kind: 'check-replay'
  readonly variant: NativeVariant
  readonly pool: NativePool
}

interface NativeRaceSide {
  /** Where in the tracker's object; 0 for the allocator. */
  readonly from: number
  readonly bytes: number
  readonly write: boolean
  readonly plain: boolean
}

/** One step of a schedule; numbers as in struct lab_step. */
export interface NativeStep {
  /** enum lab_step_kind */
  readonly kind: number
  readonly cpu: number
  /** enum swiotlb_word_kind */
  readonly word: number
  /** -1 for a transient one. */
  readonly pool: number
  readonly area: number
  /** Bytes from the begin of the tracker's structure. */
  readonly at: number
  readonly bytes: number
  readonly before: number
  readonly after: number
  readonly from: number
}

/** Of a replay: the numbers alone, with every bit that was found. */
export interface NativeFinding extends NativeSchedule {
  readonly schedules: number
  readonly accesses: number
  /** Bits of enum tracker_until, as the tracker says. */
  readonly until: number
  /** Schedules in which the promise had ended with a reset, or with a transient pool. */
  readonly pastReset: number
  readonly pastTransient: number
  /** Schedules that began behind a load. */
  readonly loaded: number
  /** Operations of the longest, without its load. */
  readonly longest: number
  /** Of the largest pool, the most areas and CPUs of one, and the most slots in use at once. */
  readonly mostSlots: number
  readonly mostAreas: number
  readonly mostCpus: number
  readonly mostUsed: number
  /** Bits of enum lab_finding; 0 for none. */
  readonly finding: number
  readonly nslabs: number
  readonly nareas: number
  readonly start: bigint
  readonly grow: boolean
  /** Its number. */
  readonly layout: number
  /** Of the two runs of one schedule that ended a search; null where none differed. */
  readonly differ: {
    readonly accesses: readonly [number, number]
    readonly used: readonly [number, number]
    readonly hiwater: readonly [number, number]
    readonly lower: readonly [number | null, number | null]
    readonly findings: readonly [number, number]
  } | null
  /** Pairs of accesses, of which the first is plain. */
  readonly races: readonly (readonly [NativeRaceSide, NativeRaceSide])[]
  readonly truth: number
  readonly low: number
  readonly high: number
  readonly used: number
  readonly live: number
  readonly hiwater: number
  /** What was read where used was above the mark; 0 where it never was. */
  readonly readUsed: number
  readonly readHiwater: number
  readonly boundUnder: number
  readonly boundOver: number
  /** Null where the tracker knows nothing that was in use for certain. */
  readonly lower: number | null
  /** The most that any order allows until it said so. */
  readonly lowerHigh: number
  readonly broken: string | null
  /** What was done, in its order; of a replay only. */
  readonly steps: readonly NativeStep[]
  readonly stepsCut: boolean
  readonly cancelled: boolean
}
