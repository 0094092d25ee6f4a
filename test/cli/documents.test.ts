// Every document that `--json` prints says what it is, which version made it, and how.

import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { schemaOf } from '../../lib/results/schema.js'
import { cli } from './process.js'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
const LOG = 'examples/reset-live.log'
const QUICK = ['--steps', '2000', '--no-timing', '--trackers', 'off,per-area']

test.each([
  ['list', ['list']],
  ['param', ['param', 'swiotlb=65536']],
  ['capture', ['capture']],
  ['explain', ['explain', '-']],
  ['compare', ['compare', 'uniform', ...QUICK]],
  ['sweep', ['compare', 'uniform', '--sweep', 'areas=1,2', ...QUICK]],
  ['run', ['run', 'uniform', '--tracker', 'per-area', '--steps', '2000', '--no-timing']],
  ['replay', ['replay', LOG, '--trackers', 'off']],
  ['replay', ['replay', LOG, LOG, '--trackers', 'off']],
  ['placements', ['replay', LOG, '--placements']],
  ['devices', ['devices', LOG]],
  ['size', ['size', LOG, '--orders', '0']],
  ['check', ['check', 'reserve', '--seeds', '20']],
] as const)('%s: %j', async (kind, args) => {
  const { stdout } = await cli([...args, '--json'], {
    input: kind === 'explain' ? 'swiotlb buffer is full (sz: 4096 bytes)' : '',
  })
  const document = JSON.parse(stdout)
  expect(Object.keys(document).slice(0, 2)).toEqual(['schema', 'made'])
  expect(document.schema).toBe(schemaOf(kind))
  expect(document.made).toEqual({ version, command: `swiotlb-lab ${args.join(' ')} --json` })
})

test('the command is one that a shell takes, whatever was typed', async () => {
  const { stdout } = await cli(['param', "swiotlb=65536  # it's", '--json'])
  expect(JSON.parse(stdout).made.command).toBe(
    "swiotlb-lab param 'swiotlb=65536  # it'\\''s' --json",
  )
})

test('numbers in a row stand in one line, and texts are left as they are', async () => {
  const { stdout } = await cli(['devices', LOG, '--json'])
  expect(stdout).toMatch(/"slotsByQuarter": \[\d+, \d+, \d+, \d+\]/)
  const text = 'x [\n 1,\n 2\n ]'
  const param = await cli(['param', text, '--json'])
  expect(JSON.stringify(JSON.parse(param.stdout))).toContain('[\\n 1,\\n 2\\n ]')
})
