// The frontier between promise and cost, from made-up figures, and how a comparison shows it.

import { describe, expect, test } from '@jest/globals'
import { frontierMoves } from '../../lib/compare/frontier-moves.js'
import { Random } from '../../lib/data/random.js'
import { type Candidate, frontier as placesOf, withFrontier } from '../../lib/measure/frontier.js'
import { ratio } from '../../lib/measure/statistics.js'
import { withReplayFrontier } from '../../lib/replay/frontier.js'
import { comparisonText } from '../../lib/report/text/compare.js'
import { sweepText } from '../../lib/report/text/sweep.js'
import type {
  Comparison,
  MeasuredRow,
  OffFrontier,
  Row,
  Throughput,
} from '../../lib/results/comparison.js'
import type { Ratio } from '../../lib/results/figures.js'
import type { ReplayRow } from '../../lib/results/replay.js'
import type { RecordedOrder, ReplayMachine } from '../../lib/results/virtual.js'

const around = (middle: number, by: number): Ratio => ({
  ...{ ratio: middle, low: middle - by, high: middle + by },
})
const QUIET = around(1, 0.02)

type Cost = NonNullable<Candidate['cost']>

/** A cost that is not quite the same in each round. */
const ROUNDS = 25
const rounds = (cost: number): number[] =>
  Array.from({ length: ROUNDS }, (_, i) => cost * (1 + 0.005 * Math.sin(7 * i * cost)))

const timed = (roundsVsOff: readonly (number | null)[]): Cost => ({
  roundsVsOff,
  vsOff: ratio(
    roundsVsOff.map((one) => one ?? Number.NaN),
    roundsVsOff.map(() => 1),
  ),
})
const exactly = (one: number): Cost => ({
  roundsVsOff: [],
  vsOff: { ratio: one, low: one, high: one },
})

/** Who is on it. */
const frontier = (candidates: readonly Candidate[], noise: Ratio | null): boolean[] =>
  placesOf(candidates, noise).map((place) => place === null)

type Promised = Pick<Candidate, 'bounds' | 'until'>
const promise = (
  under: number | null,
  over: number | null,
  until: Candidate['until'] = [],
): Promised => ({ bounds: { under, over }, until })
const EXACT = promise(0, 0, ['reset'])
const NEVER_UNDER = promise(0, null, ['reset', 'transient'])
const NEVER_OVER = promise(null, 0, ['reset', 'transient'])
const TOLERANT = promise(0, 300)
const NOTHING = promise(null, null, ['transient'])

const one = (
  promised: Promised,
  errorSlots: number | null,
  cost: number | Cost | null,
  more: Partial<Candidate> = {},
): Candidate => ({
  ...promised,
  reads: false,
  reportedSlots: errorSlots === null ? null : 1000 + errorSlots,
  promiseBroken: false,
  areaBytes: 16,
  cost: typeof cost === 'number' ? timed(rounds(cost)) : cost,
  ...more,
})

describe('the frontier', () => {
  test('is whoever no other beats, by what is promised and what it costs', () => {
    const exact = one(EXACT, 0, 2)
    const tolerant = one(TOLERANT, 200, 1.2)
    const loose = one(NEVER_UNDER, 9000, 1)
    expect(frontier([exact, tolerant, loose], QUIET)).toEqual([true, true, true])
    // The same promise for less; more promised at the same cost; both at once.
    expect(frontier([exact, one(EXACT, 0, 1.5)], QUIET)).toEqual([false, true])
    expect(frontier([loose, one(TOLERANT, 200, 1)], QUIET)).toEqual([false, true])
    expect(frontier([one(NEVER_UNDER, 0, 1.5), tolerant], QUIET)).toEqual([false, true])
    // More promised, and dearer.
    expect(frontier([loose, one(TOLERANT, 0, 1.1)], QUIET)).toEqual([true, true])
  })

  test('a tracker that promises nothing does not push off one that promises, whatever its luck', () => {
    const reserve = one(TOLERANT, 270, 1)
    const sampled = one(NOTHING, -20, 1)
    expect(frontier([reserve, sampled], QUIET)).toEqual([true, false])
    expect(frontier([reserve, one(NOTHING, 0, 0.9)], QUIET)).toEqual([true, true])
    expect(frontier([one(TOLERANT, 270, 1.3), one(NOTHING, 0, 1)], QUIET)).toEqual([true, true])
  })

  test('adding one that promises nothing never removes one that promises something', () => {
    const random = new Random(7)
    const bounds = [null, 0, 30, 300]
    const ends: Candidate['until'][] = [[], ['reset'], ['transient'], ['reset', 'transient']]
    const any = (nothing: boolean): Candidate => {
      const bound = (): number | null => (nothing ? null : random.pick(bounds))
      return one(
        promise(bound(), bound(), random.pick(ends)),
        random.between(-100, 100),
        random.pick([1, 1.005, 1.1, 1.5, exactly(1), exactly(1.2)]),
        { promiseBroken: random.chance(0.1) },
      )
    }
    let promising = 0
    for (let i = 0; i < 2000; i++) {
      const rows = Array.from({ length: random.between(1, 6) }, () => any(false))
      const before = frontier(rows, QUIET)
      const after = frontier([...rows, any(true)], QUIET)
      rows.forEach(({ bounds: { under, over } }, k) => {
        if (under === null && over === null) return
        promising++
        expect({ rows, k, on: after[k] }).toEqual({ rows, k, on: before[k] })
      })
    }
    expect(promising).toBeGreaterThan(2000)
  })

  test('promises of which neither holds more are not compared', () => {
    const rows = [one(NEVER_UNDER, 900, 1.5), one(NEVER_OVER, -1, 1)]
    expect(frontier(rows, QUIET)).toEqual([true, true])
    // Exact until a reset, or within a tolerance for good.
    expect(frontier([one(EXACT, 0, 2), one(TOLERANT, 9, 1)], QUIET)).toEqual([true, true])
  })

  test('of a promise of nothing it does not matter what ends it', () => {
    const endless = promise(null, null)
    expect(frontier([one(NOTHING, 5, 1), one(endless, 5, 1.5)], QUIET)).toEqual([true, false])
    expect(frontier([one(NOTHING, 5, 1.5), one(endless, 5, 1)], QUIET)).toEqual([false, true])
    // Any promise is more, whatever ends it.
    expect(frontier([one(NEVER_UNDER, 900, 1), one(endless, 0, 1)], QUIET)).toEqual([true, false])
    expect(frontier([one(NEVER_UNDER, 900, 1), one(NOTHING, 0, 1.6)], QUIET)).toEqual([true, false])
  })

  test('a promise that ends with less is more', () => {
    expect(frontier([one(EXACT, 0, 1), one(promise(0, 0), 0, 1)], QUIET)).toEqual([false, true])
  })

  test('a promise to readers is more', () => {
    const reads = (cost: number): Candidate => one(EXACT, 0, cost, { reads: true })
    expect(frontier([one(EXACT, 0, 1), reads(1)], QUIET)).toEqual([false, true])
    expect(frontier([one(EXACT, 0, 1), reads(1.5)], QUIET)).toEqual([true, true])
    // What it promises less in another way is not made up for.
    const tolerant = one(TOLERANT, 0, 1, { reads: true })
    expect(frontier([one(EXACT, 0, 1), tolerant], QUIET)).toEqual([true, true])
    // It is no error of this run that decides between the two.
    expect(frontier([one(TOLERANT, 0, 1), one(TOLERANT, 200, 1, { reads: true })], QUIET)).toEqual([
      false,
      true,
    ])
  })

  test('who is off it is told why, and by whom it is beaten', () => {
    const dear = one(EXACT, 0, 2)
    const cheap = one(EXACT, 0, 1.2)
    const middle = one(EXACT, 0, 1.5)
    const loose = one(NEVER_UNDER, 900, 1.2)
    // Of the two that beat it, the one that nobody beats; and not the first in the table.
    expect(placesOf([dear, middle, cheap, loose], QUIET)).toEqual([
      { why: 'cheaper', by: 2 },
      { why: 'cheaper', by: 2 },
      null,
      { why: 'more', by: 2 },
    ])
    const none = [
      one(EXACT, null, 1),
      one(EXACT, 0, 1, { promiseBroken: true }),
      one(EXACT, 0, null),
    ]
    expect(placesOf(none, QUIET)).toEqual([
      { why: 'unmarked' },
      { why: 'broken' },
      { why: 'untimed' },
    ])
    expect(placesOf([dear], null)).toEqual([{ why: 'noise' }])
  })

  test('the error of a run decides nothing: equals in promise and cost both stay', () => {
    expect(frontier([one(NOTHING, -20, 1), one(NOTHING, 10, 1)], QUIET)).toEqual([true, true])
    expect(frontier([one(TOLERANT, 90, 1), one(TOLERANT, 20, 1)], QUIET)).toEqual([true, true])
    // Cheaper, and further off.
    expect(frontier([one(NOTHING, -20, 1), one(NOTHING, 0, 1.2)], QUIET)).toEqual([true, false])
    const three = [one(NOTHING, 5, 1.1), one(NOTHING, 9, 1), one(NOTHING, 0, 1.3)]
    expect(frontier(three, QUIET)).toEqual([false, true, false])
  })

  test('ratios to two offs have the noise of both', () => {
    const noise = around(1, 0.04)
    const apart = (cost: number, areaBytes: number): boolean[] =>
      frontier([one(EXACT, 0, 1), one(EXACT, 0, cost, { areaBytes })], noise)
    expect(apart(1.06, 16)).toEqual([true, false])
    expect(apart(1.06, 24)).toEqual([true, true])
    expect(apart(1.15, 24)).toEqual([true, false])
  })

  test('costs inside the noise are equal, to either side of 1', () => {
    const rows = [one(EXACT, 0, 1.1), one(EXACT, 0, 1)]
    expect(frontier(rows, around(1, 0.02))).toEqual([false, true])
    expect(frontier(rows, { ratio: 1, low: 0.99, high: 1.15 })).toEqual([true, true])
    expect(frontier(rows, { ratio: 1, low: 0.85, high: 1.01 })).toEqual([true, true])
  })

  test('costs are compared round by round', () => {
    // Each swings by half: taken alone, their intervals overlap. In each round one costs 5 % more.
    const swing = Array.from({ length: ROUNDS }, (_, i) => 1.5 + 0.5 * Math.sin(i))
    const paired = [timed(swing.map((value) => 1.05 * value)), timed(swing)]
    expect(paired[0]?.vsOff.low).toBeLessThan(paired[1]?.vsOff.high ?? 0)
    const rows = paired.map((cost) => one(EXACT, 0, cost))
    expect(frontier(rows, QUIET)).toEqual([false, true])
    // The same values in another order say nothing of the difference.
    const mixed = timed(swing.map((_, i) => 1.05 * (swing[(i + 11) % ROUNDS] ?? 0)))
    expect(frontier([one(EXACT, 0, mixed), one(EXACT, 0, timed(swing))], QUIET)).toEqual([
      true,
      true,
    ])
  })

  test('rounds that were not timed are left out; without common ones nothing is told apart', () => {
    const holes = (cost: Cost, from: number): Cost => ({
      ...cost,
      roundsVsOff: cost.roundsVsOff.map((round, i) => (i % 2 === from ? null : round)),
    })
    const [dear, cheap] = [timed(rounds(2)), timed(rounds(1))]
    const apart = [one(EXACT, 0, holes(dear, 0)), one(EXACT, 0, holes(cheap, 0))]
    expect(frontier(apart, QUIET)).toEqual([false, true])
    const never = [one(EXACT, 0, holes(dear, 0)), one(EXACT, 0, holes(cheap, 1))]
    expect(frontier(never, QUIET)).toEqual([true, true])
  })

  test('too few rounds decide nothing, whatever is promised', () => {
    // More promised for 2.5 times as much: it took the place of the cheap one.
    const few = (cost: number, count: number): Cost => timed(rounds(cost).slice(0, count))
    for (const count of [1, 3, 5]) {
      const apart = [one(EXACT, 0, few(2.5, count)), one(NEVER_OVER, -9, few(1, count))]
      expect(placesOf(apart, QUIET)).toEqual([{ why: 'few' }, { why: 'few' }])
      const lucky = [one(EXACT, 0, few(2.5, count)), one(EXACT, 9, few(1, count))]
      expect(frontier(lucky, QUIET)).toEqual([false, false])
    }
    const enough = [one(EXACT, 0, few(1, 6)), one(NEVER_OVER, -9, few(1, 6))]
    expect(frontier(enough, QUIET)).toEqual([true, false])
    // One row of few rounds neither beats those of many, nor is beaten.
    const mixed = [one(EXACT, 0, few(2.5, 5)), one(TOLERANT, 0, 1), one(NOTHING, -20, 1)]
    expect(frontier(mixed, QUIET)).toEqual([false, true, false])
    expect(placesOf(mixed, QUIET)).toEqual([{ why: 'few' }, null, { why: 'more', by: 1 }])
  })

  test('a noise without an interval puts nobody on it', () => {
    const rows = [one(EXACT, 0, 2.5), one(NEVER_OVER, -9, 1)]
    expect(frontier(rows, QUIET)).toEqual([true, true])
    expect(frontier(rows, ratio([1, 1, 1, 1, 1], [1, 1, 1, 1, 1]))).toEqual([false, false])
    expect(frontier(rows, { ratio: Number.NaN, low: Number.NaN, high: Number.NaN })).toEqual([
      false,
      false,
    ])
    expect(frontier(rows, null)).toEqual([false, false])
  })

  test('figures without noise are told apart by any difference', () => {
    const rows = [one(EXACT, 0, exactly(1.001)), one(EXACT, 0, exactly(1))]
    expect(frontier(rows, { ratio: 1, low: 1, high: 1 })).toEqual([false, true])
  })

  test('without a mark, a kept promise or a cost one is not on it, and beats nobody', () => {
    const dear = one(NEVER_UNDER, 50, 3)
    const broken = one(EXACT, 0, 1, { promiseBroken: true })
    const rows = [one(EXACT, null, 1), broken, one(EXACT, 0, null), dear]
    expect(frontier(rows, QUIET)).toEqual([false, false, false, true])
    expect(frontier([], QUIET)).toEqual([])
  })
})

function measured(tracker: MeasuredRow['tracker'], errorSlots: number | null, costs: number[]) {
  const [full, bare] = costs.map((cost) => ({
    ...timed(rounds(cost)),
    nsPerPair: { median: 100 * cost, low: 99 * cost, high: 101 * cost },
  }))
  return {
    tracker,
    promise: 'none',
    accuracy: {
      errorSlots,
      promiseKept: true,
      bounds: { under: 0, over: 0 },
      until: [],
      reads: false,
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
    const timing = {
      ...{ noise: QUIET, largerAreas: [], threads: 2, copy: true, cpuIds: [0, 1], stolen: null },
    }
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
    expect(text).toMatch(/^\* on the frontier: nothing else promises as much/m)
    expect(shown(rows.slice(0, 1))).not.toContain('*')
    expect(text).not.toContain('!')
  })

  test('mark a broken promise in its row, in this run or before', () => {
    const [off, atomic, reserve] = rows as [MeasuredRow, MeasuredRow, MeasuredRow]
    const lost = { ...reserve, accuracy: { ...reserve.accuracy, promiseKept: false } }
    expect(shown([off, atomic, lost])).toMatch(/^reserve ! /m)
    expect(shown([off, atomic, lost])).toMatch(/^! broke its promise/m)
    expect(shown([off, atomic, lost])).toMatch(/^global-atomic \* /m)
    const judged = withFrontier(rows, QUIET, QUIET, new Set(['reserve'] as const))
    expect(judged.map((row) => row.promiseBroken)).toEqual([false, false, true])
    expect(judged.map((row) => row.frontier)).toEqual([false, true, false])
  })
})

describe('the rows of a replay in virtual time', () => {
  const row = (tracker: ReplayRow['tracker'], cost: number, more: Partial<ReplayRow> = {}) => ({
    ...{ tracker, promise: 'exact', reportedSlots: 9, errorSlots: 0, verdict: 'exact' as const },
    ...{ promiseKept: true, endedByReset: false, bookedSlots: null },
    predicted: {
      ...{ ...EXACT, reads: false, areaBytes: 16, switchedOff: null },
      throughput: exactly(cost) as Throughput,
      throughputNoCopy: null,
      truthSlots: { low: 9, high: 9 },
      counts: {} as Row['counts'],
      order: {} as RecordedOrder,
    },
    ...more,
  })
  const machine = { noise: { ratio: 1, low: 1, high: 1 }, noiseNoCopy: null } as ReplayMachine
  const rows = [row('global-atomic', 1.5), row('reserve', 1.2)]
  const onIt = (some: readonly ReplayRow[]) => some.map(({ predicted }) => predicted?.frontier)

  test('are judged as those of a comparison', () => {
    const placed = withReplayFrontier(rows, machine)
    expect(onIt(placed)).toEqual([false, true])
    expect(placed[0]?.predicted?.offFrontier).toEqual({
      ...{ why: 'cheaper', tracker: 'reserve', vsOff: [1.5, 1.2] },
    })
  })

  test('without those that broke their promise, in it or before; one that a reset ended did not', () => {
    const lost = { promiseKept: false }
    expect(
      onIt(withReplayFrontier([rows[0] as ReplayRow, row('reserve', 1.2, lost)], machine)),
    ).toEqual([true, false])
    const ended = row('reserve', 1.2, { ...lost, endedByReset: true })
    expect(onIt(withReplayFrontier([rows[0] as ReplayRow, ended], machine))).toEqual([false, true])
    expect(onIt(withReplayFrontier(rows, machine, new Set(['reserve'] as const)))).toEqual([
      true,
      false,
    ])
  })

  test('one after another, where nothing is predicted: as they are', () => {
    const serial = rows.map(({ predicted, ...plain }) => plain)
    expect(withReplayFrontier(serial, undefined)).toEqual(serial)
  })
})

type Beaten = Extract<OffFrontier, { tracker: unknown }>

describe('a series', () => {
  const step = (value: number, atomic: number, racy: number) => ({
    value,
    comparison: {
      rows: withFrontier(
        [
          measured('off', null, [1]),
          measured('global-atomic', 0, [atomic]),
          measured('per-area', 0, [racy]),
        ],
        QUIET,
        null,
      ),
    },
  })

  test('tells at which step a tracker leaves the frontier, joins it, and why', () => {
    const moves = frontierMoves([
      step(1, 1, 1.5),
      step(2, 1.1, 1.5),
      step(4, 2, 1.5),
      step(8, 1, 1),
    ])
    expect(moves.map(({ tracker, value, what }) => [tracker, value, what])).toEqual([
      ['global-atomic', 4, 'leaves'],
      ['per-area', 4, 'joins'],
      ['global-atomic', 8, 'joins'],
    ])
    const [left, joined] = moves
    expect(left?.because).toMatchObject({ why: 'cheaper', tracker: 'per-area' })
    expect(joined?.because).toMatchObject({ why: 'cheaper', tracker: 'global-atomic' })
    const [own, other] = (left as { because: Beaten }).because.vsOff
    expect(own).toBeCloseTo(2, 1)
    expect(other).toBeCloseTo(1.5, 1)
  })

  test('says so under its tables', () => {
    const steps = [step(1, 1, 1.5), step(2, 2, 1.5), step(4, 2, 1.5)].map(
      ({ value, comparison }) => ({
        value,
        comparison: {
          ...{
            scenario: { name: 'made-up' },
            pool: { slots: 4096, areas: 8 },
            host: { kernel: '0' },
          },
          layout: { areaLayout: 'packed', counterLayout: 'kernel', slotIndex: 'run-counts' },
          timing: { noise: QUIET, largerAreas: [], cpuIds: [0], copy: true, stolen: null },
          ...{ timingNoCopy: null, warnings: [], broken: null },
          ...comparison,
        } as unknown as Comparison,
      }),
    )
    const series = { parameter: 'cpus' as const, steps, frontier: frontierMoves(steps) }
    const text = sweepText(series)
    expect(text).toContain(
      [
        'on the frontier, by what is promised and what it costs',
        '1 CPU: global-atomic',
        '2 CPUs: per-area',
        '4 CPUs: per-area',
        'global-atomic: leaves it at 2 CPUs: per-area promises as much and costs less (1.50 times off, not',
        '  2.00)',
        'per-area: joins it at 2 CPUs (before, global-atomic promises as much and costs less (1.00 times off,',
        '  not 1.50))',
      ].join('\n'),
    )
    // Nothing is known of a series that was not timed.
    const untimed = steps.map(({ value, comparison }) => ({
      value,
      comparison: {
        ...comparison,
        rows: comparison.rows.map((row) => ({ ...row, frontier: false })),
      },
    }))
    expect(sweepText({ ...series, steps: untimed })).not.toContain('on the frontier')
  })

  test('a step that a tracker was not run at is passed over', () => {
    const missing = { value: 2, comparison: { rows: step(2, 1, 1.5).comparison.rows.slice(0, 2) } }
    const moves = frontierMoves([step(1, 1, 1.5), missing, step(4, 1, 1.5)])
    expect(moves).toEqual([])
    expect(frontierMoves([step(1, 1, 1.5), missing, step(4, 2, 1.5)])).toHaveLength(2)
  })
})
