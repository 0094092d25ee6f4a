/** The course of a run, as C notes it: see native/engine/lab_course.h. */

export interface NativeCourse {
  /** Of each part; as are those below. */
  readonly usedLow: Float64Array
  readonly usedHigh: Float64Array
  readonly mark: Float64Array
  /** Negative where the tracker knows nothing. */
  readonly lower: Float64Array
  readonly columns: number
  readonly rows: number
  readonly areasPerRow: number
  /** Row by row. */
  readonly areaHigh: Float64Array
  /** At the end of each column, as are those below. */
  readonly free: Float64Array
  /** Of the area with the longest run of free slots, and of that with the shortest. */
  readonly longestRun: Float64Array
  readonly shortestRun: Float64Array
}
