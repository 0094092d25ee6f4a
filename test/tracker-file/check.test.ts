// `check` on a tracker file of a user's own: what it can do wrong is a line and an exit code.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { checkTrackerFile, type TrackerFileCheck } from '../../lib/index.js'
import { cli } from '../cli/process.js'
import {
  CRASH,
  EXAMPLE,
  example,
  folder,
  folderOf,
  HANG,
  leavesNothing,
  onMap,
  removeFolder,
  variant,
  write,
} from './files.js'

jest.setTimeout(300_000)

const BOUNDS = '.under = TRACKER_UNBOUNDED,\n\t\t\t\t\t.over = TRACKER_UNBOUNDED,'
/** Sizes of the small scenarios, that not every one has. */
const LARGE = 'nslots == 96'

leavesNothing()
afterAll(removeFolder)

describe('as a new user would', () => {
  test('a file that promises nothing breaks nothing', async () => {
    const { code, stdout, stderr } = await cli(['check', EXAMPLE, '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const own = JSON.parse(stdout) as TrackerFileCheck
    expect(own).toMatchObject({ tracker: 'sum-on-map.h', file: EXAMPLE, fault: null })
    expect(own.compiler).toMatch(/\d/)
    expect(own.result).toMatchObject({ found: null, schedules: 10_000 })
  })

  test.each([
    ['.under = 0, .over = 0,', 'exact'],
    ['.under = TRACKER_UNBOUNDED, .over = 0,', 'never over'],
    ['.under = 0, .over = mem->defpool.nareas,', 'never under'],
    ['.under = mem->defpool.nareas - 1, .over = TRACKER_UNBOUNDED,', 'bounded under'],
    [BOUNDS, 'none'],
  ])('it says which promise: %s is %s', async (bounds, promise) => {
    const { result } = await checkTrackerFile(variant('which.h', BOUNDS, bounds), { seeds: 1 })
    expect(result?.promise).toBe(promise)
  })

  test('a promise that an unlucky order breaks: the log shows it again', async () => {
    const file = variant('bold.h', BOUNDS, '.under = 0, .over = 0,')
    const log = join(folder, 'bold.log')
    const { code, stdout } = await cli(['check', file, '--out', log])
    expect(code).toBe(1)
    expect(stdout).toContain('The promise is broken.')
    expect(stdout).toContain(`check ${file} --replay ${log}`)
    expect(readFileSync(log, 'utf8')).toContain('tracker=bold.h')

    const again = await cli(['check', file, '--replay', log])
    expect(again.code).toBe(1)
    expect(again.stdout).toContain('bold.h: the mark is under the peak')
    const asJson = await cli(['check', file, '--replay', log, '--json'])
    expect(JSON.parse(asJson.stdout).result.findings).toContain('under')

    // Only the file itself can be run once more; another tracker need not show it.
    const alone = await cli(['check', '--replay', log])
    expect(alone).toMatchObject({ code: 2, stdout: '' })
    expect(alone.stderr).toContain('expected the file to be named, as ./bold.h')
    const other = await cli(['check', 'global-atomic', '--replay', log])
    expect(other.code).toBe(0)
  })

  test('a counter that is too narrow for a large pool', async () => {
    // So far the sum of this file may be from the truth, in any of the small scenarios.
    const bounded = example
      .replace('TRACKER_UNTIL_TRANSIENT', 'TRACKER_UNTIL_RESET | TRACKER_UNTIL_TRANSIENT')
      .replace(BOUNDS, '.under = 1024, .over = 1024,')
    expect(bounded).toContain('.under = 1024')
    const kept = await checkTrackerFile(write('wide.h', bounded))
    expect(kept.result?.found).toBeNull()
    // What 16 bits hold is passed, in use as in the pool.
    expect(kept.result?.largest).toMatchObject({ cpus: 4, slots: 131072 })
    expect(kept.result?.largest?.usedSlots).toBeGreaterThan(65536)
    for (const [type, finding, most] of [
      ['unsigned short', 'under', 65536],
      ['short', 'over', 32768],
    ] as const) {
      const text = bounded.replace('unsigned long hiwater;', `${type} hiwater;`)
      const { result } = await checkTrackerFile(write('narrow.h', text))
      expect([type, result?.found?.findings]).toEqual([type, expect.arrayContaining([finding])])
      expect(result?.found?.truthSlots).toBeGreaterThanOrEqual(most)
      // What overflows is told as it is there.
      const stored = result?.found?.steps
        .filter(({ word, does }) => word === 't->hiwater' && does === 'write')
        .map(({ after }) => after)
      expect(Math.min(...(stored ?? []).map(Number)) < 0).toBe(type === 'short')
      for (const value of stored ?? []) expect(value).toBeLessThan(most)
    }
  })

  test('what a comparison’s short serial run shows is told here, too, by the same words', async () => {
    const file = onMap('thousands.h', '++t->maps % 3000 == 0', 'used = 0;')
    const text = readFileSync(file, 'utf8')
      .replace('unsigned long hiwater;', 'unsigned long hiwater, maps;')
      .replace(
        /\.under = TRACKER_UNBOUNDED,\s+\.over = TRACKER_UNBOUNDED,/,
        '.under = 0, .over = 0,',
      )
    write('thousands.h', text.replace('used = 0;', 'WRITE_ONCE(t->hiwater, 2000);'))
    const { code, stdout } = await cli(['check', file, '--seeds', '4'])
    const words = stdout.replace(/\s+/g, ' ')
    const told =
      /broke its promise \(exact\) in the short serial run: it reported 2000 slots where the peak was \d+ slots/
    expect(words).toMatch(told)
    expect(words).toContain('No schedule showed it in 4 schedules')
    expect(words).not.toContain('kept its promise')
    expect(code).toBe(1)
    const own = JSON.parse((await cli(['check', file, '--seeds', '4', '--json'])).stdout)
    expect(own).toMatchObject({ result: { found: null }, broken: [expect.stringMatching(told)] })
    const { stdout: compared } = await cli([
      'run',
      'uniform',
      '--tracker',
      file,
      '--steps',
      '2000',
      '--no-timing',
    ])
    expect(compared.replace(/\s+/g, ' ')).toContain((own as TrackerFileCheck).broken[0])
  })

  test.each([
    [
      'a mistake',
      ['used > READ_ONCE', 'usd > READ_ONCE'],
      /^typo\.h: does not compile, line 20: 'usd'/,
    ],
    ['a verb too few', ['tracker_bounds(', 'tracker_bonds('], /^typo\.h: lacks tracker_bounds\(\)/],
  ] as const)('%s is answered in one line', async (_, [from, to], words) => {
    const file = variant('typo.h', from, to)
    const { code, stdout, stderr } = await cli(['check', file])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(words)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/; not checked $/)
  })

  test.each([
    ['a file that is not there', './nowhere.h', ['./nowhere.h', 'ENOENT', 'expected']],
    ['a folder', folderOf('folder.h'), ['folder.h', 'not a file']],
    ['a file of another kind', write('mine.c', example), ['mine.c', 'expected a tracker file']],
    ['a name that is nobody’s', 'per-aera', ['Did you mean per-area?']],
  ])('%s is refused', async (_, name, words) => {
    const { code, stdout, stderr } = await cli(['check', name])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^swiotlb-lab: [^\n]+\n$/)
    for (const word of words) expect(stderr).toContain(word)
  })
})

test('the verbs are as the documentation has them', async () => {
  const text = readFileSync(join(__dirname, '../../docs/own-tracker.md'), 'utf8')
  const [, block = ''] = /### All verbs[\s\S]*?```c\n([\s\S]*?)```/.exec(text) ?? []
  const declared = block
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split(';')
    .map((words) => words.trim().replace(/\s+/g, ' '))
    .filter((words) => words !== '')
  const names = declared.map((words) => /(tracker_\w+)\(/.exec(words)?.[1] ?? words)
  const called = readFileSync(join(__dirname, '../../native/tracker-file/watched.c'), 'utf8')
  const verbs = new Set(
    [...called.matchAll(/\b(tracker_\w+)\((?!struct)/g)].map(([, name]) => name),
  )
  expect(names.toSorted()).toEqual([...verbs].toSorted())
  // Another signature than the lab's own is a conflict, whichever comes first.
  const declarations = declared.map((words) => `static ${words};\n`).join('')
  const { fault } = await checkTrackerFile(write('verbs.h', example + declarations), { seeds: 1 })
  expect(fault).toBeNull()
  const wrong = declarations.replace('unsigned int nslots, unsigned long used', 'int nslots')
  expect(wrong).not.toBe(declarations)
  const { fault: conflict } = await checkTrackerFile(write('wrong.h', example + wrong), {
    seeds: 1,
  })
  expect(conflict).toMatch(/conflicting types for 'tracker_(?:add|sub)_locked'|too many arguments/)
})

describe('what ends the process', () => {
  const faultOf = async (file: string, limit = 20): Promise<string | null> =>
    (await checkTrackerFile(file, { seeds: 2000, limit })).fault

  test('a crash', async () => {
    expect(await faultOf(onMap('crash.h', LARGE, CRASH))).toMatch(
      /^crashed \(SIGSEGV\) in a schedule from seed \d+ on$/,
    )
  })

  test('a loop without end', async () => {
    expect(await faultOf(onMap('hang.h', LARGE, HANG), 3)).toMatch(
      /^did not return within 3 s in a schedule from seed \d+ on$/,
    )
  })

  test('what is not there', async () => {
    const absent = onMap('absent.h', LARGE, '{ void not_here(void); not_here(); }')
    expect(await faultOf(absent)).toMatch(
      /^line \d+: not_here\(\) is not among a tracker's words: /,
    )
    const hook = onMap('hook.h', LARGE, '{ void __tsan_absent(void); __tsan_absent(); }')
    expect(await faultOf(hook)).toBe('cannot be loaded: undefined symbol: __tsan_absent')
  })

  test('a wait that never ends is found as such, with a log', async () => {
    const spin = 'while (READ_ONCE(t->hiwater) < 1000000)\n\t\t\t;'
    const { fault, result } = await checkTrackerFile(onMap('spin.h', LARGE, spin))
    expect(fault).toBeNull()
    expect(result?.found).toMatchObject({ findings: ['endless'], promiseBroken: true })
  })

  test('an abort', async () => {
    const abort = new AbortController()
    const reason = new Error('enough')
    const onProgress = (): void => abort.abort(reason)
    const never = checkTrackerFile(EXAMPLE, { seeds: 1e8, signal: abort.signal, onProgress })
    await expect(never).rejects.toBe(reason)
  })
})

test('no compiler: it says what it looked for', async () => {
  const compiler = join(folder, 'no-such-compiler')
  expect(existsSync(compiler)).toBe(false)
  const { code, stdout, stderr } = await cli(['check', EXAMPLE], { env: { CC: compiler } })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/needs a C compiler: looked for \S*no-such-compiler in PATH/)
})
