// Workloads in virtual time: sameness, what a prediction holds, scaling, cancelling.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import {
  type CompareOptions,
  type Comparison,
  compare,
  comparisonText,
  lossThresholds,
  passings,
  type Row,
  type ScenarioInput,
} from '../../lib/index.js'
import type { NativeVirtual } from '../../lib/native/plans/virtual.js'
import { ratioTo, throughputOf } from '../../lib/predict/prediction.js'
import { resolveTopology } from '../../lib/predict/topology.js'
import { defaultTrackers, expectNoLiveRuns, expectWithin, rowOf } from '../run/helpers.js'

jest.setTimeout(60_000)
afterEach(expectNoLiveRuns)

/** An area for each CPU. */
function scenario(cpus: number, more: Partial<ScenarioInput> = {}): ScenarioInput {
  return {
    name: 'virtual',
    pool: { slots: cpus * 1024, areas: cpus },
    cpus,
    workload: {
      sizes: [{ from: '4KiB', to: '16KiB', step: '4KiB' }],
      inFlight: 8,
      order: 'random',
      load: 'toggle',
    },
    copy: false,
    steps: cpus * 300,
    ...more,
  }
}

const predict = (input: ScenarioInput, more: CompareOptions = {}): Promise<Comparison> =>
  compare(input, { engine: 'virtual', ...more })

describe('a run in which nothing was unmapped', () => {
  test('took no time, and so has no figure rather than the cheapest', () => {
    const none = new Float64Array(640)
    const accuracy = { failedMaps: 0 } as NativeVirtual['accuracy']
    const times = { mapNs: none, unmapNs: none, pairNs: none, halfNs: [] }
    const stuck = { ...times, pairs: 0, nsPerPair: 0, pairsPerSecond: 0, bytes: 0, accuracy }
    const done = { ...stuck, pairs: 10, nsPerPair: 50, pairsPerSecond: 1, bytes: 4096 }
    const topology = resolveTopology(2)
    const of = (one: typeof stuck, off: typeof stuck) =>
      throughputOf(one as unknown as NativeVirtual, off as unknown as NativeVirtual, topology)
    expect(of(stuck, done)).toBeNull()
    expect(of(done, stuck)).toBeNull()
    expect(of(done, done)?.vsOff.ratio).toBe(1)
  })
})

describe('a figure', () => {
  const run = (pairs: number, halfNs: readonly number[], nsPerPair = 100): NativeVirtual =>
    ({ pairs, halfNs, nsPerPair }) as unknown as NativeVirtual

  test('is settled where both halves give the same, for the tracker and for off', () => {
    const off = run(2000, [100, 101])
    expect(ratioTo(run(2000, [200, 198], 199), off, 2)).toMatchObject({ low: 1.99, settled: true })
    expect(ratioTo(run(2000, [300, 280], 290), off, 2).settled).toBe(false)
    // Both get faster alike: the ratio stands still, and no time does.
    expect(ratioTo(run(2000, [120, 100]), run(2000, [120, 100]), 2).settled).toBe(false)
  })

  test('of too few map+unmaps of each CPU is none', () => {
    const off = run(199, [100, 100])
    const few = ratioTo(run(200, [100, 100]), off, 2)
    expect(few).toMatchObject({ high: Number.POSITIVE_INFINITY, settled: false })
    expect(ratioTo(run(200, [100, 100]), run(200, [100, 100]), 2).settled).toBe(true)
    // A replay is as long as its trace.
    expect(ratioTo(run(10, []), run(10, []), 2)).toEqual({ ratio: 1, low: 1, high: 1 })
  })
})

describe('the same seed', () => {
  const input = scenario(16, { copy: true })
  const machine = { sockets: 2, threadsPerCore: 2, costModel: 'published' }

  test('gives the same JSON, byte for byte; another seed another', async () => {
    const once = JSON.stringify(await predict(input, { machine }))
    expect(JSON.stringify(await predict(input, { machine }))).toBe(once)
    expect(JSON.stringify(await predict({ ...input, seed: 2 }, { machine }))).not.toBe(once)
  })

  test('gives the same in a worker, beside a run of this thread', async () => {
    // The built package: a worker does not have the test's own transform.
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData.lib).then(async ({ compare }) => {
        const result = await compare(workerData.input, workerData.options)
        parentPort.postMessage(JSON.stringify(result))
      })`
    const workerData = {
      lib: join(__dirname, '../../dist/index.js'),
      input,
      options: { engine: 'virtual', machine },
    }
    const worker = new Worker(code, { eval: true, workerData })
    const [there, here] = await Promise.all([
      new Promise<string>((resolve, reject) => {
        worker.once('message', resolve)
        worker.once('error', reject)
      }),
      predict(input, { machine }),
    ])
    await worker.terminate()
    expect(there).toBe(JSON.stringify(here))
  })
})

describe('a prediction', () => {
  test('has every tracker keep its promise, with every peak inside its envelope', async () => {
    const { rows, broken, timing, host, machine } = await predict(scenario(16, { copy: true }))
    expect(rows.map((row) => row.tracker)).toEqual(defaultTrackers)
    expect({ broken, timing, host }).toEqual({ broken: null, timing: null, host: null })
    expect(machine).toMatchObject({ cpus: 16, sockets: 1, coresPerSocket: 16, stepsPerCpu: 300 })
    for (const { tracker, accuracy, virtual } of rows) {
      expect({ tracker, kept: accuracy.promiseKept }).toEqual({ tracker, kept: true })
      for (const one of [virtual?.full, virtual?.bare]) {
        expect(one?.truthSlots).toBeGreaterThan(0)
        expect(one?.nsPerPair).toBeGreaterThan(0)
      }
      expect(virtual?.full.truthSlots).toBeGreaterThanOrEqual(accuracy.truthSlots.low)
      expect(virtual?.full.truthSlots).toBeLessThanOrEqual(accuracy.truthSlots.high)
    }
  })

  test('has lines of another core complex come from further away', async () => {
    const of = async (coresPerComplex?: number) => {
      const { rows, machine } = await predict(scenario(16), {
        ...{ trackers: ['global-atomic'], timing: false },
        machine: { costModel: 'epyc-milan', coresPerComplex },
      })
      return { ns: rows[0]?.virtual?.full.nsPerPair ?? 0, machine }
    }
    // As the model says, eight cores each; one complex; and more cores than there are.
    const [two, one, more] = [await of(), await of(16), await of(64)]
    expect(two.machine).toMatchObject({ coresPerSocket: 16, coresPerComplex: 8 })
    expect(one.machine).toMatchObject({ coresPerSocket: 16, coresPerComplex: 16 })
    expect(two.ns).toBeGreaterThan(1.5 * one.ns)
    expect(more).toEqual(one)
  })

  test('accounts for all of the time, and charges copies by their bytes', async () => {
    const { rows } = await predict(scenario(4, { copy: true }), { trackers: ['global-atomic'] })
    const { full, bare } = rows[0]?.virtual ?? {}
    for (const one of [full, bare]) {
      const sum = Object.values(one?.perPairNs ?? {}).reduce((a, b) => a + b, 0)
      expect(sum / (one?.nsPerPair ?? 0)).toBeCloseTo(1, 6)
    }
    expect(bare?.perPairNs.copy).toBe(0)
    expect(full?.perPairNs.copy).toBeGreaterThan(0)
    expect(full?.lines.counters.fromCore).toBeGreaterThan(0)
  })

  test('shows its parts, and leaves out the warm-up that was asked for', async () => {
    const of = async (warmSteps?: number) => {
      const { rows, machine } = await predict(scenario(4), {
        ...{ trackers: ['global-atomic'], timing: false, machine: { warmSteps } },
      })
      return { full: rows[0]?.virtual?.full, machine }
    }
    const [usual, none, long] = [await of(), await of(0), await of(900)]
    expect([usual, none, long].map(({ machine }) => machine?.warmStepsPerCpu)).toEqual([
      300, 0, 900,
    ])
    for (const { full } of [usual, none, long]) {
      expect(full?.windowNs).toHaveLength(32)
      expect(full?.windowNs.every((ns) => ns > 0)).toBe(true)
    }
    // 300 of 1200 steps are measured: the last quarter of the parts.
    const tail = (long.full?.windowNs ?? []).slice(24)
    const mean = tail.reduce((a, b) => a + b, 0) / tail.length
    // A step of a toggle is a map or an unmap, so two make a pair.
    expect((long.full?.nsPerPair ?? 0) / (2 * mean)).toBeGreaterThan(0.7)
    expect((long.full?.nsPerPair ?? 0) / (2 * mean)).toBeLessThan(1.4)
    await expect(of(-1)).rejects.toThrow(/warmSteps: expected a whole number from 0/)
  })

  test('tells the accesses apart that CPUs race for', async () => {
    const { rows } = await predict(scenario(8), { trackers: ['off', 'global-atomic'] })
    const [off, counter] = rows.map((row) => row.virtual?.full)
    const { map, unmap } = counter?.sites ?? {}
    for (const one of [map?.add, map?.read, unmap?.add, map?.lock, unmap?.lock, unmap?.unlock]) {
      expect(one?.count).toBeCloseTo(1, 1)
    }
    expect(unmap?.read.count).toBe(0)
    expect(map?.trackerLock.count).toBe(0)
    expect(off?.sites.map.add.count).toBe(0)
    const tracker = [map, unmap].flatMap((at) =>
      at ? [at.read.ns, at.write.ns, at.add.ns, at.exchange.ns] : [],
    )
    // CPUs end their warm-up one after the other, the sites' count begins with the last.
    const sum = tracker.reduce((a, b) => a + b, 0)
    expect(sum / (counter?.perPairNs.tracker ?? 0)).toBeGreaterThan(0.9)
    expect(sum / (counter?.perPairNs.tracker ?? 0)).toBeLessThan(1.1)
  })

  test('off moves no counter; one counter for all costs more the more CPUs there are', async () => {
    const names = ['off', 'global-atomic', 'per-area'] as const
    // An area's words on a line of their own: what is left is the counter.
    const options = { trackers: names, layout: { areaLayout: 'padded' } } as const
    const steps = []
    for (const cpus of [2, 8, 32]) {
      // Enough for a figure: what has not settled passes no threshold.
      const comparison = await predict(scenario(cpus, { steps: cpus * 2000 }), options)
      expect(rowOf(comparison, 'off').virtual?.full.lines.counters.fromCore).toBeCloseTo(0, 1)
      steps.push({ value: cpus, rows: comparison.rows })
    }
    const lost = steps.map(
      ({ rows }) =>
        rows.find((row) => row.tracker === 'global-atomic')?.virtual?.full.lostThroughput,
    ) as [number, number, number]
    expect(lost[0]).toBeGreaterThan(0)
    expect(lost[1]).toBeGreaterThan(lost[0])
    expect(lost[2]).toBeGreaterThan(lost[1])
    const [atomic, area] = passings(['global-atomic', 'per-area'], steps, 'full')
    expect(atomic?.from.every((cpus) => cpus !== null)).toBe(true)
    expect(area?.from).toEqual(lossThresholds.map(() => null))
  })

  test('a loss that is passed once and not again is not "never"', () => {
    const steps = [0, 0.06, 0.04, 0.3].map((lostThroughput, i) => ({
      value: 2 ** i,
      rows: [{ tracker: 'reserve', virtual: { full: { lostThroughput } } } as unknown as Row],
    }))
    const [all] = passings(['reserve'], steps, 'full')
    expect(all).toMatchObject({ from: [2, 8, 8], also: [[], [2], []] })
    const [three] = passings(['reserve'], steps.slice(0, 3), 'full')
    expect(three).toMatchObject({ from: [2, null, null], also: [[], [2], []] })
  })

  test('a loss of throughput is what the ratio says, and all CPUs are measured alike', async () => {
    const { rows, machine } = await predict(scenario(32), { trackers: ['off', 'reserve', 'tree'] })
    for (const { virtual, throughput } of rows) {
      const { nsPerPair = 0, pairsPerSecond = 0, lostThroughput } = virtual?.full ?? {}
      expect((nsPerPair * pairsPerSecond) / 1e9).toBeCloseTo(machine?.cpus ?? 0, 6)
      expect(lostThroughput).toBeCloseTo(1 - 1 / (throughput?.vsOff.ratio ?? 0), 9)
      expect(virtual?.full.halfNs).toHaveLength(2)
    }
  })

  test('a run makes so many steps of each CPU, and says where they were too few', async () => {
    const { steps: _, ...unsaid } = scenario(2)
    const usual = await predict(unsaid, { trackers: ['off'], timing: false })
    expect(usual.machine).toMatchObject({ stepsPerCpu: 100_000, warmStepsPerCpu: 2048 })
    expect(usual.warnings).toEqual([])
    const few = await predict(scenario(16, { steps: 16 * 30 }), { trackers: ['off', 'reserve'] })
    expect(few.warnings).toContain(
      'off, reserve: fewer than 100 pairs of a map and its unmap on each CPU are too few for a figure, and it is left out where costs are compared; ask for more steps',
    )
    expect(comparisonText(few)).toMatch(/^reserve .* \[too few\] .* \[too few\]/m)
    // The area was not gone through once.
    const begun = await predict(scenario(16, { steps: 16 * 400 }), {
      ...{ trackers: ['off', 'reserve'], machine: { warmSteps: 0 } },
    })
    expect(begun.warnings.join()).toMatch(/reserve: from the first half .* more than 5 %/)
    expect(comparisonText(begun)).toMatch(/^reserve .* \[not settled\]/m)
  })

  test('another socket is further away', async () => {
    const input = scenario(8)
    const one = await predict(input, { trackers: ['global-atomic'] })
    const two = await predict(input, { trackers: ['global-atomic'], machine: { sockets: 2 } })
    const of = (comparison: Comparison) => comparison.rows[0]?.virtual?.full
    expect(of(one)?.lines.counters.fromSocket).toBe(0)
    expect(of(two)?.lines.counters.fromSocket).toBeGreaterThan(0)
    expect(of(two)?.nsPerPair).toBeGreaterThan(of(one)?.nsPerPair ?? 0)
  })

  test('a pool larger than this machine can be copied into: only time is charged', async () => {
    const input = scenario(8, { copy: true, pool: { slots: '64GiB', areas: 8 }, steps: 800 })
    const { pool } = await predict(input, { trackers: ['off'], timing: false })
    expect(pool.bytes).toBe(64 * 2 ** 30)
  })
})

describe('cancelling', () => {
  test('ends a run of many CPUs within 100 ms', async () => {
    const input = scenario(256, { steps: 256 * 1e6 })
    await expectWithin({ usual: 100, most: 1000 }, async () => {
      const abort = new AbortController()
      const run = predict(input, { trackers: ['global-atomic'], signal: abort.signal })
      const ended = run.then(
        () => 'done',
        (error: Error) => error.name,
      )
      await sleep(300)
      const begun = performance.now()
      abort.abort()
      expect(await ended).toBe('AbortError')
      return performance.now() - begun
    })
  })

  test('progress goes from 0 to 1', async () => {
    const seen: number[] = []
    await predict(scenario(4), { onProgress: ({ done }) => seen.push(done) })
    expect(seen[0]).toBe(0)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(Math.max(...seen)).toBeLessThanOrEqual(1)
  })
})
