/** Whether a text shows that slots which were in use came back. */
import { countOf } from '../data/units.js'
import { type Context, type Failure, numberOf, type Sample } from './context.js'
import { grownTo } from './growth.js'

/** What was in use at one moment of the text. */
interface Use {
  readonly boot: number
  /** null where the size of the pool is not told. */
  readonly total: number | null
  /** null where it is not told: a failure is then taken to have met a pool that was next to full. */
  readonly used: number | null
  readonly line: number
}

/** A moment, and a later one at which less was in use. */
export interface Fall {
  readonly from: Use
  readonly to: Use & { readonly used: number }
  /** So little was left in use that whatever filled the pool has come back. */
  readonly back: boolean
}

/** What is in use later is at most this share of what was, where it counts as given back. */
const BACK = 1 / 2

export const useOfFailure = ({ boot, total, used, lines }: Failure): Use => ({
  ...{ boot, total, used },
  line: lines[0] ?? 0,
})

export const useOfSample = (sample: Sample): Use => ({
  boot: sample.boot,
  total: numberOf(sample, 'nslabs'),
  used: numberOf(sample, 'used'),
  line: sample.lines.at(-1) ?? 0,
})

/** Counters without a size are those of the pool of all devices. */
const isTold = (sample: Sample): boolean =>
  sample.pool === '' || numberOf(sample, 'nslabs') !== null

/** Of a boot's moments so far, the one with most in use, by the pool that they are of. */
type Highest = Map<number | null, Use>

/** Those of `highest` that may be of the same pool as a later moment. */
const alike = (highest: Highest, pool: number | null): Use[] =>
  pool === null
    ? [...highest.values()]
    : [highest.get(pool), highest.get(null)].flatMap((one) => one ?? [])

const FULL = Number.POSITIVE_INFINITY

/**
 * The largest fall behind any of these moments, by boot; none for a boot in which use never fell behind them.
 *
 * @param moments of counters only those that tell the use
 */
export function fallsAfter(context: Context, moments: readonly Use[]): Map<number, Fall> {
  const poolOf = ({ boot, total }: Use): number | null =>
    total === null ? null : grownTo(context, boot, total)
  const later = [
    ...context.failures.map(useOfFailure),
    ...context.samples.filter(isTold).map(useOfSample),
  ].sort((a, b) => a.line - b.line)
  const waiting = [...moments].sort((a, b) => a.line - b.line)
  const byBoot = new Map<number, Highest>()
  let next = 0
  const lowest = new Map<number, Fall>()
  for (const to of later) {
    for (let from = waiting[next]; from && from.line < to.line; from = waiting[++next]) {
      const highest = byBoot.get(from.boot) ?? new Map<number | null, Use>()
      byBoot.set(from.boot, highest)
      const before = highest.get(poolOf(from))
      if (!before || (from.used ?? FULL) > (before.used ?? FULL)) highest.set(poolOf(from), from)
    }
    const { used } = to
    if (used === null || used >= (lowest.get(to.boot)?.to.used ?? FULL)) continue
    for (const from of alike(byBoot.get(to.boot) ?? new Map(), poolOf(to))) {
      // Of what tells no use it is known that next to nothing was free.
      const before = from.used ?? from.total ?? to.total
      if (before === null || used >= before) continue
      lowest.set(to.boot, { from, to: { ...to, used }, back: used <= before * BACK })
    }
  }
  return lowest
}

/**
 * The same of all their boots: where they differ, of the one in which least came back. undefined if use
 * never fell in one of them: what another boot gave back proves nothing for it.
 */
export function fallAfter(context: Context, moments: readonly Use[]): Fall | undefined {
  const falls = fallsAfter(context, moments)
  if (moments.some(({ boot }) => !falls.has(boot))) return undefined
  const [least] = [...falls.values()].sort(
    (a, b) => Number(a.back) - Number(b.back) || b.to.used - a.to.used,
  )
  return least
}

/** The same of counters: behind a read-out of a pool that is full, or between its mark and now. */
export function fallOfSample(context: Context, sample: Sample): Fall | undefined {
  const to = useOfSample(sample)
  const { used } = to
  const mark = numberOf(sample, 'used_hiwater')
  // Without it there is nothing that a later read-out could be held against.
  if (used === null) return undefined
  if (mark !== null && used <= mark * BACK) {
    return { from: { ...to, used: mark }, to: { ...to, used }, back: true }
  }
  return fallAfter(context, [to])
}

/** A sentence for what has come back; none where nothing shows it. */
export function backWords(fall: Fall | undefined): string[] {
  if (!fall?.back) return []
  const { from, to } = fall
  const before = from.used === null ? 'next to all' : `${from.used}`
  const then =
    from.line === to.line
      ? `at most ${before} were in use, and ${countOf(to.used, 'slot')} when the counters were read`
      : `${before} were in use at line ${from.line}, and ${countOf(to.used, 'slot')} later, at line ${to.line}`
  return [
    `What filled the pool was given back: ${then}. That is a load and no leak, unless a driver was loaded anew in between.`,
  ]
}
