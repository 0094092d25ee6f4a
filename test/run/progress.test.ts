/** Progress that is told to asynchronous functions: who awaits what, and what a rejection does. */

import { setTimeout as pass } from 'node:timers/promises'
import { expect, jest, test } from '@jest/globals'
import { follow } from '../../lib/data/follow.js'
import { optionsOf } from '../../lib/data/options.js'
import * as lab from '../../lib/index.js'
import { watched } from '../../lib/results/options.js'
import { expectNoLiveRuns } from './helpers.js'

jest.setTimeout(60_000)

const scenario = { ...lab.presets['review-64mib'], steps: 20_000 }
const log = '#! nslabs=256 nareas=2 pool=40000000\nm 0 1 1000 2048 0 0\nu 0 1\n'
const trace = lab.parseTrace(log, { file: 'made.log' })
const schema = optionsOf(watched)
const fault = new Error('the disk is full')

const reject = async (): Promise<void> => {
  await pass(1)
  throw fault
}

const runs: readonly (readonly [string, (onProgress: () => Promise<void>) => Promise<unknown>])[] =
  [
    ['compare', (onProgress) => lab.compare(scenario, { timing: false, onProgress })],
    ['runScenario', (onProgress) => lab.runScenario(scenario, { timing: false, onProgress })],
    ['check', (onProgress) => lab.check('off', { seeds: 1000, wanted: 'reset', onProgress })],
    ['replay', (onProgress) => lab.replay(trace, { onProgress })],
    ['devices', (onProgress) => lab.devices(trace, { onProgress })],
    ['size', (onProgress) => lab.size([{ trace }], { onProgress })],
  ]

test.each(runs)('what onProgress rejects with rejects %s', async (_, run) => {
  await expect(run(reject)).rejects.toBe(fault)
  await expectNoLiveRuns()
})

test.each(runs)('what onProgress throws rejects %s', async (_, run) => {
  const failed = run(() => {
    throw fault
  })
  await expect(failed).rejects.toBe(fault)
})

test('a run ends no earlier than the progress that it told', async () => {
  let ended = 0
  let begun = 0
  await lab.devices(trace, {
    onProgress: async () => {
      begun++
      await pass(20)
      ended++
    },
  })
  expect(begun).toBeGreaterThan(0)
  expect(ended).toBe(begun)
})

test('who aborts does not wait for progress that never ends', async () => {
  const controller = new AbortController()
  const run = follow(
    schema,
    { signal: controller.signal, onProgress: () => new Promise<void>(() => {}) },
    async ({ onProgress }) => onProgress?.(),
  )
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(run).rejects.toBe(reason)
})

test('a rejection ends the run, and nothing more is told', async () => {
  let told = 0
  const run = follow(
    schema,
    {
      onProgress: (): Promise<void> => {
        told++
        return Promise.reject(fault)
      },
    },
    async ({ signal, onProgress }: { signal?: AbortSignal; onProgress?: () => unknown }) => {
      for (let i = 0; i < 1000; i++) {
        onProgress?.()
        await pass(1)
        signal?.throwIfAborted()
      }
    },
  )
  await expect(run).rejects.toBe(fault)
  expect(told).toBe(1)
})
