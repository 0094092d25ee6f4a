// The kernel's own benchmark, edited in a copy of its tree: only where both of its divisors are found.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { countNanoseconds } from '../../lib/patch/benchmark.js'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()
const PATH = 'kernel/dma/map_benchmark.c'
/** No kernel's text, but the places in it that count. */
const text =
  'a = div64_ul(map_delta,  100);\nb = div64_ul(unmap_delta, 100);\nc = div64_ul(c, 100);\n'

function treeWith(name: string, contents: string): string {
  const tree = join(scratch, name)
  mkdirSync(join(tree, dirname(PATH)), { recursive: true })
  writeFileSync(join(tree, PATH), contents)
  return tree
}

test('loses the two divisors, and no other', () => {
  const tree = treeWith('whole', text)
  countNanoseconds(tree)
  expect(readFileSync(join(tree, PATH), 'utf8')).toBe(
    'a = div64_ul(map_delta, 1);\nb = div64_ul(unmap_delta, 1);\nc = div64_ul(c, 100);\n',
  )
})

test('is left alone where it has lost them already', () => {
  const tree = treeWith('edited', text)
  countNanoseconds(tree)
  const { mtimeMs } = statSync(join(tree, PATH))
  countNanoseconds(tree)
  expect(statSync(join(tree, PATH)).mtimeMs).toBe(mtimeMs)
})

test.each([
  ['one of them', text.replace('unmap_delta, 100', 'unmap_delta, 1000')],
  ['none', 'int x;\n'],
  ['one that is there and one that is not', text.replace('unmap_delta, 100', 'unmap_delta, 1')],
])('is refused with %s, and stays as it was', (name, contents) => {
  const tree = treeWith(name, contents)
  expect(() => countNanoseconds(tree)).toThrow(
    `no place in ${PATH} for the two divisors that drop what is below 100 ns`,
  )
  expect(readFileSync(join(tree, PATH), 'utf8')).toBe(contents)
})

test('that is not there is named', () => {
  expect(() => countNanoseconds(join(scratch, 'no tree'))).toThrow(
    `${PATH} cannot be read (ENOENT)`,
  )
})
