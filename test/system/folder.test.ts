// Folders that are made step by step: which were not there, and what cannot be one.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { makeFolder } from '../../lib/system/folder.js'
import { scratchFolder } from '../scratch.js'

const { folder: scratch } = scratchFolder()

test('a folder is made with those around it, and only once', () => {
  const [outer, inner] = [join(scratch, 'outer'), join(scratch, 'outer', 'inner')]
  expect(makeFolder(inner)).toEqual([inner, outer])
  expect(makeFolder(inner)).toEqual([])
  expect(makeFolder('.')).toEqual([])
})

test.each([
  ['in a file', (file: string) => join(file, 'in'), 'ENOTDIR'],
  ['in place of a file', (file: string) => file, 'EEXIST'],
  ['where the system has none', () => '/proc/swiotlb-lab/in', 'ENOENT'],
])('there is none %s', (_, path, code) => {
  const file = join(scratch, 'file')
  writeFileSync(file, '')
  expect(() => makeFolder(path(file))).toThrow(code)
})
