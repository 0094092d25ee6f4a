// The addon in worker threads: each has runs of its own, and may end in the middle of one.

import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, test } from '@jest/globals'
import { resolveScenario } from '../../lib/index.js'
import { liveRuns } from '../../lib/native/addon.js'
import { nativePool, nativeVariant, nativeWorkload } from '../../lib/native/inputs.js'
import { resolveLayout } from '../../lib/native/layout.js'
import type { Plan } from '../../lib/native/run.js'
import { endless, expectThreads, threadCount } from '../run/helpers.js'

const ROOT = join(__dirname, '../..')

function plan(kind: 'serial' | 'accuracy' | 'bench', steps: number, nareas = 8): Plan {
  const scenario = resolveScenario(endless.bench)
  const variant = nativeVariant('global-atomic', resolveLayout(), scenario.pool.slots)
  const common = { pool: { ...nativePool(scenario), nareas }, workload: nativeWorkload(scenario) }
  switch (kind) {
    case 'serial':
      return { kind, ...common, variant, steps, sampleEvery: 100, course: false }
    case 'accuracy':
      return { kind, ...common, variant, steps, samplePeriodNs: 100_000, instrumented: false }
    case 'bench':
      return {
        kind,
        ...common,
        variants: [variant],
        cpuIds: [0, 1, 2, 3],
        rounds: steps,
        sliceNs: 1_000_000,
        latencyRounds: 0,
        samplePeriodNs: 1_000_000,
        realtime: false,
      }
  }
}

/** A worker that starts a plan and says how many runs it has, and what came of it. */
function start(workerData: Plan): Worker {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    const addon = require('node-gyp-build')(${JSON.stringify(ROOT)})
    const { promise } = addon.start(workerData, () => undefined)
    parentPort.postMessage({ live: addon.liveRuns() })
    promise.then(
      (result) => parentPort.postMessage({ maps: result.maps }),
      (error) => parentPort.postMessage({ error: String(error) }),
    )`
  return new Worker(code, { eval: true, workerData })
}

interface Said {
  readonly live?: number
  readonly maps?: number
  readonly error?: string
}

function firstMessage(worker: Worker): Promise<Said> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/** All that a worker says until it ends by itself, as one; two messages may come in one turn. */
function wholeStory(worker: Worker): Promise<Said> {
  return new Promise((resolve, reject) => {
    let said: Said = {}
    worker.on('message', (message: Said) => {
      said = { ...said, ...message }
    })
    worker.once('error', reject)
    worker.once('exit', (code) => {
      if (code === 0) resolve(said)
      else reject(new Error(`the worker ended with ${code}`))
    })
  })
}

describe('worker threads', () => {
  test('run plans of their own, several at once', async () => {
    const results = await Promise.all(
      [1, 2, 3].map(() => wholeStory(start(plan('serial', 10_000)))),
    )
    for (const { live, maps } of results) {
      expect(live).toBe(1)
      expect(maps).toBe(results[0]?.maps)
      expect(maps).toBeGreaterThan(0)
    }
    // None of them was this thread's.
    expect(liveRuns()).toBe(0)
  }, 60_000)

  test.each([
    ['serial', 1e9],
    ['accuracy', 5e6],
    ['bench', 1e6],
  ] as const)(
    'terminate() in the middle of %s ends it, and its threads',
    async (kind, steps) => {
      // The first worker makes threads that the process keeps.
      await start(plan('serial', 100)).terminate()
      const before = threadCount()
      for (let i = 0; i < 5; i++) {
        const worker = start(plan(kind, steps))
        expect((await firstMessage(worker)).live).toBe(1)
        await worker.terminate()
      }
      await expectThreads(before)
    },
    60_000,
  )

  test('what a plan gets wrong is an error of the worker, not its end', async () => {
    const { live, error } = await wholeStory(start(plan('serial', 1, 3)))
    expect(live).toBe(1)
    expect(error).toContain('Invalid argument')
  }, 60_000)
})
