/** What a tracker certifies of the peak: an amount that really was in use, and what it cannot be above. */
import { falselyCertified } from '../data/units.js'
import type { Accuracy, Certified } from '../results/comparison.js'

/**
 * @param low what the tracker says was in use for certain; null for nothing
 * @param high the mark, and what it promises to be under at most; null for no bound
 * @param most the most that was in use in any order
 */
export const certifiedOf = (low: number | null, high: number | null, most: number): Certified => ({
  lowSlots: low,
  highSlots: high,
  widthSlots: low === null || high === null ? null : high - low,
  kept: low === null || low <= most,
})

/**
 * What it certified and cannot have been, in words; undefined where it can, and where the mark itself
 * is further over than is promised, from which that follows.
 */
export function falselyCertifiedIn({
  certified,
  errorSlots,
  bounds,
  truthSlots,
}: Pick<Accuracy, 'certified' | 'errorSlots' | 'bounds' | 'truthSlots'>): string | undefined {
  if (!certified || certified.kept || certified.lowSlots === null) return undefined
  if (bounds.over !== null && errorSlots !== null && errorSlots > bounds.over) return undefined
  return falselyCertified(certified.lowSlots, truthSlots.high)
}
