// The program that times without Node: it builds from the addon's objects, and runs.

import { expect, test } from '@jest/globals'
import { buildPlain } from '../../bench/plain.js'
import { steady } from '../../bench/scenarios.js'
import { resolveScenario } from '../../lib/index.js'

test('times each variant round by round', async () => {
  const { signal } = new AbortController()
  const input = steady(
    { threads: 1, placement: 'spread', bytes: 4096, inFlight: 1, copy: false, rounds: 9 },
    { quick: true },
  )
  const program = await buildPlain(signal)
  const { nsPerPair, compiler } = await program.run(
    {
      scenario: resolveScenario(input),
      timing: { threads: 1, cpuIds: [0] },
      memOffset: 0,
      trackers: ['off', 'global-atomic'],
    },
    signal,
  )
  expect(compiler).toMatch(/\d/)
  expect(nsPerPair).toHaveLength(3)
  for (const rounds of nsPerPair) {
    for (const ns of rounds) expect(ns === null || ns > 0).toBe(true)
  }
  expect(nsPerPair.flat().some((ns) => ns !== null)).toBe(true)
})
