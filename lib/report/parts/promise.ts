/** What a tracker in a booted kernel promises of its mark, in words. */
import { oneOf } from '../../data/errors.js'
import type { Verdict } from '../../guest/judge.js'
import { promiseOfBounds } from '../../native/trackers.js'

export const verdictWords: Readonly<Record<Verdict, string>> = {
  kept: 'kept',
  broken: 'broken',
  none: 'nothing promised',
  ended: 'promise ended',
  void: 'void',
}

/** As a guest tells it: slots, where a negative number is no bound. */
interface ToldPromise {
  readonly under: number
  readonly over: number
  /** Not 0 for a tracker that keeps no mark. */
  readonly unmarked: number
}

const boundOf = (slots: number): number | null => (slots < 0 ? null : slots)

const bySlots = (slots: number | null, side: string): string =>
  slots === null ? `${side} without bound` : `${side} by ${slots}`

/**
 * `never under, over by 163`, or without the bounds, which depend on the pool: `never under, bounded
 * over`. `-` where nothing was told.
 *
 * @throws InputError unless bounds is `slots` or `kinds`
 */
export function bootedPromise(told: ToldPromise | null, bounds: 'slots' | 'kinds'): string {
  oneOf('bounds', bounds, ['slots', 'kinds'])
  if (told === null) return '-'
  if (told.unmarked > 0) return 'no mark'
  const both = { under: boundOf(told.under), over: boundOf(told.over) }
  const word = promiseOfBounds(both)
  const never = both.under === 0 || both.over === 0
  if (word === 'exact' || word === 'none' || (bounds === 'kinds' && !never)) return word
  const sides = (['under', 'over'] as const).flatMap((side) => {
    const slots = both[side]
    if (slots === 0) return [`never ${side}`]
    if (bounds === 'slots') return [bySlots(slots, side)]
    return slots === null ? [] : [`bounded ${side}`]
  })
  // Without figures, what is certain comes first.
  if (bounds === 'kinds' && both.over === 0) sides.reverse()
  return sides.join(', ')
}
