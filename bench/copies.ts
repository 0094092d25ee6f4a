/**
 * Two variants against each other, several copies of each in the same rounds. Each copy lies
 * elsewhere in memory; where two threads share a line, that alone makes one `off` up to a tenth
 * slower than another, which is more than some trackers cost.
 */
import { type TimedVariant, timeVariants } from 'swiotlb-lab'
import type { Row } from './causes.js'
import type { Context } from './part.js'
import { steady, type Wanted } from './scenarios.js'
import { quotients } from './tries.js'
import type { Attempt } from './verdict.js'

export const COPIES = 4

/** Round by round, the mean of the copies that were timed in it; NaN if none was. */
function meanRounds(copies: readonly TimedVariant[]): number[] {
  return (copies[0]?.roundsNs ?? []).map((_, round) => {
    const timed = copies.flatMap(({ roundsNs }) => roundsNs[round] ?? [])
    return timed.reduce((sum, ns) => sum + ns, 0) / timed.length
  })
}

/** @returns a try: `a` over `b`, and as noise one half of the copies of `b` over the other half */
export async function timeCopies(
  a: Row,
  b: Row,
  wanted: Wanted,
  context: Context,
): Promise<Attempt> {
  const rows = Array.from({ length: COPIES }, () => [b, a]).flat()
  // The first of all is an `off` as it is; those that `a` is held against have its areas.
  const run = await timeVariants(
    steady(wanted, context),
    [
      { tracker: 'off', layout: b.layout },
      ...rows.map(({ tracker, layout }) => ({
        tracker,
        layout,
        ...(tracker === 'off' && { areasOf: a.tracker }),
      })),
    ],
    { signal: context.signal },
  )
  const of = (row: Row): TimedVariant[] => run.variants.slice(1).filter((_, i) => rows[i] === row)
  const [first, second] = [of(b).slice(0, COPIES / 2), of(b).slice(COPIES / 2)]
  return {
    rounds: quotients(meanRounds(of(a)), meanRounds(of(b))),
    noise: quotients(meanRounds(first), meanRounds(second)),
    run,
  }
}
