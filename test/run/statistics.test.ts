// The interval of a median: what it covers, counted exactly, and what few samples give.

import { describe, expect, test } from '@jest/globals'
import { estimate, ratio } from '../../lib/index.js'
import { INTERVAL_SAMPLES, medianRanks, quartile } from '../../lib/measure/statistics.js'
import { formatEstimate, formatRatio, standing } from '../../lib/report/parts/noise.js'

/** Thousandths of a percent: how often places `low` to `high` of n sorted samples enclose the median. */
function coverage(n: number, low: number, high: number): number {
  // They do when more than `low` and at most `high` of the samples are below it.
  let term = 1n
  let inside = 0n
  for (let below = 0; below <= n; below++) {
    if (below > low && below <= high) inside += term
    term = (term * BigInt(n - below)) / BigInt(below + 1)
  }
  return Number((inside * 100_000n) / 2n ** BigInt(n))
}

const sizes = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('ranks of the median', () => {
  test('cover at least 95 % for every number of samples, and are the narrowest that do', () => {
    for (const n of [...sizes(INTERVAL_SAMPLES, 200), 1000, 2500]) {
      const ranks = medianRanks(n)
      if (!ranks) throw new Error(`no interval for ${n} samples`)
      expect(ranks.low + ranks.high).toBe(n - 1)
      expect([n, coverage(n, ranks.low, ranks.high) >= 95_000]).toEqual([n, true])
      expect([n, coverage(n, ranks.low + 1, ranks.high - 1) < 95_000]).toEqual([n, true])
    }
  })

  test('those of 0.98 sqrt(n), which are often quoted, cover less for half of the numbers', () => {
    const short = sizes(1, 200).filter((n) => {
      const reach = 0.98 * Math.sqrt(n)
      const low = Math.max(0, Math.floor(n / 2 - reach))
      const high = Math.min(n - 1, Math.ceil(n / 2 + reach) - 1)
      return coverage(n, low, high) < 95_000
    })
    expect(short).toHaveLength(97)
    expect(short).toContain(50)
  })

  test('below six samples there is no interval', () => {
    for (const n of sizes(1, INTERVAL_SAMPLES - 1)) {
      expect(medianRanks(n)).toBeNull()
      // The widest there is.
      expect(coverage(n, 0, n - 1)).toBeLessThan(95_000)
    }
  })
})

describe('estimate', () => {
  test('is the median between the values at the ranks, NaN left out', () => {
    const values = [9, 1, 8, Number.NaN, 2, 7, 3, 6, 4, 5]
    expect(estimate(values)).toEqual({ median: 5, low: 2, high: 8 })
    expect(
      ratio(
        values,
        values.map(() => 2),
      ),
    ).toEqual({ ratio: 2.5, low: 1, high: 4 })
  })

  test('of few samples says so, on the screen and in JSON, and tells nothing apart', () => {
    const few = estimate([10, 11, 12, 13, 14])
    expect(JSON.parse(JSON.stringify(few))).toEqual({ median: 12, low: null, high: null })
    expect(formatEstimate(few)).toBe('12.0 [too few]')
    const ratios = ratio([20, 20, 20, 20, 20], [1, 1, 1, 1, 1])
    expect(formatRatio(ratios)).toBe('20.00 [too few]')
    const nothing = Number.NaN
    expect(formatRatio({ ratio: nothing, low: nothing, high: nothing })).toBe('none')
    expect(formatEstimate({ median: nothing, low: nothing, high: nothing })).toBe('none')
    const endless = Number.POSITIVE_INFINITY
    expect(formatRatio({ ratio: endless, low: endless, high: endless })).toBe('none')
    expect(standing(ratios, { ratio: 1, low: 1, high: 1 })).toBe('unknown')
    const sharp = { ratio: 20, low: 19, high: 21 }
    expect(standing(sharp, { ratio: 1, low: 1, high: 1 })).toBe('slower')
    // Nor is anything told where the noise is not known.
    expect(standing(sharp, ratio([1, 1], [1, 1]))).toBe('unknown')
  })
})

describe('a quartile', () => {
  test('is a sample, or the mean of the two that it lies between', () => {
    const of = (sorted: number[]) => ([0.25, 0.5, 0.75] as const).map((at) => quartile(sorted, at))
    expect(of([7])).toEqual([7, 7, 7])
    expect(of([1, 2])).toEqual([1, 1.5, 2])
    expect(of([1, 2, 3])).toEqual([1, 2, 3])
    expect(of([1, 2, 4, 8])).toEqual([1.5, 3, 6])
    expect(of([1, 2, 4, 8, 16])).toEqual([2, 4, 8])
  })
})
