/** In a series of comparisons: who leaves the frontier, and who joins it. */
import { listArgument } from '../data/options.js'
import type { Comparison, FrontierMove, OffFrontier, Row } from '../results/comparison.js'

interface Step {
  readonly value: number
  readonly comparison: Pick<Comparison, 'rows'>
}

/** What says nothing of a tracker: it has no cost to compare, or nobody has. */
const UNKNOWN: readonly OffFrontier['why'][] = ['untimed', 'few', 'unsettled', 'noise']

/** Whether it is known if the row is on the frontier. */
export const isPlaced = ({ offFrontier }: Pick<Row, 'offFrontier'>): boolean =>
  !offFrontier || !UNKNOWN.includes(offFrontier.why)

/** From one row of a tracker to its next; undefined where it stays on the frontier, or off it. */
function moveOf(before: Row, now: Row, value: number): FrontierMove | undefined {
  const because = now.offFrontier ?? before.offFrontier
  if (now.frontier === before.frontier || !because) return undefined
  return { tracker: now.tracker, value, what: now.frontier ? 'joins' : 'leaves', because }
}

/**
 * In the order of the steps, and of the rows in each. A step that a tracker was not run at is passed
 * over, and so is one at which its place is not known, as where its cost has not settled. The first one
 * of a tracker is no move.
 */
export function frontierMoves(steps: readonly Step[]): FrontierMove[] {
  const last = new Map<string, Row>()
  return listArgument('steps', steps, 'a list of {value, comparison}').flatMap(
    ({ value, comparison }) =>
      comparison.rows.filter(isPlaced).flatMap((row) => {
        const before = last.get(row.tracker)
        last.set(row.tracker, row)
        return (before && moveOf(before, row, value)) ?? []
      }),
  )
}
