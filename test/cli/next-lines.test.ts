// What a report tells to type next runs as it stands, with names that have blanks in them.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import type { Io } from '../../lib/cli/options/io.js'
import { makeProgram } from '../../lib/cli/program.js'
import { afterReplay } from '../../lib/cli/replay.js'
import { tellVerify, type VerifyFlags } from '../../lib/cli/verify.js'
import type { ReplayReport } from '../../lib/report/text/replay.js'
import { presets } from '../../lib/scenario/presets.js'
import type { VerifyResult } from '../../lib/verify/types.js'
import { standInKernel } from '../guest/stand-in.js'
import { scratchFolder } from '../scratch.js'
import { MAIN, nextIn } from './process.js'

jest.setTimeout(120_000)

const { folder } = scratchFolder()
const home = join(folder, "a user's own")
mkdirSync(home)
copyFileSync('examples/reset-live.log', join(home, 'a log.txt'))
copyFileSync('examples/reset-live.log', join(home, '-log'))
copyFileSync('examples/sum-on-map.h', join(home, 'my tracker.h'))
standInKernel(join(home, 'a kernel'))
writeFileSync(
  join(home, 'my scenario.json'),
  JSON.stringify({
    ...{ name: 'mine', pool: { slots: '4MiB', areas: 2 }, cpus: 2, steps: 500 },
    workload: { sizes: [{ bytes: 4096 }], inFlight: 4 },
  }),
)

function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: home,
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '' },
  })
  return { code: status, stdout, stderr }
}

const lab = (...args: string[]) => run('node', [MAIN, ...args])

/** A command in this process: what it prints. */
async function inProcess(args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const io = {
    print: (text: string) => lines.push(text),
    printJson: (_: string, value: object) => lines.push(JSON.stringify(value)),
    progress: () => undefined,
    signal: new AbortController().signal,
  }
  await makeProgram(io as unknown as Io, () => undefined).parseAsync(args, { from: 'user' })
  return lines.join('\n')
}

/** The words behind the program's name, as a shell takes them. */
function wordsOf(line: string): string[] {
  const { stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
  return stdout.split('\0').slice(2, -1)
}

const SCENARIO = 'my scenario.json'
const LOG = 'a log.txt'
const VIRTUAL = ['--engine', 'virtual']

describe('it runs', () => {
  test.each([
    ['a comparison', ['compare', SCENARIO, '--no-timing', '--trackers', 'off,reserve'], /'my scen/],
    ['a run', ['run', SCENARIO, '--tracker', 'my tracker.h', '--no-timing'], /'my tracker\.h'/],
    [
      'a comparison with a file',
      ['compare', SCENARIO, '--no-timing', '--trackers', 'off', '--tracker', 'my tracker.h'],
      /run 'my scenario\.json' --tracker 'my tracker\.h' --no-timing$/,
    ],
    [
      'a series',
      ['compare', SCENARIO, '--sweep', 'areas=1,2', '--no-timing', '--trackers', 'off,reserve'],
      /--trackers off,reserve$/,
    ],
    ['a replay', ['replay', LOG, '--trackers', 'off'], /replay 'a log\.txt' --placements$/],
    [
      'a replay in virtual time',
      ['replay', LOG, ...VIRTUAL, '--trackers', 'off,reserve', '--slots', '2MiB'],
      /'a log\.txt' --slots 1024 --placements$/,
    ],
    ['a sizing', ['size', LOG], /replay 'a log\.txt' --slots \d+ --areas \d+$/],
    [
      'a pool that is not enough',
      ['size', LOG, '--slots', '2048', '--enough', '1,1', '--cpus', '4', '--try-areas', '2,4'],
      /size 'a log\.txt' --slots 2048 --cpus 4 --try-areas 2,4$/,
    ],
    [
      'a sizing that is asked of with a margin',
      ['size', LOG, '--enough', '1,1', '--margin', '300', '--orders', '2', '--seed', '3'],
      /size 'a log\.txt' --margin 300 --orders 2 --seed 3$/,
    ],
    [
      'a pool of a kernel without areas',
      ['size', LOG, '--enough', '64MiB', '--cpus', '4', '--kernel', '5.15'],
      /param 512 --kernel 5\.15$/,
    ],
    [
      'a pool that is not enough of a kernel without areas',
      ['size', LOG, '--enough', '128', '--margin', '1000', '--kernel', '5.15'],
      /param \d+ --kernel 5\.15$/,
    ],
    ['several sizings', ['size', LOG, LOG], /param \d+,\d+ --cpus \d+$/],
    ['devices', ['devices', LOG, '--areas', '1'], /size 'a log\.txt' --areas 1$/],
    ['a search', ['check', 'off', '--seeds', '5', '--beside', 'reset'], /--seed 6 --seeds 50/],
    ['a finding', ['check', 'global-atomic', '--wanted', 'above-pool'], /--out found\.log$/],
    [
      'a finding in a file',
      ['check', 'global-atomic', '--wanted', 'above-pool', '--out', 'my finding.log'],
      /check --replay 'my finding\.log'$/,
    ],
    ['a finding, replayed', ['check', '--replay', 'my finding.log'], /replay 'my finding\.log'$/],
    ['a parameter', ['param', 'a b', '--kernel', '6.0'], /'a b' --kernel 6\.0 .*16GiB$/],
    ['a parameter of a machine', ['param', '--memory', '1.5GiB'], /--memory 1610612736B$/],
    ['a file that begins with a dash', ['size', '--', '-log'], /replay \.\/-log --slots/],
    ['a calibration', ['calibrate', '--rounds', '3'], /--out costs\.json --rounds 3$/],
    [
      'a patch',
      ['patch', '--tracker', 'my tracker.h', '--kernel-source', 'a kernel', '--truth'],
      /--tracker 'my tracker\.h' --kernel-source 'a kernel' --truth --diff$/,
    ],
  ] as const)('after %s', (_, args, expected) => {
    const lines = nextIn(lab(...args).stdout)
    expect(lines[0]).toMatch(expected)
    // A size has one more: a trace says nothing of what areas do to speed.
    const words: readonly string[] = args
    const isSize = words[0] === 'size' && !words.includes('--enough')
    expect(lines.slice(1)).toEqual(isSize ? [expect.stringContaining(' --sweep areas=1,')] : [])
    for (const line of lines) {
      const { code, stdout, stderr } = run('sh', ['-c', line])
      expect(stderr).toBe('')
      expect([0, 1]).toContain(code)
      expect(stdout).not.toBe('')
    }
  })
})

test('after what explains a log: it runs too', async () => {
  const folder = 'test/data/cases'
  const lines = new Set<string>()
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.txt')) continue
    const next = nextIn(await inProcess(['explain', join(folder, name)]))
    expect(next.length).toBeLessThan(2)
    for (const line of next) lines.add(line)
  }
  expect([...lines].filter((line) => / param \d+/.test(line))).not.toEqual([])
  expect([...lines].filter((line) => / param .* --kernel 7\.3$/.test(line))).not.toEqual([])
  for (const line of lines) expect(await inProcess(wordsOf(line))).toMatch(/swiotlb/)
})

test('after a list it names a scenario that there is', async () => {
  const [line = '', ...others] = nextIn(await inProcess(['list']))
  expect(others).toEqual([])
  const [verb, name = '', ...more] = wordsOf(line)
  expect([verb, more]).toEqual(['compare', []])
  expect(Object.keys(presets)).toContain(name)
})

test('a replay is told how exact a tracker is to be, and so is what to type next', async () => {
  const log = join(home, LOG)
  const args = ['replay', log, '--trackers', 'off,reserve', '--tolerance', '8KiB', '--batch', '3']
  const { tuning } = JSON.parse(await inProcess([...args, '--json']))
  expect(tuning).toEqual({ batch: 3, tolerance: 4, stretch: null })
  const report = { machine: { pace: 'trace' }, own: [] } as unknown as ReplayReport
  const next = afterReplay('x', report, { tolerance: 4, batch: 3, stretch: 9 })
  expect(wordsOf(nextIn(next)[0] ?? '').slice(-6)).toEqual([
    ...['--tolerance', '4', '--batch', '3', '--stretch', '9'],
  ])
})

const KERNEL: VerifyFlags = { kernelSource: 'a kernel' }
const SHRUNK = { operations: 1, minimal: true, line: 'm 0 1 0 4096 0 0', log: 'm' }
const SAID = { operation: 0, field: 'slot', port: '0', kernel: '1' }

/** What is told of a comparison that found a difference, or none. */
function toldOf(flags: VerifyFlags, differs: boolean): string {
  const shrunk = { ...SHRUNK, ...SAID }
  const difference = { ...SAID, variant: 'static', profile: 'log', rules: [], hung: false, shrunk }
  const row = { ...difference, operations: 0, logs: 1, differing: 1 }
  const differences = differs ? 1 : 0
  const result = {
    kernel: { source: 'k', version: null, otherRules: [] },
    layout: {},
    rows: [{ ...row, difference: differs ? difference : null }],
    ...{ skipped: [], notBuilt: [], operations: 0, differences, unexplained: 0, seconds: 0 },
  } as unknown as VerifyResult
  const lines: string[] = []
  const io = { print: (text: string) => lines.push(text) } as unknown as Io
  tellVerify(result, flags, io)
  return lines.join('\n')
}

/** What the program takes of a line, which is not run: a kernel would be built. */
async function takenOf(line: string): Promise<VerifyFlags> {
  const program = makeProgram({} as Io, () => undefined)
  let taken: VerifyFlags | undefined
  const verb = program.commands.find((command) => command.name() === 'verify')
  verb?.action((flags: VerifyFlags) => {
    taken = flags
  })
  await program.parseAsync(wordsOf(line), { from: 'user' })
  if (!taken) throw new Error(`no line of verify: ${line}`)
  return taken
}

describe('after a comparison with a kernel it is taken as it is meant', () => {
  const kept = { ...KERNEL, variants: 'static', slotIndex: 'bitmap' } as const
  const log = join(home, 'a log.txt')
  const out = join(home, 'my difference.log')
  const alone = { kernelSource: 'a kernel', slotIndex: 'bitmap' } as const
  test.each([
    ['none', { ...kept, seed: 7, out }, false, { ...kept, seed: 7, out, operations: 10_000_000 }],
    ['of many', { ...kept, operations: 2e7 }, false, { ...kept, operations: 2e8 }],
    ['none of a log', { ...kept, log, out }, false, { ...kept, out }],
    ['one', { ...kept, log }, true, { ...kept, log, out: 'difference.log' }],
    ['one in a file', { ...alone, out }, true, { ...alone, variants: 'static', log: out }],
  ] as const)('after %s', async (_, flags, differs, expected) => {
    const [line = '', ...others] = nextIn(toldOf(flags, differs))
    expect(others).toEqual([])
    expect(await takenOf(line)).toEqual(expected)
  })
})

test('a pool that is enough for each trace and not for all at once is not enough', () => {
  const { code, stdout } = lab('size', LOG, LOG, '--enough', '512,4')
  expect(code).toBe(1)
  expect(stdout.match(/: Enough: /g)?.length).toBe(2)
  expect(stdout).toMatch(/^all 2 at once: Not enough: /m)
  expect(nextIn(stdout)).toEqual([expect.stringMatching(/ size 'a log\.txt' 'a log\.txt'$/)])
})

test('what stdin held is gone: nothing is told that would need it again', () => {
  const input = readFileSync(join(home, LOG))
  for (const verb of ['replay', 'size', 'devices']) {
    const { stdout } = spawnSync('node', [MAIN, verb, '-'], { cwd: home, encoding: 'utf8', input })
    expect([verb, nextIn(stdout)]).toEqual([verb, []])
    expect(stdout).not.toBe('')
  }
})

test('a log of stdin that differs is not asked for again', () => {
  expect(toldOf({ ...KERNEL, log: 'my.log' }, true)).toMatch(
    /^next, .* --log my\.log --out difference\.log$/m,
  )
  const told = toldOf({ ...KERNEL, log: '-' }, true)
  expect(told).toContain('The shortest log')
  expect(told).not.toMatch(/^next, /m)
})
