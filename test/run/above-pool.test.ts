// An order of operations that overlap may have more in use than the pool has room for: it is not cut off,
// and that is said.

import { expect, jest, test } from '@jest/globals'
import { check, compare } from '../../lib/index.js'
import { peakWarnings } from '../../lib/measure/verdict.js'

jest.setTimeout(120_000)

const WORDS = 'the upper end of the peak is above the 128 slots of the pool'

test('is told of an upper end above a pool that cannot grow, and of no other', () => {
  const of = (high: number, grow: boolean): string[] =>
    peakWarnings(
      [
        { low: 0, high: 7 },
        { low: 0, high },
      ],
      { slots: 128, grow },
    )
  expect(of(129, false)).toEqual([expect.stringContaining(WORDS)])
  expect([of(128, false), of(129, true), peakWarnings([], { slots: 128, grow: false })]).toEqual([
    [],
    [],
    [],
  ])
})

test('is there in a schedule that the search finds, and in a comparison of a pool that is full', async () => {
  const { found } = await check('global-atomic', { wanted: 'above-pool' })
  expect(found?.pool.grow).toBe(false)
  expect(found?.envelopeSlots.high).toBeGreaterThan(found?.pool.slots ?? Number.POSITIVE_INFINITY)
  const highOf = async (cpus: number): Promise<{ high: number; told: number }> => {
    const workload = { sizes: [{ bytes: 65536 }], inFlight: 4, load: 'toggle' as const }
    const { warnings, rows } = await compare(
      { name: 'full', pool: { slots: 128, areas: 1 }, cpus, steps: 20_000, workload },
      { engine: 'virtual', trackers: ['off'] },
    )
    return {
      high: Math.max(...rows.map(({ accuracy }) => accuracy.truthSlots.high)),
      told: warnings.filter((text) => text.includes(WORDS)).length,
    }
  }
  const many = await highOf(16)
  expect(many.high).toBeGreaterThan(128)
  expect(many.told).toBe(1)
  // One CPU's operations do not overlap.
  expect(await highOf(1)).toEqual({ high: 128, told: 0 })
})
