/** What the virtual engine is asked for and gives back. Plain data: everything survives JSON. */
import type { LargerAreas, Layout, Ratio, SlotRange } from '../run/types.js'
import type { CostModel } from './cost-model.js'

/** A machine that need not exist. CPUs = sockets x cores x threads, 1 to 1024. */
export interface MachineOptions {
  /** 1 by default, at most 32. */
  readonly sockets?: number | undefined
  /** By default what the CPUs leave for each socket. */
  readonly coresPerSocket?: number | undefined
  /** CPUs that share a core's cache; 1 by default. */
  readonly threadsPerCore?: number | undefined
  /**
   * Steps of each CPU before anything is measured; by default two for each of its mappings, which
   * fills the pool, but need not be the stationary state of a tracker.
   */
  readonly warmSteps?: number | undefined
  /** A name of costModels(), a file, or the model itself; `default` by default. */
  readonly costModel?: string | CostModel | undefined
}

export interface Topology {
  readonly cpus: number
  readonly sockets: number
  readonly coresPerSocket: number
  readonly threadsPerCore: number
}

/** The machine that a comparison was predicted for, and how. */
export interface Machine extends Topology {
  readonly costModel: { readonly name: string; readonly description: string }
  /** Whether copies were charged. */
  readonly copy: boolean
  /** Of each CPU, measured. */
  readonly stepsPerCpu: number
  /** Of each CPU before that; the marks and the peak include them. */
  readonly warmStepsPerCpu: number
  /** `off` with another seed against `off`: how much a prediction hangs on the seed. */
  readonly noise: Ratio
  /** By the sizes of areas that trackers have beside those of `off`. */
  readonly largerAreas: readonly LargerAreas[]
  /** The same without copies; null where the scenario makes none, or it was left out. */
  readonly noiseNoCopy: Ratio | null
  readonly largerAreasNoCopy: readonly LargerAreas[] | null
}

/**
 * When an operation of a trace begins: `trace`: when it was recorded, or as soon as its CPU is free
 * after that; `none`: as soon as its CPU is free.
 */
export const paces = ['trace', 'none'] as const
export type Pace = (typeof paces)[number]

/** The machine that a replay was predicted for, and how. */
export interface ReplayMachine extends Omit<Machine, 'stepsPerCpu' | 'warmStepsPerCpu'> {
  readonly pace: Pace
  readonly seed: number
  /** Maps of which the trace names no direction: only they copy, and not their unmaps. */
  readonly undirected: number
}

/**
 * What became of the recorded order. Each CPU does what its CPU did, in that order. Across CPUs an
 * unmap waits for its map, and everything for the resets before it; the rest is free. Virtual time.
 */
export interface RecordedOrder {
  /** Operations that waited for another CPU's. */
  readonly waits: number
  readonly waitedNs: number
  readonly longestWaitNs: number
  /** How much later than recorded operations began, on the average and at most; 0 without pace. */
  readonly meanLateNs: number
  readonly latestNs: number
}

/** Where a CPU's time goes, in the order of the engine. */
export const timeParts = [
  /** Call, original addresses, lookups. */
  'other',
  /** Under the area's lock in map. */
  'search',
  /** Under the area's lock in unmap. */
  'release',
  /** Queued for an area's lock. */
  'lockWait',
  /** In the tracker's verbs, its own locks included. */
  'tracker',
  'copy',
] as const
export type TimePart = (typeof timeParts)[number]

/** What shared accesses are made to, in the order of the engine. */
export const lineClasses = [
  /** The pool descriptor: never written, but moved with the counters beside it. */
  'descriptor',
  /** nslabs and, behind it, the tracker's global words. */
  'counters',
  /** Areas: lock, used, index, the tracker's words in them. */
  'areas',
  /** Slots and bitmap. */
  'slots',
  /** Memory that the engine does not know; it never moves. */
  'other',
] as const
export type LineClass = (typeof lineClasses)[number]

/** Accesses to one class of cache lines, for each map+unmap. */
export interface LineUse {
  readonly accesses: number
  /** Lines that came from, or were invalidated in, another core. */
  readonly fromCore: number
  /** The same for another socket. */
  readonly fromSocket: number
  /** Nanoseconds above those of an access to an own line. */
  readonly waitedNs: number
  /** Part of them in which the line was on its way to others. */
  readonly queuedNs: number
}

/** What an access is to map or unmap, in the order of the engine. */
export const sites = [
  /** Take an area's lock, until it is got. */
  'lock',
  /** Release it; for how long the CPU's next racing access waits for that is counted here. */
  'unlock',
  /** Look at one of the tracker's shared words, as at the mark. */
  'read',
  /** Store to one. */
  'write',
  /** Locked addition to one, or subtraction. */
  'add',
  /** Compare-exchange of one. */
  'exchange',
  /** Take or release a lock of the tracker's own. */
  'trackerLock',
] as const
export type Site = (typeof sites)[number]

/** One site's accesses, for each map+unmap. */
export interface SiteUse {
  readonly count: number
  /** Nanoseconds that they took together, waiting for the line included. */
  readonly ns: number
}

/** One tracker in virtual time. Predicted from a cost model, not measured. */
export interface Prediction {
  /** The peak in slots, each operation counted when its area's use changed: exact. */
  readonly truthSlots: number
  /** Mean time of a CPU for a map+unmap. */
  readonly nsPerPair: number
  /** Of all CPUs together. */
  readonly pairsPerSecond: number
  /** Share of the throughput of an `off` with areas of the same size that is lost; below 0 when it is faster. */
  readonly lostThroughput: number
  /** Nanoseconds of a map+unmap; together they are nsPerPair. */
  readonly perPairNs: Readonly<Record<TimePart, number>>
  readonly lines: Readonly<Record<LineClass, LineUse>>
  /**
   * Mean time of a step in each of 32 equal parts of every CPU's steps, the warm-up included: whether
   * the load was stationary when it was measured. Empty for a replay.
   */
  readonly windowNs: readonly number[]
  /** The accesses that CPUs race for, by what they are to the map, and to the unmap. */
  readonly sites: Readonly<Record<'map' | 'unmap', Readonly<Record<Site, SiteUse>>>>
  /** Spin locks taken in the whole run, and those of them that were queued for. */
  readonly locks: number
  readonly locksWaited: number
}

/** Of one row. */
export interface VirtualRow {
  /** As the scenario says, with its copies. */
  readonly full: Prediction
  /** Without copies; null where the scenario makes none, or it was left out. */
  readonly bare: Prediction | null
}

/** `both` takes one and the other in turn. */
export const policies = ['uniform', 'priority', 'both'] as const
export type Policy = (typeof policies)[number]

/**
 * `promise`: what no tracker may show. `reset` and `transient`: where the tracker says that its
 * promise ends, it does not hold. The others say what is so, whatever is promised; `read-above`: used
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

/** What two runs of one schedule showed, where that was not the same. Slots. */
export interface Differ {
  readonly seed: number
  /** Of the first run, and of the second. */
  readonly runs: readonly [DifferRun, DifferRun]
}

export interface DifferRun {
  readonly findings: readonly FindingName[]
  /** Below 0 where the count fell below it, as `usedSlots`. */
  readonly reportedSlots: number
  readonly usedSlots: number
  readonly accesses: number
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
  /** The invariant that did not hold. */
  readonly broken: string | null
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
