// runScenario(): what a result holds, progress, cancelling, and that nothing is kept waiting.

import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { liveRuns, type Progress, type RunResult, runScenario, trackers } from '../../lib/index.js'
import {
  endless,
  expectNoLiveRuns,
  expectWithin,
  small,
  stopTime,
  unmarked,
} from '../run/helpers.js'

afterEach(expectNoLiveRuns)

describe('a result', () => {
  let result: RunResult

  beforeAll(async () => {
    result = await runScenario(small, { tracker: 'global-atomic' })
  }, 60_000)

  test('says what was run, on what', () => {
    expect(result.scenario.name).toBe('small')
    expect(result.layout).toEqual({
      areaLayout: 'packed',
      counterLayout: 'kernel',
      slotIndex: 'run-counts',
    })
    expect(result.pool).toMatchObject({ slots: 4096, areas: 8, bytes: 8 << 20 })
    expect(result.memOffset).toBe(0)
    expect(result.host?.compiler).toMatch(/\d+\.\d+/)
    expect(result.host?.cpus).toBeGreaterThan(0)
    expect(Number.isNaN(Date.parse(result.host?.date ?? ''))).toBe(false)
  })

  test('counts every operation', () => {
    const { maps, unmaps, failedMaps, failedSlots, usedSlots, spills } = result.counts
    expect(maps + unmaps).toBe(20_000)
    expect(maps).toBeGreaterThan(unmaps)
    expect([failedMaps, failedSlots, spills]).toEqual([0, 0, 0])
    expect(usedSlots).toBeGreaterThan(0)
    expect(result.counts.bufferFull).toBeNull()
  })

  test('sets the mark against the truth', () => {
    const { accuracy } = result
    expect(accuracy).toMatchObject({
      engine: 'serial',
      errorSlots: 0,
      errorBytes: 0,
      errorPercent: 0,
      verdict: 'exact',
      promiseKept: true,
    })
    expect(accuracy.truthSlots.low).toBe(accuracy.truthSlots.high)
    expect(accuracy.reportedSlots).toBe(accuracy.truthSlots.high)
    // Four CPUs with at most 8 mappings of at most 16 slots each.
    expect(accuracy.reportedSlots).toBeGreaterThan(4 * 8)
    expect(accuracy.reportedSlots).toBeLessThanOrEqual(4 * 8 * 16)
  })

  test('counts locked instructions: an add, the mark, and a subtraction', () => {
    const { maps, unmaps, lockedOpsPerMap, cmpxchgRetriesPerMap } = result.counts
    expect(lockedOpsPerMap).toBeGreaterThanOrEqual(1 + unmaps / maps)
    expect(lockedOpsPerMap).toBeLessThan(2.1)
    expect(cmpxchgRetriesPerMap).toBe(0)
  })

  test('has times with their spread, and latencies in order', () => {
    const { throughput, timing } = result
    expect(timing).toMatchObject({ threads: 1, rounds: 7, oversubscribed: false, copy: false })
    const { nsPerPair, vsOff, mapNs, unmapNs, pairsPerSecond, bytesPerSecond } = throughput!
    for (const { low, median, high } of [nsPerPair, { ...vsOff, median: vsOff.ratio }]) {
      expect(low).toBeGreaterThan(0)
      expect(median).toBeGreaterThanOrEqual(low)
      expect(high).toBeGreaterThanOrEqual(median)
    }
    for (const { count, p50, p90, p99, p999 } of [mapNs, unmapNs]) {
      expect(count).toBeGreaterThan(0)
      expect([p50, p90, p99, p999]).toEqual([p50, p90, p99, p999].sort((a, b) => a - b))
    }
    expect(pairsPerSecond).toBeGreaterThan(0)
    // Between 4 and 32 KiB each.
    expect(bytesPerSecond / pairsPerSecond).toBeGreaterThan(4096)
    expect(bytesPerSecond / pairsPerSecond).toBeLessThan(32768)
  })

  test('is plain data', () => {
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
  })
})

describe('runScenario', () => {
  test('same seed, same result; another seed, another', async () => {
    const run = async (seed: number) =>
      (await runScenario({ ...small, seed }, { timing: false })).counts
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
  })

  test.each(trackers.map(({ name }) => name))(
    '%s keeps its promise',
    async (tracker) => {
      for (const engine of ['serial', 'threads'] as const) {
        const { accuracy, warnings } = await runScenario(small, { tracker, engine, timing: false })
        expect([engine, accuracy.promiseKept]).toEqual([engine, true])
        expect(accuracy.truthSlots.low).toBeLessThanOrEqual(accuracy.truthSlots.high)
        expect(accuracy.reportedSlots === null).toBe(unmarked.includes(tracker))
        expect(warnings.join()).not.toContain('invariants')
      }
    },
    60_000,
  )

  test('a pool that is too small: demand, failures, and "buffer is full"', async () => {
    const tight = { ...small, pool: { slots: 256, areas: 2 } }
    const { counts, accuracy, warnings } = await runScenario(tight, { timing: false })
    expect(counts.failedMaps).toBeGreaterThan(0)
    expect(counts.spills).toBeGreaterThan(0)
    expect(counts.demandPeakSlots).toBeGreaterThan(accuracy.truthSlots.high)
    expect(counts.bufferFull).toMatchObject({ count: counts.failedMaps, totalSlots: 256 })
    expect(accuracy.truthSlots.high).toBeLessThanOrEqual(256)
    expect(warnings).toContainEqual(expect.stringContaining(`${counts.failedMaps} maps failed`))
  })

  test('more threads than CPUs run, and say so', async () => {
    const { host } = await runScenario({ ...small, steps: 1 }, { timing: false })
    const threads = (host?.cpus ?? 0) + 2
    const { timing, warnings } = await runScenario({
      ...small,
      cpus: threads,
      timing: { ...small.timing, threads, rounds: 5, sliceMs: 20 },
    })
    expect(timing).toMatchObject({ oversubscribed: true, pinned: false })
    expect(warnings).toContainEqual(expect.stringMatching(/^oversubscribed: \d+ threads/))
  }, 60_000)

  test('tells how far it is, from none to all', async () => {
    const seen: Progress[] = []
    // Long enough for an event; they are sent at most twenty times a second.
    const scenario = { ...small, steps: 2e6, timing: { ...small.timing, rounds: 50, sliceMs: 3 } }
    await runScenario(scenario, { onProgress: (progress) => seen.push(progress) })
    expect(seen.length).toBeGreaterThan(3)
    for (const [i, { done, phase }] of seen.entries()) {
      expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0)
      expect(done).toBeLessThanOrEqual(1)
      expect(phase).toMatch(/^accuracy of global-atomic$|^timing/)
    }
    expect(new Set(seen.map(({ phase }) => phase)).size).toBeGreaterThan(1)
  }, 60_000)

  test('tells how far threads are, too', async () => {
    const seen: number[] = []
    const controller = new AbortController()
    const pending = runScenario(endless.threads, {
      engine: 'threads',
      timing: false,
      signal: controller.signal,
      onProgress: ({ done }) => {
        seen.push(done)
        if (seen.length === 3) controller.abort(new Error('seen enough'))
      },
    })
    await expect(pending).rejects.toThrow('seen enough')
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  }, 60_000)
})

describe('cancelling', () => {
  test.each([
    ['a serial run', endless.serial, { timing: false }],
    ['a run of threads', endless.threads, { engine: 'threads', timing: false }],
    ['a timing', endless.bench, {}],
  ] as const)(
    '%s stops within 100 ms',
    async (_, scenario, options) => {
      const stopping = () => stopTime((signal) => runScenario(scenario, { ...options, signal }))
      await expectWithin({ usual: 100, most: 1000 }, stopping)
    },
    60_000,
  )

  test('before it began: nothing is started', async () => {
    const signal = AbortSignal.abort(new Error('not at all'))
    await expect(runScenario(small, { signal })).rejects.toThrow('not at all')
    expect(liveRuns()).toBe(0)
  })

  test('after it ended: nothing happens', async () => {
    const controller = new AbortController()
    await runScenario(small, { timing: false, signal: controller.signal })
    controller.abort()
  })

  test('what onProgress throws ends the run, and is what it rejects with', async () => {
    const onProgress = (): void => {
      throw new Error('boom')
    }
    await expect(runScenario(endless.serial, { timing: false, onProgress })).rejects.toThrow('boom')
  }, 60_000)
})

describe('the event loop', () => {
  // Beside real-time threads on every CPU nothing else runs while a slice lasts, no loop either.
  const oneThread = { ...endless.bench, timing: { ...endless.bench.timing, threads: 1 } }
  test.each([
    ['a serial run', endless.serial, { timing: false }],
    ['a run of threads', endless.threads, { engine: 'threads', timing: false }],
    ['a timing', oneThread, {}],
  ] as const)(
    'is not blocked by %s',
    async (_, scenario, options) => {
      // The longest pause between two ticks of 10 ms, in 300 ms: a share, not a time.
      const longestPause = async (): Promise<number> => {
        const controller = new AbortController()
        const pending = runScenario(scenario, { ...options, signal: controller.signal })
        let last = performance.now()
        let longest = 0
        const timer = setInterval(() => {
          longest = Math.max(longest, performance.now() - last)
          last = performance.now()
        }, 10)
        await sleep(300)
        clearInterval(timer)
        controller.abort(new Error('enough'))
        await expect(pending).rejects.toThrow('enough')
        return longest
      }
      // One that is blocked until the end pauses for all of it.
      await expectWithin({ usual: 150, most: 280 }, longestPause)
    },
    60_000,
  )

  test('several runs at once, each with its own result', async () => {
    const alone = await runScenario({ ...small, seed: 3 }, { timing: false })
    const both = await Promise.all([
      runScenario({ ...small, seed: 3 }, { timing: false }),
      runScenario(small, { engine: 'threads', timing: false }),
      runScenario({ ...small, seed: 3 }, { timing: false }),
      runScenario(small),
      runScenario(small),
    ])
    expect(both[0].counts).toEqual(alone.counts)
    expect(both[2].counts).toEqual(alone.counts)
    expect(both[3].throughput?.pairsPerSecond).toBeGreaterThan(0)
  }, 60_000)
})
