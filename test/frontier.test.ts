// The frontier between accuracy and cost, from made-up figures, and how a comparison shows it.

import { describe, expect, test } from '@jest/globals'
import { comparisonText } from '../lib/report/comparison.js'
import { type Candidate, frontier, withFrontier } from '../lib/run/frontier.js'
import type { Comparison, MeasuredRow, Ratio } from '../lib/run/types.js'

const around = (ratio: number, by = 0.01): Ratio => ({ ratio, low: ratio - by, high: ratio + by })
const QUIET = around(1, 0.02)

const one = (errorSlots: number | null, cost: number | null, more = {}): Candidate => ({
  errorSlots,
  promiseKept: true,
  cost: cost === null ? null : around(cost),
  ...more,
})

describe('the frontier', () => {
  test('is whoever no other beats', () => {
    const exactAndDear = one(0, 2)
    const close = one(20, 1.2)
    const farAndCheap = one(9000, 1)
    expect(frontier([exactAndDear, close, farAndCheap], QUIET)).toEqual([true, true, true])
    // As exact, and cheaper; as cheap, and closer; both at once.
    expect(frontier([exactAndDear, one(0, 1.5)], QUIET)).toEqual([false, true])
    expect(frontier([farAndCheap, one(20, 1)], QUIET)).toEqual([false, true])
    expect(frontier([close, one(0, 1)], QUIET)).toEqual([false, true])
  })

  test('too little is as wrong as too much', () => {
    expect(frontier([one(-20, 1), one(10, 1)], QUIET)).toEqual([false, true])
    expect(frontier([one(-20, 1), one(20, 1)], QUIET)).toEqual([true, true])
  })

  test('costs inside the noise are equal, to either side of 1', () => {
    const rows = [one(0, 1.1), one(0, 1)]
    expect(frontier(rows, around(1, 0.02))).toEqual([false, true])
    expect(frontier(rows, { ratio: 1, low: 0.99, high: 1.15 })).toEqual([true, true])
    expect(frontier(rows, { ratio: 1, low: 0.85, high: 1.01 })).toEqual([true, true])
    // Equal costs: the error alone decides.
    expect(frontier([one(5, 1), one(0, 1.1)], around(1, 0.15))).toEqual([false, true])
  })

  test('so are costs whose intervals overlap', () => {
    const rows = [one(0, 1.5, { cost: around(1.5, 0.4) }), one(0, 1.2, { cost: around(1.2, 0.1) })]
    expect(frontier(rows, QUIET)).toEqual([true, true])
  })

  test('figures without noise are told apart by any difference', () => {
    const exactly = (ratio: number) => ({ cost: { ratio, low: ratio, high: ratio } })
    const rows = [one(0, 1, exactly(1.001)), one(0, 1, exactly(1))]
    expect(frontier(rows, null)).toEqual([false, true])
    expect(frontier(rows, { ratio: 1, low: 1, high: 1 })).toEqual([false, true])
  })

  test('without a mark, a kept promise or a cost one is not on it, and beats nobody', () => {
    const dear = one(50, 3)
    const rows = [one(null, 1), one(0, 1, { promiseKept: false }), one(0, null), dear]
    expect(frontier(rows, QUIET)).toEqual([false, false, false, true])
    expect(frontier([], QUIET)).toEqual([])
  })
})

function measured(tracker: MeasuredRow['tracker'], errorSlots: number | null, costs: number[]) {
  const [full, bare] = costs.map((ratio) => ({
    vsOff: around(ratio),
    nsPerPair: { median: 100 * ratio, low: 99 * ratio, high: 101 * ratio },
  }))
  return {
    tracker,
    promise: 'none',
    accuracy: {
      errorSlots,
      promiseKept: true,
      reportedSlots: errorSlots === null ? null : 1000 + errorSlots,
      truthSlots: { low: 1000, high: 1000 },
    },
    counts: { lockedOpsPerMap: 0 },
    throughput: full ?? null,
    throughputNoCopy: bare ?? null,
    switchedOff: null,
  } as unknown as MeasuredRow
}

describe('the rows of a comparison', () => {
  // With copies the first is cheaper, without them the second.
  const rows = [
    measured('off', null, [1, 1]),
    measured('global-atomic', 0, [1.1, 2]),
    measured('reserve', 0, [1.3, 1.1]),
  ]
  const onIt = (some: readonly MeasuredRow[], noise: Ratio | null, bare: Ratio | null) =>
    withFrontier(some, noise, bare).map((row) => row.frontier)

  test('are judged without copies, where that was timed', () => {
    expect(onIt(rows, QUIET, QUIET)).toEqual([false, false, true])
    const copied = rows.map((row) => ({ ...row, throughputNoCopy: null }))
    expect(onIt(copied, QUIET, null)).toEqual([false, true, false])
  })

  test('are not judged without timing', () => {
    const untimed = rows.map((row) => ({ ...row, throughput: null, throughputNoCopy: null }))
    expect(onIt(untimed, null, null)).toEqual([false, false, false])
  })

  const shown = (some: readonly MeasuredRow[]): string => {
    const timing = { noise: QUIET, threads: 2, copy: true, cpuIds: [0, 1], stolen: null }
    return comparisonText({
      scenario: { name: 'made-up' },
      layout: { areaLayout: 'packed', counterLayout: 'kernel', slotIndex: 'run-counts' },
      pool: { slots: 4096, areas: 8, bytes: 4096 * 2048 },
      rows: withFrontier(some, QUIET, QUIET),
      timing,
      timingNoCopy: { ...timing, copy: false },
      host: { kernel: '0', compiler: 'none' },
      warnings: [],
      broken: null,
    } as unknown as Comparison)
  }

  test('show it with a mark, and say what the mark means', () => {
    const text = shown(rows)
    expect(text).toMatch(/^reserve \* /m)
    expect(text).toMatch(/^global-atomic {2}/m)
    expect(text).toMatch(/^\* on the frontier: keeps its promise/m)
    expect(shown(rows.slice(0, 1))).not.toContain('*')
  })
})
