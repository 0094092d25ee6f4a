/** What can be chosen for a run: tracker, engine, layout and tuning. */
import type { TrackerName } from '../data/trackers.generated.js'

/** A tracker that was compiled from a user's file: the file's name. */
export type TrackerFileName = `${string}.h`

/** What a row can be of. */
export type AnyTracker = TrackerName | TrackerFileName

/**
 * Who decides the order of the operations: this thread from a seed, real threads, or virtual time.
 * With `virtual` nothing is measured: throughputs are predictions from a cost model.
 */
export const engines = ['serial', 'threads', 'virtual'] as const

/** Who maps and unmaps next, and how time passes. */
export type Engine = (typeof engines)[number]

/** Where things lie in memory; the defaults are the kernel's. */
export interface Layout {
  /** `packed`: areas as the kernel has them, four to a cache line. `padded`: a pair of lines for each. */
  readonly areaLayout: 'packed' | 'padded'
  /** `kernel`: the counters share a line with what every map reads. `own-line`: they do not. */
  readonly counterLayout: 'kernel' | 'own-line'
  /** `run-counts`: the kernel's index of free slots. `bitmap`: same placements, other index. */
  readonly slotIndex: 'run-counts' | 'bitmap'
}

/** How far a run has come. */
export interface Progress {
  /** What is being done, for example `accuracy of per-area`. */
  readonly phase: string
  /** The only tracker that runs in this phase; absent where several do. */
  readonly tracker?: AnyTracker | undefined
  /** Share of the whole call that is done, 0 to 1; NaN where nobody knows how much there is. */
  readonly done: number
  /** What this phase works through, by its name in the singular, and how many are done of them. */
  readonly work?: { readonly count: number; readonly unit: string } | undefined
}

/** What trackers let one choose. */
export interface Tuning {
  /** Slots that an area holds back in `batched`; 32 by default. */
  readonly batch?: number | undefined
  /** Slots that the mark of `reserve` may be over; 1 % of the pool by default, 0 is exact. */
  readonly tolerance?: number | undefined
  /** About how long an area keeps one mark in `epochs`, in nanoseconds; 500 by default. */
  readonly stretch?: number | undefined
}

/** What was chosen of that; null where a tracker took what it takes by itself. */
export type Tuned = { readonly [Of in keyof Tuning]-?: number | null }

export const tunedOf = ({ batch, tolerance, stretch }: Tuning): Tuned => ({
  batch: batch ?? null,
  tolerance: tolerance ?? null,
  stretch: stretch ?? null,
})
