// The words that the page on trackers of one's own lists: they are those that there are, and a file that
// says each of them is a tracker. `npm run test:patch` compiles the same file in a kernel.

import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { cli } from '../cli/process.js'
import { leavesNothing, plantedFile, plantedText, removeFolder } from './files.js'

jest.setTimeout(300_000)
leavesNothing()
afterAll(removeFolder)

const page = readFileSync('docs/own-tracker.md', 'utf8')
const section = /^### The words\n([\s\S]*?)^### /m.exec(page)?.[1] ?? ''
const listed = section
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word))

/** What kernel.h has besides: for the allocator, and to make the words of. */
const OTHERS: readonly string[] = [
  ...['KERNEL_H', 'PAGE_SHIFT', 'PAGE_SIZE', 'phys_addr_t', 'phys_to_virt', 'bounce_copy'],
  ...['instrument_section', 'full_fetch_add', 'full_try_cmpxchg', 'clang_barrier'],
  ...['__static_call_target', '__no_sanitize_or_inline', '__timed_inline'],
]

/** What a header defines, by a macro, a type or a function. */
function definedIn(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  const forms = [
    /^#define (\w+)/gm,
    /^typedef \w+ (\w+);/gm,
    /^} (\w+);/gm,
    /^static [^;{(]*?(\w+)\(/gm,
  ]
  return [
    ...new Set(forms.flatMap((form) => [...text.matchAll(form)].map(([, word = '']) => word))),
  ]
}

describe("a tracker's words", () => {
  test('are all that the header has for trackers', () => {
    const words = definedIn('native/kernel.h')
    expect(words).toEqual(expect.arrayContaining(['READ_ONCE', 'spin_lock', 'u64', 'spinlock_t']))
    expect(words.filter((word) => ![...listed, ...OTHERS].includes(word))).toEqual([])
    expect(OTHERS.filter((word) => !words.includes(word))).toEqual([])
  })

  test('are each said by a file of their own', () => {
    const code = plantedText('every-word.h').replace(/\/\*[\s\S]*?\*\//g, '')
    expect(listed.length).toBeGreaterThan(50)
    expect(listed.filter((word) => !new RegExp(`(?<![\\w>-])${word}\\b`).test(code))).toEqual([])
  })

  test('which is a tracker that keeps its promise', async () => {
    const { code, stdout } = await cli(['check', plantedFile('every-word.h'), '--seeds', '300'])
    expect(stdout).toContain('every-word.h kept its promise (exact)')
    expect(code).toBe(0)
  })
})
