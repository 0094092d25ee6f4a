/** A course in no more parts than a picture has columns of pixels: no peak and no mark is lost. */
import type { Changes } from '../../../results/course.js'

/** More than the widest picture has columns, and than a course has parts that was noted here. */
const MOST_PARTS = 740

export interface Parts {
  /** Of those of the file in one of these. */
  readonly each: number
  /** Of the file. */
  readonly whole: number
  readonly count: number
  /** Where each begins, and where the last ends: steps, or operations. */
  readonly at: readonly number[]
}

/**
 * @param whole parts of the file
 * @param steps of the whole run
 */
export function partsOf(whole: number, steps: number): Parts {
  const each = Math.ceil(whole / MOST_PARTS)
  const count = Math.ceil(whole / each)
  const begin = (part: number): number => (Math.min(part * each, whole) * steps) / whole
  return { each, whole, count, at: Array.from({ length: count + 1 }, (_, part) => begin(part)) }
}

type Pick = (a: number, b: number) => number

/** One number for each part: what `pick` leaves of those in it. */
export function merged(values: readonly number[], { each, count }: Parts, pick: Pick): number[] {
  return Array.from({ length: count }, (_, part) =>
    values.slice(part * each, (part + 1) * each).reduce((a, b) => pick(a, b)),
  )
}

/** The highest in each part, out of what changed; null where there was none. */
export function highest({ at, slots }: Changes, { each, whole, count }: Parts): (number | null)[] {
  const values = Array<number | null>(count).fill(null)
  for (const [i, value] of slots.entries()) {
    if (value === null) continue
    const [from, to] = [at[i] ?? 0, Math.min(at[i + 1] ?? whole, whole) - 1]
    for (let part = Math.floor(from / each); part <= Math.floor(to / each); part++) {
      values[part] = Math.max(values[part] ?? value, value)
    }
  }
  return values
}

/** Of a list of any length. */
export const most = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), 0)
