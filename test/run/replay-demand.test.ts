// What a replay makes of maps that failed when the trace was recorded, and of pools too large.

import { totalmem } from 'node:os'
import { expect, test } from '@jest/globals'
import { InputError, OperationsBuilder, parseTrace, replay, type Trace } from '../../lib/index.js'
import { replayText } from '../../lib/report/text/replay.js'
import { checkPoolMemory } from '../../lib/scenario/resolve.js'

const request = { cpu: 0, orig: 0x1000, am: 0, mam: 0 }

/** 16 slots live before, 4 mapped, 16 unmapped, 2 mapped: never more than 20. */
function recorded(failures: readonly (readonly [after: number, slots: number])[]): Trace {
  const trace = parseTrace('#! nslabs=256 nareas=2 pool=40000000\nm 0 1 1000 2048 0 0\n', {
    file: 'made.log',
  })
  const builder = new OperationsBuilder()
  let done = 0
  const step = (add: () => void): void => {
    for (const [after, slots] of failures) {
      if (after === done) builder.failed({ ...request, size: slots * 2048 })
    }
    done++
    add()
  }
  builder.place({ ...request, id: 1, size: 16 * 2048, expect: 1 })
  builder.setIndex(0, 32)
  step(() => builder.map({ ...request, id: 2, size: 4 * 2048 }))
  step(() => builder.unmap({ cpu: 0, id: 1 }))
  step(() => builder.map({ ...request, id: 3, size: 2 * 2048 }))
  step(() => {})
  return {
    ...trace,
    operations: builder.build(),
    failedMaps: failures.length,
    failedSlots: failures.reduce((sum, [, slots]) => sum + slots, 0),
  }
}

test.each([
  [[], 20],
  [[[0, 100]], 16 + 100],
  [[[1, 100]], 20 + 100],
  [[[2, 100]], 4 + 100],
  [[[3, 100]], 6 + 100],
  [
    [
      [1, 30],
      [2, 45],
    ],
    20 + 30,
  ],
  [[[2, 3]], 20],
] as const)(
  'maps that failed after some operations, %j: a demand of %d',
  async (failures, demand) => {
    const result = await replay(recorded(failures))
    expect(result).toMatchObject({
      peakSlots: 20,
      demandPeakSlots: demand,
      failedMaps: failures.length,
      failedSlots: failures.reduce<number>((sum, [, slots]) => sum + slots, 0),
      broken: null,
    })
  },
)

test('slots of which no address is known are part of the demand', async () => {
  const result = await replay({ ...recorded([[3, 100]]), unplacedBefore: 7 })
  expect(result.demandPeakSlots).toBe(6 + 100 + 7)
})

test('the report says what the demand was', async () => {
  const result = await replay(recorded([[1, 100]]))
  const report = { ...result, meta: null, kernel: null, sameAsKernel: null }
  const text = replayText(report).replace(/\s+/g, ' ')
  expect(text).toContain('1 map failed, of 100 slots')
  expect(text).toMatch(/as recorded; had each been served, the peak would have been 120 slots/)
})

test('each row says whether the promise was kept', async () => {
  const { rows } = await replay(recorded([]), { tolerance: 0, batch: 1 })
  const kept = rows.map(({ tracker, promiseKept }) => [tracker, promiseKept])
  expect(kept).toEqual(rows.map(({ tracker }) => [tracker, true]))
})

const LARGEST = 2 ** 30
const fits = 24 * LARGEST <= totalmem()
const unlessItFits = fits ? test.skip : test
const reason = fits ? ' (skipped: this machine has room for the largest)' : ''

unlessItFits(`a pool that this machine has no memory for is refused by name${reason}`, async () => {
  const trace = { ...recorded([]), pool: { nslabs: LARGEST, nareas: 1 } }
  const pending = replay(trace, { trackers: ['off'] })
  await expect(pending).rejects.toThrow(InputError)
  await expect(pending).rejects.toThrow(/^slots: needs 24 GiB of memory, this machine has/)
})

test('memory is 24 bytes a slot, and the slot itself where copies are made', () => {
  const slots = Math.floor(totalmem() / 24)
  expect(() => checkPoolMemory('slots', slots, false)).not.toThrow()
  expect(() => checkPoolMemory('slots', slots + 1, false)).toThrow(/^slots: needs .* of memory/)
  expect(() => checkPoolMemory('pool.slots', Math.ceil(slots / 64), true, '; less')).toThrow(
    /^pool\.slots: needs .* of memory, this machine has .*; less$/,
  )
})
