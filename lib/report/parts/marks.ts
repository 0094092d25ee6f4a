/** The marks behind a tracker's name, and what they mean. */
import type { ReplayRow } from '../../results/replay.js'

/** A tracker that no other beats. */
const FRONTIER_MARK = '*'

const FRONTIER_LEGEND =
  `${FRONTIER_MARK} on the frontier: nothing that promises as much (how far under, how far over, ` +
  'what ends it, what a reader is told) costs less, and nothing that promises more costs the same. Costs are the x off, ' +
  'without copies where there are such; two are the same unless their ratio, round by round, is ' +
  'outside the noise, and those with too few rounds in common are not compared. Among equals in both, ' +
  'the error of this run decides'

/** A tracker whose mark is not to be believed. */
const BROKEN_MARK = '!'

export const BROKEN_LEGEND = `${BROKEN_MARK} broke its promise, in this run or in a check before it`

/** In a replay: a promise that has ended, by the tracker's own word, is none that was broken. */
export const brokeItsPromise = ({
  promiseKept,
  endedByReset,
}: Pick<ReplayRow, 'promiseKept' | 'endedByReset'>): boolean => !promiseKept && !endedByReset

interface Marked {
  readonly frontier?: boolean
  readonly promiseBroken: boolean
}

/** What stands behind the name, a blank included. */
export function marksOf({ frontier = false, promiseBroken }: Marked): string {
  return (promiseBroken ? ` ${BROKEN_MARK}` : '') + (frontier ? ` ${FRONTIER_MARK}` : '')
}

/** The marks that some row has, a line each. */
export function legends(rows: readonly Marked[]): string[] {
  return [
    ...(rows.some((row) => row.promiseBroken) ? [BROKEN_LEGEND] : []),
    ...(rows.some((row) => row.frontier) ? [FRONTIER_LEGEND] : []),
  ]
}
