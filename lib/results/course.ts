/** The course of a run: what was in use and what was reported, from its begin to its end. Slots. */

/** A number that changes now and then: from part `at[i]` on it is `slots[i]`; null for none. */
export interface Changes {
  readonly at: readonly number[]
  readonly slots: readonly (number | null)[]
}

/**
 * What was in use, by equal parts of a run's steps or operations. A few hundred at most, however long
 * the run; each has its least and its most, so that no peak is lost.
 */
export interface UsedCourse {
  /** Steps or operations of the whole run. */
  readonly count: number
  readonly usedLow: readonly number[]
  readonly usedHigh: readonly number[]
  readonly areas: {
    /** Areas of one row: neighbours, where there are more areas than rows. */
    readonly perRow: number
    /** A list for each row: the most that one of its areas had in use, by equal parts. */
    readonly high: readonly (readonly number[])[]
  }
  /** Absent in results that were kept before it was noted. */
  readonly fragments?: Fragments | undefined
}

/** How much was free at the end of each of some equal parts, and in what pieces. */
interface Fragments {
  /** Of all areas. */
  readonly free: readonly number[]
  /** The longest run of free slots of the area that has the longest: no map could be larger. */
  readonly longestRun: readonly number[]
  /** The same of the area that has the shortest. */
  readonly shortestRun: readonly number[]
}

/** What a tracker said meanwhile. */
export interface MarkCourse {
  /** The highest in each part. */
  readonly mark: Changes
  /** What was in use for certain at some instant, at the end of each part. */
  readonly lower: Changes
}
