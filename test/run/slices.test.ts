// From the slices of a run to figures: regimes are kept apart, and what was not done has no figure.

import { availableParallelism } from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { dutyWarnings, timingWarnings } from '../../lib/compare/warnings.js'
import { InputError } from '../../lib/data/errors.js'
import { compare, resolveScenario } from '../../lib/index.js'
import { lineOf } from '../../lib/measure/rounds.js'
import { sliceFacts } from '../../lib/measure/slice-facts.js'
import { throughput } from '../../lib/measure/throughput.js'
import { type TimedSlices, timingOf } from '../../lib/measure/timing.js'
import type { NativeBench } from '../../lib/native/plans/bench.js'
import type { Costs } from '../../lib/report/parts/costs.js'
import { changeWords, lineWords } from '../../lib/report/parts/line.js'
import { regimeTable } from '../../lib/report/parts/regimes.js'
import { comparisonText } from '../../lib/report/text/compare.js'
import type { MeasuredRow, Row, Timing } from '../../lib/results/comparison.js'
import type { Duty } from '../../lib/results/figures.js'
import type { LineProbe } from '../../lib/results/line.js'
import { small, testUnless } from './helpers.js'

const NEAR = 8
const FAR = 12
const ROUNDS = NEAR + 1 + FAR

const at = (ns: number, slowdown = 1): LineProbe => ({ nearestNs: ns, furthestNs: ns, slowdown })
const near = at(39)
const far = at(190)

/** off, its second copy and a tracker: 1.2 times off where the cores are near, 3 times where far. */
function bench(changes: Partial<NativeBench> = {}): NativeBench {
  const off = Array.from({ length: ROUNDS }, (_, i) => 100 + (i % 5))
  const nsPerPair = Float64Array.from([
    ...off,
    ...off,
    ...off.map((ns, i) => ns * (i < NEAR ? 1.19 + 0.02 * (i % 2) : 3)),
  ])
  const same = (value: number): Float64Array => new Float64Array(3 * ROUNDS).fill(value)
  const histograms = new Float64Array(3 * 640)
  return {
    nsPerPair,
    meanNs: nsPerPair.map((ns) => 1.1 * ns),
    pairs: same(2000),
    failed: same(0),
    bytes: same(2000 * 4096),
    seconds: same(2 * 0.003),
    looks: [null, null, null],
    growth: [null, null, null],
    // The cores are moved apart within the round behind the near ones.
    line: [...Array(NEAR + 1).fill(near), ...Array(FAR + 1).fill(far)],
    mapNs: histograms,
    unmapNs: histograms,
    pairNs: histograms,
    dropped: 0,
    droppedBy: new Float64Array(3),
    timerNs: 10,
    pinned: true,
    realtime: true,
    oversubscribed: false,
    cancelled: false,
    ...changes,
  }
}

const timed = (one: NativeBench) => {
  const line = lineOf(one, ROUNDS)
  const found = throughput(one, 2, 0, 2, ROUNDS, line)
  if (!found) throw new Error('nothing was timed')
  return { line, ...found }
}

describe('two regimes in one run', () => {
  const { line, vsOff, nsPerPair, mean, byRegime, roundsVsOff, pairsPerSecond } = timed(bench())

  test('figures are of the one with most rounds, the other stands beside them', () => {
    expect(line?.regimes.map(({ rounds, furthestNs }) => [rounds, Math.round(furthestNs)])).toEqual(
      [
        [FAR, 190],
        [NEAR, 39],
      ],
    )
    expect(vsOff.ratio).toBeCloseTo(3)
    expect(vsOff.low).toBeCloseTo(3)
    expect(nsPerPair.low).toBeGreaterThanOrEqual(300)
    expect(byRegime.map((one) => one?.vsOff.ratio.toFixed(2))).toEqual(['3.00', '1.20'])
    expect(mean?.nsPerPair.median).toBeCloseTo(1.1 * nsPerPair.median)
    // Two threads, 3 ms each: 2000 pairs.
    expect(pairsPerSecond).toBeCloseTo(2000 / 0.003)
  })

  test('rounds of other regimes, and the one in which it changed, are in no ratio of a round', () => {
    expect(roundsVsOff.slice(0, NEAR + 1)).toEqual(Array(NEAR + 1).fill(null))
    expect(roundsVsOff.slice(NEAR + 1).every((one) => one !== null && one > 2.9)).toBe(true)
  })

  test('it is said, with what the other rounds gave', () => {
    expect(lineWords(line)).toEqual(['a line moves in 190 ns between cores of their own'])
    const [words = ''] = changeWords({ line, noiseByRegime: undefined }, [
      { tracker: 'global-atomic', byRegime },
    ])
    expect(words).toMatch(/changed once in mid-run/)
    expect(words).toMatch(/of the 12 rounds in which it took 190 ns/)
    expect(words).toMatch(
      /in 39\.0 ns in 8 rounds: global-atomic 1\.20 \[1\.19 - 1\.21\] times off/,
    )
    // Under a table of all trackers it is a table too.
    const costs = (noiseByRegime: Timing['noiseByRegime']): Costs => ({
      full: { cpus: 2, predicted: false, copy: true, noise: null, noiseByRegime, line },
      bare: null,
    })
    const rows = [{ tracker: 'global-atomic', throughput: { byRegime } }] as unknown as Row[]
    const shown = regimeTable(rows, costs(undefined)).join('\n')
    expect(shown).toContain('changed once in mid-run: the figures above are of 12 rounds at 190 ns')
    expect(shown).toMatch(/^tracker +x off, 8 rounds,\n +a line moves in 39\.0 ns$/m)
    expect(shown).toMatch(/^global-atomic +1\.20 \[1\.19 - 1\.21\]$/m)
    expect(shown).toMatch(/^off against off +not kept$/m)
    const other = { ratio: 0.95, low: 0.94, high: 0.96 }
    const doubted = regimeTable(rows, costs([null, other])).join('\n')
    expect(doubted).toMatch(/^global-atomic +1\.20 \[1\.19 - 1\.21\] \?$/m)
    expect(doubted).toMatch(/^off against off +0\.95 \[0\.94 - 0\.96\]$/m)
    expect(regimeTable(rows, { full: null, bare: null })).toEqual([])
    // A ratio of fewer rounds than an interval needs is not told.
    const few = bench({ line: [...Array(4).fill(near), ...Array(ROUNDS - 3).fill(far)] })
    const [short = ''] = changeWords({ line: lineOf(few, ROUNDS), noiseByRegime: undefined }, [
      { tracker: 'global-atomic', byRegime: timed(few).byRegime },
    ])
    expect(short).toMatch(/it moved in 39\.0 ns in 3 rounds\.$/)
    const warnings = warned({ line, rounds: ROUNDS })
    expect(warnings).toEqual(['1 of 21 rounds was left out: how a line moves changed in 1'])
  })
})

const quiet = {
  noise: { ratio: 1, low: 0.99, high: 1.01 },
  largerAreas: [],
  pinned: true,
  realtime: true,
  oversubscribed: false,
  stolen: 0,
  dropped: 0,
}
const warned = (timing: Partial<Timing>, rows: readonly Partial<MeasuredRow>[] = []): string[] =>
  timingWarnings(
    resolveScenario(small),
    { line: null, rounds: 25, ...quiet, ...timing } as Timing,
    null,
    rows as MeasuredRow[],
  )

describe('what is warned of', () => {
  test('two threads of one core', () => {
    const line = lineOf(bench({ line: Array(ROUNDS + 1).fill(at(16, 1.9)) }), ROUNDS)
    expect(warned({ line, rounds: ROUNDS })).toEqual([
      expect.stringMatching(/two threads of one core/),
    ])
    expect(lineWords(line)).toEqual(['a line moves in 16.0 ns between two threads of one core'])
    // A line that moves as quickly between two cores is nothing to warn of.
    const cores = lineOf(bench({ line: Array(ROUNDS + 1).fill(at(16, 1.02)) }), ROUNDS)
    expect(warned({ line: cores, rounds: ROUNDS })).toEqual([])
  })

  test('looks that saw nothing: figures are of all rounds, and it is said', () => {
    const one = bench({ line: Array(ROUNDS + 1).fill(null) })
    const { line, roundsVsOff, byRegime } = timed(one)
    expect(roundsVsOff).not.toContain(null)
    expect(byRegime).toEqual([])
    expect(warned({ line, rounds: ROUNDS })).toEqual([
      expect.stringMatching(/could not be measured/),
    ])
    expect(lineWords(line)).toEqual([])
  })

  test('latencies of another regime', () => {
    const line = lineOf(bench({ line: [...Array(ROUNDS + 1).fill(near), far, far] }), ROUNDS)
    expect(line?.latencyStray).toBe(2)
    expect(warned({ line, rounds: ROUNDS })).toEqual([expect.stringMatching(/^in 2 of the rounds/)])
  })

  test('few rounds, much that was dropped', () => {
    expect(warned({ rounds: 5 })).toEqual([expect.stringMatching(/^5 rounds are too few/)])
    expect(warned({ rounds: 6, dropped: 0.05 })).toEqual([])
    expect(warned({ dropped: 0.061 })).toEqual([expect.stringMatching(/^6 % .* was dropped/)])
  })

  test('a noise control without an interval: no two costs can be compared', () => {
    const noise = { ratio: 1, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }
    expect(warned({ noise })).toEqual([
      expect.stringMatching(/^no tracker is marked as on the frontier: .* has no interval/),
    ])
  })

  test('one thread and no line: nothing', () => {
    expect(lineOf(bench({ line: null }), ROUNDS)).toBeNull()
    expect(warned({ line: null })).toEqual([])
  })
})

describe('the control of each regime', () => {
  const scenario = resolveScenario({ ...small, timing: { rounds: ROUNDS } })
  const told = { threads: 2, cpuIds: [0, 1], stolen: null }
  /** The second off so many times the first, in the near rounds and in the far ones. */
  const measure = (nearTimes: number, farTimes: number) => {
    const all = bench()
    const nsPerPair = all.nsPerPair.map((ns, i) =>
      Math.floor(i / ROUNDS) === 1
        ? ns * (i % ROUNDS < NEAR ? nearTimes : farTimes) * (1 + 0.001 * (i % 3))
        : ns,
    )
    const { timing, others } = timingOf({ ...all, nsPerPair }, scenario, [{ baseline: null }], told)
    const byRegime = others[0]?.throughput?.byRegime ?? []
    const { line, noiseByRegime } = timing
    return {
      timing,
      words: changeWords({ line, noiseByRegime }, [{ tracker: 'global-atomic', byRegime }])[0],
    }
  }

  test('is told, and in place of ratios where off was not itself', () => {
    const alike = measure(1, 1)
    expect(alike.timing.offWasItself).toBe(true)
    expect(alike.words).toMatch(/1\.21\] times off \(off against off 1\.00 \[1\.00 - 1\.00\]\)\.$/)
    const other = measure(0.95, 1)
    expect(other.timing.offWasItself).toBe(true)
    expect(other.timing.noiseByRegime?.map((noise) => noise?.ratio.toFixed(2))).toEqual([
      '1.00',
      '0.95',
    ])
    expect(other.words).toMatch(
      /in 8 rounds, in which off was not itself \(off against off 0\.95[^)]*\)\.$/,
    )
    expect(measure(1, 0.95).timing.offWasItself).toBe(false)
  })
})

describe('a variant without a slice in the rounds that figures are made of', () => {
  const scenario = resolveScenario({ ...small, timing: { rounds: ROUNDS } })
  const told = { threads: 2, cpuIds: [0, 1], stolen: null }
  /** Without the slices of a variant in the far rounds, or in those that `lost` says. */
  const without = (
    variant: number,
    lost = (round: number): boolean => round > NEAR,
  ): NativeBench => {
    const all = bench()
    return bench({
      nsPerPair: all.nsPerPair.map((ns, i) =>
        Math.floor(i / ROUNDS) === variant && lost(i % ROUNDS) ? Number.NaN : ns,
      ),
    })
  }
  const measure = (one: NativeBench) => timingOf(one, scenario, [{ baseline: null }], told)

  test('has no figure, and the others have theirs', () => {
    const { timing, off, others } = measure(without(2))
    expect(off.throughput?.nsPerPair.median).toBeGreaterThan(0)
    expect(timing.noise).toMatchObject({ ratio: 1, low: 1, high: 1 })
    expect(others).toMatchObject([
      {
        throughput: null,
        slices: {
          untimed:
            'none of its slices in the 12 rounds in which a line moved as in the figures was long ' +
            'enough to be measured; raise sliceMs or rounds',
        },
      },
    ])
    const { slices } = others[0] as TimedSlices
    expect(warned({}, [{ tracker: 'global-atomic', slices, slicesNoCopy: null }])).toEqual([
      expect.stringMatching(/^global-atomic has no figure: none of its slices in the 12 rounds/),
    ])
  })

  test('off itself: no ratio, and why', () => {
    const { timing, off, others } = measure(without(0))
    expect(timing.noise).toBeNull()
    expect(off.slices.untimed).toMatch(/^none of its slices/)
    expect(others[0]?.throughput).toBeNull()
    expect(others[0]?.slices.untimed).toMatch(/^off: none of its slices/)
  })

  test('the noise control: figures, but nothing on the frontier', () => {
    const { timing, others } = measure(without(1))
    expect(timing.noise).toBeNull()
    expect(others[0]?.throughput?.vsOff.ratio).toBeCloseTo(3)
    const warnings = timingWarnings(scenario, { ...timing, line: null, realtime: true }, null, [])
    expect(warnings).toContainEqual(expect.stringMatching(/^no noise control: in no round/))
    expect(warnings).toContainEqual(expect.stringMatching(/^no tracker .* no noise control/))
  })

  test('slices that have none of off beside them', () => {
    const one = without(2, (round) => round % 2 === 0)
    const nsPerPair = one.nsPerPair.map((ns, i) =>
      i < ROUNDS && (i % ROUNDS) % 2 === 1 ? Number.NaN : ns,
    )
    const { others } = measure({ ...one, nsPerPair })
    expect(others[0]?.throughput).toBeNull()
    expect(others[0]?.slices.untimed).toMatch(/^none of its slices with one of off beside it in/)
  })

  test('nothing at all is a wrong use', () => {
    const nothing = bench({ nsPerPair: new Float64Array(3 * ROUNDS).fill(Number.NaN) })
    expect(() => measure(nothing)).toThrow(InputError)
  })
})

describe('a real timing', () => {
  test('of one thread has no line', async () => {
    const { timing, rows } = await compare(small, { trackers: ['off'] })
    expect(timing?.line).toBeNull()
    expect(rows[0]?.throughput?.byRegime).toEqual([])
  }, 60_000)

  testUnless(
    availableParallelism() < 2 ? 'a line moves between two CPUs; this machine has one' : undefined,
    'of two threads looks at the line beside each round',
    async () => {
      const two = { ...small, timing: { ...small.timing, threads: 2 } }
      const { timing, rows } = await compare(two, { trackers: ['off', 'sampled'] })
      const line = timing?.line
      expect(line?.rounds).toHaveLength(timing?.rounds ?? 0)
      expect(line?.regimeOf).toHaveLength(timing?.rounds ?? 0)
      for (const { before, after } of line?.rounds ?? []) {
        for (const look of [before, after]) {
          if (!look) continue
          expect(look.nearestNs).toBeGreaterThan(1)
          expect(look.furthestNs).toBe(look.nearestNs)
          expect(look.slowdown).toBeGreaterThan(0)
        }
      }
      expect(rows.map(({ slices }) => slices?.looks === null)).toEqual([true, false])
      for (const { throughput } of rows) {
        if (throughput) expect(throughput.byRegime).toHaveLength(line?.regimes.length ?? 0)
      }
    },
    60_000,
  )
})

describe('what is dropped of one tracker and not of off', () => {
  const warnedOf = (mine: number, off: number) => {
    const changed = bench({ droppedBy: Float64Array.of(off, 0, mine) })
    const slices = sliceFacts(changed, 2, 0, ROUNDS, null)
    return warned({}, [{ tracker: 'sampled', slices, slicesNoCopy: null }])
  }

  test('is said, from five percent on', () => {
    expect(warnedOf(0.08, 0.02)).toEqual([
      'sampled: 8 % of its time was dropped, of that of off 2 %: ' +
        'what it does seldom and at length is not in the figure',
    ])
    expect(warnedOf(0.06, 0.02)).toEqual([])
    expect(warnedOf(0.02, 0.2)).toEqual([])
  })
})

describe('what was to be done beside the threads', () => {
  const facts = (duty: Duty, kind: 'looks' | 'growth', v = 2) =>
    sliceFacts(
      bench({ [kind]: [null, null, null].map((_, i) => (i === v ? duty : null)) }),
      2,
      0,
      ROUNDS,
      null,
    )

  test('below 90 % there is no figure, and it is said why', () => {
    const slices = facts({ due: 100, made: 89 }, 'looks')
    expect(slices.untimed).toBe(
      '89 of 100 looks of the sampler were made while the threads ran; expected at least 90 %',
    )
    expect(warned({}, [{ tracker: 'sampled', slices, slicesNoCopy: null }])).toEqual([
      expect.stringMatching(/^sampled has no figure: 89 of 100.*at least 90 %$/),
    ])
    expect(facts({ due: 10, made: 3 }, 'growth').untimed).toMatch(/^3 of 10 pieces of growth work/)
  })

  test('from 90 % on there is one, and what was missed is said', () => {
    const slices = facts({ due: 100, made: 90 }, 'looks')
    expect(slices.untimed).toBeNull()
    expect(warned({}, [{ tracker: 'sampled', slices, slicesNoCopy: null }])).toEqual([
      expect.stringMatching(/^sampled: 90 of 100 looks/),
    ])
    const all = facts({ due: 100, made: 100 }, 'looks')
    expect(warned({}, [{ tracker: 'sampled', slices: all, slicesNoCopy: null }])).toEqual([])
    const none = facts({ due: 0, made: 0 }, 'looks')
    expect(warned({}, [{ tracker: 'sampled', slices: none, slicesNoCopy: null }])).toEqual([
      'sampled: no look of the sampler was due in what was timed',
    ])
  })

  test('a ratio to an off without a figure is none', () => {
    expect(facts({ due: 4, made: 1 }, 'growth', 0).untimed).toMatch(/^off: 1 of 4/)
  })

  test('accuracy runs say what was missed', () => {
    const counts = { looks: { due: 9, made: 4 }, growth: null }
    const rows = [{ tracker: 'sampled', counts }] as unknown as MeasuredRow[]
    expect(dutyWarnings(rows)).toEqual([
      expect.stringMatching(/^accuracy of sampled: 4 of 9 looks/),
    ])
  })

  test('a cell without a figure is a dash, and no finding', async () => {
    const result = await compare(small, { trackers: ['off', 'global-racy', 'sampled'] })
    const rows = result.rows.map((row) =>
      row.tracker === 'sampled' ? { ...row, throughput: null } : row,
    )
    const text = comparisonText({ ...result, rows })
    expect(text).toMatch(/^sampled +none .* - +- +0$/m)
    expect(text).toMatch(/^global-racy \*? +never over .*\d+ \[/m)
    const told = text.slice(text.indexOf('A map+unmap'))
    expect(told.slice(0, told.indexOf('\n\n'))).not.toContain('sampled')
  }, 60_000)
})
