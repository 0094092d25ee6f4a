/** What a sizing gives back. Slots are of 2 KiB, and include padding. */
import type { Family } from '../boot/family.js'
import type { TrackerName } from '../data/trackers.generated.js'
import type { Sampling } from './replay.js'
import type { Progress } from './variant.js'

export interface SizeOptions {
  /** How much more load than the trace's the answer must bear, in per cent; 0 by default. */
  readonly marginPercent?: number | undefined
  /** Numbers of areas that are tried; by default all powers of two up to the number of CPUs. */
  readonly areas?: readonly number[] | undefined
  /** CPUs of the machine; by default those of the trace. Higher ones of the trace wrap around. */
  readonly cpus?: number | undefined
  /**
   * Whether this pool serves, before the kernel rounds it. Without areas it has what the kernel makes:
   * one for each possible CPU.
   */
  readonly enough?: { readonly slots: number; readonly areas?: number | undefined } | undefined
  /** The kernel that makes the pool of `enough`; 6.12 by default. */
  readonly kernel?: Family | undefined
  /** Orders of the overlapping operations that are tried; 20 by default. */
  readonly orders?: number | undefined
  /**
   * Ways in which several traces may meet that are drawn, beside that all begin at once and that their
   * peaks fall on one moment; 20 by default, fewer of long traces.
   */
  readonly meetings?: number | undefined
  /** How long an operation is taken to be under way, in microseconds; 50 by default. */
  readonly overlapUs?: number | undefined
  /** Of the orders and the meetings; 1 by default. */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Of several traces, called after each with what there is so far. */
  readonly onSoFar?: ((result: SizeResult) => void) | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** What is known of the pool that a trace was recorded in, where the trace does not say it. */
export interface RecordedPool {
  readonly slots?: number | undefined
  readonly areas?: number | undefined
  /** Bus address of slot 0. */
  readonly start?: bigint | undefined
  /** CPUs of the machine. */
  readonly cpus?: number | undefined
  /** The kernel's own mark after the recording: so many slots were in use at one time. */
  readonly hiwater?: number | undefined
}

/** A pool by its slots of 2 KiB, and as the kernel is asked for it. */
export interface PoolSize {
  readonly slots: number
  readonly areas: number
  readonly bytes: number
  /** As the kernel takes it: `swiotlb=4096,4`. */
  readonly parameter: string
}

/** The smallest pool of so many areas with no failed map, and the smallest with no spill. */
export interface AreaRow {
  readonly areas: number
  /** Null where even the largest pool that was tried has failed maps. */
  readonly serves: PoolSize | null
  /** Maps that another area than their CPU's served in that pool. */
  readonly spills: number
  readonly noSpill: PoolSize | null
  /** What the kernel cannot go below with so many areas: a segment for each. */
  readonly leastBytes: number
}

/** Why a map fails: `missed` is a place that is there and that the search steps over. */
export type FailureCause = 'too-large' | 'exhausted' | 'fragmented' | 'misaligned' | 'missed'

/** One area at the moment in which a map failed. */
export interface AreaState {
  readonly area: number
  readonly usedSlots: number
  readonly freeSlots: number
  /** The longest free run that lies in one segment. */
  readonly longestRun: number
}

/** The first map that failed in a pool. */
export interface Failure {
  /** Number of the map in the trace, from 1. */
  readonly map: number
  /** Since the trace began; null where it shows no times. */
  readonly seconds: number | null
  readonly device: string | null
  readonly cpu: number
  readonly bytes: number
  readonly neededSlots: number
  readonly cause: FailureCause
  /** In a sentence. */
  readonly reason: string
  /** Where its CPU's search began. */
  readonly homeArea: number
  readonly areas: readonly AreaState[]
  /** The home area, a character for `slotsPerCharacter` slots. */
  readonly picture: readonly string[]
  readonly slotsPerCharacter: number
}

/**
 * `fits`: it serves, and is no larger than the answer. `not-known`: it serves what is left of a trace of
 * which events were lost.
 */
export type SizeVerdict = 'fits' | 'too-small' | 'larger-than-needed' | 'not-known'

/** What a pool of some size did with the load. */
export interface Tried {
  readonly slots: number
  readonly areas: number
  readonly failedMaps: number
  readonly spills: number
}

/** What a tracker would have reported, and what became of whoever had booked it. */
export interface Booked {
  readonly tracker: TrackerName
  readonly reportedSlots: number | null
  /** The pool that the kernel makes of it; null without a count. */
  readonly bookedSlots: number | null
  /** Whether that pool serves the load. */
  readonly served: boolean | null
}

/** The smallest pool for one load, and what becomes of others. */
export interface Sizing {
  /** What it was made of: one file, the worst of several, or all of them at once. */
  readonly name: string
  /** What was chosen, or taken by default. */
  readonly asked: {
    readonly marginPercent: number
    readonly orders: number
    readonly overlapUs: number
    readonly seed: number
  }
  readonly maps: number
  /** That the pools were tried for. */
  readonly cpus: number
  /** What the trace is of; of several the shortest. Its length is null where it shows no times. */
  readonly recorded: { readonly cpus: number; readonly seconds: number | null }
  /** The most that was asked for at one time. */
  readonly demandPeakSlots: number
  /** The same with the margin. */
  readonly loadPeakSlots: number
  readonly largestMapSlots: number
  /**
   * The smallest pool with no failed map in which each CPU has an area, or as many have as was tried: each
   * area has a lock of its own. Null where no size serves, and where events were lost.
   */
  readonly answer: (PoolSize & { readonly margin: number }) | null
  /** The smallest pool with no failed map, whatever its areas; null as `answer`. */
  readonly least: PoolSize | null
  /** Where events were lost: what serves the rest, and is no smaller than what is proven; else null. */
  readonly atLeast: PoolSize | null
  /** Slots that were in use at one time for certain: by the kernel's mark, or by what was not lost. */
  readonly provenSlots: number
  /** Where each CPU has an area of its own, or as many have as was tried: the smallest with no failed map. */
  readonly ownAreas: PoolSize | null
  /** The same with no spill. */
  readonly noSpill: PoolSize | null
  readonly rows: readonly AreaRow[]
  /**
   * The smallest multiple of a segment in one area: what a restricted pool, and a kernel before 6.0,
   * may have. Null where no size serves.
   */
  readonly oneArea: { readonly slots: number; readonly bytes: number } | null
  readonly current:
    | (Tried & {
        readonly verdict: SizeVerdict
        /** Above the answer; below 0 is less than the answer. */
        readonly wasteBytes: number
        /** The same in words. */
        readonly sentence: string
      })
    | null
  readonly enough:
    | (Tried & {
        /** As `512`, or with its areas as `512,4`. */
        readonly asked: string
        /** What the kernel makes of it. */
        readonly parameter: string
        /** The kernel that makes it. */
        readonly kernel: Family
        /** Possible CPUs, of which the areas come where none were asked for. */
        readonly cpus: number
        /** Who said how many these are: nobody where it is `trace`, and they are those that map in it. */
        readonly cpusFrom: 'option' | 'notes' | 'trace'
        /** Null where events were lost, and what is left would be served. */
        readonly served: boolean | null
      })
    | null
  readonly oneLess: {
    readonly slots: number
    /** 0 where the kernel has no smaller pool of so many areas, or its own mark forbids one. */
    readonly failedMaps: number
    readonly failedMap: Failure | null
    readonly reason: string
  } | null
  readonly growth:
    | (Omit<Tried, 'spills'> & { readonly served: boolean; readonly slotsAtEnd: number })
    | null
  /** How much more load than the trace's the answer bears, in per cent: the margin, or one of those that were tried beyond it. */
  readonly bears: {
    readonly percent: number
    readonly tried: readonly number[]
    /** The first that it did not bear, and why the first map failed there; null where it bore all. */
    readonly failsAt: number | null
    readonly reason: string | null
  } | null
  readonly sensitivity: {
    readonly low: number
    readonly high: number
    readonly runs: number
    readonly overlapUs: number | null
  } | null
  /** By tracker, in the pool that the machine has, or in the answer. */
  readonly booked: readonly Booked[]
  /** Empty where the trace shows no times. */
  readonly sampling: readonly (Sampling & { readonly served: boolean | null })[]
  /** Maps that no pool serves, and that were left out. */
  readonly neverServed: number
  /**
   * What is to be known before the answer is deployed, a sentence each: the line for the machine, what a
   * confidential VM makes of it, and what the trace has too little of. Empty without an answer.
   */
  readonly cautions: readonly string[]
  readonly warnings: readonly string[]
}

/** Ways in which several traces may meet, and what they want in the areas of `pool`. */
export interface Meetings {
  /** How many were tried: that all begin at once, that their peaks fall on one moment, and the drawn ones. */
  readonly runs: number
  readonly drawn: number
  /** Which of them needs most: the sizing is of that one. */
  readonly worst: 'begins' | 'peaks' | 'drawn'
  /** The smallest pool that serves in each of them; null where none of those that were tried does. */
  readonly pool: PoolSize | null
  /** Slots of the smallest pool where all begin at once; null where none that was tried serves. */
  readonly begins: number | null
  /** The same where their peaks fall on one moment. */
  readonly peaks: number | null
  /** The least and the most over all that were tried. */
  readonly low: number | null
  readonly high: number | null
  /**
   * The sum of the peaks, with the margin: no meeting asks for more at one time, but for lost events and
   * for how a margin is rounded. Null pool: beyond all that can be had.
   */
  readonly sumPeakSlots: number
  /** The smallest pool of so many slots, which holds them if nothing is fragmented. */
  readonly sumPool: PoolSize | null
}

/** All traces at the same time, in the meeting that needs most of those that were tried. */
export interface TogetherSizing extends Sizing {
  readonly meetings: Meetings
}

/** The worst of the traces, and beside it each of them. */
export interface SizeResult extends Sizing {
  /** Each trace by itself; absent for one trace. */
  readonly traces?: readonly Sizing[] | undefined
  /** All traces at the same time; absent for one trace. */
  readonly together?: TogetherSizing | undefined
  /** What there is so far: the sizings that were not come to. Absent of a whole result. */
  readonly missing?: readonly string[] | undefined
}
