// replay(): traces of a few operations, whose figures can be worked out by hand, and the captures'.

import { afterEach, describe, expect, test } from '@jest/globals'
import {
  InputError,
  OperationsBuilder,
  type Progress,
  replay,
  replayOperations,
  replayPlacements,
  type Trace,
} from '../../lib/index.js'
import { logOf } from '../trace/helpers.js'
import { defaultTrackers, expectNoLiveRuns, expectWithin, stopTime, unmarked } from './helpers.js'

afterEach(expectNoLiveRuns)

async function placements(...args: Parameters<typeof replayPlacements>): Promise<string[]> {
  const all: string[] = []
  for await (const lines of replayPlacements(...args)) all.push(...lines)
  return all
}

const log = (...lines: string[]): Trace => logOf('nslabs=256 nareas=2 pool=40000000', lines)

/** Two areas of 128 slots, 48 slots at the most, one map too large for any place. */
const fewOperations = log(
  'm 0 1 1000 32768 0 0',
  'm 1 2 1000 65536 0 0',
  'u 0 1',
  'm 0 3 1000 1048576 0 0',
  'u 1 3',
  'm 1 4 11fff 1 fff fff',
  'u 0 2',
)

describe('replay', () => {
  test('gives the figures of the trace', async () => {
    const result = await replay(fewOperations)
    expect(result).toMatchObject({
      trace: { file: 'test.log', format: 'operation-log', lost: { events: 0 } },
      pool: { nslabs: 256, nareas: 2, start: '0x40000000', bytes: 524288 },
      maps: 4,
      unmaps: 2,
      failedMaps: 1,
      failedSlots: 512,
      usedBefore: 0,
      usedAfter: 2,
      peakSlots: 48,
      demandPeakSlots: 32 + 512,
      placement: null,
      peakBounds: null,
      bufferFull: { count: 1, sizeBytes: 1048576, totalSlots: 256, usedSlots: 32 },
      warnings: [],
    })
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })

  test('has a row for each tracker, with its mark against the peak', async () => {
    const { rows } = await replay(fewOperations, { sampleEvery: 1, batch: 1, tolerance: 0 })
    expect(rows.map((row) => row.tracker)).toEqual(defaultTrackers)
    for (const { tracker, reportedSlots, errorSlots, verdict } of rows) {
      // Area 0 had 16 at most, area 1 34, but not at the same time; within a stretch of time they had.
      const want = unmarked.includes(tracker)
        ? [null, null, 'none']
        : ['per-area', 'epochs'].includes(tracker)
          ? [50, 2, 'over']
          : [48, 0, 'exact']
      expect([tracker, reportedSlots, errorSlots, verdict]).toEqual([tracker, ...want])
    }
  })

  test('sums the marks of areas that were busy one after the other', async () => {
    const turns = log('m 0 1 1000 65536 0 0', 'u 0 1', 'm 1 2 1000 65536 0 0', 'u 1 2')
    const { rows, peakSlots } = await replay(turns, { trackers: ['global-atomic', 'per-area'] })
    expect(peakSlots).toBe(32)
    expect(rows.map((row) => row.reportedSlots)).toEqual([32, 64])
    expect(rows[1]).toMatchObject({ errorSlots: 32, verdict: 'over' })
  })

  test('what z resets, with mappings live', async () => {
    const reset = log(
      'm 0 1 1000 65536 0 0',
      'm 0 2 1000 65536 0 0',
      'u 0 2',
      'z',
      'm 1 3 1000 2048 0 0',
    )
    const { rows, peakSlots } = await replay(reset, { trackers: ['global-atomic'] })
    expect(peakSlots).toBe(33)
    expect(rows[0]?.reportedSlots).toBe(33)
  })

  test('placements are lines, as the operation log names them', async () => {
    expect(await placements(fewOperations)).toEqual([
      '1 0 16 0 0 0',
      '2 128 32 0 0 0',
      '1 u 16',
      '3 -1 0 0 0 0',
      '3 u 0',
      '4 160 2 2047 1 0',
      '2 u 32',
      'used 2',
      'hiwater 48',
      'full 1',
    ])
  })

  test('the bitmap places like the run counts', async () => {
    expect(await placements(fewOperations, { layout: { slotIndex: 'bitmap' } })).toEqual(
      await placements(fewOperations),
    )
  })

  test.each([
    [{ slots: 0 }, /^slots: expected a whole number from 1/],
    [{ slots: Number.NaN }, /^slots: expected a whole number/],
    [{ areas: 0 }, /^areas: expected a whole number from 1/],
    [{ slots: 1000 }, /^slots, areas: 1000,2 is no pool that the kernel makes; it would be 1024,2/],
    [{ areas: 3 }, /^slots, areas: 256,3 is no pool/],
    [{ areas: 4 }, /^slots, areas: 256,4 is no pool/],
    [{ poolStart: 0x800n }, /^pool start: expected a page aligned address/],
    [{ poolStart: -4096n }, /^pool start: /],
    [{ trackers: ['nobody'] }, /^trackers: unknown "nobody"/],
    [{ layout: { slotIndex: 'tree' } }, /^slotIndex: unknown "tree"/],
    [{ batch: 0 }, /^batch: /],
  ])('%j is refused by name', async (options, message) => {
    const pending = replay(fewOperations, options as never)
    await expect(pending).rejects.toThrow(message)
    await expect(pending).rejects.toBeInstanceOf(InputError)
  })

  test('a trace that does not say what its pool is', async () => {
    const { pool: _, ...rest } = fewOperations
    await expect(replay({ ...rest, pool: {} })).rejects.toThrow(
      /^test\.log: does not say how large the pool is; .*--slots.*debug\/swiotlb\/io_tlb_nslabs.*dmesg/,
    )
    await expect(replay({ ...rest, pool: { nslabs: 256 } })).rejects.toThrow(
      /^test\.log: does not say how many areas the pool has; .*--areas.*area num.*dmesg/,
    )
    const { peakSlots } = await replay({ ...rest, pool: {} }, { slots: 256, areas: 2 })
    expect(peakSlots).toBe(48)
  })
})

describe('bare operations', () => {
  const pool = { nslabs: 256, nareas: 2, start: 0x40000000n }

  test('used, mark and failures are noted after each', async () => {
    const builder = new OperationsBuilder()
    builder.map({ cpu: 0, id: 1, orig: 0x1000, size: 4096 })
    builder.map({ cpu: 0, id: 2, orig: 0x1000, size: 300_000 })
    builder.unmap({ cpu: 1, id: 1 })
    builder.reset()
    const { used, hiwater, full, placements } = await replayOperations(builder.build(), pool)
    expect([...used]).toEqual([2, 2, 0, 0])
    expect([...hiwater]).toEqual([2, 2, 2, 0])
    expect([...full]).toEqual([0, 0, 0, 300_000, 256, 2, 0, 0, 0, 0, 0, 0])
    expect([...placements.subarray(0, 10)]).toEqual([0, 2, 0, 0, 0, -1, 0, 0, 0, 0])
  })

  test('one that makes no sense is named by its number', async () => {
    const builder = new OperationsBuilder()
    builder.map({ cpu: 0, id: 1, orig: 0x1000, size: 4096 })
    builder.unmap({ cpu: 0, id: 7 })
    await expect(replayOperations(builder.build(), pool)).rejects.toThrow('operation 1 ')
  })

  test('none at all', async () => {
    const { used } = await replayOperations(new OperationsBuilder().build(), pool)
    expect(used).toHaveLength(0)
  })
})

describe('a long replay', () => {
  /** Some seconds under all trackers together. */
  function long(): Trace {
    const builder = new OperationsBuilder()
    for (let i = 0; i < 400_000; i++) {
      builder.map({ cpu: i % 2, id: i, orig: 0x1000, size: 65536 })
      if (i >= 2) builder.unmap({ cpu: 0, id: i - 2 })
    }
    return { ...fewOperations, operations: builder.build() }
  }
  const trace = long()

  test('stops within 100 ms, and does not block the event loop', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const stopping = () => stopTime((signal) => replay(trace, { signal }))
    try {
      await expectWithin({ usual: 100, most: 1000 }, stopping)
    } finally {
      clearInterval(timer)
    }
    // 100 in the five times 100 ms, if nothing else ran.
    expect(ticks).toBeGreaterThan(20)
  }, 60_000)

  test('tells how far it is', async () => {
    const seen: Progress[] = []
    await replay(trace, { onProgress: (progress) => seen.push(progress) })
    expect(seen.length).toBeGreaterThan(3)
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b))
    expect(seen.at(-1)?.done).toBeLessThanOrEqual(1)
    expect(seen[0]?.phase).toMatch(/^replay under /)
  }, 60_000)
})
