// What the tests of runs share: small scenarios, the threads of this process, patience.

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import { liveRuns, type ScenarioInput, trackers } from '../../lib/index.js'

/** The trackers that are run where none is named. */
export const defaultTrackers = trackers.filter(({ byName }) => !byName).map(({ name }) => name)

/** Trackers that keep no mark. */
export const unmarked: readonly string[] = ['off', 'boot-switch-off', 'boot-switch-indirect-off']

/** A fraction of a second under every tracker. */
export const small: ScenarioInput = {
  name: 'small',
  pool: { slots: 4096, areas: 8 },
  cpus: 4,
  workload: {
    sizes: [{ from: '4KiB', to: '32KiB', step: '4KiB' }],
    inFlight: 8,
    order: 'random',
    load: 'toggle',
  },
  copy: false,
  steps: 20_000,
  timing: { rounds: 7, sliceMs: 1, latencyRounds: 1, threads: 1 },
}

/** Runs for hours unless it is stopped; `threads` keeps a log of each step, so its steps are few. */
export const endless = {
  serial: { ...small, steps: 1e9 },
  threads: { ...small, steps: 20e6 },
  bench: { ...small, steps: 1, timing: { ...small.timing, rounds: 1000, sliceMs: 100 } },
} as const satisfies Record<string, ScenarioInput>

/** The row of a tracker, which must be there. */
export function rowOf<Row extends { readonly tracker: string }>(
  { rows }: { readonly rows: readonly Row[] },
  tracker: string,
): Row {
  const found = rows.find((row) => row.tracker === tracker)
  if (!found) throw new Error(`no row of ${tracker}`)
  return found
}

/** Threads of this process. */
export function threadCount(): number {
  return readdirSync('/proc/self/task').length
}

/** Every run that was begun has ended, and nothing of it is left. */
export async function expectNoLiveRuns(): Promise<void> {
  for (let i = 0; i < 200 && liveRuns() > 0; i++) await sleep(5)
  expect(liveRuns()).toBe(0)
}

/** As many threads as at the start; one that has ended may be seen for a moment longer. */
export async function expectThreads(most: number): Promise<void> {
  for (let i = 0; i < 200 && threadCount() > most; i++) await sleep(5)
  expect(threadCount()).toBeLessThanOrEqual(most)
}

/**
 * Repeats what takes some milliseconds, and holds all of it to a bound: `usual` what the design
 * allows, for the middle one of five; `most` for each of them, with what a busy host may add.
 */
export async function expectWithin(
  { usual, most }: { readonly usual: number; readonly most: number },
  measure: () => Promise<number>,
): Promise<void> {
  const took: number[] = []
  for (let i = 0; i < 5; i++) took.push(await measure())
  const sorted = [...took].sort((a, b) => a - b)
  const [middle = Number.NaN, longest = Number.NaN] = [sorted[2], sorted[4]]
  // Both at once, so that what was measured is in the message.
  const held = { middle: middle < usual, longest: longest < most }
  expect({ took, ...held }).toEqual({ took, middle: true, longest: true })
}

/** Milliseconds from when it is told to stop, 100 ms after it began, until it has. */
export async function stopTime(begin: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
  const controller = new AbortController()
  const pending = begin(controller.signal)
  await sleep(100)
  expect(liveRuns()).toBe(1)
  const start = performance.now()
  controller.abort(new Error('enough'))
  await expect(pending).rejects.toThrow('enough')
  return performance.now() - start
}

/** A test, or a skipped one that says in its name and on the console why it is skipped. */
export function testUnless(
  reason: string | undefined,
  name: string,
  body: () => void | Promise<void>,
  timeout?: number,
): void {
  if (reason === undefined) {
    test(name, body, timeout)
    return
  }
  console.warn(`skipped: ${name}: ${reason}`)
  test.skip(`${name} (skipped: ${reason})`, body)
}
