/** The course of a run, out of what C noted. */
import type { NativeCourse } from '../native/plans/course.js'
import type { Changes, MarkCourse, UsedCourse } from '../results/course.js'

function changesOf(values: Float64Array, none: (value: number) => boolean, more: number): Changes {
  const at: number[] = []
  const slots: (number | null)[] = []
  for (const [i, value] of values.entries()) {
    const here = none(value) ? null : value + more
    if (i > 0 && here === slots.at(-1)) continue
    at.push(i)
    slots.push(here)
  }
  return { at, slots }
}

/**
 * @param count of steps or operations
 * @param more slots that were in use all the time and have no place
 */
export function usedCourse(
  { usedLow, usedHigh, columns, rows, areasPerRow, areaHigh, ...runs }: NativeCourse,
  count: number,
  more = 0,
): UsedCourse {
  return {
    count,
    usedLow: Array.from(usedLow, (slots) => slots + more),
    usedHigh: Array.from(usedHigh, (slots) => slots + more),
    areas: {
      perRow: areasPerRow,
      high: Array.from({ length: rows }, (_, row) => [
        ...areaHigh.subarray(row * columns, (row + 1) * columns),
      ]),
    },
    fragments: {
      free: [...runs.free],
      longestRun: [...runs.longestRun],
      shortestRun: [...runs.shortestRun],
    },
  }
}

/** Undefined of a tracker that keeps no mark. */
export function markCourse(
  { mark, lower }: NativeCourse,
  unmarked: boolean,
  more = 0,
): MarkCourse | undefined {
  if (unmarked) return undefined
  return {
    mark: changesOf(mark, () => false, more),
    lower: changesOf(lower, (slots) => slots < 0, more),
  }
}
