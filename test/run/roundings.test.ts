// A pool that the kernel would make otherwise than it was asked for: what is run is said.

import { describe, expect, jest, test } from '@jest/globals'
import { compare, roundings, runScenario, type ScenarioInput } from '../../lib/index.js'
import { cli } from '../cli/process.js'

jest.setTimeout(60_000)

const scenario = (slots: number | string, areas: number): ScenarioInput => ({
  name: 'small',
  pool: { slots, areas },
  cpus: 2,
  workload: { sizes: [{ bytes: 4096 }], inFlight: 2 },
  steps: 1000,
})

const AREAS = (asked: number, run: number) =>
  `pool.areas: asked for ${asked}, run with ${run}: the kernel rounds areas up to a power of two`
const SLOTS = (asked: number, run: number) =>
  `pool.slots: asked for ${asked}, run with ${run}: the kernel rounds slots up to a power of two, ` +
  'and to a segment of 128 for each area'

describe('what is rounded', () => {
  test.each<[string, number | string, number, string[]]>([
    ['nothing', 1024, 4, []],
    ['areas', 1024, 3, [AREAS(3, 4)]],
    ['slots', 1000, 4, [SLOTS(1000, 1024)]],
    ['a size', '3MiB', 4, [SLOTS(1536, 2048)]],
    ['both', 400, 3, [AREAS(3, 4), SLOTS(400, 512)]],
    ['less than a segment', 5, 1, [SLOTS(5, 128)]],
  ])('%s', (_, slots, areas, expected) => {
    expect(roundings(scenario(slots, areas))).toEqual(expected)
  })
})

test.each(['serial', 'threads', 'virtual'] as const)('a result of %s says it', async (engine) => {
  const options = { engine, timing: false }
  const result = await compare(scenario(400, 3), { ...options, trackers: ['off'] })
  expect(result.scenario.pool).toMatchObject({ slots: 512, areas: 4 })
  expect(result.warnings.slice(0, 2)).toEqual([AREAS(3, 4), SLOTS(400, 512)])
  const run = await runScenario(scenario(400, 3), { ...options, tracker: 'off' })
  expect(run.warnings.slice(0, 2)).toEqual([AREAS(3, 4), SLOTS(400, 512)])
  const plain = await runScenario(scenario(512, 4), { ...options, tracker: 'off' })
  expect(plain.warnings.filter((text) => text.includes('asked for'))).toEqual([])
})

describe('the command line', () => {
  const spaces = (text: string): string => text.replace(/\s+/g, ' ')
  const small = ['--steps', '1000', '--no-timing']

  test('--areas 3 says that 4 are run', async () => {
    const args = ['run', 'uniform', '--areas', '3', ...small]
    const { code, stdout } = await cli(args)
    expect(code).toBe(0)
    expect(spaces(stdout)).toContain(`warning: ${AREAS(3, 4)}`)
    const { warnings } = JSON.parse((await cli([...args, '--json'])).stdout)
    expect(warnings).toContain(AREAS(3, 4))
  })

  test('size says it of the areas that it is to try', async () => {
    const args = ['size', 'examples/reset-live.log', '--try-areas', '3,4', '--orders', '0']
    const { code, stdout } = await cli(args)
    expect(code).toBe(0)
    expect(spaces(stdout)).toContain('warning: areas: asked for 3, run with 4: the kernel rounds')
  })

  test.each([
    ['replay', 'examples/reset-live.log'],
    ['size', 'examples/reset-live.log'],
    ['devices', 'examples/reset-live.log'],
    ['boot', '--kernel-source', '/not-there', '--work', '/not-there'],
  ])('a pool that is there cannot have 3: %s', async (...args) => {
    const { code, stdout, stderr } = await cli([...args, '--areas', '3'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/--areas: expected the number that a pool has, .*makes 4\), not "3"\n$/)
  })

  test('a series says it of its step, also where CPUs bring areas', async () => {
    const ofOff = ['compare', 'uniform', '--trackers', 'off', ...small]
    for (const series of [['areas=2,3'], ['cpus=2,3', '--engine', 'virtual']]) {
      const { stdout } = await cli([...ofOff, '--sweep', ...series])
      expect(spaces(stdout)).toContain(`warning: ${AREAS(3, 4)}`)
    }
  })
})
