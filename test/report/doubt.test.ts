// Where off was not itself no ratio is told as a cost, whoever tells it; where it was, each is.

import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, jest, test } from '@jest/globals'
import { timingWarnings } from '../../lib/compare/warnings.js'
import { type Comparison, compare, comparisonText, offWasItself, presets } from '../../lib/index.js'
import { withFrontier } from '../../lib/measure/frontier.js'
import type { Sweep } from '../../lib/report/parts/steps.js'
import { runText } from '../../lib/report/text/run.js'
import { sweepText } from '../../lib/report/text/sweep.js'
import type { OffFrontier, RunResult, Throughput, Timing } from '../../lib/results/comparison.js'
import type { Ratio } from '../../lib/results/figures.js'
import { schemaOf } from '../../lib/results/schema.js'
import { scratchFolder } from '../scratch.js'
import { reportOf } from './pages.js'

jest.setTimeout(60_000)

const scratch = scratchFolder()
const ROUNDS = 25

const band = (low: number, high: number): Ratio => ({ ratio: (low + high) / 2, low, high })
const QUIET = band(0.99, 1.01)
const OTHER = band(0.94, 0.96)

let predicted: Comparison

beforeAll(async () => {
  predicted = await compare(
    { ...presets['uniform'], steps: 2000, cpus: 2 },
    { engine: 'virtual', trackers: ['off', 'global-atomic', 'per-area'] },
  )
})

const costOf = (ratio: number): Throughput => ({
  ...(predicted.rows[0]?.throughput as Throughput),
  vsOff: band(0.99 * ratio, 1.01 * ratio),
  roundsVsOff: Array.from({ length: ROUNDS }, (_, i) => ratio * (0.99 + 0.001 * (i % 21))),
})

const timingOf = (copy: boolean, noise: Ratio): Timing => ({
  ...{ threads: 2, cpuIds: [0, 1], rounds: ROUNDS, sliceMs: 3, copy, noise, largerAreas: [] },
  ...{ line: null, stolen: 0, dropped: 0, timerNs: 9, pinned: true, realtime: true },
  oversubscribed: false,
})

/** As if it had been measured, with these controls. */
function measured(noise: Ratio, noiseNoCopy: Ratio): Comparison {
  const costs: Readonly<Record<string, number>> = {
    off: 1,
    'global-atomic': 1.95,
    'per-area': 0.65,
  }
  const rows = predicted.rows.map(({ virtual, ...row }) => ({
    ...row,
    throughput: costOf(costs[row.tracker] ?? 1),
    throughputNoCopy: costOf(costs[row.tracker] ?? 1),
  }))
  const { machine, ...rest } = predicted
  return {
    ...rest,
    rows: withFrontier(rows, noise, noiseNoCopy),
    timing: timingOf(true, noise),
    timingNoCopy: timingOf(false, noiseNoCopy),
    host: {
      ...{ cpuModel: 'A', cpus: 2, kernel: '6.1', node: 'v20', compiler: 'gcc 12', clock: 'tsc' },
      date: '2026-11-01',
    },
  }
}

/** As a result could be that was kept before it was asked whether `off` was itself. */
const starred = (comparison: Comparison): Comparison => ({
  ...comparison,
  rows: comparison.rows.map((row) => ({ ...row, frontier: true, offFrontier: null })),
})

/** A comparison's second tracker alone, as `run` has it. */
function runOf({ rows, ...rest }: Comparison): RunResult {
  const row = rows[1]
  if (!row) throw new Error('no row')
  return { ...rest, ...row }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ')

test.each([
  [band(0.94, 0.96), false],
  [band(1.01, 1.03), false],
  [band(0.98, 1.02), true],
  // What is printed as 1.00 is 1 to whoever reads it.
  [band(1.001, 1.004), true],
  [band(1.006, 1.02), false],
  // A prediction has no interval.
  [band(1.03, 1.03), true],
  [{ ratio: 1, low: -Infinity, high: Infinity }, null],
  [null, null],
])('%j: off was itself: %j', (noise, itself) => {
  expect(offWasItself(noise)).toBe(itself)
})

describe('a table and its sentences', () => {
  const COSTS = 'global-atomic 1.95 times off'

  test('each column by its own control', () => {
    const text = oneLine(comparisonText(measured(OTHER, QUIET)))
    expect(text).toContain(
      'Off was not itself in a map+unmap with copies: off against off 0.95 [0.94 - 0.96], ' +
        'and not 1. So what trackers cost cannot be told from this timing; run it again on an idle machine.',
    )
    expect(text).not.toContain(`with copies costs`)
    expect(text).toContain(`A map+unmap without copies costs: ${COSTS}`)
    expect(text).toContain('1.95 [1.93 - 1.97] ?')
    expect(text).toMatch(/\? off was not itself: /)
    // The frontier is of the timing without copies.
    expect(text).toContain('* on the frontier')
  })

  test('the one that the frontier is of: no stars, old results included', () => {
    const comparison = measured(QUIET, OTHER)
    expect(comparison.rows.map(({ offFrontier }) => offFrontier)).toEqual([
      { why: 'unmarked' },
      { why: 'noise' },
      { why: 'noise' },
    ])
    for (const one of [comparison, starred(comparison)]) {
      const text = oneLine(comparisonText(one))
      expect(text).not.toMatch(/global-atomic \*|on the frontier/)
      expect(text).toContain(`A map+unmap with copies costs: ${COSTS}`)
      expect(text).toContain('Off was not itself in a map+unmap without copies:')
    }
  })

  test('a quiet run says nothing of it', () => {
    const text = oneLine(comparisonText(measured(QUIET, QUIET)))
    expect(text).not.toMatch(/not itself| \?/)
    expect(text).toContain(COSTS)
  })

  test('a run of one tracker', () => {
    const run = (comparison: Comparison): string => oneLine(runText(runOf(comparison)))
    const doubtful = run(measured(OTHER, OTHER))
    expect(doubtful.match(/1\.95 \[1\.93 - 1\.97\], no cost: off was not itself/g)).toHaveLength(2)
    expect(doubtful).not.toContain('costs:')
    expect(run(measured(QUIET, QUIET))).not.toContain('not itself')
  })

  test('a series, step by step', () => {
    const steps = [measured(QUIET, QUIET), measured(OTHER, OTHER)].map((comparison, i) => ({
      ...{ value: 8 << i, comparison },
    }))
    const lines = sweepText({ parameter: 'areas', steps, frontier: [] }).split('\n')
    const costs = lines.filter((line) => /1\.95/.test(line))
    expect(costs.map((line) => / \?/.test(line))).toEqual([false, true, false, true])
    expect(oneLine(lines.join(' '))).toContain('16 areas: not known')
  })

  test('a series that was kept before it was asked: no stars, and no moves from them or to them', () => {
    const because: OffFrontier = { why: 'cheaper', tracker: 'per-area', vsOff: [1.95, 0.65] }
    const all = measured(QUIET, QUIET)
    const quiet: Comparison = {
      ...all,
      rows: all.rows.map((row) =>
        row.tracker === 'global-atomic' ? { ...row, frontier: false, offFrontier: because } : row,
      ),
    }
    const steps = [quiet, starred(measured(OTHER, OTHER)), quiet].map((comparison, i) => ({
      ...{ value: 8 << i, comparison },
    }))
    const kept: Sweep['frontier'] = [
      { tracker: 'global-atomic', value: 16, what: 'joins', because },
      { tracker: 'global-atomic', value: 32, what: 'leaves', because },
    ]
    const text = oneLine(sweepText({ parameter: 'areas', steps, frontier: kept }))
    expect(text).toContain('16 areas: not known, since the noise is not, or off was not itself')
    expect(text).toContain('global-atomic: never on it; at 32 areas per-area promises as much')
    expect(text).not.toMatch(/joins it|leaves it/)
  })
})

test('warnings, which JSON has too', () => {
  const warned = (noise: Ratio, noiseNoCopy: Ratio): string[] => {
    const { rows, scenario, timing, timingNoCopy } = measured(noise, noiseNoCopy)
    return timingWarnings(scenario, timing, timingNoCopy, rows)
  }
  expect(warned(QUIET, QUIET)).toEqual([])
  const itself =
    'off was not itself: off against off is 0.94 to 0.96, so that no ratio to it is a cost; run again on an idle machine'
  expect(warned(OTHER, QUIET)).toEqual([itself])
  expect(warned(QUIET, OTHER)).toEqual([
    `without copies: ${itself}`,
    'no tracker is marked as on the frontier: off was not itself, so no two costs can be compared',
  ])
})

describe('a page', () => {
  async function pageOf(name: string, comparison: Comparison, base?: Comparison): Promise<string> {
    const file = (one: Comparison, which: string): string =>
      scratch.file(
        `${name}-${which}.json`,
        JSON.stringify({
          schema: schemaOf('compare'),
          made: { version: '0.1.0', command: 'swiotlb-lab --json' },
          ...one,
        }),
      )
    const { ended, out } = await reportOf(scratch, `${name}.html`, [
      ...(base ? ['--base', file(base, 'base')] : []),
      file(comparison, 'now'),
    ])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    return readFileSync(out, 'utf8')
  }

  test('tells no cost, and no frontier', async () => {
    const doubtful = await pageOf('doubtful', measured(OTHER, OTHER))
    expect(doubtful).toContain('Nobody is on the frontier, because off was not itself:')
    expect(doubtful).toContain('Without copies, off was not itself: off against off 0.95')
    expect(doubtful).not.toMatch(/costs most|costs: global-atomic/)
    const quiet = await pageOf('quiet', measured(QUIET, QUIET))
    expect(quiet).toContain('Without copies, global-atomic costs most')
    expect(quiet).not.toContain('not itself')
  })

  test.each(['run', 'run-file'] as const)('of a %s that was kept before: no star', async (kind) => {
    const pageOfRun = async (comparison: Comparison): Promise<string> => {
      const result = runOf(comparison)
      const { tracker } = result
      const own = { tracker, file: 'mine.h', compiler: 'gcc 12', compared: true, faults: [] }
      const file = scratch.file(
        `${kind}.json`,
        JSON.stringify({
          schema: schemaOf(kind),
          made: { version: '0.1.0', command: 'swiotlb-lab --json' },
          ...(kind === 'run'
            ? result
            : { ...own, found: null, races: [], racesCut: false, result }),
        }),
      )
      const { ended, out } = await reportOf(scratch, `${kind}.html`, [file])
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      return readFileSync(out, 'utf8')
    }
    const column = (page: string): RegExpExecArray | null =>
      /<th scope="row">global-atomic<\/th>.*?<td>(yes|no|not known)<\/td>/s.exec(page)
    expect(column(await pageOfRun(starred(measured(QUIET, QUIET))))?.[1]).toBe('yes')
    expect(column(await pageOfRun(starred(measured(OTHER, OTHER))))?.[1]).toBe('not known')
  })

  test('of a series: by the control of its last step', async () => {
    const page = async (noise: Ratio): Promise<string> => {
      const steps = [QUIET, noise].map((one, i) => ({
        ...{ value: 8 << i, comparison: measured(one, one) },
      }))
      const file = scratch.file(
        'sweep.json',
        JSON.stringify({
          schema: schemaOf('sweep'),
          made: { version: '0.1.0', command: 'swiotlb-lab --json' },
          ...{ parameter: 'areas', steps, frontier: [] },
        }),
      )
      const { ended, out } = await reportOf(scratch, 'sweep.html', [file])
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      return readFileSync(out, 'utf8')
    }
    const told = /At 16 areas(?:, with(?:out)? copies)? a map\+unmap/g
    const doubted = /At 16 areas, with(?:out)? copies,? off was not itself/g
    // In the ratios and in the times, with copies and without; each sentence is the picture's name, too.
    const quiet = await page(QUIET)
    const doubtful = await page(OTHER)
    expect(quiet.match(told)?.length).toBeGreaterThanOrEqual(4)
    expect(quiet).not.toMatch(doubted)
    expect(doubtful.match(doubted)?.length).toBe(quiet.match(told)?.length)
    expect(doubtful).not.toMatch(told)
  })

  test('against a base: no change of a cost', async () => {
    const page = await pageOf('base', measured(QUIET, QUIET), measured(OTHER, QUIET))
    expect(page).toMatch(
      /with copies: of 2 trackers no cost is known; off itself cannot be told: off against off is not 1/,
    )
    expect(page).toMatch(/without copies: of 2 trackers no change can be told/)
  })
})
