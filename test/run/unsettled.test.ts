// A prediction that more steps would change, or that is of too few, decides nothing: no star, nobody
// beaten, no threshold passed; and text, page and letter say what was left out.

import { describe, expect, test } from '@jest/globals'
import { makeBlock } from '../../bench/figures/blocks.js'
import type { KeptFile } from '../../bench/kept.js'
import { frontierMoves } from '../../lib/compare/frontier-moves.js'
import { withFrontier } from '../../lib/measure/frontier.js'
import { passings } from '../../lib/predict/scaling.js'
import { costChanges } from '../../lib/report/page/base/changes.js'
import { comparisonSchema } from '../../lib/report/page/documents/comparison.js'
import { comparisonText } from '../../lib/report/text/compare.js'
import { sweepText } from '../../lib/report/text/sweep.js'
import type { Comparison, MeasuredRow, Row } from '../../lib/results/comparison.js'
import type { Ratio } from '../../lib/results/figures.js'
import { asFile, keptBench } from '../bench/kept-results.js'

const exactly = (ratio: number, settled = true): Ratio => ({
  ...{ ratio, low: ratio, high: ratio, settled },
})
const tooFew = (ratio: number): Ratio => ({
  ...{ ratio, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, settled: false },
})

/** All promise the same but for how far over: the less, the more it promises. */
function predicted(
  tracker: MeasuredRow['tracker'],
  over: number | null,
  vsOff: Ratio,
): MeasuredRow {
  const mark = tracker === 'off' ? null : 1000
  const nsPerPair = { median: 100 * vsOff.ratio, low: vsOff.low, high: vsOff.high }
  return {
    tracker,
    promise: 'never under',
    accuracy: {
      errorSlots: mark === null ? null : 0,
      promiseKept: true,
      bounds: { under: 0, over },
      until: [],
      reads: false,
      reportedSlots: mark,
      truthSlots: { low: 1000, high: 1000 },
    },
    areaBytes: 128,
    counts: { lockedOpsPerMap: 0 },
    throughput: { vsOff, roundsVsOff: [], nsPerPair, mean: null, byRegime: [] },
    throughputNoCopy: null,
    switchedOff: null,
    virtual: {
      full: {
        lostThroughput: 1 - 1 / vsOff.ratio,
        nsPerPair: nsPerPair.median,
        perPairNs: { other: 0, search: 0, release: 0, lockWait: 0, tracker: 0, copy: 0 },
        lines: { counters: { fromCore: 0, fromSocket: 0, waitedNs: 0 } },
      },
      bare: null,
    },
  } as unknown as MeasuredRow
}

const ONE = exactly(1)

function comparison(rows: readonly MeasuredRow[], noise = ONE): Comparison {
  return {
    scenario: { name: 'made-up' },
    layout: { areaLayout: 'padded', counterLayout: 'kernel', slotIndex: 'run-counts' },
    pool: { slots: 4096, areas: 8, bytes: 4096 * 2048 },
    rows: withFrontier([predicted('off', null, ONE), ...rows], noise, null),
    timing: null,
    timingNoCopy: null,
    machine: {
      ...{ cpus: 8, sockets: 1, coresPerSocket: 8, coresPerComplex: 8, threadsPerCore: 1 },
      ...{ costModel: { name: 'made-up' }, copy: false, noise, largerAreas: [] },
      ...{ noiseNoCopy: null, largerAreasNoCopy: null, stepsPerCpu: 1, warmStepsPerCpu: 1 },
    },
    host: null,
    warnings: [],
    broken: null,
  } as unknown as Comparison
}

/** `reserve` promises more than `per-area`, and would cost the same; or less than `epochs`, and so on. */
const rowsWith = (reserve: Ratio): MeasuredRow[] => [
  predicted('reserve', 10, reserve),
  predicted('epochs', 10, exactly(1.2)),
  predicted('per-area', null, exactly(1.1)),
]

const places = (rows: readonly Row[]) =>
  Object.fromEntries(rows.map((row) => [row.tracker, row.frontier ? '*' : row.offFrontier]))
const inOneLine = (text: string): string => text.replace(/\s+/g, ' ')

describe('a figure that is none', () => {
  test('beats nobody, and has no star', () => {
    expect(places(comparison(rowsWith(exactly(1.1))).rows)).toMatchObject({
      reserve: '*',
      epochs: { why: 'cheaper', tracker: 'reserve' },
      'per-area': { why: 'more', tracker: 'reserve' },
    })
    expect(places(comparison(rowsWith(exactly(1.1, false))).rows)).toMatchObject({
      ...{ reserve: { why: 'unsettled' }, epochs: '*', 'per-area': '*' },
    })
    expect(places(comparison(rowsWith(tooFew(1.1))).rows)).toMatchObject({
      ...{ reserve: { why: 'few' }, epochs: '*', 'per-area': '*' },
    })
    // Nor is it beaten: what it would cost is not known.
    expect(places(comparison(rowsWith(exactly(3, false))).rows)).toMatchObject({
      reserve: { why: 'unsettled' },
    })
  })

  test('of the control leaves nobody to be compared', () => {
    const { rows } = comparison(rowsWith(exactly(1.1)), exactly(1.001, false))
    expect(rows.map(({ offFrontier }) => offFrontier?.why)).toEqual([
      ...['unmarked', 'noise', 'noise', 'noise'],
    ])
  })

  test('is said so under the table, and in its sentence', () => {
    const text = comparisonText(comparison(rowsWith(exactly(1.1, false))))
    expect(text).toMatch(/^reserve {2}/m)
    expect(text).toMatch(/^epochs \* /m)
    expect(text).toMatch(
      /^left out of the comparison of costs: reserve, whose figure has not settled$/m,
    )
    expect(inOneLine(text)).toContain(
      'is predicted to cost: epochs 1.20 and per-area 1.10 times off; not known of reserve, whose figure has not settled.',
    )
    // One that is as much as off to two digits is as unsure.
    const near = comparisonText(comparison(rowsWith(exactly(1.001, false))))
    expect(near).not.toContain('reserve as much as off')
    const few = comparisonText(comparison(rowsWith(tooFew(1.1))))
    expect(few).toMatch(/^left out .*: reserve, of which too little was done for a figure$/m)
    expect(inOneLine(few)).toContain('not known of reserve, for want of an interval.')
    const all = comparisonText(comparison(rowsWith(ONE)))
    expect(all).not.toContain('left out')
  })

  test('is no change since a base, unless it is the same to the last digit', () => {
    const changes = (before: Ratio, now: Ratio) =>
      costChanges(comparison(rowsWith(before)), comparison(rowsWith(now)))[0]?.changes.find(
        ({ tracker }) => tracker === 'reserve',
      )?.told
    expect(changes(exactly(1.1), exactly(2))).toBe('more')
    expect(changes(exactly(1.1), exactly(2, false))).toBe('unknown')
    expect(changes(exactly(1.1, false), exactly(1.1, false))).toBe('equal')
  })

  test('is read back from JSON', () => {
    const why = comparisonSchema.in.shape.rows
    const parsed = (reserve: Ratio): unknown => {
      const [, row] = comparison(rowsWith(reserve)).rows
      return why
        .unwrap()
        .element.shape.offFrontier.parse(JSON.parse(JSON.stringify(row)).offFrontier)
    }
    expect(parsed(exactly(2, false))).toEqual({ why: 'unsettled' })
    expect(parsed(tooFew(2))).toEqual({ why: 'few' })
  })
})

describe('a series', () => {
  const series = (reserves: readonly Ratio[]) => {
    const steps = reserves.map((reserve, i) => ({
      value: 4 ** i,
      comparison: comparison(rowsWith(reserve)),
    }))
    return { parameter: 'cpus' as const, steps, frontier: frontierMoves(steps) }
  }

  test('passes over the steps that do not count, and names them', () => {
    const { frontier, ...rest } = series([exactly(1.1), exactly(9, false), exactly(1.1)])
    expect(frontier.filter(({ tracker }) => tracker === 'reserve')).toEqual([])
    const text = inOneLine(sweepText({ ...rest, frontier }))
    expect(text).toContain(
      '4 CPUs: epochs, per-area; left out: reserve, whose figure has not settled 16 CPUs: reserve',
    )
    expect(text).toContain('reserve: on it at every step at which that is known')
    expect(text).toContain(
      'reserve (without 4 CPUs, where it has no settled figure) passes 1 and 5 % from 1 CPU on, and never passes 20 %',
    )
    const none = inOneLine(sweepText(series([exactly(9, false), tooFew(9)])))
    expect(none).toContain('reserve: left out at every step')
    expect(none).toContain('of reserve nothing is known, as it has no settled figure at any step')
  })

  test('a threshold is passed by what has settled alone', () => {
    const { steps } = series([exactly(1.001), exactly(1.5, false), exactly(1.001), tooFew(2)])
    const rows = steps.map(({ value, comparison: { rows } }) => ({ value, rows }))
    expect(passings(['reserve', 'epochs'], rows, 'full')).toEqual([
      {
        ...{ tracker: 'reserve', from: [null, null, null], also: [[], [], []] },
        ...{ steps: 4, leftOut: [4, 64] },
      },
      { tracker: 'epochs', from: [1, 1, null], also: [[], [], []], steps: 4, leftOut: [] },
    ])
  })

  test('in the letter has no star at what has not settled, even where it was kept with one', () => {
    const sweep = series([exactly(1.1), exactly(9, false)])
    for (const { comparison } of sweep.steps) {
      for (const row of comparison.rows as unknown as { tracker: string; frontier: boolean }[]) {
        if (row.tracker === 'reserve') row.frontier = true
      }
    }
    const { source, host } = keptBench([])
    const kept = {
      ...{ kind: 'compare', source, host, exit: 0 },
      command: 'swiotlb-lab compare uniform --engine virtual --sweep cpus=1,4 --area-layout padded',
      date: '2026-12-01T00:00:00.000Z',
      result: JSON.parse(JSON.stringify(sweep)),
    }
    const block = makeBlock('letter-cpus', [asFile(kept as KeptFile['kept'], 'x-compare.json')])
    const lines = (block ?? '').split('\n').filter((line) => /^\| \d/.test(line))
    expect(lines[0]).toContain('1.10 / -; exact *')
    expect(lines[1]).toContain('9.00 [not settled] / -; exact |')
  })
})
