// The progress line: its words, and that only a terminal that wants it sees it.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { Pace } from '../../lib/cli/options/pace.js'
import { scratchFolder } from '../scratch.js'
import { cli, commandNames, MAIN } from './process.js'

jest.setTimeout(60_000)

const { folder } = scratchFolder()

describe('words', () => {
  const operations = (count: number) => ({ count, unit: 'operation' })

  test('share, rate and what is left, once there is something to tell them from', () => {
    const pace = new Pace()
    const at = (done: number, count: number, ms: number): string =>
      pace.words({ phase: 'replay under off', done, work: operations(count) }, ms)
    expect(at(0, 0, 0)).toBe('0 %  replay under off')
    expect(at(0.1, 5000, 500)).toBe('10 %  replay under off')
    expect(at(0.25, 60_000, 2000)).toBe('25 %  30K operations/s  6 s left  replay under off')
    // The next tracker begins anew, the whole goes on.
    expect(at(0.5, 100, 4000)).toBe('50 %  4 s left  replay under off')
    expect(at(0.75, 200_100, 8000)).toBe('75 %  50K operations/s  3 s left  replay under off')
  })

  test('bytes have their unit, and what has no known end its time', () => {
    const pace = new Pace()
    const at = (count: number, ms: number): string =>
      pace.words({ phase: 'reading stdin', done: Number.NaN, work: { count, unit: 'byte' } }, ms)
    expect(at(0, 0)).toBe('reading stdin')
    expect(at(3 * 2 ** 20, 2000)).toBe('1.5 MiB/s  for 2 s  reading stdin')
    expect(at(300 * 2 ** 20, 600_000)).toBe('512 KiB/s  for 10 min  reading stdin')
  })

  test('another call begins anew', () => {
    const pace = new Pace()
    const at = (done: number, ms: number): string => pace.words({ phase: 'x', done }, ms)
    at(0, 0)
    expect(at(0.9, 9000)).toBe('90 %  1 s left  x')
    expect(at(0.1, 10_000)).toBe('10 %  x')
    expect(at(0.2, 12_000)).toBe('20 %  16 s left  x')
  })
})

describe('on a terminal', () => {
  /** What a terminal of so many columns is sent, with stdout in a file. */
  function terminal(args: string, columns = 80, env = ''): string {
    const inner = `stty cols ${columns}; ${env} node ${MAIN} ${args} > ${join(folder, 'out')}`
    const { stdout, status } = spawnSync('script', ['-qec', inner, '/dev/null'], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '' },
      input: '',
    })
    expect(status).toBe(0)
    return stdout
  }

  const LONG = 'check off --seeds 60000'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a terminal is sent
  const ERASED = /\r\u001b\[K/

  test('it is shown, fits, is erased, and has no colours', () => {
    const sent = terminal(LONG, 40)
    const lines = sent.split(ERASED)
    expect(lines.length).toBeGreaterThan(2)
    for (const line of lines) expect(line.length).toBeLessThan(40)
    expect(sent).toMatch(/\d+ % {2}.*schedules of off/)
    expect(lines.at(-1)).toBe('')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: likewise
    expect(sent).not.toMatch(/\u001b\[[\d;]*m/)
    expect(readFileSync(join(folder, 'out'), 'utf8')).toMatch(/^off kept its promise/)
  })

  test.each([
    ['--quiet', `${LONG} --quiet`, ''],
    ['a terminal that cannot erase', LONG, 'TERM=dumb'],
  ])('%s: nothing', (_, args, env) => {
    expect(terminal(args, 80, env)).toBe('')
  })
})

test('a pipe sees none', async () => {
  expect((await cli(['check', 'off', '--seeds', '20000'])).stderr).toBe('')
})

test('every command can be quiet', async () => {
  const { stdout } = await cli(['--help'])
  for (const name of commandNames(stdout)) {
    expect((await cli([name, '--help'])).stdout).toContain('-q, --quiet')
  }
})
