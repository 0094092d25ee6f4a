// A thousand runs leave nothing behind: no memory, no thread, no run.

import { expect, test } from '@jest/globals'
import { liveRuns, runScenario, type ScenarioInput } from '../../lib/index.js'
import { expectNoLiveRuns, expectThreads, small, threadCount } from '../run/helpers.js'

const RUNS = 1000
const WARM_UP = 200
/**
 * Each run draws half a megabyte of tapes and makes a pool: one of them kept in ten runs would be
 * forty megabytes. What the collector has not yet looked at is far less.
 */
const MOST_GROWTH = 32 << 20

const short: ScenarioInput = {
  ...small,
  steps: 400,
  timing: { threads: 1, rounds: 3, sliceMs: 0.5, latencyRounds: 0 },
}

/** Every kind of run in turn: serial, threads, a timing now and then, one that is cancelled. */
async function runNumber(i: number): Promise<void> {
  if (i % 50 === 0) {
    await runScenario(short, { tracker: 'per-area' })
  } else if (i % 10 === 1) {
    const controller = new AbortController()
    const pending = runScenario(
      { ...short, steps: 1e9 },
      {
        timing: false,
        signal: controller.signal,
      },
    )
    controller.abort(new Error('enough'))
    await expect(pending).rejects.toThrow('enough')
  } else {
    await runScenario(short, { timing: false, engine: i % 2 ? 'serial' : 'threads' })
  }
}

test(`${RUNS} runs leave memory and threads as they were`, async () => {
  for (let i = 0; i < WARM_UP; i++) await runNumber(i)
  await expectNoLiveRuns()
  const threads = threadCount()
  const rss = process.memoryUsage.rss()
  for (let i = 0; i < RUNS; i++) await runNumber(i)
  await expectNoLiveRuns()
  await expectThreads(threads)
  expect(process.memoryUsage.rss() - rss).toBeLessThan(MOST_GROWTH)
  expect(liveRuns()).toBe(0)
}, 300_000)

test('a run that fails leaves nothing either', async () => {
  const threads = threadCount()
  for (let i = 0; i < 50; i++) {
    await expect(runScenario({ ...short, cpus: 0 })).rejects.toThrow('cpus')
    await expect(
      runScenario(
        { ...short, steps: 1e9 },
        {
          timing: false,
          onProgress: () => {
            throw new Error('boom')
          },
        },
      ),
    ).rejects.toThrow('boom')
  }
  await expectNoLiveRuns()
  await expectThreads(threads)
}, 60_000)
