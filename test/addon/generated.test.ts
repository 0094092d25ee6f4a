// What is made from native/trackers/list.h: the types, the addon's table, the checks of both.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { trackers } from '../../lib/index.js'
import { addon } from '../../lib/native/addon.js'

const root = join(__dirname, '../..')
const LIST = 'native/trackers/list.h'
const TYPES = 'lib/data/trackers.generated.ts'

/** Runs sources.cjs in a copy of the few files that it reads, with one of them changed. */
function inCopy(
  args: readonly string[],
  change: { readonly file: string; readonly edit: (text: string) => string },
): { status: number | null; stderr: string; types: string } {
  const folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-'))
  try {
    for (const file of ['native/sources.cjs', LIST, TYPES]) {
      cpSync(join(root, file), join(folder, file))
    }
    const changed = join(folder, change.file)
    writeFileSync(changed, change.edit(readFileSync(changed, 'utf8')))
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(folder, 'native/sources.cjs'), ...args],
      { encoding: 'utf8' },
    )
    return { status, stderr, types: readFileSync(join(folder, TYPES), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const added = (text: string): string =>
  `${text}\nTRACKER(extra, "extra", "none", "says \\"no\\"")\n`

describe('the list of trackers', () => {
  test('types and addon agree with it, in its order', () => {
    const names = [
      ...readFileSync(join(root, LIST), 'utf8').matchAll(
        /^TRACKER(?:_BY_NAME)?\((\w+), "([^"]+)"/gm,
      ),
    ]
    expect(trackers.map((tracker) => tracker.name)).toEqual(names.map(([, , name]) => name))
    expect(addon().trackers().slice(0, trackers.length)).toEqual(trackers.map(({ name }) => name))
    for (const [, id] of names) {
      expect(existsSync(join(root, `native/trackers/${id}.h`))).toBe(true)
    }
  })

  test('each has a promise that is known and says what it does', () => {
    for (const tracker of trackers) {
      expect(['exact', 'bounded', 'never under', 'never over', 'none']).toContain(tracker.promise)
      expect(tracker.description.length).toBeGreaterThan(10)
    }
  })

  test('the check passes as it is, and fails when the types are stale', () => {
    const same = (text: string): string => text
    expect(inCopy(['--check'], { file: LIST, edit: same })).toMatchObject({ status: 0, stderr: '' })
    const stale = inCopy(['--check'], { file: LIST, edit: added })
    expect(stale.status).toBe(1)
    expect(stale.stderr).toContain('lib/data/trackers.generated.ts is stale')
  })

  test('a new line in the list is a new entry in the types', () => {
    const { status, types } = inCopy(['--types'], { file: LIST, edit: added })
    expect(status).toBe(0)
    expect(types).toContain("name: 'extra'")
    expect(types).toContain(`description: 'says "no"'`)
  })

  test.each([
    ['no entry', (text: string) => `${text}\nint x;\n`, /list\.h:\d+: expected TRACKER\(/],
    ['the same name twice', (text: string) => added(added(text)), /"extra"\) is there twice/],
    ['nothing at all', () => '/* empty */\n', /names no tracker/],
  ])('refuses a list with %s', (_, edit, message) => {
    const { status, stderr } = inCopy(['--types'], { file: LIST, edit })
    expect(status).toBe(1)
    expect(stderr).toMatch(message)
  })
})
