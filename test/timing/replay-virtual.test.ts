// Traces in virtual time: order, waits, pace, sameness, and the command line on captures and logs.

import { join } from 'node:path'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import {
  InputError,
  OperationsBuilder,
  parseTrace,
  type ReplayOptions,
  type ReplayResult,
  replay,
  type Trace,
} from '../../lib/index.js'
import { virtualReplayText } from '../../lib/report/parts/virtual-replay.js'
import type { ReplayMachine } from '../../lib/results/virtual.js'
import { captures, cli } from '../cli/process.js'
import { defaultTrackers, expectNoLiveRuns, rowOf } from '../run/helpers.js'
import { captureFile, captureHints, logOf } from '../trace/helpers.js'

jest.setTimeout(60_000)
afterEach(expectNoLiveRuns)

const log = (...lines: string[]): Trace => logOf('nslabs=1024 nareas=4 pool=40000000', lines)

const virtually = (trace: Trace, more: ReplayOptions = {}): Promise<ReplayResult> =>
  replay(trace, { engine: 'virtual', ...more })

/** CPU 1 ends what CPU 0 maps last; 200 slots are more than fit. */
const crossed = log(
  'm 0 1 1000 8192 0 0',
  'm 0 2 1000 8192 0 0',
  'm 0 3 1000 8192 0 0',
  'u 1 3',
  'm 1 4 1000 16384 0 0',
  'u 0 4',
  'm 2 5 1000 409600 0 0',
  'u 3 5',
)

describe('an operation log', () => {
  test('keeps each CPU its order, and an unmap behind its map', async () => {
    const result = await virtually(crossed)
    expect(result).toMatchObject({
      maps: 5,
      unmaps: 2,
      failedMaps: 1,
      failedSlots: 200,
      usedAfter: 8,
      peakSlots: 16,
      bufferFull: { count: 1, sizeBytes: 409600 },
      placement: null,
      broken: null,
      machine: { cpus: 4, sockets: 1, pace: 'none', seed: 1, copy: true },
    })
    expect(result.rows.map((row) => row.tracker)).toEqual(defaultTrackers)
    for (const { tracker, promiseKept, predicted, virtual } of result.rows) {
      expect([tracker, promiseKept]).toEqual([tracker, true])
      expect(predicted?.order).toMatchObject({ waits: 3, meanLateNs: 0, latestNs: 0 })
      expect(predicted?.order.waitedNs).toBeGreaterThan(0)
      expect(predicted?.counts).toMatchObject({ maps: 5, unmaps: 2, failedMaps: 1 })
      for (const one of [virtual?.full, virtual?.bare]) {
        const sum = Object.values(one?.perPairNs ?? {}).reduce((a, b) => a + b, 0)
        expect(sum / (one?.nsPerPair ?? 0)).toBeCloseTo(1, 6)
      }
      expect(virtual?.full.perPairNs.copy).toBeGreaterThan(0)
      expect(virtual?.bare?.perPairNs.copy).toBe(0)
    }
    expect(rowOf(result, 'off').predicted?.throughput?.vsOff.ratio).toBe(1)
    expect(rowOf(result, 'global-atomic')).toMatchObject({ reportedSlots: 16, verdict: 'exact' })
    expect(rowOf(result, 'global-atomic').virtual?.full.lines.counters.fromCore).toBeGreaterThan(0)
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })

  test('one CPU that goes on long after the others is told, and no throughput is made of it', async () => {
    const pair = (cpu: number, id: number): string[] => [
      `m ${cpu} ${id} 1000 8192 0 0`,
      `u ${cpu} ${id}`,
    ]
    const together = Array.from({ length: 2000 }, (_, i) => pair(i % 4, i)).flat()
    const alone = Array.from({ length: 6000 }, (_, i) => pair(3, 2000 + i)).flat()
    // What the CPUs meet in is the counter alone.
    const layout = { areaLayout: 'padded' } as const
    const options = { trackers: ['off', 'global-atomic'] as const, copy: false, layout }
    const even = await virtually(log(...together), options)
    const long = await virtually(log(...together, ...alone), options)
    const atomic = (result: ReplayResult) => rowOf(result, 'global-atomic').predicted
    const [all, most] = [atomic(even), atomic(long)]
    expect(all?.work).toMatchObject({ cpus: 4 })
    expect(all?.work?.meanAtWork).toBeGreaterThan(3.8)
    expect(all?.work?.togetherShare).toBeGreaterThan(0.9)
    expect(even.warnings.join()).not.toContain('were at work')
    // Three quarters of the operations are of the one CPU, which nobody is in the way of.
    expect(most?.work?.meanAtWork).toBeLessThan(1.9)
    expect(most?.work?.togetherShare).toBeGreaterThan(0.2)
    expect(most?.work?.togetherShare).toBeLessThan(0.25)
    const ratio = all?.throughput?.vsOff.ratio ?? 0
    expect((most?.throughput?.vsOff.ratio ?? 0) / ratio).toBeLessThan(0.8)
    expect((most?.work?.togetherVsOff ?? 0) / ratio).toBeGreaterThan(0.9)
    expect((most?.work?.togetherVsOff ?? 0) / ratio).toBeLessThan(1.1)
    expect(long.warnings.join()).toMatch(
      /of the 4 CPUs of the trace 1\.\d were at work at an operation, in the mean under off: some end long before others/,
    )
    const words = (result: ReplayResult): string =>
      virtualReplayText(result, result.machine as ReplayMachine)
        .join(' ')
        .replace(/\s+/g, ' ')
    const text = words(long)
    expect(text).toMatch(
      /figures are of all operations of the trace: at one of them 1\.\d of the 4 CPUs that have some were at work, in the mean under off, each from its first operation to its last; 2\d % were made while all were, and cost there, times off: global-atomic \d/,
    )
    expect(text).toMatch(
      /the last CPU ended after \d+ ns under off, and times that: global-atomic \d/,
    )
    // Beside off stands each that is not off, the first row too.
    const without = words(
      await virtually(log(...together, ...alone), {
        ...options,
        trackers: ['global-atomic', 'per-area'],
      }),
    )
    expect(without).toMatch(/in the mean under global-atomic, each from/)
    expect(without).toMatch(/cost there, times off: global-atomic \d[\d.]* and per-area \d/)
    expect(without).toMatch(/under global-atomic, and times that: per-area \d/)
    expect(text).not.toMatch(/lost throughput/)
    for (const { virtual } of long.rows) expect(virtual?.full.lostThroughput).toBeNull()
  })

  test('a reset divides it: the peak is what came behind', async () => {
    const reset = log(
      'm 0 1 1000 204800 0 0',
      'm 1 2 1000 102400 0 0',
      'u 1 1',
      'z',
      'm 2 3 0 2048 0 0',
    )
    const { peakSlots, rows } = await virtually(reset, { trackers: ['off', 'global-atomic'] })
    expect(peakSlots).toBe(51)
    // The kernel's mark restarts from nothing, and the next map lifts it to what is in use.
    expect(rows[1]).toMatchObject({ reportedSlots: 51, errorSlots: 0 })
  })

  test('another seed is another order; the same is the same, byte for byte', async () => {
    const lines = Array.from({ length: 200 }, (_, i) => [
      `m ${i % 4} ${i} 1000 ${2048 * (1 + (i % 7))} 0 0`,
      `u ${(i * 3) % 4} ${i}`,
    ]).flat()
    const json = async (seed: number) => JSON.stringify(await virtually(log(...lines), { seed }))
    const once = await json(1)
    expect(await json(1)).toBe(once)
    expect(await json(2)).not.toBe(once)
  })

  test('what is wrong is named', async () => {
    const refused = async (options: ReplayOptions, words: RegExp): Promise<void> => {
      const run = virtually(crossed, options)
      await expect(run).rejects.toThrow(InputError)
      await expect(run).rejects.toThrow(words)
    }
    const length = { value: 4_000_001 }
    const many = Object.create(crossed.operations, { length }) as Trace['operations']
    const large = virtually({ ...crossed, operations: many })
    await expect(large).rejects.toThrow(InputError)
    await expect(large).rejects.toThrow(/test\.log: has 4000001 operations.* at most 4000000/)
    await refused({ pace: 'trace' }, /pace: test\.log shows no times/)
    await refused({ machine: { cpus: 2 } }, /cpus: test\.log has operations of CPU 3.* at least 4/)
    await refused({ machine: { sockets: 3 } }, /multiply out/)
    await refused({ machine: { costModel: 'nix' } }, /costModel: "nix"/)
    await refused({ grow: true }, /grow: .* expected false/)
    await refused({ seed: -1 }, /seed: expected a whole number from 0, not -1/)
    await refused({ engine: 'threads' as 'virtual' }, /engine: unknown "threads"/)
    await expect(virtually(log('m 1024 1 1000 2048 0 0'))).rejects.toThrow(/CPU 1024; .*below 1024/)
  })

  test('ends when it is aborted', async () => {
    const abort = new AbortController()
    const run = virtually(crossed, {
      signal: abort.signal,
      onProgress: () => abort.abort(),
    })
    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('mappings that were live before', () => {
  const builder = new OperationsBuilder()
  builder.place({ cpu: 0, id: 1, orig: 0x1000, size: 16 * 2048, expect: 257 })
  builder.setIndex(0, 32)
  builder.map({ cpu: 0, id: 2, orig: 0x1000, size: 4 * 2048 })
  builder.unmap({ cpu: 1, id: 1 })
  const trace = { ...crossed, operations: builder.build() }

  test('are there, and are unmapped', async () => {
    const result = await virtually(trace, { trackers: ['off', 'global-atomic'] })
    expect(result).toMatchObject({ usedAfter: 4, maps: 1, unmaps: 1, broken: null })
    expect([16, 20]).toContain(result.peakSlots)
    expect(result.rows[1]).toMatchObject({ promiseKept: true })
  })

  test('slots without an address are added to what is reported', async () => {
    const result = await virtually({ ...trace, unplacedBefore: 7 }, { trackers: ['global-atomic'] })
    expect(result.usedAfter).toBe(11)
    expect(result.rows[0]?.reportedSlots).toBeGreaterThanOrEqual(16 + 7)
    expect(result.rows[0]?.errorSlots).toBe(0)
  })
})

describe('a capture', () => {
  const mixed = parseTrace(captureFile('c-mixed-4cpu'), captureHints('c-mixed-4cpu'))

  test('knows when each operation began', () => {
    const { times, operations } = mixed
    expect(times).toHaveLength(operations.length)
    const known = [...(times ?? [])].filter((ns) => !Number.isNaN(ns))
    expect(known.length).toBeGreaterThanOrEqual(mixed.maps + mixed.unmaps)
    const span = Math.max(...known) - Math.min(...known)
    expect(span).toBeGreaterThan(1e8)
    expect(span).toBeLessThan(1e11)
  })

  test('at its pace it peaks where the kernel did; back to back it takes less time', async () => {
    const names = ['off', 'global-atomic', 'epochs'] as const
    // Longer stretches than what lies between two operations back to back.
    const options = { slots: 32768, areas: 4, trackers: names, stretch: 50_000 }
    const paced = await virtually(mixed, options)
    const free = await virtually(mixed, { ...options, pace: 'none' })
    expect([paced.machine?.pace, free.machine?.pace]).toEqual(['trace', 'none'])
    expect(paced.machine?.cpus).toBe(4)
    const peak = mixed.kernelPeak ?? 0
    expect(Math.abs(paced.peakSlots - peak)).toBeLessThanOrEqual(peak / 50)
    for (const { rows, broken } of [paced, free]) {
      expect(broken).toBeNull()
      expect(rows.every((row) => row.promiseKept)).toBe(true)
    }
    const rate = (result: ReplayResult) => rowOf(result, 'off').virtual?.full.pairsPerSecond ?? 0
    expect(rate(free)).toBeGreaterThan(2 * rate(paced))
    // What reads the clock of its CPU sees the gaps between the operations.
    const width = (result: ReplayResult) => rowOf(result, 'epochs').certified?.widthSlots ?? null
    expect(width(paced)).toBeLessThanOrEqual(32)
    expect(width(free)).toBeGreaterThan(100)
    // The same maps: alike in what they copy.
    const copied = (result: ReplayResult) => rowOf(result, 'off').virtual?.full.perPairNs.copy
    expect(copied(free)).toBeCloseTo(copied(paced) ?? 0, 6)
  })

  test('a clock that only counts gives no times', () => {
    const line = (time: string, event: string) => `  dd-1  [000] d..1. ${time}: ${event}\n`
    const text = (a: string, b: string) =>
      line(a, 'swiotlb_bounced: dev_name: nvme dma_mask=ff dev_addr=1000 size=4096 NORMAL') +
      line(b, 'dma_map_page: nvme dir=TO_DEVICE dma_addr=40000000 size=4096 phys_addr=1000 attrs=')
    const pool = { nslabs: 1024, nareas: 4, start: 0x40000000n }
    const seconds = parseTrace(text('12.000001', '12.000002'), { file: 'a', ...pool })
    expect([...(seconds.times ?? [])].at(-1)).toBeCloseTo(12.000001e9, 0)
    expect(parseTrace(text('17', '18'), { file: 'b', ...pool }).times).toBeUndefined()
  })
})

describe('directions', () => {
  /** What each map and unmap cost, of 64 mappings of 64 KiB. */
  const cost = async (dir: string, end = '', copy = true) => {
    const lines = Array.from({ length: 64 }, (_, i) => [
      `m 0 ${i} 100000 65536 0 0${dir}`,
      `u 0 ${i}${end}`,
    ])
    const result = await virtually(log(...lines.flat()), { trackers: ['off'], copy })
    return rowOf(result, 'off').predicted?.throughput
  }

  test('what a device may have written is copied back, unless the unmap says not', async () => {
    const once = await cost(' to')
    expect(once).toBeTruthy()
    expect(await cost('')).toEqual(once)
    expect(await cost(' from', ' nocopy')).toEqual(once)
    const twice = await cost(' from')
    expect(await cost(' both')).toEqual(twice)
    const bare = await cost(' from', '', false)
    const ns = (of: typeof once): number => of?.nsPerPair.median ?? Number.NaN
    // Two copies cost what one costs, twice.
    expect(ns(twice) - ns(bare)).toBeGreaterThan(1.9 * (ns(once) - ns(bare)))
    expect(ns(twice) - ns(bare)).toBeLessThan(2.1 * (ns(once) - ns(bare)))
  })
})

describe('the command line', () => {
  const capturePath = join(captures, 'c-mixed-4cpu/trace.txt.gz')

  test('a capture: table, split, and what was kept of its order', async () => {
    const { code, stdout } = await cli([
      ...['replay', capturePath, '--engine', 'virtual', '--trackers', 'off,global-atomic'],
    ])
    expect(code).toBe(0)
    expect(stdout).toContain('x off,')
    expect(stdout).toContain('where the time goes')
    expect(stdout).toContain('the same without copies')
    expect(stdout).toContain('cost model default')
    expect(stdout).toContain('begin when they were recorded')
    expect(stdout).toContain('--pace none')
  })

  test('an operation log from stdin: one JSON document', async () => {
    const input = '#! nslabs=1024 nareas=4 pool=40000000\nm 0 1 1000 4096 0 0\nu 5 1\n'
    const { code, stdout } = await cli(
      [
        ...['replay', '-', '--engine', 'virtual', '--sockets', '2', '--cost-model', 'published'],
        ...['--seed', '3', '--no-copy', '--slot-index', 'bitmap', '--json'],
      ],
      { input },
    )
    expect(code).toBe(0)
    const result = JSON.parse(stdout)
    expect(result.machine).toMatchObject({
      ...{ cpus: 6, sockets: 2, seed: 3, copy: false, pace: 'none', noiseNoCopy: null },
      costModel: { name: 'published' },
    })
    expect(result.peakSlots).toBe(2)
  })

  test.each([
    [['--engine', 'threads'], 'expected serial or virtual'],
    [['--engine', 'virtul'], 'Did you mean virtual'],
    [['--pace', 'none'], '--pace: expected --engine virtual'],
    [['--cpus', '8'], '--cpus: expected --engine virtual'],
    [['--no-copy'], '--no-copy: expected --engine virtual'],
    [['--engine', 'virtual', '--placements'], '--placements: expected without'],
    [['--engine', 'virtual', '--pace', 'fast'], '--pace: unknown'],
  ])('%j is refused', async (more, words) => {
    const { code, stdout, stderr } = await cli(['replay', capturePath, ...more])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(words)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
