// What a report tells to type next runs as it stands, with names that have blanks in them.

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import type { Io } from '../../lib/cli/options/io.js'
import { tellVerify, type VerifyFlags } from '../../lib/cli/verify.js'
import type { VerifyResult } from '../../lib/verify/types.js'
import { standInKernel } from '../guest/stand-in.js'
import { scratchFolder } from '../scratch.js'
import { MAIN } from './process.js'

jest.setTimeout(120_000)

const { folder } = scratchFolder()
const home = join(folder, "a user's own")
mkdirSync(home)
copyFileSync('examples/reset-live.log', join(home, 'a log.txt'))
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
const nextIn = (text: string): string[] =>
  [...text.matchAll(/^next, .*?: (node .*)$/gm)].map(([, line = '']) => line)

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
      ['size', LOG, '--enough', '1,1', '--margin', '300', '--cpus', '4', '--try-areas', '2,4'],
      /size 'a log\.txt' --margin 300 --cpus 4 --try-areas 2,4$/,
    ],
    ['devices', ['devices', LOG, '--areas', '1'], /size 'a log\.txt' --areas 1$/],
    ['a search', ['check', 'off', '--seeds', '5', '--beside', 'reset'], /--seed 6 --seeds 50/],
    ['a finding', ['check', 'global-atomic', '--wanted', 'above-pool'], /--out found\.log$/],
    [
      'a finding in a file',
      ['check', 'global-atomic', '--wanted', 'above-pool', '--out', 'my finding.log'],
      /check --replay 'my finding\.log'$/,
    ],
    ['a finding, replayed', ['check', '--replay', 'my finding.log'], /replay 'my finding\.log'$/],
    ['a parameter', ['param', 'a b', '--kernel', '6.0'], /'a b' --kernel 6\.0 /],
    ['a calibration', ['calibrate', '--rounds', '3'], /--out costs\.json --rounds 3$/],
    [
      'a patch',
      ['patch', '--tracker', 'my tracker.h', '--kernel-source', 'a kernel', '--truth'],
      /--tracker 'my tracker\.h' --kernel-source 'a kernel' --truth --diff$/,
    ],
  ] as const)('after %s', (_, args, expected) => {
    const [line, ...others] = nextIn(lab(...args).stdout)
    expect(others).toEqual([])
    expect(line).toMatch(expected)
    const { code, stdout, stderr } = run('sh', ['-c', line ?? ''])
    expect(stderr).toBe('')
    expect([0, 1]).toContain(code)
    expect(stdout).not.toBe('')
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
  const said = { operation: 0, field: 'slot', port: '0', kernel: '1' }
  const shrunk = { ...said, operations: 1, minimal: true, line: 'm 0 1 0 4096 0 0', log: 'm' }
  const difference = { ...said, variant: 'static', profile: 'log', rules: [], hung: false, shrunk }
  const result = {
    kernel: { source: 'k', version: null, otherRules: [] },
    layout: {},
    rows: [{ ...difference, operations: 0, logs: 1, differing: 1, difference }],
    ...{ skipped: [], notBuilt: [], operations: 0, differences: 1, unexplained: 1, seconds: 0 },
  } as unknown as VerifyResult
  const told = (log: string): string => {
    const lines: string[] = []
    const io = { print: (text: string) => lines.push(text) } as unknown as Io
    tellVerify(result, { kernelSource: 'k', log } as VerifyFlags, io)
    return lines.join('\n')
  }
  expect(told('my.log')).toMatch(/^next, .* --log my\.log --out difference\.log$/m)
  expect(told('-')).toContain('The shortest log')
  expect(told('-')).not.toMatch(/^next, /m)
})
