/** The marks behind a tracker's name, and what they mean. */
import { verbOf } from '../../data/units.js'
import type { Comparison, OffFrontier, Row } from '../../results/comparison.js'
import { joinWords } from '../words.js'
import { isDoubtful } from './noise.js'

/** A tracker that no other beats. */
const FRONTIER_MARK = '*'

const FRONTIER_LEGEND = `${FRONTIER_MARK} on the frontier: nothing else promises as much and costs less, or more at the same cost`

/** A tracker whose mark is not to be believed. */
const BROKEN_MARK = '!'

export const BROKEN_LEGEND = `${BROKEN_MARK} broke its promise, in this run or in a check before it`

/**
 * A comparison without stars where `off` was not itself: a result that was kept before that was looked
 * at has some.
 */
export function comparisonToTell<C extends Pick<Comparison, 'rows' | 'timing' | 'timingNoCopy'>>(
  comparison: C,
): C {
  const { rows, timing, timingNoCopy } = comparison
  const bare = rows.some((row) => row.throughputNoCopy !== null)
  const noise = (bare ? timingNoCopy : timing)?.noise ?? null
  if (!isDoubtful(noise)) return comparison
  const unstarred = rows.map(
    (row): Row => (row.frontier ? { ...row, frontier: false, offFrontier: { why: 'noise' } } : row),
  )
  return { ...comparison, rows: unstarred }
}

type Placed = Pick<Row, 'tracker' | 'offFrontier'>

interface Marked {
  readonly frontier?: boolean
  readonly promiseBroken: boolean
}

/** What stands behind the name, a blank included. */
export function marksOf({ frontier = false, promiseBroken }: Marked): string {
  return (promiseBroken ? ` ${BROKEN_MARK}` : '') + (frontier ? ` ${FRONTIER_MARK}` : '')
}

/** `reserve, whose figure has not settled`; empty where all have a cost that can be compared. */
export function leftOutWords(rows: readonly Placed[]): string {
  const of = (why: OffFrontier['why'], words: (count: number) => string): string[] => {
    const names = rows.flatMap((row) => (row.offFrontier?.why === why ? [row.tracker] : []))
    return names.length > 0 ? [`${joinWords(names)}, ${words(names.length)}`] : []
  }
  return [
    ...of('unsettled', (n) => `whose ${verbOf(n, 'figure has', 'figures have')} not settled`),
    ...of('few', () => 'of which too little was done for a figure'),
  ].join('; ')
}

/** The marks that some row has, a line each, and who can have none. */
export function legends(rows: readonly (Marked & Placed)[]): string[] {
  const leftOut = leftOutWords(rows)
  return [
    ...(rows.some((row) => row.promiseBroken) ? [BROKEN_LEGEND] : []),
    ...(rows.some((row) => row.frontier) ? [FRONTIER_LEGEND] : []),
    ...(leftOut ? [`left out of the comparison of costs: ${leftOut}`] : []),
  ]
}
