/** What may be said of a ratio, given how much `off` differs from itself. */
import { noiseReach } from '../run/frontier.js'
import type { Estimate, Ratio } from '../run/types.js'
import { ns } from './text.js'

/** Where a ratio stands to the noise: told apart from `off` only if the two bands are apart. */
export type Standing = 'slower' | 'faster' | 'same'

/**
 * The noise band reaches as far to either side of 1 as `off` was away from itself: that it was
 * slower in this run says that it could have been faster.
 */
export function standing(ratio: Ratio, noise: Ratio): Standing {
  const reach = noiseReach(noise)
  if (ratio.low > reach) return 'slower'
  if (ratio.high < 1 / reach) return 'faster'
  return 'same'
}

/** Whether two ratios to `off` of the same rounds are apart by more than the noise of both. */
export function differ(a: Ratio, b: Ratio, noise: Ratio): boolean {
  const factor = Math.max(a.ratio / b.ratio, b.ratio / a.ratio)
  return factor > noiseReach(noise) ** 2 && (a.low > b.high || b.low > a.high)
}

/** Marks a ratio that was not told apart from the noise. */
export const NOISE_MARK = '~'

export const NOISE_LEGEND = `${NOISE_MARK} inside the noise: no further from 1 than off is from off`

/** What stands in place of an interval where there are too few samples for one. */
const TOO_FEW = '[too few]'

/** `161 [160 - 162]`, or `161` for what has no spread because it is no sample. */
export function formatEstimate({ median, low, high }: Estimate): string {
  if (!Number.isFinite(high)) return `${ns(median)} ${TOO_FEW}`
  return low === high ? ns(median) : `${ns(median)} [${ns(low)} - ${ns(high)}]`
}

/** `2.10 [2.05 - 2.16]`, likewise. */
export function formatRatio(ratio: Ratio): string {
  if (!Number.isFinite(ratio.high)) return `${ratio.ratio.toFixed(2)} ${TOO_FEW}`
  if (ratio.low === ratio.high) return ratio.ratio.toFixed(2)
  return `${ratio.ratio.toFixed(2)} [${ratio.low.toFixed(2)} - ${ratio.high.toFixed(2)}]`
}
