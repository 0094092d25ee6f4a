// What trackers are measured against: an off whose areas are as large as the tracker's.

import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals'
import {
  type Comparison,
  compare,
  type ScenarioInput,
  timeVariants,
  trackers,
  withTrackerFiles,
} from '../../lib/index.js'
import { addon } from '../../lib/native/addon.js'
import { comparisonText } from '../../lib/report/text/compare.js'
import { expectNoLiveRuns, rowOf, small } from '../run/helpers.js'
import { leavesNothing, removeFolder, write } from '../tracker-file/files.js'

jest.setTimeout(120_000)
afterEach(expectNoLiveRuns)
afterAll(removeFolder)
leavesNothing()

const CPUS = 64
/** Areas are neighbours, one for each CPU, and nothing is copied. */
const crowded: ScenarioInput = {
  name: 'crowded',
  pool: { slots: CPUS * 1024, areas: CPUS },
  cpus: CPUS,
  workload: { sizes: [{ bytes: 4096 }], inFlight: 8, order: 'random', load: 'toggle' },
  copy: false,
  steps: CPUS * 400,
}

const costOf = (comparison: Comparison, tracker: string): number =>
  rowOf(comparison, tracker).throughput?.vsOff.ratio ?? Number.NaN

/** Its store moves what CPUs meet at, as another seed would. */
function expectAbout1(ratio: number): void {
  expect(ratio).toBeGreaterThan(0.98)
  expect(ratio).toBeLessThan(1.02)
}

/** Nothing in map and unmap, and so many words in each area. */
const idle = (name: string, words: number): string =>
  write(
    name,
    `#include "trackers/tracker.h"
struct tracker_area { unsigned long words[${words}]; };
struct tracker_mem { };
#include "swiotlb/types.h"
static inline unsigned long tracker_used(struct io_tlb_mem *mem) { return mem_areas_used(mem); }
static inline unsigned long tracker_hiwater(struct io_tlb_mem *mem) { (void)mem; return 0; }
static inline void tracker_reset(struct io_tlb_mem *mem) { (void)mem; }
static inline struct tracker_bounds tracker_bounds(struct io_tlb_mem *mem)
{
	(void)mem;
	return (struct tracker_bounds){ TRACKER_UNBOUNDED, TRACKER_UNBOUNDED,
					TRACKER_UNTIL_TRANSIENT };
}
`,
  )

describe('in virtual time, 64 CPUs', () => {
  test('packed, per-area costs what its off costs, and reserve no less', async () => {
    const comparison = await compare(crowded, { engine: 'virtual' })
    expectAbout1(costOf(comparison, 'per-area'))
    expect(costOf(comparison, 'global-atomic')).toBeGreaterThan(1)
    expect(costOf(comparison, 'reserve')).toBeGreaterThan(1)
    expect(costOf(comparison, 'sampled')).toBe(1)
    // What the size of the areas does alone is told apart.
    const sizes = comparison.machine?.largerAreas ?? []
    expect(sizes.map(({ areaBytes }) => areaBytes)).toEqual([24, 32])
    const larger = sizes.find(({ areaBytes }) => areaBytes === 24)
    expect(larger).toMatchObject({ offAreaBytes: 16, compiler: null })
    expect(larger?.vsOff?.ratio).toBeLessThan(0.9)
    const off = rowOf(comparison, 'off').throughput?.nsPerPair.median ?? 0
    const perArea = rowOf(comparison, 'per-area').throughput?.nsPerPair.median ?? 0
    expectAbout1(perArea / off / (larger?.vsOff?.ratio ?? 0))
    expectAbout1(1 + (rowOf(comparison, 'per-area').virtual?.full.lostThroughput ?? 1))
    expect(comparisonText(comparison)).toMatch(
      /^areas of 24 bytes instead of 16 alone: off 0\.\d\d(?: \[not settled\])?/m,
    )
  })

  test('padded, all are measured against off itself', async () => {
    const names = ['off', 'per-area', 'reserve'] as const
    const layout = { areaLayout: 'padded' } as const
    const comparison = await compare(crowded, { engine: 'virtual', trackers: names, layout })
    expect(comparison.machine?.largerAreas).toEqual([])
    expect(comparison.rows.map((row) => row.areaBytes)).toEqual([128, 128, 128])
    expectAbout1(costOf(comparison, 'per-area'))
    expect(comparisonText(comparison)).not.toMatch(/^areas of/m)
  })

  test('a tracker file that does nothing costs 1.00, however large its areas are', async () => {
    const files = [1, 2, 5].map((words) => idle(`idle-${words}.h`, words))
    const options = { engine: 'virtual', trackers: ['off'] } as const
    const [packed, padded] = await withTrackerFiles(files, options, async (compareWithFiles) => [
      await compareWithFiles(crowded, options),
      await compareWithFiles(crowded, { ...options, layout: { areaLayout: 'padded' } }),
    ])
    if (!packed || !padded) throw new Error('nothing was compared')
    expect(packed.rows.map((row) => row.areaBytes)).toEqual([16, 24, 32, 56])
    expect(packed.machine?.largerAreas.map(({ areaBytes }) => areaBytes)).toEqual([24, 32, 56])
    for (const { throughput } of packed.rows) expect(throughput?.vsOff.ratio).toBe(1)
    // The sizes by themselves are not the same.
    for (const { vsOff } of packed.machine?.largerAreas ?? []) expect(vsOff?.ratio ?? 1).not.toBe(1)
    expect(padded.rows.map((row) => row.areaBytes)).toEqual([128, 128, 128, 128])
    for (const { throughput } of padded.rows) expect(throughput?.vsOff.ratio).toBe(1)
  })
})

describe('with threads', () => {
  test('each tracker is measured in the same rounds against its off', async () => {
    const timing = { ...small.timing, rounds: 9 }
    const comparison = await compare(
      { ...small, timing },
      { trackers: ['global-atomic', 'per-area', 'reserve'] },
    )
    expect(comparison.rows.map((row) => row.areaBytes)).toEqual([16, 24, 24])
    expect(comparison.timing?.largerAreas).toMatchObject([{ areaBytes: 24, offAreaBytes: 16 }])
    for (const { throughput } of comparison.rows) {
      const { roundsVsOff = [], vsOff } = throughput ?? {}
      const timed = roundsVsOff.flatMap((ratio) => ratio ?? []).sort((a, b) => a - b)
      expect(roundsVsOff).toHaveLength(9)
      expect(timed.length).toBeGreaterThan(0)
      expect(vsOff?.ratio).toBeGreaterThanOrEqual(timed[0] ?? Number.NaN)
      expect(vsOff?.ratio).toBeLessThanOrEqual(timed.at(-1) ?? Number.NaN)
    }
  })

  test('variants can name it; a ratio is to the off of the same size', async () => {
    const timing = { ...small.timing, rounds: 9 }
    const { variants } = await timeVariants({ ...small, timing }, [
      { tracker: 'off' },
      { tracker: 'per-area' },
      { tracker: 'off', areasOf: 'per-area' },
      { tracker: 'off', areasOf: 'sampled' },
    ])
    expect(variants.map(({ areasOf }) => areasOf)).toEqual([null, null, 'per-area', 'sampled'])
    // Its own off is another copy, so only off itself is 1 to the digit.
    expect(variants[0]?.throughput.vsOff).toEqual({ ratio: 1, low: 1, high: 1 })
    const tracked = { tracker: 'reserve', areasOf: 'off' } as const
    await expect(timeVariants(small, [{ tracker: 'off' }, tracked])).rejects.toThrow(
      'areasOf: expected off beside it, not reserve',
    )
    const larger = { tracker: 'off', areasOf: 'per-area' } as const
    await expect(timeVariants(small, [larger, { tracker: 'off' }])).rejects.toThrow(
      'variants: expected an off first',
    )
  })
})

test('nobody is told of the baselines as trackers', async () => {
  expect(addon().trackers().slice(0, trackers.length)).toEqual(trackers.map(({ name }) => name))
  expect(
    addon()
      .trackers()
      .filter((name) => name.startsWith('off')),
  ).toEqual(['off'])
  const names = ['off_24'] as unknown as ['off']
  await expect(compare(small, { trackers: names })).rejects.toThrow(/trackers: unknown "off_24"/)
})
