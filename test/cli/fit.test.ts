// Tables and sentences in the columns of a terminal.

import { afterEach, describe, expect, test } from '@jest/globals'
import { fitTo } from '../../lib/report/fit.js'
import { fitted, table, twoColumns, wrap } from '../../lib/report/words.js'

afterEach(() => fitTo(() => undefined))

const at = (columns: number | undefined, make: () => string): string[] => {
  fitTo(() => columns)
  return make().split('\n')
}

const HEAD = ['tracker', 'promise', 'ns per map+unmap,\n2 threads', 'x off', 'locked\nops']
const ROWS = [
  ['off', 'none', '402 [399 - 412]', '1.00', '0'],
  ['global-atomic *', 'exact', '413 [409 - 422]', '1.03 [1.01 - 1.03] ~', '2'],
  ['per-area', 'never under', '394 [391 - 399]', '1.00 [0.99 - 1.02] ^ ~', '0'],
]
const sample = (): string => table(HEAD, ROWS, ['locked\nops'])

/** All cells, as words. */
const words = ROWS.flat().flatMap((cell) => cell.split(' '))

test('a figure and its unit stand in one line', () => {
  const text =
    'it took 2.33 s, 4 ms of 40 % in 3 bytes, 1.04 x off and 64 MiB, as s is no unit here'
  for (let columns = 8; columns < 60; columns++) {
    const lines = at(columns, () => wrap(text))
    expect(lines.join(' ')).toBe(text)
    for (const unit of ['2.33 s', '4 ms', '40 %', '3 bytes', '1.04 x', '64 MiB']) {
      expect([columns, lines.some((line) => line.includes(unit))]).toEqual([columns, true])
    }
  }
  expect(at(8, () => wrap('as s is'))).toEqual(['as s is'])
  expect(at(4, () => wrap('as s is'))).toEqual(['as s', 'is'])
  expect(at(2, () => wrap('as s is'))).toEqual(['as', 's', 'is'])
})

describe('a table', () => {
  test('has one line for each row where nobody says how wide it may be', () => {
    expect(at(undefined, sample)).toEqual([
      'tracker          promise      ns per map+unmap,  x off                   locked',
      '                              2 threads                                     ops',
      'off              none         402 [399 - 412]    1.00                         0',
      'global-atomic *  exact        413 [409 - 422]    1.03 [1.01 - 1.03] ~         2',
      'per-area         never under  394 [391 - 399]    1.00 [0.99 - 1.02] ^ ~       0',
    ])
    expect(at(200, sample)).toEqual(at(undefined, sample))
  })

  test('gives its heads less room first', () => {
    const lines = at(78, sample)
    expect(lines[0]).toMatch(/ns per {2,}x off/)
    expect(lines).toHaveLength(3 + ROWS.length)
  })

  test('comes in parts, each with the first column', () => {
    const lines = at(60, sample)
    expect(lines.filter((line) => line.startsWith('per-area '))).toHaveLength(2)
    expect(lines).toContain('')
  })

  test('becomes blocks where a part would have hardly more than that', () => {
    expect(at(30, sample)).toEqual([
      ...['off', '  promise', '    none'],
      ...['  ns per map+unmap, 2 threads', '    402 [399 - 412]', '  x off', '    1.00'],
      ...['  locked ops', '    0'],
      ...['global-atomic *', '  promise', '    exact'],
      ...['  ns per map+unmap, 2 threads', '    413 [409 - 422]', '  x off'],
      ...['    1.03 [1.01 - 1.03] ~', '  locked ops', '    2'],
      ...['per-area', '  promise', '    never under'],
      ...['  ns per map+unmap, 2 threads', '    394 [391 - 399]', '  x off'],
      ...['    1.00 [0.99 - 1.02] ^ ~', '  locked ops', '    0'],
    ])
  })

  test.each([120, 100, 80, 78, 72, 64, 60, 50, 44, 40, 32])(
    'of %i columns is no wider, and leaves nothing out',
    (columns) => {
      const lines = at(columns, sample)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
      const shown = lines.join(' ').split(/\s+/)
      for (const word of words) expect(shown).toContain(word)
    },
  )

  test('breaks sentences in a column rather than the table', () => {
    const lines = at(50, () =>
      table(
        ['name', 'what it does'],
        [['reserve', 'areas reserve slots ahead; never under, and over by little']],
      ),
    )
    expect(lines).toEqual([
      'name     what it does',
      'reserve  areas reserve slots ahead; never under,',
      '         and over by little',
    ])
  })

  test('says once what all rows share, where it would need a part of its own', () => {
    const rows = ['a', 'b', 'c'].map((name, i) => [name, `${i} of many slots`, '2476 slots'])
    const lines = at(24, () => table(['tracker', 'reported', "kernel's hiwater"], rows))
    expect(lines.slice(-2)).toEqual(["in each row: kernel's", '  hiwater 2476 slots'])
    expect(lines.join(' ')).toContain('2 of many slots')
  })

  test('counts the columns of wide letters, and none for accents', () => {
    expect(
      at(undefined, () =>
        table(
          ['a', 'b'],
          [
            ['漢字', 'x'],
            ['e\u0301', 'y'],
          ],
        ),
      ),
    ).toEqual(['a     b', '漢字  x', 'e\u0301     y'])
  })
})

test('names and what is so: beside each other, broken, and below each other', () => {
  const rows = [
    ['seed', '473'],
    ['scenario', '4 CPUs, 4 operations, 256 slots (512 KiB) in 1 area'],
  ]
  const make = (): string => twoColumns(rows)
  expect(at(undefined, make)[1]).toBe(`scenario  ${rows[1]?.[1]}`)
  expect(at(50, make)).toEqual([
    'seed      473',
    'scenario  4 CPUs, 4 operations, 256 slots',
    '          (512 KiB) in 1 area',
  ])
  expect(at(30, make).slice(0, 4)).toEqual(['seed', '  473', 'scenario', '  4 CPUs, 4 operations,'])
})

test('sentences have at most 100 columns, lines that are no sentences what there is', () => {
  const long = 'one two three four five six seven eight nine ten '.repeat(5).trim()
  const longest = (lines: string[]): number => Math.max(...lines.map((line) => line.length))
  expect(longest(at(200, () => wrap(long)))).toBeLessThanOrEqual(100)
  expect(longest(at(40, () => wrap(long, '  ')))).toBeLessThanOrEqual(40)
  expect(at(undefined, () => fitted(long))).toEqual([long])
  expect(longest(at(60, () => fitted(long)))).toBeLessThanOrEqual(60)
})
