// The virtual engine on the command line: what it prints, and how bad input ends.

import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { type Comparison, costModels, loadCostModel } from '../../lib/index.js'
import { testUnless } from '../run/helpers.js'
import { scratchFolder } from '../scratch.js'
import { cli } from './process.js'

jest.setTimeout(120_000)

const { folder } = scratchFolder()

const VIRTUAL = ['compare', 'uniform', '--engine', 'virtual']
const SHORT = ['--steps', '4000', '--trackers', 'off,global-atomic']

async function refused(args: readonly string[], words: readonly (string | RegExp)[], wanted = 2) {
  const { code, stdout, stderr } = await cli([...args, '--json'])
  expect({ code, stdout }).toEqual({ code: wanted, stdout: '' })
  expect(stderr).toMatch(/^swiotlb-lab: [^\n]+\n$/)
  for (const word of words) expect(stderr).toMatch(word)
}

const LONG = ['check', 'off', '--seeds', '1000000000', '--out'] as const

describe('bad input names the field', () => {
  test.each([
    ['zero CPUs', [...VIRTUAL, '--cpus', '0'], ['--cpus', 'expected']],
    ['negative CPUs', [...VIRTUAL, '--cpus', '-4'], ['--cpus', '-4']],
    ['too many CPUs', [...VIRTUAL, '--cpus', '1025'], ['--cpus', '1024']],
    ['zero sockets', [...VIRTUAL, '--sockets', '0'], ['--sockets', 'expected']],
    ['too many sockets', [...VIRTUAL, '--cpus', '64', '--sockets', '64'], ['--sockets', '1 to 32']],
    [
      'what does not multiply out',
      [...VIRTUAL, '--cpus', '8', '--sockets', '3'],
      ['cpus', '8 CPUs'],
    ],
    [
      'cores that do not multiply out',
      [...VIRTUAL, '--cpus', '8', '--cores-per-socket', '3'],
      ['cpus', 'coresPerSocket'],
    ],
    ['threads that do not', [...VIRTUAL, '--threads-per-core', '3'], ['threadsPerCore', '8 CPUs']],
    [
      'complexes that a model says nothing of',
      [...VIRTUAL, '--cpus', '8', '--cores-per-complex', '4'],
      ['costs.complex', 'complexes of 4 cores'],
    ],
    [
      'no cores in a complex',
      [...VIRTUAL, '--cores-per-complex', '0'],
      ['--cores-per-complex', '1 to 1024'],
    ],
    [
      'complexes of real threads',
      ['compare', '--cores-per-complex', '2'],
      ['--cores-per-complex', '--engine virtual'],
    ],
    ['a step that does not', [...VIRTUAL, '--sockets', '2', '--sweep', 'cpus=2,1'], ['cpus: 1']],
    ['a seed that is no integer', [...VIRTUAL, '--seed', '1.5'], ['--seed', '1.5']],
    ['a seed that is no number', ['check', 'off', '--seed', 'x'], ['--seed', 'x']],
    ['no such cost model', [...VIRTUAL, '--cost-model', 'defualt'], ['defualt', 'mean default']],
    ['sockets of real threads', ['compare', '--sockets', '2'], ['--sockets', '--engine virtual']],
    ['a warm-up of real threads', ['compare', '--warm-steps', '9'], ['--warm-steps', '--engine']],
    ['rounds of no timing', [...VIRTUAL, '--rounds', '5'], ['--rounds', '--engine virtual']],
    ['a series without an end', [...VIRTUAL, '--sweep', 'cpus=1,2,...'], ['--sweep', '...']],
    [
      'a trace on threads',
      ['replay', '-', '--engine', 'threads'],
      ['--engine', 'serial or virtual'],
    ],
    ['no tracker to check', ['check'], ['tracker', '--replay']],
    ['no such tracker', ['check', 'reserv'], ['Did you mean reserve']],
    ['no such policy', ['check', 'off', '--policy', 'unform'], ['--policy', 'uniform']],
    ['nothing that can be wanted', ['check', 'off', '--wanted', 'x'], ['--wanted', 'promise']],
    ['zero seeds', ['check', 'off', '--seeds', '0'], ['--seeds', 'expected']],
    ['a switch that is not there', ['check', 'off', '--beside', 'switch'], ['off has no switch']],
    ['nothing of that name beside', ['check', 'off', '--beside', 'rest'], ['Did you mean reset?']],
    ['a layout that is none', ['check', 'off', '--slot-index', 'tree'], ['--slot-index', 'bitmap']],
    ['seeds for one schedule', ['check', '--replay', 'x', '--seeds', '5'], ['--seeds', '--replay']],
    ['a finding that is not there', ['check', '--replay', join(folder, 'x')], ['ENOENT']],
    ['zero rounds', ['calibrate', '--rounds', '0'], ['--rounds', 'expected']],
  ] as const)('%s', (_, args, words) => refused(args, words))

  test.each([
    ['no place', ['calibrate', '--out', join(folder, 'no/where.json')], ['--out', 'ENOENT']],
    // Said before the search: this one would take a day.
    ['no place for a log', [...LONG, join(folder, 'no/where.log')], ['--out', 'ENOENT', 'the log']],
    ['a folder for a log', [...LONG, folder], ['--out', 'EISDIR']],
    ['a log in a file', [...LONG, join(__filename, 'x')], ['--out', 'ENOTDIR']],
    [
      'no place for a difference',
      ['verify', '--kernel-source', folder, '--out', join(folder, 'no/where.log')],
      ['--out', 'ENOENT', 'the log'],
    ],
  ] as const)('%s: 3', (_, args, words) => refused(args, words, 3))

  test('a pool that grows', async () => {
    const file = join(folder, 'grows.json')
    const pool = { slots: '4MiB', areas: 1, grow: true }
    const workload = { sizes: [{ bytes: 4096 }], inFlight: 4 }
    writeFileSync(file, JSON.stringify({ name: 'grows', pool, cpus: 1, workload }))
    await refused(['run', file, '--engine', 'virtual'], ['pool.grow'])
  })
})

describe('a cost model', () => {
  type Changed = { costs: Record<string, unknown> & Record<'own' | 'core', object> }

  test.each([
    ['no figures', () => ({ name: 'x' }), /costs: expected the figures/],
    ['a list', () => [], /cost model: expected an object/],
    [
      'no core',
      ({ costs }: Changed) => Object.assign(costs, { core: undefined }),
      /costs\.core: expected a figure/,
    ],
    [
      'no source',
      ({ costs }: Changed) => Object.assign(costs.own, { source: undefined }),
      /costs\.own\.source: expected where/,
    ],
    [
      'an empty source',
      ({ costs }: Changed) => Object.assign(costs.own, { source: ' ' }),
      /costs\.own\.source: expected where/,
    ],
    [
      'zero',
      ({ costs }: Changed) => Object.assign(costs.core, { value: 0 }),
      /costs\.core\.value: expected at least/,
    ],
    [
      'negative',
      ({ costs }: Changed) => Object.assign(costs.core, { value: -1 }),
      /costs\.core\.value: expected at least/,
    ],
    [
      'beyond a millisecond',
      ({ costs }: Changed) => Object.assign(costs.core, { value: 1e7 }),
      /costs\.core\.value: expected at most/,
    ],
    [
      'a text',
      ({ costs }: Changed) => Object.assign(costs.core, { value: '5' }),
      /costs\.core\.value: expected a number/,
    ],
    [
      'another unit',
      ({ costs }: Changed) => Object.assign(costs.core, { unit: 'us' }),
      /costs\.core\.unit: expected "ns"/,
    ],
    [
      'an unknown figure',
      ({ costs }: Changed) => Object.assign(costs, { cores: 1 }),
      /costs\.cores: unknown key\. Did you mean core/,
    ],
    [
      'one figure for both indexes',
      ({ costs }: Changed) => Object.assign(costs, { map: costs.own }),
      /costs\.map/,
    ],
    ['no copies', ({ costs }: Changed) => Object.assign(costs, { copy: [] }), /costs\.copy/],
  ] as [string, (model: Changed) => unknown, RegExp][])('%s is refused', (name, change, words) => {
    const model = structuredClone(loadCostModel()) as unknown as Changed
    const changed = change(model)
    const file = join(folder, `${name}.json`)
    const whole = name === 'no figures' || name === 'a list' ? changed : model
    writeFileSync(file, JSON.stringify(whole))
    expect(() => loadCostModel(file)).toThrow(`${name}.json`)
    expect(() => loadCostModel(file)).toThrow(words)
  })

  test('that is wrong ends the command line with 2', async () => {
    const file = join(folder, 'wrong.json')
    writeFileSync(file, JSON.stringify({ name: 'x', costs: { own: 1 } }))
    await refused([...VIRTUAL, '--cost-model', file], ['wrong.json', 'costs.own', 'costs.core'])
  })

  test('without a figure for sockets it is for one', async () => {
    const model = structuredClone(loadCostModel()) as { costs: { socket?: unknown } }
    delete model.costs.socket
    const file = join(folder, 'one-socket.json')
    writeFileSync(file, JSON.stringify(model))
    const args = [...VIRTUAL, ...SHORT, '--cost-model', file]
    expect(await cli(args)).toMatchObject({ code: 0, stderr: '' })
    await refused([...args, '--sockets', '2'], ['costs.socket', '2 sockets'])
  })

  test('those of the package are whole, and every figure has its source', () => {
    expect(costModels()).toEqual(['default', 'epyc-milan', 'published', 'sapphire-rapids'])
    for (const name of costModels()) {
      expect(loadCostModel(name)).toMatchObject({ name })
      expect(loadCostModel(name).costs.socket?.source).toMatch(/\w/)
    }
  })
})

describe('what is printed', () => {
  test('a table of predictions, which says that they are', async () => {
    const { code, stdout } = await cli([...VIRTUAL, ...SHORT, '--cpus', '16', '--sockets', '2'])
    expect(code).toBe(0)
    expect(stdout).toContain('predicted, 16 CPUs')
    expect(stdout).toContain('predicted, not measured: cost model default')
    expect(stdout).toMatch(/^global-atomic( +[\d.]+){6} +-?\d+(\.\d)? %/m)
  })

  test('one tracker with its cache lines', async () => {
    const args = ['run', 'uniform', '--engine', 'virtual', '--steps', '4000']
    const { code, stdout } = await cli(args)
    expect(code).toBe(0)
    for (const name of ['descriptor', 'counters', 'areas', 'slots']) {
      expect(stdout).toMatch(new RegExp(`^${name}( +[\\d.]+){5}$`, 'm'))
    }
  })

  test('a series goes on by itself, and gives each CPU an area of the same size', async () => {
    const args = [...VIRTUAL, ...SHORT, '--sweep', 'cpus=1,2,4,...,16']
    const { stdout } = await cli([...args, '--json'])
    const { steps } = JSON.parse(stdout) as { steps: { value: number; comparison: Comparison }[] }
    expect(steps.map(({ value }) => value)).toEqual([1, 2, 4, 8, 16])
    for (const { value, comparison } of steps) {
      expect(comparison.scenario.cpus).toBe(value)
      expect(comparison.pool).toMatchObject({ areas: value, slots: value * 4096 })
    }
    const text = await cli(args)
    expect(text.stdout).toMatch(/^predicted loss of throughput against off/m)
    expect(text.stdout).toMatch(/^Throughput lost to tracking: global-atomic /m)
    // The last step as it was: with the pool that the series gave it.
    const again = '--engine virtual --cpus 16 --slots 65536 --areas 16'
    expect(text.stdout).toContain(`compare uniform ${again}`)
    expect(steps.at(-1)?.comparison.warnings).toEqual([])
  })

  test('more CPUs than areas: what else they wait for', async () => {
    const { code, stdout } = await cli([...VIRTUAL, ...SHORT, '--cpus', '16', '--warm-steps', '5'])
    expect(code).toBe(0)
    expect(stdout).toContain('warning: 16 CPUs share 8 areas and queue for their locks')
    expect(stdout).toContain('behind 5 of warm-up')
  })

  test('the same JSON twice', async () => {
    const [one, two] = await Promise.all([1, 2].map(() => cli([...VIRTUAL, ...SHORT, '--json'])))
    expect(one?.stdout).toBe(two?.stdout)
  })

  test('a promise that is kept, by its name, and what else can be looked for', async () => {
    const told = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout } = await cli(['check', ...args, '--seeds', '100'])
      expect(code).toBe(0)
      return stdout.replace(/\s+/g, ' ')
    }
    const racy = await told('global-racy')
    expect(racy).toContain('global-racy kept its promise (never over) in 100 schedules')
    const common = 'above-truth, above-pool'
    expect(racy).toContain(
      `other things to look for: --wanted below-truth, ${common}, reset, read-above next,`,
    )
    // Its promise ends with nothing; its word to readers is a part of it.
    const reserve = await told('reserve')
    expect(reserve).toContain(
      'reserve kept its promise (never under, and used never read above the mark) in 100',
    )
    expect(reserve).toContain(`--wanted below-truth, ${common}, read-above next,`)
    const off = await told('off', '--wanted', 'above-pool')
    expect(off).toContain('off: no above-pool in 100 schedules')
    expect(off).toMatch(/other things to look for: --wanted above-truth, .*read-above next,/)
    expect(off).not.toContain('below-truth')
  })

  test('a finding, which is shown again from its file', async () => {
    const file = join(folder, 'found.log')
    const args = ['check', 'per-area', '--wanted', 'above-truth', '--out', file]
    const { code, stdout } = await cli(args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^seed +\d+$/m)
    // What each CPU did, side by side; the log is in the file.
    expect(stdout).toMatch(/^CPU \d .*\| CPU \d/m)
    expect(readFileSync(file, 'utf8')).toMatch(/^# schedule: \d+$/m)
    const again = await cli(['check', '--replay', file])
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toContain('the mark is above the peak that really was')
    expect(await cli(['replay', file])).toMatchObject({ code: 0 })
  })

  testUnless(
    availableParallelism() < 2 ? 'this host has one CPU: no line moves' : undefined,
    'a calibration makes a model that runs',
    async () => {
      const file = join(folder, 'here.json')
      // On a busy host few rounds may not catch both CPUs at work; then more do.
      let result = await cli(['calibrate', '--rounds', '3', '--out', file])
      for (const rounds of ['20', '100']) {
        if (result.code === 0) break
        result = await cli(['calibrate', '--rounds', rounds, '--out', file])
      }
      const { code, stdout, stderr } = result
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(/^a word handed from core to core( +[\d.]+){3}$/m)
      expect(await cli([...VIRTUAL, ...SHORT, '--cost-model', file])).toMatchObject({ code: 0 })
    },
  )
})
