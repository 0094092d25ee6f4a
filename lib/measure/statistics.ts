/** Medians with their uncertainty, and percentiles of the engines' histograms. */
import { InputError } from '../data/errors.js'
import { listArgument } from '../data/options.js'
import type { Estimate, Latency, Ratio } from '../results/figures.js'

/** Buckets of one histogram; 16 for each power of two, as native/engine/histogram.h has them. */
export const HISTOGRAM_BUCKETS = 640

/** Below this many samples no two of them enclose the median often enough. */
export const INTERVAL_SAMPLES = 6

const MISSES = 0.05

/**
 * The narrowest pair of order statistics, equally far from both ends, that encloses the median with
 * a probability of at least 95 %: places in the sorted samples, from 0. The number of samples below
 * the true median is binomial (n, 1/2), whatever their distribution. Null below INTERVAL_SAMPLES.
 */
export function medianRanks(samples: number): { low: number; high: number } | null {
  // The logarithm of the probability that just `below` samples are below the median.
  let chance = -samples * Math.LN2
  let below = 0
  for (let misses = 0; below < samples; below++) {
    misses += 2 * Math.exp(chance)
    if (misses > MISSES) break
    chance += Math.log((samples - below) / (below + 1))
  }
  return below === 0 ? null : { low: below - 1, high: samples - below }
}

/**
 * The value below which a quarter, a half or three quarters of sorted samples lie; between two of
 * them, their mean.
 *
 * @param sorted one sample at least
 */
export function quartile(sorted: readonly number[], share: 0.25 | 0.5 | 0.75): number {
  const below = share * sorted.length
  const [a, b] = [sorted[Math.ceil(below) - 1] as number, sorted[Math.floor(below)] as number]
  return a === b ? a : (a + b) / 2
}

/**
 * The median with the interval of medianRanks(), from -Infinity to Infinity where there is none.
 * NaN is left out.
 *
 * @throws Error without any sample
 */
export function estimate(values: readonly number[]): Estimate {
  const samples = listArgument('values', values, 'a list of numbers')
  const sorted = samples.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
  if (sorted.length === 0) {
    throw new InputError('values: expected at least one number')
  }
  const ranks = medianRanks(sorted.length)
  return {
    median: quartile(sorted, 0.5),
    low: ranks ? (sorted[ranks.low] as number) : Number.NEGATIVE_INFINITY,
    high: ranks ? (sorted[ranks.high] as number) : Number.POSITIVE_INFINITY,
  }
}

/** a[i] / b[i]: what two variants did in the same round; NaN where one of them did nothing. */
export function quotients(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value / (b[i] ?? Number.NaN))
}

/** Median of the quotients. */
export function ratio(a: readonly number[], b: readonly number[]): Ratio {
  listArgument('a', a, 'a list of numbers')
  listArgument('b', b, 'a list of numbers')
  const { median: middle, low, high } = estimate(quotients(a, b))
  return { ratio: middle, low, high }
}

/** The same; null where no round has both. */
export function ratioOf(a: readonly number[], b: readonly number[]): Ratio | null {
  return quotients(a, b).every(Number.isNaN) ? null : ratio(a, b)
}

/** The middle of a bucket, in the histogram's unit. */
function bucketValue(bucket: number): number {
  if (bucket < 16) return bucket
  const shift = Math.floor(bucket / 16) - 1
  return (16 + (bucket % 16) + 0.5) * 2 ** shift
}

/** Whether there is an interval: not below INTERVAL_SAMPLES, nor of what was divided by nothing. */
export const hasInterval = ({ low, high }: Pick<Ratio, 'low' | 'high'>): boolean =>
  Number.isFinite(low) && Number.isFinite(high)

/** Whether a ratio says anything: one without an interval does not, nor one that has not settled. */
export const isFigure = (ratio: Ratio): boolean => hasInterval(ratio) && ratio.settled !== false

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
