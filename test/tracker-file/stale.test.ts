// Sources that are newer than what was built of them: the user's file is not blamed.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'

jest.setTimeout(300_000)

const root = join(__dirname, '../..')
const copy = mkdtempSync(join(tmpdir(), 'swiotlb-lab-stale-'))
const WORDS = "the lab's own files do not fit each other: npm run build"

/** The package, with sources that can be changed. */
beforeAll(() => {
  for (const part of ['dist', 'package.json', 'costs', 'schema', 'native', 'examples']) {
    cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  for (const part of ['node_modules', 'build']) symlinkSync(join(root, part), join(copy, part))
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

const restored = new Map<string, string>()
afterEach(() => {
  for (const [path, text] of restored) writeFileSync(path, text)
  restored.clear()
  environment = {}
})

let environment: Readonly<Record<string, string>> = {}

/** A file of the lab's, newer than the rest. */
function change(name: string, from: string, to: string): void {
  const path = join(copy, 'native', name)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`)
  restored.set(path, text)
  writeFileSync(path, text.replace(from, to))
}

function cli(...args: string[]) {
  const main = join(copy, 'dist/cli/main.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  return { status, stdout, stderr }
}

const EXAMPLE = join(root, 'examples/sum-on-map.h')
const CHECK = ['check', EXAMPLE, '--seeds', '10']
const COMPARE = ['compare', 'uniform', '--no-timing', '--steps', '2000', '--trackers', 'off']
const unfit = { status: 2, stdout: '', stderr: `swiotlb-lab: ${WORDS} in ${copy}\n` }

test.each([
  ['a word that its reader does not know', '\twatch_begin();', '\tvoid newer(void);\n\tnewer();'],
  ['a word that is not declared', '\twatch_begin();', '\tnewer();'],
])('watched.c has %s', (_, from, to) => {
  change('tracker-file/watched.c', from, to)
  expect(cli(...CHECK)).toEqual(unfit)
  expect(cli(...COMPARE, '--tracker', EXAMPLE)).toEqual(unfit)
})

test('baseline.c does not compile', () => {
  change('tracker-file/baseline.c', '#include', '#error newer\n#include')
  expect(cli(...COMPARE, '--tracker', EXAMPLE)).toEqual(unfit)
})

test('the addon knows another structure', () => {
  change('swiotlb/swiotlb.h', 'struct swiotlb_ops {', 'struct swiotlb_ops {\n\tlong newer;')
  const { status, stdout } = cli(...CHECK)
  expect(status).toBe(1)
  expect(stdout.replace(/\s+/g, ' ')).toContain(`cannot be loaded: ${WORDS}`)
})

test('a fault of the file stays one', () => {
  const file = join(copy, 'bare.h')
  writeFileSync(file, readFileSync(EXAMPLE, 'utf8').replace('tracker_bounds(', 'tracker_bonds('))
  const { status, stdout, stderr } = cli('check', file)
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
  expect(stdout).toMatch(/^bare\.h: lacks tracker_bounds\(\)/)
  expect(cli(...CHECK)).toMatchObject({ status: 0, stderr: '' })
})

test('a compiler that lacks an option is no fault of ours', () => {
  const compiler = join(copy, 'old-cc')
  const complaint = 'cc1: error: invalid --param name'
  writeFileSync(compiler, `#!/bin/sh\necho '${complaint}' >&2\nexit 1\n`, { mode: 0o755 })
  environment = { CC: compiler }
  const { status, stdout } = cli(...CHECK)
  expect(status).toBe(1)
  expect(stdout).toContain(`sum-on-map.h: does not compile: ${complaint}`)
})
