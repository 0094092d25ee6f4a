// Tracker files of a user's own: what they can do wrong ends in a line, never in a lost table.

import { join } from 'node:path'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { type ComparisonWithFiles, presets, withTrackerFiles } from '../../lib/index.js'
import { cli } from '../cli/process.js'
import {
  CRASH,
  EXAMPLE,
  example,
  FIVE,
  folder,
  folderOf,
  HANG,
  LATER,
  leavesNothing,
  onMap,
  removeFolder,
  variant,
  withMap,
  write,
} from './files.js'

// Each file is compiled twice, which takes some seconds on a machine that has else to do.
jest.setTimeout(300_000)

afterAll(removeFolder)

function compareFiles(
  files: readonly string[],
  { timing = false, copy = false, compareLimit = 60, trialLimit = 20 } = {},
): Promise<ComparisonWithFiles> {
  const limits = { trial: trialLimit, compare: compareLimit }
  const options = { trackers: ['off', 'global-atomic'], timing, limits } as const
  return withTrackerFiles(files, options, (compareWithFiles) =>
    compareWithFiles(
      {
        name: 'small',
        pool: { slots: 4096, areas: 4 },
        cpus: 4,
        workload: { sizes: [{ from: '2KiB', to: '16KiB', step: '2KiB' }], inFlight: 8 },
        steps: 20_000,
        copy,
        timing: { rounds: 3, sliceMs: 0.5, latencyRounds: 0 },
      },
      options,
    ),
  )
}

test('a copy of a tracker of the lab predicts what that predicts', async () => {
  const file = join(__dirname, '../../native/trackers/epochs.h')
  const options = { engine: 'virtual', trackers: ['off', 'epochs'] } as const
  const { rows } = await withTrackerFiles([file], options, (compareWithFiles) =>
    // Areas that share lines, of which others take what a look at the clock needs.
    compareWithFiles({ ...presets.uniform, copy: false, steps: 20_000 }, options),
  )
  const [, ours, copy] = rows
  expect(copy).toEqual({ ...ours, tracker: 'epochs.h', file })
})

const rowNames = ({ rows }: ComparisonWithFiles): string[] => rows.map((row) => row.tracker)
const faultsOf = ({ own }: ComparisonWithFiles): string[] =>
  own.map(({ tracker, faults }) => `${tracker}: ${faults.join('; ')}`)

describe('as a new user would', () => {
  const args = ['compare', 'uniform', '--no-timing', '--steps', '20000', '--trackers', 'off']

  test('the example has its row, and no fault', async () => {
    const { code, stdout, stderr } = await cli([...args, '--tracker', EXAMPLE, '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { rows, own } = JSON.parse(stdout) as ComparisonWithFiles
    expect(rows.map(({ tracker, promise, file }) => ({ tracker, promise, file }))).toEqual([
      { tracker: 'off', promise: 'none' },
      { tracker: 'sum-on-map.h', promise: 'none', file: EXAMPLE },
    ])
    // One after another, the sum is what is in use.
    expect(rows[1]?.accuracy).toMatchObject({ errorSlots: 0, verdict: 'exact' })
    expect(own).toMatchObject([
      { tracker: 'sum-on-map.h', compared: true, faults: [], found: null },
    ])
  })

  test('a promise that only an unlucky order breaks is broken', async () => {
    const bounds = '.under = TRACKER_UNBOUNDED,\n\t\t\t\t\t.over = TRACKER_UNBOUNDED,'
    const file = variant('bold.h', bounds, '0, 0,')
    const { code, stdout } = await cli([...args, '--tracker', file])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^bold\.h ! +exact +\S/m)
    expect(stdout).toMatch(/^! broke its promise, in this run or in a check before it$/m)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /bold\.h: broke its promise \(exact\) in a schedule of \d+ operations on \d CPUs/,
    )
  })

  test('a mistake is answered with its line, and the other rows are there', async () => {
    const file = variant('typo.h', 'used > READ_ONCE', 'usd > READ_ONCE')
    const line = example.split('\n').findIndex((text) => text.includes('used > READ_ONCE')) + 1
    const { code, stdout, stderr } = await cli([...args, '--tracker', file])
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(stdout).toMatch(/^off +none/m)
    expect(stdout).toMatch(/^typo\.h +failed/m)
    expect(stdout).toContain(`typo.h: does not compile, line ${line}: 'usd' undeclared`)
  })

  test.each([
    ['a file that is not there', ['./nowhere.h'], ['./nowhere.h', 'ENOENT', 'expected']],
    ['a folder', [folderOf('folder.h')], ['folder.h', 'not a file']],
    ['a name of the list', ['per-area'], ['expected a tracker file', '--trackers']],
    ['one name for two', [EXAMPLE, write('sum-on-map.h', example)], ['both', 'sum-on-map.h']],
  ])('%s is refused', async (_, files, words) => {
    const { code, stdout, stderr } = await cli([...args, ...files.flatMap((f) => ['--tracker', f])])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^swiotlb-lab: [^\n]+\n$/)
    for (const word of words) expect(stderr).toContain(word)
  })
})

test('without a compiler, it says what it looked for', async () => {
  const before = process.env['CC']
  process.env['CC'] = join(folder, 'no-such-compiler')
  try {
    await expect(compareFiles([EXAMPLE])).rejects.toThrow(
      /a tracker file needs a C compiler: looked for .*no-such-compiler/,
    )
  } finally {
    if (before === undefined) delete process.env['CC']
    else process.env['CC'] = before
  }
})

describe('what a file can do wrong', () => {
  leavesNothing()

  test('in the trial', async () => {
    const result = await compareFiles(
      [
        write('empty.h', ''),
        variant('bare.h', '#define tracker_add tracker_add\n', ''),
        variant('wide.h', 'unsigned long hiwater;', '_Alignas(64) unsigned long hiwater;'),
        onMap('absent.h', FIVE, '{ void not_here(void); not_here(); }'),
        write('assert.h', `#include <assert.h>\n${withMap(FIVE, 'assert(!"small");')}`),
        onMap('hang.h', FIVE, HANG),
        onMap('leave.h', FIVE, '__builtin__exit(3);'),
        onMap('damage.h', FIVE, 'area_at(&mem->defpool, mem->layout, 0)->used++;'),
      ],
      { trialLimit: 5 },
    )
    expect(rowNames(result)).toEqual(['off', 'global-atomic'])
    expect(faultsOf(result)).toEqual([
      'empty.h: lacks struct tracker_area; expected it before #include "swiotlb/types.h", empty if need be; not compared',
      expect.stringMatching(
        /^bare\.h: line \d+: tracker_add is not announced; expected .*not compared$/,
      ),
      expect.stringMatching(
        /^wide\.h: struct tracker_mem asks for an alignment above 8; .*not compared$/,
      ),
      expect.stringMatching(
        /^absent\.h: line \d+: not_here\(\) is not among a tracker's words: .*; not compared$/,
      ),
      expect.stringMatching(
        /^assert\.h: crashed \(SIGABRT: .*Assertion .*small.* failed\.\) in the short/,
      ),
      expect.stringMatching(
        /^hang\.h: did not return within \d+ s in the short serial run; not compared$/,
      ),
      'leave.h: ended the process (exit code 3) in the short serial run; not compared',
      expect.stringMatching(
        /^damage\.h: breaks the allocator in the short serial run: .*; not compared$/,
      ),
    ])
  })

  test('in the timing, among others: the comparison goes on without it', async () => {
    const later = onMap('late-time.h', `${LATER} && mem->defpool.vaddr`, CRASH)
    const result = await compareFiles([later, EXAMPLE], { timing: true, copy: true })
    expect(rowNames(result)).toEqual(['off', 'global-atomic', 'sum-on-map.h'])
    expect(result.rows[2]?.throughput?.nsPerPair.median).toBeGreaterThan(0)
    expect(faultsOf(result)).toEqual([
      'late-time.h: crashed (SIGSEGV) in timing with copies; not compared',
      'sum-on-map.h: ',
    ])
  })

  test('an abort ends what hangs', async () => {
    const hang = onMap('hang.h', FIVE, HANG)
    const abort = new AbortController()
    const reason = new Error('enough')
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase.includes('serial')) setTimeout(() => abort.abort(reason), 200)
    }
    const never = withTrackerFiles([hang], { signal: abort.signal, onProgress }, async () => {
      throw new Error('the trial ended')
    })
    await expect(never).rejects.toBe(reason)
  })

  test('in the accuracy run', async () => {
    const hang = onMap('late-hang.h', LATER, HANG)
    const result = await compareFiles([hang], { compareLimit: 5 })
    expect(rowNames(result)).toEqual(['off', 'global-atomic'])
    expect(faultsOf(result)).toEqual([
      expect.stringMatching(
        /^late-hang\.h: did not return within \d+ s in the accuracy run; not compared$/,
      ),
    ])
  })
})
