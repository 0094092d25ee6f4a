// results/kernels.json and what is made from it: that nothing gets lost, and what is refused.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parseJson } from '../../bench/json.js'
import {
  aboutSchema,
  type Configuration,
  type Kernel,
  readKernels,
  writeKernels,
} from '../../bench/kernels/result.js'
import { madeWords, outcomesTable, outcomeWords, rulesTable } from '../../bench/kernels/table.js'

const identical: Configuration = {
  name: 'static',
  outcome: 'identical',
  ...{ operations: 1_012_345, logs: 24, differing: 0, rules: [], common: null, reason: null },
}
const differs: Configuration = {
  ...identical,
  outcome: 'differs',
  ...{ operations: 500, differing: 9, rules: ['padding', 'search'] },
  common: { operations: 2_000, differing: 0 },
}
const kernel = (version: string, more: Partial<Kernel> = {}): Kernel => ({
  ...{ version, commit: null, date: null, note: null, made: '2026-01-02T03:04:05.000Z' },
  source: { commit: 'a'.repeat(40), dirty: false },
  ...{ compiler: 'cc 12', wanted: 1000, seed: 1, rules: [] },
  ...{ configurations: [identical], refused: null },
  ...more,
})

describe('the file', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'swiotlb-lab-'))
    file = path.join(folder, 'kernels.json')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('that is not there holds no kernels', () => {
    expect(readKernels(file)).toEqual([])
  })

  test('keeps kernels by their numbers; one of the same version is replaced', () => {
    writeKernels([kernel('6.12.117'), kernel('6.1.192')], file)
    writeKernels([kernel('6.12.117', { seed: 7 }), kernel('6.6, with growth')], file)
    expect(readKernels(file).map(({ version, seed }) => [version, seed])).toEqual([
      ['6.1.192', 1],
      ['6.6, with growth', 1],
      ['6.12.117', 7],
    ])
  })

  test.each([
    ['{', /kernels\.json: not JSON/],
    ['{"kind":"kernels","kernels":[{"version":""}]}', /kernels\.json: kernels\.0\.version: /],
    ['{"kind":"bench","kernels":[]}', /kernels\.json: kind: /],
  ])('%s is refused', (text, words) => {
    writeFileSync(file, text)
    expect(() => readKernels(file)).toThrow(words)
  })
})

describe('a kernel.json', () => {
  test('needs no more than a version', () => {
    expect(parseJson('kernel.json', '{"version":"6.12"}', aboutSchema)).toEqual({
      ...{ version: '6.12', commit: null, date: null, note: null },
    })
  })

  test.each([
    ['{}', /version: /],
    ['{"version":"6.12","commit":"HEAD"}', /commit: expected 12 to 40 hexadecimal digits/],
    ['{"version":"6.12","date":"yesterday"}', /date: /],
    ['{"version":"6.12","author":"me"}', /the document: .*author/],
  ])('%s is refused', (text, words) => {
    expect(() => parseJson('a/kernel.json', text, aboutSchema)).toThrow(words)
  })
})

describe('the words', () => {
  test.each([
    [identical, 'identical over 1,012,345 operations'],
    [
      differs,
      'differs by padding, search, in 9 of 24 logs; identical over 2,000 operations that no rule decides',
    ],
    [
      { ...differs, common: { operations: 2_000, differing: 1 } },
      /2,000 operations alike where these rules decide little$/,
    ],
    [
      { ...differs, outcome: 'unexplained' },
      /^differs, and no rule explains it, in 9 of 24 logs; /,
    ],
    [{ ...identical, outcome: 'not-built', reason: 'error: no' }, 'not built: error: no'],
  ] as const)('%#', (configuration, words) => {
    expect(outcomeWords(configuration)).toEqual(
      words instanceof RegExp ? expect.stringMatching(words) : words,
    )
  })

  test('a table has a row for each configuration that is there, and one for what was refused', () => {
    const absent: Configuration = { ...identical, name: 'dynamic', outcome: 'not-there' }
    const commit = 'b'.repeat(40)
    const rows = outcomesTable([
      kernel('6.1', { configurations: [differs, absent], commit, date: '2026-08-13' }),
      kernel('5.19', { configurations: [], refused: 'no areas | at all' }),
    ]).split('\n')
    expect(rows).toHaveLength(4)
    expect(rows[2]).toMatch(/^\| 6\.1<br>bbbbbbbbbbbb, 2026-08-13 +\| static +\| differs by /)
    expect(rows[3]).toMatch(/^\| 5\.19 +\| - +\| no areas \\\| at all/)
  })

  test('a rule is told once, with all its kernels', () => {
    const rules = [{ name: 'padding', words: 'none' }]
    const table = rulesTable([kernel('6.1', { rules }), kernel('6.6', { rules }), kernel('6.12')])
    expect(table.split('\n')[2]).toMatch(/^\| padding +\| 6\.1; 6\.6 +\| none/)
  })

  test('what they were made of, and changes that are in no commit', () => {
    const source = { commit: 'c'.repeat(40), dirty: true }
    expect(madeWords([kernel('6.1'), kernel('6.6', { source })])).toMatch(
      /commit aaaaaaaaaaaa; cccccccccccc with changes that are in no commit, 2026-01-02, with cc 12; 1,000/,
    )
  })
})
