/** What the noise control of a timing, `off` against a second `off`, lets be said of its ratios. */
import { checkObject } from '../data/options.js'
import type { Ratio } from '../results/figures.js'
import { hasInterval, isFigure } from './statistics.js'

/** As ratios are printed; what is 1 there is no difference to a reader. */
const printed = (ratio: number): number => Number(ratio.toFixed(2))

/**
 * Whether `off` was itself: its interval against a second `off` holds 1, to the two digits that are
 * printed. If not, something else than the code decided how long slices took, and no ratio of that
 * timing is a cost. Null where there is no interval. A prediction has a figure in place of one: how
 * much hangs on the order in which CPUs meet.
 */
export function offWasItself(noise: Pick<Ratio, 'low' | 'high'> | null): boolean | null {
  if (noise === null) return null
  const { low, high } = checkObject('noise', noise, 'a ratio with its interval, or null')
  if (!hasInterval({ low, high })) return null
  return low === high || (printed(low) <= 1 && printed(high) >= 1)
}

/**
 * How far a ratio may be from 1, to either side, for nothing but noise; Infinity where the noise is
 * not known, and where `off` was not itself.
 */
export function noiseReach(noise: Ratio | null): number {
  if (!noise || !isFigure(noise) || !offWasItself(noise)) return Number.POSITIVE_INFINITY
  return Math.max(noise.high, 1 / noise.low)
}
