// Without the addon: what needs no C works, and the rest says in one sentence how to build it.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const root = join(__dirname, '../..')
const TRACE = join(root, 'captures/c-mixed-4cpu/trace.txt.gz')
const copy = mkdtempSync(join(tmpdir(), 'swiotlb-lab-bare-'))

/** The package as it is before the addon is built. */
beforeAll(() => {
  for (const part of ['dist', 'package.json', 'costs', 'schema', 'native']) {
    cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

function node(args: readonly string[], cwd = root) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' })
  return { status, stdout, stderr }
}

const cli = (...args: string[]) => node([join(copy, 'dist/cli/main.js'), ...args])

const HOW =
  `the addon, which runs the C code, is neither built nor shipped for linux ${process.arch} with glibc; ` +
  'to build it: npm run build:native'
const where = ` in ${copy}`

describe('without the addon', () => {
  test('every command helps', () => {
    const { stdout } = cli('--help')
    const names = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map((match) => match[1] as string)
    expect(names).toEqual(expect.arrayContaining(['list', 'run', 'compare', 'replay', 'check']))
    for (const name of names) {
      const { status, stdout: help, stderr } = cli(name, '--help')
      expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' })
      expect(help).toContain('swiotlb-lab')
    }
  })

  test('list lists, and says what it does not know', () => {
    const { status, stdout, stderr } = cli('list')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^global-atomic +exact +not known /m)
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      `warning: until when promises hold is not known: ${HOW}${where}`,
    )
    const listing = JSON.parse(cli('list', '--json').stdout)
    expect(listing.trackers.map(({ until }: { until: unknown }) => until)).toContain(null)
    expect(listing.warnings).toHaveLength(1)
  })

  test('the library reads traces, checks scenarios and knows the schema', () => {
    const script = `
      import { liveRuns, loadScenario, presets, parseTrace, resolveScenario } from ${JSON.stringify(
        join(copy, 'dist/index.js'),
      )}
      import { readFileSync } from 'node:fs'
      const trace = parseTrace(readFileSync(${JSON.stringify(TRACE)}), { file: 'trace' })
      const scenario = resolveScenario(loadScenario('review-64mib'))
      console.log(trace.operations.length > 1000, scenario.pool.slots, Object.keys(presets).length > 1, liveRuns())`
    const { status, stdout, stderr } = node(['--input-type=module', '-e', script])
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: 'true 32768 true 0\n',
      stderr: '',
    })
  })

  test.each([
    'run uniform',
    'compare',
    'demo',
    'replay captures/c-mixed-4cpu/trace.txt.gz',
    'replay captures/c-mixed-4cpu/trace.txt.gz --placements',
    'check off',
    'calibrate',
    'compare uniform --engine virtual',
    'compare --tracker examples/sum-on-map.h',
  ])('%s: one sentence, and 2', (args) => {
    const { status, stderr } = cli(...args.split(' '))
    expect({ status, stderr }).toEqual({ status: 2, stderr: `swiotlb-lab: ${HOW}${where}\n` })
  })

  test('bad input is said before it is asked for', () => {
    expect(cli('run', 'nothing').stderr).toContain('no preset')
    const bad = node([join(copy, 'dist/cli/main.js'), 'replay', join(root, 'package.json')])
    expect(bad.status).toBe(2)
    expect(bad.stderr).not.toContain('addon')
  })

  test('in its own folder the command alone is enough', () => {
    const { stderr } = node([join(copy, 'dist/cli/main.js'), 'calibrate'], copy)
    expect(stderr).toBe(`swiotlb-lab: ${HOW}\n`)
  })
})

test('importing the library loads no addon', () => {
  const script = `
    import { readFileSync } from 'node:fs'
    import ${JSON.stringify(join(root, 'dist/index.js'))}
    console.log(/swiotlb_lab\\.node/.test(readFileSync('/proc/self/maps', 'utf8')))`
  expect(node(['--input-type=module', '-e', script]).stdout).toBe('false\n')
})
