// Ticks of axes: of pool sizes powers of two and their multiples, else round numbers.

import { describe, expect, test } from '@jest/globals'
import { logTicks, multiplesOfTwo, powersOfTwo } from '../../lib/report/page/ticks.js'

describe('sizes', () => {
  test('logarithmic: powers of two, and fewer where there are many', () => {
    expect(powersOfTwo([48, 600], 8)).toEqual([64, 128, 256, 512])
    expect(powersOfTwo([64, 128], 8)).toEqual([64, 128])
    expect(powersOfTwo([0.2, 1.5], 8)).toEqual([0.25, 0.5, 1])
    expect(powersOfTwo([2, 2048], 4)).toEqual([2, 32, 512])
  })

  test('none where the axis would have but one', () => {
    expect(powersOfTwo([66, 120], 8)).toEqual([])
    expect(powersOfTwo([50, 70], 8)).toEqual([])
  })

  test('from 0: multiples of a power of two, to both ends and no further', () => {
    expect(multiplesOfTwo(0, 18.7, 8)).toEqual([0, 4, 8, 12, 16, 20])
    expect(multiplesOfTwo(0, 100, 8)).toEqual([0, 16, 32, 48, 64, 80, 96, 112])
    expect(multiplesOfTwo(0, 64, 8)).toEqual([0, 8, 16, 24, 32, 40, 48, 56, 64])
    expect(multiplesOfTwo(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(multiplesOfTwo(-3, 9, 6)).toEqual([-4, -2, 0, 2, 4, 6, 8, 10])
  })
})

test('of what is no size: 1, 2, 5, 10', () => {
  expect(logTicks([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30], 8)).toEqual([1, 2, 5, 10, 20])
})
