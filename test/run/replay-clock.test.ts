// What a serial replay tells a tracker's clock: the recorded times where there are any.

import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import {
  type AnyTracker,
  OperationsBuilder,
  parseTrace,
  type ReplayResult,
  replay,
  type Trace,
} from '../../lib/index.js'
import { SpooledNumbers } from '../../lib/trace/steps/numbers.js'
import { cli } from '../cli/process.js'
import { captureFile, captureHints } from '../trace/helpers.js'

jest.setTimeout(120_000)

const POOL = { slots: 256, areas: 2 }
const trackers = ['per-area', 'epochs', 'windowed'] as const
const log = parseTrace('#! nslabs=256 nareas=2 pool=40000000\nm 0 1 1000 4096 0 0\nu 0 1\n', {
  file: 'test.log',
})

const timed = (operations: Trace['operations'], times: NonNullable<Trace['times']>): Trace => ({
  ...log,
  operations,
  times,
})

const errorOf = ({ rows }: ReplayResult, name: AnyTracker): number | null | undefined =>
  rows.find(({ tracker }) => tracker === name)?.errorSlots

/** One area has 32 slots, and after that the other. */
function turns(): Trace['operations'] {
  const builder = new OperationsBuilder()
  for (const cpu of [0, 1]) {
    builder.map({ cpu, id: cpu, orig: 0x1000, size: 65536 })
    builder.unmap({ cpu, id: cpu })
  }
  return builder.build()
}

describe('two areas that are busy one after the other', () => {
  const errors = async (...times: number[]): Promise<unknown> => {
    const result = await replay(timed(turns(), Float64Array.of(...times)), { ...POOL, trackers })
    expect(result.rows.every(({ promiseKept }) => promiseKept)).toBe(true)
    expect(result.clock?.recorded).toBe(true)
    return [result.clock?.spanNs, ...trackers.map((name) => errorOf(result, name))]
  }
  const s = 1e9

  test('far apart: no tracker that knows the time adds them up', async () => {
    expect(await errors(5 * s, 6 * s, 7 * s, 8 * s)).toEqual([3 * s, 32, 0, 0])
  })

  test('near each other: the worker comes too late', async () => {
    expect(await errors(5 * s, 5 * s + 1e4, 5 * s + 2e4, 5 * s + 3e4)).toEqual([3e4, 32, 32, 32])
  })

  test('at the same time, with no time, or back: they stay in their order', async () => {
    const nan = Number.NaN
    expect(await errors(s, s, s, s)).toEqual([0, 32, 32, 32])
    expect(await errors(nan, s, nan, nan)).toEqual([0, 32, 32, 32])
    expect(await errors(nan, nan, s, 2 * s)).toEqual([s, 32, 32, 32])
    expect(await errors(2 * s, s, 3 * s, 0)).toEqual([s, 32, 0, 0])
  })

  test('without times each operation takes as long as another', async () => {
    const { times: _, ...rest } = timed(turns(), new Float64Array(4))
    const result = await replay(rest, { ...POOL, trackers })
    const { clock } = result
    expect(trackers.map((name) => errorOf(result, name))).toEqual([32, 32, 32])
    expect(clock).toMatchObject({ recorded: false, lookPeriodNs: null, lookEvery: 1000 })
    expect(clock?.spanNs).toBe(4 * (clock?.stepNs ?? 0))
    expect(clock?.stepNs).toBeGreaterThan(0)
  })

  test('a worker that looks by the number of operations knows the times all the same', async () => {
    const trace = timed(turns(), Float64Array.of(s, 2 * s, 3 * s, 4 * s))
    const { clock, rows } = await replay(trace, { ...POOL, trackers, sampleEvery: 1 })
    expect(clock).toMatchObject({ recorded: true, lookPeriodNs: null, lookEvery: 1 })
    // Of windows of one operation, two in a row have both.
    expect(rows.map(({ errorSlots }) => errorSlots)).toEqual([32, 0, 32])
  })
})

test('times in a file are those in memory', async () => {
  const pairs = 400_000
  const builder = new OperationsBuilder()
  const spooled = new SpooledNumbers()
  for (let i = 0; i < pairs; i++) {
    builder.map({ cpu: i % 2, id: i, orig: 0x1000, size: 65536 })
    builder.unmap({ cpu: 0, id: i })
    for (const ns of [2000 * i, 2000 * i + 1000]) spooled.push(ns)
  }
  spooled.finish()
  try {
    expect(spooled.file()).toBeDefined()
    const operations = builder.build()
    const options = { ...POOL, trackers: ['epochs'] } as const
    const inFile = await replay(timed(operations, spooled), options)
    expect(inFile).toEqual(await replay(timed(operations, spooled.load()), options))
    expect(inFile.clock?.spanNs).toBe(2000 * pairs - 1000)
  } finally {
    spooled.close()
  }
})

describe.each([
  ...['a-seq-1cpu', 'c-mixed-4cpu', 'e2-full-2areas', 'f-ftrace-std', 'f-perf-std'],
  ...['f-tracecmd-std', 'f2-layouts-2cpu', 'g2-net-std-2cpu', 'x-kprobe-missed-2cpu'],
  'x-overrun-std-2cpu',
])('capture %s', (name) => {
  test('the truth lies in a narrow interval; without times in a wider one', async () => {
    const hints = captureHints(name)
    const trace = parseTrace(captureFile(name), hints)
    const pool = { slots: hints.nslabs, areas: hints.nareas, poolStart: hints.start, trackers }
    const { times, ...untimed } = trace
    const width = async (given: Trace): Promise<number> => {
      const { rows, peakSlots, clock } = await replay(given, pool)
      expect(clock?.recorded).toBe(given.times !== undefined)
      expect(rows.map(({ promiseKept }) => promiseKept)).toEqual([true, true, true])
      const { lowSlots = null, highSlots = null } = rows[1]?.certified ?? {}
      expect(lowSlots).toBeLessThanOrEqual(peakSlots)
      expect(highSlots).toBeGreaterThanOrEqual(peakSlots)
      return Number(highSlots) - Number(lowSlots)
    }
    expect(times).toBeDefined()
    const wide = await width(untimed)
    const narrow = await width(trace)
    expect(narrow).toBeLessThan(wide)
    expect(narrow / (hints.nslabs ?? 0)).toBeLessThan(0.01)
  })
})

describe('the command line', () => {
  const CAPTURE = join(__dirname, '../data/captures/c-mixed-4cpu/trace.txt.gz')

  test('says which of the two it was', async () => {
    const recorded = await cli(['replay', CAPTURE, '--trackers', 'off'])
    expect(recorded.stdout.replace(/\s+/g, ' ')).toContain(
      'A tracker that reads a clock was told the recorded times, which go on for 2.33 s; its worker looked every 1 ms of them.',
    )
    const none = await cli(['replay', join(__dirname, '../../examples/reset-live.log')])
    expect(none.stdout.replace(/\s+/g, ' ')).toContain(
      'The trace shows no times: a tracker that reads a clock was told 100 ns for each operation; its worker looked every 1000 operations.',
    )
    const virtual = await cli(['replay', CAPTURE, '--trackers', 'off', '--engine', 'virtual'])
    expect(virtual.stdout).not.toContain('that reads a clock')
  })

  test('a tracker file is told the same', async () => {
    const file = join(__dirname, '../../native/trackers/epochs.h')
    const args = ['replay', CAPTURE, '--trackers', 'epochs', '--tracker', file, '--json']
    const { code, stdout, stderr } = await cli(args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { rows } = JSON.parse(stdout) as ReplayResult
    const [listed, own] = rows.map(({ tracker: _, ...row }) => row)
    expect(own).toMatchObject({ errorSlots: listed?.errorSlots, certified: listed?.certified })
    expect(rows.map(({ tracker }) => tracker)).toEqual(['epochs', 'epochs.h'])
  })
})
