// One slot, two slots: in whatever is printed, with as many ones as there can be.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'
import { cli } from './process.js'

jest.setTimeout(60_000)

const { file } = scratchFolder()
const CASES = join(__dirname, '../data/cases')

const NOUNS = [
  ...['slot', 'area', 'map', 'unmap', 'CPU', 'thread', 'core', 'socket', 'round', 'step'],
  ...['schedule', 'operation', 'event', 'line', 'mapping', 'trace', 'file', 'edit', 'place'],
  ...[
    'second',
    'look',
    'hit',
    'access',
    'probe',
    'try',
    'segment',
    'order',
    'spill',
    'failure',
    'difference',
    'row',
    'byte',
    'pool',
    'time',
  ],
].join('|')

/** `1 slots`, `2 slot`; not the second number of `1 of 2 slots`. */
function wrongCounts(text: string): string[] {
  const one = new RegExp(`(?<![\\d.,:/x-])1 (?:${NOUNS})s\\b`, 'g')
  const many = new RegExp(`(?<![\\d.,:/x-])(?:0|[2-9]|\\d{2,}) (?:${NOUNS})\\b(?!s|-)`, 'g')
  const be = new RegExp(
    `(?<![\\d.,:/x-])1 (?:${NOUNS})(?: \\([^)]*\\))? (?:are|were|fail|need|have)\\b`,
    'g',
  )
  return [one, many, be].flatMap((pattern) => text.match(pattern) ?? [])
}

test('what is wrong is found', () => {
  expect(
    wrongCounts('1 slots, 2 area, 1 map fail, 1 slot (2 KiB) were; 1 slot, 0 maps, 3.1 slots'),
  ).toEqual(['1 slots', '2 area', '1 map fail', '1 slot (2 KiB) were'])
})

const HEAD = '#! nslabs=128 nareas=1 pool=40000000\n'
// The kernel's own mark is above what is seen, and a probe was missed.
const noted = file('noted.json', JSON.stringify({ hiwater_after: 1, lost: { 'missed probes': 1 } }))
const one = file('one.log', `${HEAD}m 0 1 100000 2048 0 0\n`)
const two = file('two.log', `${HEAD}m 0 1 100000 2048 0 0\nu 0 1\nm 0 2 100000 2048 0 0\n`)
const full = file('full.log', `${HEAD}m 0 1 100000 262144 0 0\nm 0 2 200000 2048 0 0\nu 0 1\n`)
const small = ['--cpus', '1', '--areas', '1', '--slots', '128', '--steps', '1']

describe('nothing counts wrongly', () => {
  test.each([
    ...[one, two, full].flatMap((log) => [
      ['replay', log],
      ['replay', log, '--engine', 'virtual'],
      ['size', log, '--enough', '256KiB'],
      ['devices', log],
    ]),
    ['size', one, two],
    ['size', one, '--meta', noted],
    ['replay', one, '--meta', noted],
    ['check', 'off', '--seeds', '1'],
    ['check', 'reserve', '--seeds', '2', '--beside', 'nothing'],
    ['check', 'global-atomic', '--wanted', 'above-pool'],
    ['run', 'uniform', ...small, '--no-timing'],
    ['run', 'uniform', ...small, '--threads', '1', '--rounds', '3'],
    ['compare', 'uniform', ...small, '--threads', '1', '--rounds', '3'],
    ['compare', 'uniform', ...small.slice(0, 6), '--engine', 'virtual', '--steps', '200'],
    ['compare', 'uniform', '--sweep', 'areas=1,2', '--steps', '500', '--no-timing'],
    ['compare', 'uniform', '--sweep', 'cpus=1,2', '--engine', 'virtual', '--steps', '200'],
    ['calibrate', '--rounds', '1'],
    ['param', '256KiB', '--cpus', '1'],
    ['param', '1,1'],
    ['param', '2k'],
    ['list'],
  ])('%s %s %s %s %s %s', async (...args) => {
    const { stdout, stderr } = await cli(args.filter(Boolean))
    expect(stdout).not.toBe('')
    // A log's own remarks are no sentences.
    expect(wrongCounts((stdout + stderr).replace(/^#.*$/gm, ''))).toEqual([])
  })

  test('of what operators paste', async () => {
    for (const name of readdirSync(CASES).filter((one) => /^\d.*\.txt$/.test(one))) {
      const { stdout } = await cli(['explain', join(CASES, name)])
      // Lines of the log itself are as they are.
      const own = stdout.replace(/^ +\d+ \| .*$/gm, '')
      expect([name, wrongCounts(own)]).toEqual([name, []])
    }
  })
})
