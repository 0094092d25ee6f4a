/** From which size on a tracker costs throughput that one would notice. */
import type { Row } from '../run/types.js'

/** Shares of the throughput. */
export const lossThresholds = [0.01, 0.05, 0.2] as const

export interface Passing {
  readonly tracker: string
  /** For each threshold, the first value that passes it and after which all do; null for none. */
  readonly from: readonly (number | null)[]
}

interface Step {
  readonly value: number
  readonly rows: readonly Row[]
}

/** @param steps in rising order of their values */
export function passings(
  trackers: readonly string[],
  steps: readonly Step[],
  side: 'full' | 'bare',
): Passing[] {
  const rising = [...steps].sort((a, b) => a.value - b.value)
  return trackers.map((tracker) => {
    const losses = rising.map(
      ({ rows }) =>
        rows.find((row) => row.tracker === tracker)?.virtual?.[side]?.lostThroughput ?? 0,
    )
    const from = lossThresholds.map((share) => {
      const below = losses.findLastIndex((lost) => lost < share)
      return rising[below + 1]?.value ?? null
    })
    return { tracker, from }
  })
}
