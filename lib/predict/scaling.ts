/** From which size on a tracker costs throughput that one would notice. */
import { listArgument } from '../data/options.js'
import { isFigure } from '../measure/statistics.js'
import type { Row } from '../results/comparison.js'

/** Shares of the throughput. */
export const lossThresholds = [0.01, 0.05, 0.2] as const

/** From where on a tracker's figure passes thresholds. */
export interface Passing {
  readonly tracker: string
  /** For each threshold, the first value that passes it and after which all do; null for none. */
  readonly from: readonly (number | null)[]
  /** For each threshold, the values below that one which pass it, too: all that do where it is null. */
  readonly also: readonly (readonly number[])[]
  /** In which it was run; of others nothing is known. */
  readonly steps: number
  /** Values of those whose figure has not settled, or is of too few steps: they count for nothing. */
  readonly leftOut: readonly number[]
}

interface Step {
  readonly value: number
  readonly rows: readonly Row[]
}

/**
 * Of the steps whose figure says something: one that more steps would change is left out.
 *
 * @param steps in rising order of their values
 */
export function passings(
  trackers: readonly string[],
  steps: readonly Step[],
  side: 'full' | 'bare',
): Passing[] {
  listArgument('trackers', trackers, 'a list of names')
  const rising = [...listArgument('steps', steps, 'a list of {value, rows}')].sort(
    (a, b) => a.value - b.value,
  )
  return trackers.map((tracker) => {
    const run = rising.flatMap(({ value, rows }) => {
      const row = rows.find((one) => one.tracker === tracker)
      const lost = row?.virtual?.[side]?.lostThroughput
      const ratio = (side === 'full' ? row?.throughput : row?.throughputNoCopy)?.vsOff
      return lost === undefined || lost === null
        ? []
        : [{ value, lost, counts: !ratio || isFigure(ratio) }]
    })
    const found = run.filter(({ counts }) => counts)
    const each = lossThresholds.map((share) => {
      const below = found.findLastIndex(({ lost }) => lost < share)
      const also = found.slice(0, below + 1).filter(({ lost }) => lost >= share)
      return { from: found[below + 1]?.value ?? null, also: also.map(({ value }) => value) }
    })
    return {
      tracker,
      from: each.map(({ from }) => from),
      also: each.map(({ also }) => also),
      steps: run.length,
      leftOut: run.flatMap(({ value, counts }) => (counts ? [] : [value])),
    }
  })
}
