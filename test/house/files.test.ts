// What is kept in the repository is text, but for what is packed or fed to the fuzzer: nothing that a compiler made.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { root } from './documents.js'

test('no file that is kept was made by a compiler', () => {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  expect(status).toBe(0)
  const kept = stdout.split('\0').filter((file) => file !== '')
  expect(kept.length).toBeGreaterThan(500)
  const binary = kept.filter(
    (file) =>
      !file.startsWith('native/tests/fuzz/corpus/') &&
      !/\.(?:gz|zst|tar)$/.test(file) &&
      readFileSync(join(root, file)).includes(0),
  )
  expect(binary).toEqual([])
})
