// What is kept in the repository is text, but for what is packed or fed to the fuzzer: nothing that a compiler made.
// And the C code's comments of form name what they stand above.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { root } from './documents.js'

function keptFiles(): string[] {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  expect(status).toBe(0)
  return stdout.split('\0').filter((file) => file !== '')
}

test('no file that is kept was made by a compiler', () => {
  const kept = keptFiles()
  expect(kept.length).toBeGreaterThan(500)
  const binary = kept.filter(
    (file) =>
      !file.startsWith('native/tests/fuzz/corpus/') &&
      !/\.(?:gz|zst|tar)$/.test(file) &&
      readFileSync(join(root, file)).includes(0),
  )
  expect(binary).toEqual([])
})

/** A comment that begins with two stars, and the file behind it. */
const DOCUMENTED = /\/\*\*\n([\s\S]*?)\*\/\n/g
const HEAD = /^ \* (struct |enum |union |)(\w+)/
/** Where the declaration of a type ends, and that of a function or a macro. */
const END_OF_TYPE = /\n\}|\};/
const END_OF_FUNCTION = /\);|\)[^()]*\{|\) *\\\n/

/** The names that a comment has, and that do not stand in the declaration below it. */
function strangersIn(text: string): { comments: number; strangers: string[] } {
  const strangers: string[] = []
  let comments = 0
  for (const found of text.matchAll(DOCUMENTED)) {
    comments++
    const [whole, comment = ''] = found
    const [, kind = '', name = '(no name)'] = HEAD.exec(comment) ?? []
    const behind = text.slice(found.index + whole.length)
    const declaration = behind.slice(0, behind.search(kind ? END_OF_TYPE : END_OF_FUNCTION))
    const described = [...comment.matchAll(/^ \* ((?:@\w+,? ?)+):/gm)].flatMap(([, all = '']) =>
      all.split(/\W+/).filter((word) => word !== ''),
    )
    for (const word of [name, ...described]) {
      if (!new RegExp(`\\b${word}\\b`).test(declaration)) strangers.push(`${name}: ${word}`)
    }
  }
  return { comments, strangers }
}

test('a comment describes the parameters and fields that are there', () => {
  const planted =
    '/**\n * pair() - two\n * @a: one\n * @b, @gone: other\n */\nint pair(int a, int b);\n'
  expect(strangersIn(planted).strangers).toEqual(['pair: gone'])
  const all = keptFiles()
    .filter((file) => /\.[ch]$/.test(file))
    .map((file) => ({ file, ...strangersIn(readFileSync(join(root, file), 'utf8')) }))
  expect(all.reduce((sum, { comments }) => sum + comments, 0)).toBeGreaterThan(150)
  expect(all.flatMap(({ file, strangers }) => strangers.map((name) => `${file}: ${name}`))).toEqual(
    [],
  )
})
