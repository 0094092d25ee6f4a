// The words under the tables, from made-up results: what is said must follow from the figures.

import { describe, expect, test } from '@jest/globals'
import { comparisonAnswer, replayAnswer } from '../../lib/cli/options/answer.js'
import { explainError } from '../../lib/cli/options/errors.js'
import { Exit, type Io } from '../../lib/cli/options/io.js'
import { frontierMoves } from '../../lib/compare/frontier-moves.js'
import { InputError } from '../../lib/data/errors.js'
import { formatSlots, reportedWords, slotWords } from '../../lib/data/units.js'
import { certifiedOf } from '../../lib/measure/certified.js'
import { judge } from '../../lib/measure/verdict.js'
import { sharedAreas } from '../../lib/predict/shared-areas.js'
import { findings } from '../../lib/report/parts/findings.js'
import { standing } from '../../lib/report/parts/noise.js'
import { offSeriesWords } from '../../lib/report/parts/off-series.js'
import type { Sweep } from '../../lib/report/parts/steps.js'
import { findingText } from '../../lib/report/text/check.js'
import { comparisonText } from '../../lib/report/text/compare.js'
import { type ReplayReport, replayText } from '../../lib/report/text/replay.js'
import { sweepText as textOf } from '../../lib/report/text/sweep.js'
import { formatError, joinWords, table, twoColumns, wrap } from '../../lib/report/words.js'
import type { Finding } from '../../lib/results/check.js'
import type { Accuracy, Comparison, Row, Throughput, Timing } from '../../lib/results/comparison.js'
import type { Ratio } from '../../lib/results/figures.js'
import type { Scenario } from '../../lib/scenario/schema.js'

const MIB = 512

const sweepText = (sweep: Omit<Sweep, 'frontier'>, pool?: string): string =>
  textOf({ ...sweep, frontier: frontierMoves(sweep.steps) }, pool)

function accuracy(reported: number, truth: number, changes: Partial<Accuracy> = {}): Accuracy {
  const errorSlots = reported - truth
  return {
    engine: 'serial',
    reportedSlots: reported,
    truthSlots: { low: truth, high: truth },
    errorSlots,
    errorBytes: errorSlots * 2048,
    errorPercent: (100 * errorSlots) / truth,
    verdict: errorSlots === 0 ? 'exact' : errorSlots > 0 ? 'over' : 'under',
    bounds: { under: null, over: null },
    until: [],
    reads: false,
    promiseKept: true,
    ...changes,
  }
}

function row(tracker: Row['tracker'], marks: Accuracy, vsOff?: Ratio): Row {
  return {
    tracker,
    promise: 'exact',
    accuracy: marks,
    counts: {} as Row['counts'],
    areaBytes: 16,
    throughput: vsOff ? ({ vsOff } as Throughput) : null,
    throughputNoCopy: null,
    slices: null,
    slicesNoCopy: null,
    switchedOff: null,
    promiseBroken: !marks.promiseKept,
    frontier: false,
  }
}

const around = (ratio: number, by = 0.01): Ratio => ({ ratio, low: ratio - by, high: ratio + by })
const UNKNOWN = { ratio: 2.5, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
const timing = (noise: Ratio): Timing => ({ noise, copy: false }) as Timing
const found = (rows: readonly Row[], noise?: Ratio): string =>
  findings({ rows, timing: noise ? timing(noise) : null, timingNoCopy: null }).join('\n')

describe('the noise', () => {
  test('a ratio is told apart only outside the band, which reaches to both sides of 1', () => {
    const noise = around(1, 0.05)
    expect(standing(around(1.04), noise)).toBe('same')
    expect(standing(around(0.96), noise)).toBe('same')
    expect(standing(around(1.2), noise)).toBe('slower')
    expect(standing(around(0.8), noise)).toBe('faster')
    expect(standing({ ratio: 1.5, low: 1.01, high: 2 }, noise)).toBe('same')
    expect(standing(UNKNOWN, noise)).toBe('unknown')
    expect(standing(around(2), around(1.05))).toBe('unknown')
    expect(standing(around(1.2), UNKNOWN)).toBe('unknown')
    expect(standing(around(1.2), null)).toBe('unknown')
  })
})

describe('findings', () => {
  test('exact, too much and too little are told apart', () => {
    const text = found([
      row('global-atomic', accuracy(4 * MIB, 4 * MIB)),
      row('per-area', accuracy(16 * MIB, 4 * MIB)),
      row('sampled', accuracy(3 * MIB, 4 * MIB)),
    ])
    expect(text).toContain('The peak really was 4 MiB: global-atomic reports it exactly')
    expect(text).toContain('per-area reports 16 MiB, 4.0 times as much')
    expect(text).toContain('sampled misses 1 MiB')
    expect(text).not.toContain('broke')
  })

  test('what was certified and cannot have been breaks the promise, in words of its own', () => {
    const none = Number.POSITIVE_INFINITY
    const of = (lower: number, boundOver: number): Accuracy =>
      judge('serial', {
        ...{ reported: 9 * MIB, truth: { low: 4 * MIB, high: 5 * MIB } },
        ...{ boundUnder: 0, boundOver, lower, boundUntil: 0, reads: false },
      })
    // Inside the envelope it can have been.
    expect(of(5 * MIB, none)).toMatchObject({
      promiseKept: true,
      certified: { lowSlots: 5 * MIB, highSlots: 9 * MIB, widthSlots: 4 * MIB, kept: true },
    })
    const wrong = of(5 * MIB + 1, none)
    expect(wrong).toMatchObject({ promiseKept: false, certified: { kept: false } })
    expect(found([row('per-area', wrong)])).toContain(
      'per-area broke its promise: it certified that 2561 slots were in use at some instant, where ' +
        'at most 2560 were.',
    )
    // Where it only follows from a mark that is too far over, it is the mark that is told.
    expect(found([row('reserve', of(9 * MIB - 7, 7))])).toContain(
      'reserve broke its promise (over by at most 7 slots): it reported 4608 slots.',
    )
  })

  test('a broken promise is said', () => {
    const broken = row('batched', accuracy(9 * MIB, 4 * MIB, { promiseKept: false }))
    expect(found([broken])).toContain('batched broke its promise')
  })

  test('a count that fell below 0 is told so, and keeps no promise but that of nothing', () => {
    const none = Number.POSITIVE_INFINITY
    const mark = (boundUnder: number, boundOver: number): Accuracy =>
      judge('serial', {
        reported: -1,
        truth: { low: 4 * MIB, high: 4 * MIB },
        ...{ boundUnder, boundOver, lower: null, boundUntil: 0, reads: false },
      })
    expect(mark(0, 0).promiseKept).toBe(false)
    expect(mark(none, 0).promiseKept).toBe(false)
    expect(mark(0, none).promiseKept).toBe(false)
    expect(mark(none, none)).toMatchObject({ promiseKept: true, reportedSlots: -1 })
    const text = found([row('per-area', mark(none, 0))])
    expect(text).toContain('of per-area the count fell below 0 (by 1 slot).')
    expect(text).toContain('broke its promise (never over): the count fell below 0 (by 1 slot).')
  })

  test('a prediction of 1.00 is no cost, and none below off', () => {
    const marks = accuracy(MIB, MIB)
    const sharp = (ratio: number): Ratio => ({ ratio, low: ratio, high: ratio })
    const rows = [
      row('off', marks, sharp(1)),
      row('global-atomic', marks, sharp(1.14)),
      row('reserve', marks, sharp(1.004)),
      row('per-area', marks, sharp(1)),
      row('sampled', marks, sharp(0.997)),
    ]
    const machine = { cpus: 4, copy: false, noise: sharp(1), noiseNoCopy: null }
    const text = findings({ rows, timing: null, timingNoCopy: null, machine }).join('\n')
    expect(text).toContain(
      'is predicted to cost: global-atomic 1.14 times off; reserve, per-area and sampled ' +
        'as much as off.',
    )
    expect(text).not.toMatch(/1\.00|below off/)
  })

  test('costs inside the noise are not given as costs', () => {
    const marks = accuracy(MIB, MIB)
    const rows = [
      row('off', marks, around(1)),
      row('global-atomic', marks, around(2)),
      row('per-area', marks, around(1.02)),
    ]
    const text = found(rows, around(1, 0.03))
    expect(text).toContain('global-atomic 2.00 times off')
    expect(text).toContain('per-area cannot be told from off')
    expect(text).not.toContain('1.02')
  })

  test('a cost without an interval is not called equal to that of off', () => {
    const rows = [
      row('global-atomic', accuracy(MIB, MIB), UNKNOWN),
      row('per-area', accuracy(MIB, MIB), around(2)),
    ]
    expect(found(rows, around(1))).toContain(
      'per-area 2.00 times off; not known of global-atomic, for want of an interval.',
    )
    expect(found(rows, UNKNOWN)).not.toContain('cannot be told')
  })

  test('below off is called a fault of the measuring', () => {
    const rows = [row('per-area', accuracy(MIB, MIB), around(0.8))]
    expect(found(rows, around(1))).toMatch(/Measured below off.*per-area 0\.80/)
  })
})

describe('whose peak', () => {
  const markless = (truth: number): Row =>
    row('off', accuracy(truth, truth, { reportedSlots: null, errorSlots: null }))
  const rows = [
    markless(2 * MIB),
    row('global-atomic', accuracy(3 * MIB, 3 * MIB)),
    row('sampled', accuracy(3 * MIB, 4 * MIB)),
  ]
  const shared = [markless(3 * MIB), row('global-atomic', accuracy(3 * MIB, 3 * MIB))]
  const comparison = (some: readonly Row[]): Comparison =>
    ({
      scenario: { name: 'made-up' },
      layout: { areaLayout: 'packed', counterLayout: 'kernel', slotIndex: 'run-counts' },
      pool: { slots: 4096, areas: 8, bytes: 4096 * 2048 },
      rows: some.map((one) => ({ ...one, counts: { lockedOpsPerMap: 0 } })),
      ...{ timing: null, timingNoCopy: null, host: null, warnings: [], broken: null },
    }) as unknown as Comparison

  test('runs that had a peak each are not told as one', () => {
    const text = comparisonText(comparison(rows))
    expect(text).not.toMatch(/\n$/)
    expect(text).toContain("peak that really was: each tracker's own, from 2 MiB to 4 MiB")
    expect(text).toMatch(/^tracker +promise +peak +reported/m)
    expect(text).toMatch(/^sampled +exact +4 MiB +3 MiB +- 1 MiB/m)
    expect(found(rows)).toContain(
      'global-atomic reports its own exactly; sampled misses 1 MiB of its own',
    )
    expect(comparisonText(comparison(shared))).toContain('peak that really was: 3 MiB (1536 slots)')
  })

  test('what is certain has two columns, and a line says what they are', () => {
    const certified = (low: number | null, high: number | null): Accuracy =>
      accuracy(3 * MIB, 3 * MIB, { certified: certifiedOf(low, high, 3 * MIB) })
    const some = [
      row('off', accuracy(3 * MIB, 3 * MIB)),
      row('global-atomic', certified(3 * MIB, 3 * MIB)),
      row('switchable', certified(3 * MIB, 3 * MIB)),
      row('batched', certified(2 * MIB, 4 * MIB)),
      row('reserve', certified(3 * MIB - 8, 3 * MIB)),
      row('global-racy', certified(3 * MIB, null)),
      row('sampled', certified(null, null)),
    ].map((one) => ({ ...one, counts: { lockedOpsPerMap: 0 } as Row['counts'] }))
    const text = comparisonText(comparison(some))
    expect(text).toMatch(/^tracker +promise +reported +error +at least +at most +locked$/m)
    expect(text).toMatch(/^batched +exact +3 MiB +0 +2 MiB +4 MiB +0$/m)
    expect(text).toMatch(/^sampled +exact +3 MiB +0 +- +- +0$/m)
    expect(text).toMatch(/^global-racy +exact +3 MiB +0 +3 MiB +- +0$/m)
    expect(text).toContain('at least, at most: the peak lies between these')
    // Nobody knows anything: as in results that were kept before it was asked.
    expect(comparisonText(comparison(some.slice(0, 1)))).not.toContain('at least')
  })

  test('a series puts each mark beside the peak of its own run', () => {
    const series = (some: readonly Row[]): string =>
      sweepText({ parameter: 'cpus', steps: [{ value: 8, comparison: comparison(some) }] })
    const own = series(rows)
    expect(own).toContain("reported, of the peak that really was in the tracker's own run")
    expect(own).not.toContain('really was  ')
    expect(own).toMatch(/^ +8 +8 MiB, 8 areas +3 MiB of 3 MiB +3 MiB of 4 MiB$/m)
    const one = series(shared)
    expect(one).toMatch(/^cpus +pool +really was +global-atomic$/m)
    expect(one).toMatch(/^ +8 +8 MiB, 8 areas +3 MiB +3 MiB$/m)
  })

  test('a series says nothing of the steps that a tracker was not run at', () => {
    const [off, atomic] = shared as [Row, Row]
    const mine = (errorSlots: number): Row => row('mine.h', accuracy(3 * MIB + errorSlots, 3 * MIB))
    const series = (steps: readonly (readonly Row[])[]): string =>
      sweepText({
        parameter: 'cpus',
        steps: steps.map((some, i) => ({ value: 2 ** i, comparison: comparison(some) })),
      })
    const exact = series([[off, atomic, mine(0)], [off, atomic, mine(0)], shared, shared])
    expect(exact).toContain(
      'global-atomic: exact at every step; mine.h: exact at 1 and 2 CPUs, not run at 4 and 8 CPUs.',
    )
    const range = { truthSlots: { low: 2 * MIB, high: 4 * MIB } }
    const unsure = row('mine.h', accuracy(3 * MIB, 3 * MIB, range))
    expect(series([[off, atomic, unsure], shared]).replaceAll('\n', ' ')).toContain(
      'mine.h: no error seen (the peak is known to 2 MiB) at 1 CPU, not run at 2 CPUs.',
    )
    expect(
      series([
        [off, unsure],
        [off, mine(0)],
      ]),
    ).toContain('mine.h: no error seen (the peak is known to 2 MiB) at every step.')
    const over = series([[off, mine(MIB)], [off, mine(2 * MIB)], shared])
    expect(over).toContain('mine.h: 1 MiB over at 1 CPU, 2 MiB over at 2 CPUs, not run at 4 CPUs')
    // One that the first step lacks has its column and its words all the same.
    const late = series([shared, [off, atomic, mine(0)]])
    expect(late).toMatch(/^cpus +pool +really was +global-atomic +mine\.h$/m)
    expect(late).toContain('mine.h: exact at 2 CPUs, not run at 1 CPU.')
  })

  test('a series of predictions marks what is no figure, and counts in words', () => {
    const steps = [1, 2, 4].map((value) => {
      const [off, atomic] = shared as [Row, Row]
      const lost = value === 1 ? 0.06 : 0
      const ratio = 1 / (1 - lost)
      const throughput = {
        nsPerPair: { median: 1, low: 1, high: 1 },
        vsOff: {
          ratio: value === 4 ? 1359.62 : ratio,
          low: ratio,
          high: ratio,
          settled: value !== 4,
        },
      } as Throughput
      if (value === 4) Object.assign(throughput.vsOff, { low: 1359.62, high: 1359.62 })
      const virtual = { full: { nsPerPair: 100, lostThroughput: lost } } as NonNullable<
        Row['virtual']
      >
      return { value, comparison: comparison([off, { ...atomic, throughput, virtual }]) }
    })
    const text = sweepText({ parameter: 'cpus', steps })
    expect(text).toMatch(/^ +1 .* 1\.06$/m)
    expect(text).toMatch(/^ +2 .* 1\.00$/m)
    expect(text).toMatch(/^ +4 .* 1360 \[not settled\]$/m)
    expect(text.replace(/\s+/g, ' ')).toContain(
      'global-atomic (without 4 CPUs, where it has no settled figure) passes 1 and 5 % at 1 CPU, and never passes 20 %.',
    )
  })

  test('a series says how its pool grows, under its table', () => {
    const steps = [8, 16].map((value) => ({ value, comparison: comparison(shared) }))
    const words = 'the pool grows with the areas; --areas alone keeps it'
    const text = sweepText({ parameter: 'areas', steps }, words)
    expect(text).toMatch(new RegExp(`^error\\n(?:.+\\n)+${words}$`, 'm'))
    expect(sweepText({ parameter: 'areas', steps })).not.toContain('the pool grows')
  })

  const times = (ns: number, ratio: number): Throughput =>
    ({
      nsPerPair: { median: ns, low: ns, high: ns },
      vsOff: { ratio, low: ratio, high: ratio },
    }) as Throughput
  const predicted = (warnings: readonly string[]): Comparison => {
    const sized = (one: Row, areaBytes: number, throughput: Throughput): Row => ({
      ...{ ...one, areaBytes, throughput },
      counts: { lockedOpsPerMap: 0 } as Row['counts'],
    })
    const [off, atomic] = shared as [Row, Row]
    return {
      ...comparison([]),
      rows: [
        sized(off, 16, times(16_000, 1)),
        sized(atomic, 16, times(17_600, 1.1)),
        sized({ ...atomic, tracker: 'per-area' }, 24, times(15_903, 1.14)),
      ],
      machine: {
        ...{ cpus: 4, copy: false, noise: around(1, 0), noiseNoCopy: null },
        costModel: { name: 'made-up' },
        largerAreas: [{ areaBytes: 24, offAreaBytes: 16, compiler: null, vsOff: around(0.87, 0) }],
      },
      warnings,
    } as unknown as Comparison
  }

  test('a ratio to another off than the one of the table is marked, with its nanoseconds', () => {
    const text = comparisonText(predicted([]))
    expect(text).toMatch(/^per-area .* 15900 +1\.14 \^/m)
    expect(text).toMatch(/^global-atomic .* 17600 +1\.10 +0$/m)
    expect(text).toMatch(/^\^ against off with areas of 24 bytes: 14000 ns$/m)
  })

  test('that CPUs share areas stands above the table of a prediction, once', () => {
    const scenario = { cpus: 64, pool: { slots: 4096, areas: 8 } } as unknown as Scenario
    const [shares = ''] = sharedAreas(scenario)
    expect(shares).toContain('which hides what a tracker costs')
    const text = comparisonText(predicted([shares, 'another']))
    expect(text.indexOf('64 CPUs share 8 areas')).toBeLessThan(text.search(/^tracker /m))
    expect(text.split('64 CPUs share 8 areas')).toHaveLength(2)
    expect(text.indexOf('warning: another')).toBeGreaterThan(text.search(/^per-area /m))
    const step = { value: 64, comparison: predicted([shares]) }
    const series = sweepText({ parameter: 'cpus', steps: [step] })
    expect(series.split('64 CPUs share 8 areas')).toHaveLength(2)
    expect(series.indexOf('64 CPUs share')).toBeLessThan(series.search(/^cpus /m))
    expect(sharedAreas({ ...scenario, cpus: 8 })).toEqual([])
  })

  test('in a series, too, and the table of nanoseconds has that off beside the other', () => {
    const at = (value: number) => {
      const one = predicted([])
      const rows = one.rows.map((of) => {
        const full = { nsPerPair: of.throughput?.nsPerPair.median, lostThroughput: 0.01 }
        return { ...of, virtual: { full, bare: null } } as unknown as Row
      })
      return { value, comparison: { ...one, rows } }
    }
    const text = sweepText({ parameter: 'areas', steps: [at(1), at(2)] })
    expect(text).toMatch(/^areas +off +off, +global-atomic +per-area$/m)
    expect(text).toMatch(/^ +24 bytes$/m)
    // 0.87 of 16000; that of which per-area is 1.14 times, to the two digits of both.
    expect(text).toMatch(/^ +2 +16000 +13900 +17600 +15900$/m)
    expect(text).toMatch(/^ +2 .* 1\.10 +1\.14 \^$/m)
    expect(text).toMatch(/^ +2 +1 % +1 % \^$/m)
    expect(
      text.match(/^\^ against an off whose areas are as large as the tracker's/gm),
    ).toHaveLength(1)
    const plain = predicted([])
    const alike = { ...plain, rows: plain.rows.slice(0, 2) }
    expect(
      sweepText({ parameter: 'areas', steps: [{ value: 1, comparison: alike }] }),
    ).not.toContain('^')
  })

  describe('what areas or CPUs do to off', () => {
    interface Step {
      readonly full: number | readonly [low: number, median: number, high: number]
      readonly bare?: number
      readonly noise?: Ratio
      readonly settled?: boolean
    }
    const timed = (ns: Step['full'], settled?: boolean): Throughput => {
      const [low, median, high] = typeof ns === 'number' ? [ns, ns, ns] : ns
      const vsOff = { ...around(1, 0), ...(settled !== undefined && { settled }) }
      return { nsPerPair: { low, median, high }, vsOff } as Throughput
    }
    /** The sentence alone. */
    const said = (
      parameter: Sweep['parameter'],
      values: readonly number[],
      of: readonly Step[],
      machine: boolean,
    ): string => {
      const steps = of.map(({ full, bare, noise = around(1, 0), settled }, i) => {
        const off = {
          ...shared[0],
          throughput: timed(full, settled),
          throughputNoCopy: bare === undefined ? null : timed(bare),
        } as Row
        const copy = bare !== undefined
        const costs = { copy, cpus: 32, noise, noiseNoCopy: copy ? around(1, 0) : null }
        const measured = { copy, threads: 2, noise, noiseByRegime: [], line: null }
        const one = comparison([off])
        // Words of the small print are not looked at here.
        return {
          value: values[i] as number,
          comparison: (machine
            ? { ...one, machine: { ...costs } }
            : { ...one, timing: measured }) as unknown as Comparison,
        }
      })
      return offSeriesWords({ parameter, steps, frontier: [] }).join(' ')
    }
    const AREAS = 'What the areas do to a map+unmap that nothing tracks (off, '

    test('is told from the first step to the last, with copies and without', () => {
      const steps = [
        { full: 21_400, bare: 22_300 },
        { full: 10_000, bare: 8960 },
        { full: 2280, bare: 729 },
      ]
      expect(said('areas', [1, 8, 32], steps, true)).toBe(
        `${AREAS}predicted, on 32 CPUs): with copies 21400 ns in 1 area and 2280 ns in 32 areas, ` +
          '9.39 times as fast; without copies 22300 ns in 1 area and 729 ns in 32 areas, 30.6 times as fast.',
      )
      expect(said('cpus', [1, 4], [{ full: 100 }, { full: 130 }], true)).toBe(
        'What the CPUs do to a map+unmap that nothing tracks (off, predicted): ' +
          '100 ns on 1 CPU and 130 ns on 4 CPUs, 1.30 times as long.',
      )
    })

    test('names the best step where it is neither end, and equal ends as equal', () => {
      const steps = [{ full: 300 }, { full: 100 }, { full: 300 }]
      expect(said('areas', [1, 2, 4], steps, true)).toBe(
        `${AREAS}predicted, on 32 CPUs): 300 ns in 1 area and 300 ns in 4 areas, as long; least 100 ns in 2 areas.`,
      )
    })

    test('of what was measured says no more than the intervals do', () => {
      const near: Step[] = [{ full: [90, 100, 115] }, { full: [80, 95, 105] }]
      expect(said('areas', [1, 2], near, false)).toBe(
        `${AREAS}measured): 100 ns in 1 area and 95.0 ns in 2 areas, no longer or shorter than can be told.`,
      )
      const apart: Step[] = [{ full: [190, 200, 210] }, { full: [80, 95, 105] }]
      expect(said('areas', [1, 2], apart, false)).toContain(', 2.11 times as fast.')
    })

    test('leaves out where off was not itself, or has no settled figure', () => {
      const doubtful = { ratio: 1.3, low: 1.2, high: 1.4 }
      const steps: Step[] = [
        { full: [190, 200, 210] },
        { full: [90, 95, 99], noise: doubtful },
        { full: [40, 50, 60] },
      ]
      expect(said('areas', [1, 2, 4], steps, false)).toBe(
        `${AREAS}measured): 200 ns in 1 area and 50.0 ns in 4 areas, 4.00 times as fast. ` +
          'Left out, as off was not itself or has no settled figure: 2 areas.',
      )
      const moving: Step[] = [{ full: 300 }, { full: 200, settled: false }]
      expect(said('areas', [1, 2], moving, true)).toBe('')
    })
  })

  test('where a threshold is passed is told in the order of the steps', () => {
    const shares = [0.3, 0.06, 0.3, 0.3, 0.3, 0.06, 0.3, 0.3]
    const at = (share: number, i: number) => {
      const virtual = { full: { nsPerPair: 100, lostThroughput: share }, bare: null }
      const atomic = { ...shared[1], virtual } as unknown as Row
      return { value: 2 ** i, comparison: comparison([shared[0] as Row, atomic]) }
    }
    const words = (some: readonly number[]): string =>
      sweepText({ parameter: 'areas', steps: some.map(at) }).replace(/\s+/g, ' ')
    expect(words(shares)).toContain(
      'global-atomic passes 1 and 5 % at every step, and 20 % at 1 and 4 to 16 areas and from 64 areas on.',
    )
    expect(words([0.3, 0, 0.06])).toContain(
      'global-atomic passes 1 and 5 % at 1 area and at 4 areas, and 20 % at 1 area.',
    )
  })

  test('how the steps of a series were made: a table of what differs, the rest once', () => {
    const step = (value: number, noise: number, warnings: readonly string[]) => {
      const { machine, ...rest } = predicted(warnings)
      const sockets = { cpus: value, sockets: 1, coresPerSocket: value, coresPerComplex: value }
      const made = { threadsPerCore: 1, stepsPerCpu: 5000, warmStepsPerCpu: 2048 }
      const changed = { ...machine, ...sockets, ...made, noise: around(noise, 0) }
      return { value, comparison: { ...rest, machine: changed } as Comparison }
    }
    const steps = [step(1, 1, ['one']), step(2, 0.99, ['both']), step(4, 1, ['both'])]
    const text = sweepText({ parameter: 'cpus', steps })
    const [, print = ''] = text.split('how each step was made\n')
    expect(print).toMatch(/^cpus +machine +off, another seed,$/m)
    expect(print).toMatch(/^ +2 +1 socket of 2 cores of 1 thread +0\.99$/m)
    expect(print).toContain('steps of each CPU: 5000; steps of warm-up: 2048; off with areas of 24')
    expect(print.split('cost model made-up')).toHaveLength(2)
    expect(print).toMatch(/^1 CPU: warning: one$/m)
    expect(print).toMatch(/^2 and 4 CPUs: warning: both$/m)
    expect(print).not.toMatch(/\b(\d+ CPUs?): \1/)
    // Nothing differs in a series of one step.
    expect(sweepText({ parameter: 'cpus', steps: steps.slice(0, 1) })).not.toContain(
      'how each step',
    )
  })

  test('a loss of throughput is told of the steps that were run', () => {
    const lost = (tracker: Row['tracker'], share: number): Row =>
      ({
        ...row(tracker, accuracy(MIB, MIB)),
        virtual: {
          full: { nsPerPair: 100, lostThroughput: share, lines: {}, perPairNs: {} },
          bare: null,
        },
      }) as unknown as Row
    const text = sweepText({
      parameter: 'cpus',
      steps: [
        { value: 1, comparison: comparison([lost('global-atomic', 0), lost('mine.h', 0.02)]) },
        { value: 2, comparison: comparison([lost('global-atomic', 0.06)]) },
      ],
    })
    expect(text.replace(/\s+/g, ' ')).toContain(
      'global-atomic passes 1 and 5 % at 2 CPUs, and never passes 20 %',
    )
    expect(text.replace(/\s+/g, ' ')).toContain(
      'mine.h (run at 1 of 2 steps) passes 1 % at 1 CPU, and never passes 5 %',
    )
  })
})

describe('the answer', () => {
  const broken = 'a free slot has an original address'

  test('"no" for a broken promise or a broken allocator', () => {
    const good = row('batched', accuracy(MIB, MIB))
    const bad = row('batched', accuracy(MIB, MIB, { promiseKept: false }))
    expect(comparisonAnswer({ rows: [good], broken: null })).toBe(0)
    expect(comparisonAnswer({ rows: [good, bad], broken: null })).toBe(1)
    expect(comparisonAnswer({ rows: [good], broken })).toBe(1)
  })

  test('a replay: "no" for those, and for another mark than the kernel had', () => {
    const kept = { promiseKept: true }
    const report = { rows: [kept, kept], broken: null, sameAsKernel: null }
    const answerTo = (changes: object): number =>
      replayAnswer({ ...report, ...changes } as unknown as ReplayReport)
    expect(answerTo({})).toBe(0)
    expect(answerTo({ sameAsKernel: true })).toBe(0)
    expect(answerTo({ sameAsKernel: false })).toBe(1)
    expect(answerTo({ rows: [kept, { promiseKept: false }] })).toBe(1)
    expect(answerTo({ broken })).toBe(1)
  })
})

describe('a replay', () => {
  const replayed = (
    endedByReset: boolean,
    trace: object = {},
    elsewhere: object[] = [],
  ): string => {
    const row = { promise: 'exact', reportedSlots: 9, errorSlots: 4, bookedSlots: 128 }
    const kept = { ...row, tracker: 'reserve', promiseKept: true, endedByReset: false }
    return replayText({
      trace: {
        ...{ file: 'x.log', format: 'operation log', layout: 'log', events: 2 },
        lost: { events: 0, reasons: [] },
        ...{ direct: 0, unfinished: 0, unused: { events: {}, otherLines: 0 } },
        ...trace,
      },
      elsewhere,
      pool: { nslabs: 1024, nareas: 1, start: '0x0', bytes: 2 ** 21 },
      rows: [kept, { ...row, tracker: 'switchable', promiseKept: false, endedByReset }],
      ...{ maps: 1, unmaps: 1, resets: 0, failedMaps: 0, peakSlots: 5, warnings: [] },
      ...{ kernel: null, meta: null, placement: null, usedBefore: 0, usedAfter: 0 },
      ...{ bookedSlots: 128, sampling: [] },
    } as unknown as ReplayReport)
  }

  test('says what lies elsewhere, and what was not used', () => {
    const text = replayed(
      false,
      { direct: 1, unfinished: 2, unused: { events: { dma_alloc: 3 }, otherLines: 4 } },
      [
        {
          device: 'nvme',
          maps: 2,
          slots: 6,
          mostSlots: 4,
          from: '0x1000',
          to: '0x3fff',
          mayBe: 'a what',
        },
      ],
    ).replace(/\s+/g, ' ')
    expect(text).toContain(
      'Elsewhere: 2 bounced maps of nvme, of 6 slots (12 KiB) together and at most 4 slots (8 KiB) at one ' +
        'time, from 0x1000 to 0x3fff, outside the pool and so not replayed: a what.',
    )
    expect(text).toContain(
      'Not used: 1 map not bounced, 2 maps under way at the end, 3 dma_alloc, 4 lines of other events.',
    )
    expect(replayed(false)).not.toMatch(/Elsewhere|Not used/)
  })

  test('marks a broken promise in its row, and none that had ended', () => {
    const broken = replayed(false)
    expect(broken).toMatch(/^switchable ! +exact/m)
    expect(broken).toMatch(/^reserve {2,}exact/m)
    expect(broken).toMatch(/^! broke its promise/m)
    expect(replayed(true)).toMatch(/^switchable +exact/m)
    expect(replayed(true)).not.toContain('!')
  })
})

describe('errors', () => {
  type State = Partial<Pick<Io, 'ending' | 'closed' | 'unwritable'>>

  function explain(error: unknown, state: State = {}) {
    const said: string[] = []
    const io = {
      closed: false,
      ...state,
      complain: (text: string) => said.push(text),
    } as unknown as Io
    return { code: explainError(error, io), said }
  }

  test('what nobody expected is one line without a stack, and 70', () => {
    const { code, said } = explain(new TypeError('x is\nnot a function'))
    expect(code).toBe(70)
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^swiotlb-lab: unexpected: x is not a function; .*report/)
  })

  test('an interrupt, bad input, and a reader that went away', () => {
    const ending = { code: Exit.terminated, words: 'terminated' } as const
    expect(explain(new Error('aborted'), { ending })).toEqual({
      code: 143,
      said: ['swiotlb-lab: terminated'],
    })
    expect(explain(new InputError('cpus: expected at least 1'))).toEqual({
      code: 2,
      said: ['swiotlb-lab: cpus: expected at least 1'],
    })
    expect(explain(new Error('aborted'), { ending, closed: true })).toEqual({ code: 0, said: [] })
    expect(explain(new Error('aborted'), { unwritable: 'no space left on device' })).toEqual({
      code: 3,
      said: ['swiotlb-lab: cannot write the output: no space left on device'],
    })
  })
})

describe('text', () => {
  test('an error that is small does not look like none', () => {
    expect(formatError(0, 1000)).toBe('0')
    expect(formatError(-1, 1000)).toBe('- 2 KiB (0.999x)')
    expect(formatError(3000, 1000)).toBe('+ 5.86 MiB (4x)')
  })

  test('a small factor is no hexadecimal number, and below 0 there is none', () => {
    expect(formatError(-29, 30)).toBe('- 58 KiB (0.03x)')
    expect(formatError(-30, 30)).toBe('- 60 KiB (nothing of it)')
    expect(formatError(-33, 30)).toBe('- 66 KiB')
  })

  test('one slot is one', () => {
    expect([slotWords(1), slotWords(2), slotWords(0)]).toEqual(['1 slot', '2 slots', '0 slots'])
    expect(formatSlots(1)).toBe('1 slot (2 KiB)')
    expect(reportedWords(1)).toBe('it reported 1 slot')
  })

  test('lines break between words, but not before a unit', () => {
    const text = wrap(`${'x'.repeat(97)} 4 MiB`)
    expect(text.split('\n')).toEqual(['x'.repeat(97), '4 MiB'])
  })

  test('words are joined as one says them', () => {
    expect([joinWords([]), joinWords(['a']), joinWords(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a, b and c',
    ])
  })
})

describe('what a schedule showed', () => {
  const whole = (
    findings: Finding['findings'],
    changed: Partial<Pick<Finding, 'pool' | 'envelopeSlots'>> = {},
  ): string => {
    const finding = {
      findings,
      promiseBroken: false,
      seed: 7,
      layout: { areaLayout: 'packed', counterLayout: 'kernel', slotIndex: 'run-counts' },
      pool: { slots: 128, areas: 1, grow: false },
      beside: [],
      cpus: 2,
      operations: 2,
      loadOperations: 0,
      accesses: 9,
      reportedSlots: 1,
      truthSlots: 2,
      envelopeSlots: { low: 2, high: 2 },
      usedSlots: 2,
      liveSlots: 2,
      readSlots: null,
      bounds: { under: 0, over: 0 },
      certified: null,
      broken: null,
      steps: [],
      stepsCut: false,
      log: '',
    } as const
    return findingText({ tracker: 'mine.h', ...finding, ...changed })
  }
  const told = (...findings: Finding['findings']): string | undefined =>
    whole(findings).split('\n\n', 1)[0]?.replace(/\s+/g, ' ')

  test('says of an order for which there was no room that this is not asked of it', () => {
    const words = 'some have more than the pool has room for'
    const slots = (high: number, grow: boolean): string =>
      whole(['above-truth'], {
        pool: { slots: 128, areas: 1, grow },
        envelopeSlots: { low: 2, high },
      })
    expect(slots(129, false)).toMatch(/any order +2 to 129 slots .*\nof these +some have more than/)
    expect([slots(128, false), slots(129, true)].filter((text) => text.includes(words))).toEqual([])
  })

  test('is told in sentences, and each fact once', () => {
    expect(told('under', 'below-truth', 'fell')).toBe(
      'mine.h: the mark is under the peak by more than is promised. The mark fell though nobody ' +
        'reset it.',
    )
    expect(told('below-truth')).toBe('mine.h: the mark is below the peak that really was.')
    expect(told('over', 'above-truth', 'above-pool')).toBe(
      'mine.h: the mark is over the peak by more than is promised. The mark is above what the ' +
        'pool has.',
    )
    expect(told()).toBe('mine.h: nothing of note.')
  })
})

describe('a table', () => {
  test('aligns columns to the left, those that are named to the right, and cuts blanks off', () => {
    expect(
      table(
        ['what', 'ns', ''],
        [
          ['a', '1.0', 'x'],
          ['longer', '10.0', ''],
        ],
        ['ns'],
      ).split('\n'),
    ).toEqual(['what      ns', 'a        1.0  x', 'longer  10.0'])
    expect(table(['one', 'two'], [])).toBe('one  two')
  })

  test('has cells of several lines, and counts columns as a terminal shows them', () => {
    expect(table(['upper\nquartile', 'n'], [['1', '2']], ['n']).split('\n')).toEqual([
      'upper     n',
      'quartile',
      '1         2',
    ])
    expect(
      table(
        ['file', 'n'],
        [
          ['\u6f22.h', '1'],
          ['e\u0301.h', '2'],
        ],
      ).split('\n'),
    ).toEqual(['file  n', '\u6f22.h  1', 'e\u0301.h   2'])
  })

  test('of two columns without a head begins with its first row', () => {
    expect(
      twoColumns([
        ['seed', '1'],
        ['layout', ''],
      ]),
    ).toBe('seed    1\nlayout')
    expect(twoColumns([])).toBe('')
  })
})
