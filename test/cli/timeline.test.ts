// `--trace-out` on the command line: where it makes sense, what is left out, and files that cannot be.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'
import { cli } from './process.js'

jest.setTimeout(60_000)

const scratch = scratchFolder()
const out = join(scratch.folder, 'trace.json')
const virtual = ['--engine', 'virtual', '--steps', '1000']
const LOG = 'examples/reset-live.log'

const processes = (file: string): string[] =>
  JSON.parse(readFileSync(file, 'utf8')).traceEvents.flatMap(
    ({ name, args }: { name: string; args: { name: string } }) =>
      name === 'process_name' ? [args.name] : [],
  )

describe('a trace is written', () => {
  test.each([
    ['compare', ['compare', 'uniform', '--trackers', 'per-area,reserve', ...virtual], 2],
    ['run', ['run', 'uniform', '--tracker', 'reserve', ...virtual], 1],
    ['replay', ['replay', LOG, '--engine', 'virtual', '--trackers', 'off,reserve'], 2],
    ['replay one after another', ['replay', LOG, '--trackers', 'off,reserve'], 2],
  ] as const)(
    '%s, and prints what it prints without',
    async (_, args, trackers) => {
      const without = await cli(args)
      expect(await cli([...args, '--trace-out', out])).toEqual(without)
      expect(processes(out)).toHaveLength(trackers)
      expect(readdirSync(scratch.folder).filter((name) => name.includes('part'))).toEqual([])
    },
    60_000,
  )

  test('what there is no room for is told, with its span', async () => {
    const args = ['run', 'uniform', '--tracker', 'reserve', ...virtual, '--trace-events', '500']
    const { code, stderr } = await cli([...args, '--trace-out', out])
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /^warning: --trace-out: of reserve \d+ events were left out, from [\d.]+ us to [\d.]+ us; 500 events are there; --trace-events takes more\n$/,
    )
    const { traceEvents } = JSON.parse(readFileSync(out, 'utf8'))
    expect(traceEvents.filter(({ ph }: { ph: string }) => ph === 'B' || ph === 'C')).toHaveLength(
      500,
    )
  })
})

describe('what is refused', () => {
  test.each([
    [['compare', 'uniform', '--trace-out', out], '--trace-out: expected --engine virtual'],
    [
      ['replay', LOG, '--placements', '--trace-out', out],
      '--trace-out: expected without --placements',
    ],
    [['run', 'uniform', ...virtual, '--trace-events', '5'], 'expected beside --trace-out'],
    [
      ['compare', 'uniform', ...virtual, '--sweep', 'cpus=1,2', '--trace-out', out],
      '--trace-out: expected without --sweep',
    ],
    [
      ['compare', 'uniform', ...virtual, '--tracker', 'examples/per-cpu.h', '--trace-out', out],
      '--trace-out: expected trackers of the list, not the file examples/per-cpu.h',
    ],
    [
      ['replay', LOG, LOG, '--engine', 'virtual', '--trace-out', out],
      '--trace-out: expected one trace; each has a time of its own',
    ],
  ])('%j', async (args, words) => {
    const { code, stdout, stderr } = await cli(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(words)
  })

  test.each([
    [join(scratch.folder, 'nowhere/trace.json'), 'ENOENT'],
    [scratch.folder, 'EISDIR'],
    ['/dev/full', 'ENOSPC'],
  ])('%s, which cannot be written', async (file, code) => {
    const ended = await cli(['run', 'uniform', ...virtual, '--trace-out', file])
    expect(ended).toMatchObject({ code: 3, stdout: '' })
    expect(ended.stderr).toBe(
      `swiotlb-lab: --trace-out: ${file} cannot be written (${code}); expected a place for the trace\n`,
    )
  })

  test('a run that fails leaves the file that was there, and no part of another', async () => {
    const kept = join(scratch.folder, 'kept.json')
    writeFileSync(kept, 'before')
    const ended = await cli([
      'run',
      'uniform',
      '--engine',
      'virtual',
      '--steps',
      '1',
      '--warm-steps',
      '0',
      '--trace-out',
      kept,
    ])
    expect(ended.code).toBe(2)
    expect(readFileSync(kept, 'utf8')).toBe('before')
    expect(readdirSync(scratch.folder).filter((name) => name.includes('part'))).toEqual([])
  })
})
