// Files that a command writes: whole or not there, and 3 where they could not be written.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { writeWhole } from '../../lib/system/output.js'
import { scratchFolder } from '../scratch.js'
import { cli, MAIN, root } from './process.js'

const { folder: scratch } = scratchFolder()
let folder = ''
let runs = 0

beforeEach(() => {
  folder = join(scratch, String(runs++))
  mkdirSync(folder)
})

/** No file of the process may become larger than 512 bytes: the rest of a write is refused. */
function limited(args: readonly string[]) {
  const script = 'ulimit -f 1; exec "$0" "$@" 2>&1 | cat'
  const { stdout } = spawnSync('sh', ['-c', script, process.execPath, ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return stdout
}

describe('a file is whole, or as it was', () => {
  const long = 'x'.repeat(5000)

  test('a new one is there, alone', () => {
    writeWhole(join(folder, 'a'), long)
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe(long)
    expect(readdirSync(folder)).toEqual(['a'])
  })

  test('one that is there keeps its rights, and a link stays one', () => {
    const [file, link] = [join(folder, 'a'), join(folder, 'link')]
    writeFileSync(file, 'old')
    chmodSync(file, 0o640)
    symlinkSync('a', link)
    writeWhole(link, long)
    expect(readFileSync(file, 'utf8')).toBe(long)
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(readdirSync(folder).sort()).toEqual(['a', 'link'])
  })

  test('a disk that fills up in the middle leaves what was there, and nothing else', () => {
    const file = join(folder, 'out')
    writeFileSync(file, 'as it was')
    const said = limited([MAIN, 'calibrate', '--rounds', '3', '--out', file])
    expect(said).toMatch(/^swiotlb-lab: --out: .*out cannot be written \(EFBIG\)/m)
    expect(readFileSync(file, 'utf8')).toBe('as it was')
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('a device takes it as it comes', async () => {
    const args = ['check', 'global-atomic', '--wanted', 'above-pool', '--out', '/dev/null']
    expect((await cli(args)).code).toBe(0)
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  })
})

describe('what cannot be written is told before any work, with 3', () => {
  test.each([
    ['a folder that is not there', () => join(folder, 'no', 'x'), 'ENOENT'],
    ['a folder in place of a file', () => folder, 'EISDIR'],
    ['a file in place of a folder', () => join(folder, 'plain', 'x'), 'ENOTDIR'],
  ])('%s', async (_, path, reason) => {
    writeFileSync(join(folder, 'plain'), '')
    const { code, stdout, stderr } = await cli(['calibrate', '--out', path()])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^swiotlb-lab: --out: .*; expected a place for the model\n$/)
    expect(stderr).toContain(`cannot be written (${reason})`)
    expect(readdirSync(folder)).toEqual(['plain'])
  })
})

test('a compiler without room is no fault of the tracker file', async () => {
  const compiler = join(folder, 'cc')
  const words = 'cc: error: /tmp/x.s: No space left on device'
  writeFileSync(compiler, `#!/bin/sh\necho '${words}' >&2\nexit 1\n`, { mode: 0o755 })
  const { code, stdout, stderr } = await cli(['check', 'examples/sum-on-map.h'], {
    env: { CC: compiler },
  })
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  expect(stderr).toMatch(/cannot write \(no space left on device\); expected room in .*\n$/)
  expect(existsSync(compiler)).toBe(true)
})

describe('what is read', () => {
  test.each<[args: (file: string) => string[]]>([
    [(file) => ['report', file, '--out', file]],
    [(file) => ['merge', file, '--out', file]],
    [(file) => ['verify', '--kernel-source', folder, '--log', file, '--out', file]],
    [(file) => ['replay', file, '--engine', 'virtual', '--trace-out', file]],
  ])('is not written over: %#', async (args) => {
    const file = join(folder, 'read')
    writeFileSync(file, 'as it was')
    const { code, stderr } = await cli(args(file))
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^swiotlb-lab: --(?:trace-)?out: .* is what is read/),
    })
    expect(readFileSync(file, 'utf8')).toBe('as it was')
  })

  test('- is no name of an output', async () => {
    const { code, stderr } = await cli(['check', 'off', '--seeds', '1', '--out', '-'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--out: expected the name of a file'),
    })
  })
})
