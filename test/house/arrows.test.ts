// The check of arrows: it passes on this house, and fails where one of its rules is broken.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const root = join(__dirname, '../..')
const CHECK = join(root, 'node_modules/.bin/depcruise')
let folder: string

function check(files: Readonly<Record<string, string>>): string[] {
  const house = mkdtempSync(join(folder, 'house-'))
  for (const [file, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(house, file)), { recursive: true })
    writeFileSync(join(house, file), text)
  }
  for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json']) {
    cpSync(join(root, file), join(house, file))
  }
  const { status, stdout, stderr } = spawnSync(CHECK, ['lib', '--output-type', 'json'], {
    cwd: house,
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(`depcruise ended with ${status}: ${stderr}`)
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string } }[] }
  }
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort()
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-arrows-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const VALUE = 'export const value = 1\n'

describe('the check of arrows', () => {
  test('lets arrows pass that go down', () => {
    const files = {
      'lib/data/units.ts': VALUE,
      'lib/measure/timing.ts': "export { value } from '../data/units.js'\n",
      'lib/compare/compare.ts': "export { value } from '../measure/timing.js'\n",
    }
    expect(check(files)).toEqual([])
  })

  test('fails on a circle of two files, of types alone', () => {
    const files = {
      'lib/measure/a.ts': "import type { B } from './b.js'\nexport interface A { readonly b: B }\n",
      'lib/measure/b.ts':
        "import type { A } from './a.js'\nexport interface B { readonly a?: A }\n",
    }
    expect(check(files)).toEqual(['no-circle'])
  })

  test('fails on an arrow that goes up, of types alone', () => {
    const files = {
      'lib/compare/compare.ts': 'export interface Compared { readonly a: number }\n',
      'lib/measure/timing.ts': "export type { Compared } from '../compare/compare.js'\n",
    }
    expect(check(files)).toEqual(['arrows-down-from-measure'])
  })

  test('fails on a verb that imports another', () => {
    const files = {
      'lib/compare/compare.ts': VALUE,
      'lib/verify/verify.ts': "export { value } from '../compare/compare.js'\n",
    }
    expect(check(files)).toEqual(['arrows-down-from-verify'])
  })

  test('fails on a folder that has no level', () => {
    expect(
      check({ 'lib/elsewhere/a.ts': "import './b.js'\n", 'lib/elsewhere/b.ts': VALUE }),
    ).toEqual(['known-folder'])
  })
})
