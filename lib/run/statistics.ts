/** Medians with their uncertainty, and percentiles of the engines' histograms. */
import { median } from 'simple-statistics'
import { InputError } from '../scenario/errors.js'
import type { Estimate, Latency, Ratio } from './types.js'

/** Buckets of one histogram; 16 for each power of two, as native/engine/histogram.h has them. */
export const HISTOGRAM_BUCKETS = 640

/**
 * The median with its 95 % confidence interval, from the order statistics: the number of values
 * below the true median is binomial (n, 1/2), so the interval reaches 0.98 sqrt(n) ranks to either
 * side. It assumes nothing of the distribution. NaN is left out.
 */
export function estimate(values: readonly number[]): Estimate {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  const n = sorted.length
  if (n === 0) {
    throw new InputError('timing: no slice was long enough to be measured; raise sliceMs or rounds')
  }
  const reach = 0.98 * Math.sqrt(n)
  const low = Math.max(0, Math.floor(n / 2 - reach))
  const high = Math.min(n - 1, Math.ceil(n / 2 + reach) - 1)
  return { median: median(sorted), low: sorted[low] as number, high: sorted[high] as number }
}

/** a[i] / b[i]: what two variants did in the same round; NaN where one of them did nothing. */
export function quotients(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? Number.NaN))
}

/** Median of the quotients. */
export function ratio(a: readonly number[], b: readonly number[]): Ratio {
  const { median: middle, low, high } = estimate(quotients(a, b))
  return { ratio: middle, low, high }
}

/** The middle of a bucket, in the histogram's unit. */
function bucketValue(bucket: number): number {
  if (bucket < 16) return bucket
  const shift = Math.floor(bucket / 16) - 1
  return (16 + (bucket % 16) + 0.5) * 2 ** shift
}

/** Percentiles; each is the middle of its bucket, which is at most 1/16 of its value wide. */
export function latency(buckets: ArrayLike<number>): Latency {
  let count = 0
  for (let i = 0; i < buckets.length; i++) count += buckets[i] as number
  const at = (share: number): number => {
    let seen = 0
    for (let i = 0; i < buckets.length; i++) {
      seen += buckets[i] as number
      if (seen > 0 && seen >= share * count) return bucketValue(i)
    }
    return 0
  }
  return { count, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) }
}
