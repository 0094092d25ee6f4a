/** What a tracker says of itself: what it promises, and what can happen beside it. */
import { type Beside, besideNames, namesOf, type Until, untilNames } from '../results/check.js'
import type { Accuracy } from '../results/comparison.js'
import type { AnyTracker } from '../results/variant.js'
import { addon, asked } from './addon.js'
import { loadedTrackers, promiseOf, resolveTrackers } from './plan.js'

const finite = (n: number): number | null => (Number.isFinite(n) ? n : null)

/**
 * What is to be known of a tracker that this process can run.
 *
 * @throws InputError for an unknown one
 */
export function traitsOf(name: string): {
  /** What can happen beside its maps and unmaps. */
  readonly beside: Beside[]
  /** What it says that its promise ends with. */
  readonly until: Until[]
  /** Whether who reads used and then the mark never sees used above it. */
  readonly reads: boolean
  /** Of its mark, in the words of the list: `exact`, `never over`; `none` where there is none. */
  readonly promise: string
} {
  const [tracker] = resolveTrackers([name], loadedTrackers()) as [AnyTracker]
  const number = addon().trackers().indexOf(tracker)
  const [beside, until, reads, under, over] = asked(() => addon().trackerTraits(number))
  return {
    beside: namesOf(beside, besideNames),
    until: namesOf(until, untilNames),
    reads,
    promise: promiseOf(tracker) || promiseOfBounds({ under: finite(under), over: finite(over) }),
  }
}

/** What bounds on the error amount to, in the words of the list of trackers. Null is no bound. */
export function promiseOfBounds({ under, over }: Accuracy['bounds']): string {
  if (under === 0) return over === 0 ? 'exact' : 'never under'
  if (over === 0) return 'never over'
  if (under === null) return over === null ? 'none' : 'bounded over'
  return over === null ? 'bounded under' : 'bounded'
}
