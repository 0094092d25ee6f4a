/** What the virtual engine is asked for and gives back. Plain data: everything survives JSON. */
import type { CostModel } from '../data/cost-model.js'
import type { LargerAreas, Ratio } from './figures.js'

/** A machine that need not exist. CPUs = sockets x cores x threads, 1 to 1024. */
export interface MachineOptions {
  /** 1 by default, at most 32. */
  readonly sockets?: number | undefined
  /** By default what the CPUs leave for each socket. */
  readonly coresPerSocket?: number | undefined
  /**
   * Cores that share a cache which other cores of their socket do not; by default what the cost
   * model says, and all cores of the socket where it says nothing.
   */
  readonly coresPerComplex?: number | undefined
  /** CPUs that share a core's cache; 1 by default. */
  readonly threadsPerCore?: number | undefined
  /**
   * Steps of each CPU before anything is measured; by default as many as are measured, but at most
   * 2048, and at least two for each of its mappings, which fills the pool.
   */
  readonly warmSteps?: number | undefined
  /** A name of costModels(), a file, or the model itself; `default` by default. */
  readonly costModel?: string | CostModel | undefined
}

export interface Topology {
  readonly cpus: number
  readonly sockets: number
  readonly coresPerSocket: number
  /** As many as coresPerSocket where a socket is one complex. */
  readonly coresPerComplex: number
  readonly threadsPerCore: number
}

/** The machine that a comparison was predicted for, and how. */
export interface Machine extends Topology {
  readonly costModel: { readonly name: string; readonly description: string }
  /** Whether copies were charged. */
  readonly copy: boolean
  /** Of each CPU in the mean, measured. */
  readonly stepsPerCpu: number
  /** Of each CPU before that, at the least; the marks and the peak include them. */
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
/** When a recorded operation begins in virtual time. */
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

/**
 * How many CPUs were at work in a replay, of which the figures are of all operations. A CPU is at work
 * from the beginning of its first operation to the end of its last. Virtual time.
 */
export interface ReplayWork {
  /** CPUs that did any operation. */
  readonly cpus: number
  /** How many of them were at work when an operation began, in the mean of all operations. */
  readonly meanAtWork: number
  /** Share of the operations that were made while all of them were at work. */
  readonly togetherShare: number
  /** What two operations took there; null where there were too few for a figure. */
  readonly togetherNsPerPair: number | null
  /** The same, times that of `off` with areas of the same size; null where one of them is. */
  readonly togetherVsOff: number | null
  /** When the last CPU ended, from the beginning. */
  readonly endNs: number
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
  /** Of all CPUs together; of a replay, by the time until the last of them ended. */
  readonly pairsPerSecond: number
  /**
   * Share of the throughput of an `off` with areas of the same size that is lost; below 0 when it is faster.
   * Null for a replay: it ends, CPU by CPU, and by then its throughput is that of the last.
   */
  readonly lostThroughput: number | null
  /** Nanoseconds of a map+unmap; together they are nsPerPair. */
  readonly perPairNs: Readonly<Record<TimePart, number>>
  readonly lines: Readonly<Record<LineClass, LineUse>>
  /** Mean time of a step in each half of what was measured; empty for a replay. */
  readonly halfNs: readonly number[]
  /**
   * Mean time of a step in each of 32 equal parts of every CPU's steps, the warm-up included: how a
   * run begins. Empty for a replay.
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
