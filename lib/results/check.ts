/** What a search of schedules is asked for and gives back. Plain data, but for its signal. */
import type { SlotRange } from './figures.js'
import type { AnyTracker, Layout } from './variant.js'

/**
 * Who makes the next access. `uniform`: any CPU. `priority`: the first in an order that changes a
 * few times. `both` takes one and the other in turn. Whichever it is, in one schedule of four
 * operations go one after another, and now and then a CPU is held in the midst of one until some
 * others have ended.
 */
export const policies = ['uniform', 'priority', 'both'] as const

export type Policy = (typeof policies)[number]

/**
 * `promise`: what no tracker may show. `reset` and `transient`: where the tracker says that its
 * promise ends, it does not hold. The others say what is so, whatever is promised; `read-above`: used, which is read first,
 * was read above the mark.
 */
export const wantedFindings = [
  'promise',
  'below-truth',
  'above-truth',
  'above-pool',
  'reset',
  'transient',
  'read-above',
] as const

export type WantedFinding = (typeof wantedFindings)[number]

/**
 * What may happen beside maps and unmaps; the engine's bits, in their order. `load` comes before
 * them: operations one after another, so that a schedule begins in a state that takes many.
 */
export const besideNames = ['switch', 'reset', 'growth', 'tolerance', 'reader', 'load'] as const

export type Beside = (typeof besideNames)[number]

/** Those whose bits are set. */
export const namesOf = <T>(mask: number, all: readonly T[]): T[] =>
  all.filter((_, i) => (mask >> i) & 1)

/** What a tracker's promise may end with; the engine's bits, in their order. */
export const untilNames = ['reset', 'transient'] as const

export type Until = (typeof untilNames)[number]

/** What a schedule can show; the engine's bits, in their order. */
export const findingNames = [
  'under',
  'over',
  'used',
  'broken',
  'deadlock',
  'endless',
  'read',
  'lower',
  'below-truth',
  'above-truth',
  'above-pool',
  'fell',
  'reset',
  'transient',
  'read-above',
] as const

export type FindingName = (typeof findingNames)[number]

/** One of two accesses to the same memory that nothing keeps apart. */
export interface RaceSide {
  /** Where in the tracker's object; 0 for an access of the allocator's. */
  readonly from: number
  /** Of the tracker file; null where it is not known. */
  readonly line: number | null
  readonly bytes: number
  readonly write: boolean
  /** Neither a kernel word nor an atomic builtin. */
  readonly plain: boolean
}

/** A data race that a schedule met: the first side is plain, and one of them writes. */
export type Race = readonly [RaceSide, RaceSide]

/** Data races that schedules have met. */
export interface Races {
  /** Plain accesses of a tracker file that raced: each pair once. */
  readonly races: readonly Race[]
  /** No more places were kept than are told here: there may be more pairs. */
  readonly racesCut: boolean
}

/** Before anything has been searched. */
export const NO_RACES: Races = { races: [], racesCut: false }

/** What two runs of one schedule showed, where that was not the same. Slots. */
export interface Differ {
  readonly seed: number
  /** Of the first run, and of the second. */
  readonly runs: readonly [DifferRun, DifferRun]
}

/** One of two runs of the same schedule that differ. Counts are in slots of 2 KiB. */
export interface DifferRun {
  readonly findings: readonly FindingName[]
  /** Below 0 where the count fell below it, as `usedSlots`. */
  readonly reportedSlots: number
  readonly usedSlots: number
  /** What the tracker certifies was in use at some instant; null where it knows nothing. */
  readonly lowerSlots: number | null
  readonly accesses: number
}

/**
 * What a step of a schedule does; the engine's numbers, in their order. Those before `map` touch a
 * word: `exchange` is a compare-exchange, `refused` tried a lock that was held, `stuck` waits and never
 * goes on. The others begin something; `end` ends what began last on that CPU.
 */
export const stepNames = [
  ...(['read', 'write', 'atomic', 'exchange', 'lock', 'refused', 'unlock', 'stuck'] as const),
  ...(['map', 'unmap', 'reset', 'grow', 'turn-on', 'turn-off', 'look', 'tolerance'] as const),
  ...(['read-used', 'read-mark', 'read-certain', 'end'] as const),
] as const

export type StepName = (typeof stepNames)[number]

/** A line of a tracker's file. */
export interface Place {
  /** The file's name without its folders. */
  readonly file: string
  readonly line: number
  /** What stands there, without the blanks around it. */
  readonly code: string
}

/** A step of a schedule: of the accesses those to the tracker's words, to what is used of areas, and to locks. */
export interface Step {
  /** Above those that map: the roles, in the order in which the log has them. */
  readonly cpu: number
  readonly does: StepName
  /** `t->hiwater`, `area[0].used`; null for what touches none. */
  readonly word: string | null
  /** Touched at once; 0 for a lock. */
  readonly bytes: number
  /**
   * What was in the word; of `map`, `unmap` and `tolerance` the slots; of `end` what was read, and of a
   * map 1 if it got its slots; of a lock the CPU that holds it, -1 for nobody. Null for what is no count.
   */
  readonly before: number | null
  /** What was there behind it. */
  readonly after: number | null
  /** Where in the tracker's object; 0 for an access of the allocator's. */
  readonly from: number
  /** Null where the tracker was not compiled here, and for the allocator's. */
  readonly place: Place | null
}

/** What one schedule showed. Slots. */
export interface Finding {
  /** Everything that it shows; of a search, the first of what was wanted. */
  readonly findings: readonly FindingName[]
  readonly promiseBroken: boolean
  readonly seed: number
  readonly layout: Layout
  readonly pool: { readonly slots: number; readonly areas: number; readonly grow: boolean }
  /** What happened beside the maps and unmaps. */
  readonly beside: readonly Beside[]
  readonly cpus: number
  /** Maps and unmaps, resets of the mark and growth work; those of the load left out. */
  readonly operations: number
  /** The load's, which come before the schedule, one after another. */
  readonly loadOperations: number
  /** Shared accesses that the schedule orders. */
  readonly accesses: number
  readonly reportedSlots: number
  /** The peak, each operation counted when its area's use changed. */
  readonly truthSlots: number
  /** What any order of the overlapping operations allows. */
  readonly envelopeSlots: SlotRange
  readonly usedSlots: number
  /** What it should be: the slots that are mapped at the end. */
  readonly liveSlots: number
  /** What a reader saw, used first or the mark first, where used was above the mark. */
  readonly readSlots: { readonly used: number; readonly hiwater: number } | null
  /** Slots that the tracker promises to stay within; null for no bound. */
  readonly bounds: { readonly under: number | null; readonly over: number | null }
  /**
   * What the tracker certified was in use at some instant, the first time that it was wrong, else at
   * the end; `mostSlots` is the most that any order allows until then. Null where it knew nothing.
   */
  readonly certified: { readonly lowerSlots: number; readonly mostSlots: number } | null
  /** The invariant that did not hold. */
  readonly broken: string | null
  /** What was done, in its order; none of a result of an earlier version. */
  readonly steps: readonly Step[]
  /** There were more of them than are kept. */
  readonly stepsCut: boolean
  /** An operation log, which also holds the schedule: what replayFinding() takes. */
  readonly log: string
}

/** Code of a tracker's file that no schedule ran. */
export interface Unreached {
  /** Null for code outside of any. */
  readonly function: string | null
  /** The function's first, where all of it was not reached. */
  readonly line: number
  /**
   * All of the function, all of the line, or only some of what stands in the line; `absent`: all of
   * the function, which the compiler never saw used.
   */
  readonly what: 'function' | 'line' | 'part' | 'absent'
  /** The name of another file, which the tracker's includes. */
  readonly file?: string
}

/** Which of a tracker's code ran in a search. What ran only in a load is not reached. */
export type Coverage =
  | { readonly known: true; readonly unreached: readonly Unreached[] }
  | { readonly known: false; readonly why: string }

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined
  /** Of the first schedule; the next have the numbers behind it. 1 by default. */
  readonly seed?: number | undefined
  /** One schedule of one small scenario each; 10,000 by default. */
  readonly seeds?: number | undefined
  /** How the next CPU to run is chosen; `both` by default. */
  readonly policy?: Policy | undefined
  /** What is looked for; `promise` by default. */
  readonly wanted?: WantedFinding | undefined
  /**
   * What may happen beside maps and unmaps; each seed draws some of it. By default all that the
   * tracker has: `switch` turns it on and off in the midst of them, `tolerance` changes its
   * tolerance, `reader` reads used and the mark, `load` runs before them.
   */
  readonly beside?: readonly Beside[] | undefined
  /** What is fixed; each seed draws the rest. By default all of it. */
  readonly layout?: Partial<Layout> | undefined
  /**
   * Slots that the mark may be over, of a tracker that lets one choose: in every schedule, and the size
   * of its pool where that is less. By default 1 % of each pool, which some schedules change.
   */
  readonly tolerance?: number | undefined
}

/** How far the schedules of a search went. */
export interface Largest {
  /** Of the largest pool. */
  readonly slots: number
  /** Of the pool with the most, and of the schedule with the most CPUs that map. */
  readonly areas: number
  readonly cpus: number
  /** In use at once. */
  readonly usedSlots: number
}

/** What a search of schedules found. */
export interface CheckResult extends Races {
  readonly tracker: AnyTracker
  readonly wanted: WantedFinding
  readonly policy: Policy
  readonly seed: number
  readonly seeds: number
  readonly beside: readonly Beside[]
  /** Those that were drawn from. */
  readonly layouts: readonly Layout[]
  /** Schedules that were run until it ended, and the shared accesses they ordered. */
  readonly schedules: number
  readonly accesses: number
  /** Those of them that began behind a load. */
  readonly loaded: number
  /** Operations of the longest, its load left out. */
  readonly longest: number
  /** Of all of them; null in a result of an earlier version. */
  readonly largest: Largest | null
  /** What was asked for; null where schedules drew it. */
  readonly tolerance: number | null
  /** Whether the tracker promises that who reads used and then the mark never sees it above. */
  readonly reads: boolean
  /** What it promises of its mark: `exact`, `never over`; `none` where it promises nothing. */
  readonly promise: string
  /**
   * What the tracker says that its promise ends with, and the schedules in which it had: there the
   * mark was not judged.
   */
  readonly until: readonly { readonly what: Until; readonly schedules: number }[]
  /**
   * Two runs of one schedule that differ: what the tracker does hangs on more than its own words, and
   * nothing is found. Null where all that were repeated were alike.
   */
  readonly differ: Differ | null
  /** Null where the search ended with what it found, or with two runs that differ. */
  readonly coverage: Coverage | null
  /** The first seed's that shows what is wanted, as short as it could be made. */
  readonly found: Finding | null
}
