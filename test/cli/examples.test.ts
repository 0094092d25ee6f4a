// Every example that a help shows does what it says, as it stands: in a shell, in any folder.

import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import { scratchFolder } from '../scratch.js'
import { commandNames, MAIN } from './process.js'

jest.setTimeout(300_000)

const { folder: home } = scratchFolder()
const KERNEL = '/usr/src/linux-source-6.12.tar.xz'

/** In a shell, with a folder of its own as home. */
function shell(script: string) {
  const { COLUMNS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', script], {
    cwd: home,
    env: { ...env, HOME: home },
    encoding: 'utf8',
  })
  return { code: status, stdout, stderr }
}

const help = (...args: string[]): string => shell(`node ${MAIN} ${args.join(' ')} --help`).stdout

const names = commandNames(help())

/** The lines under each comment. */
function examplesIn(text: string): string[] {
  const [, list = ''] = text.split(/^Examples?:$/m)
  const lines = list.split('\n').map((line) => line.trim())
  return lines
    .join('\n')
    .split(/^#.*\n(?!#)/m)
    .map((some) => some.replace(/^#.*$/gm, '').trim())
    .filter(Boolean)
}

const examples = names.flatMap((name) =>
  examplesIn(help(name)).map((lines, i) => [`${name}, ${i + 1}`, name, lines] as const),
)

test('every command has one, of itself', () => {
  expect(names.length).toBeGreaterThan(15)
  const without = names.filter((name) => !examples.some(([, owner]) => owner === name))
  expect(without).toEqual([])
  for (const [, name, lines] of examples) {
    expect(lines).toMatch(new RegExp(`node \\S*dist/cli/main\\.js ${name}\\b`))
  }
})

/** What an example needs that not every machine has, and what it then says, with 2. */
const needs: Readonly<Record<string, readonly [path: string, words: string]>> = {
  patch: [KERNEL, KERNEL],
  verify: [KERNEL, KERNEL],
  watch: ['/sys/kernel/debug/swiotlb', '/sys/kernel/debug'],
}

/** They take minutes, and gigabytes. */
const long = ['boot', 'instructions']

describe('it runs', () => {
  test.each(examples.filter(([, name]) => !long.includes(name)))('%s', (_, name, lines) => {
    const [needed, words] = needs[name] ?? []
    const { code, stderr } = shell(lines)
    if (needed === undefined || existsSync(needed)) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    } else {
      expect(code).toBe(2)
      expect(stderr).toContain(words)
    }
    for (const [, file = ''] of lines.matchAll(/(?:> |--out )(\S+)/g)) {
      expect(statSync(join(home, file)).size).toBeGreaterThan(0)
    }
  })

  test.each(examples.filter(([, name]) => long.includes(name)))(
    '%s: here with a kernel that is not there, which alone is refused',
    (_, _name, lines) => {
      expect(lines).toContain(KERNEL)
      const { code, stderr } = shell(lines.replace(KERNEL, './no-such-kernel'))
      expect(code).toBe(2)
      expect(stderr).toMatch(/^swiotlb-lab: .*no-such-kernel.*\n$/)
    },
  )
})
