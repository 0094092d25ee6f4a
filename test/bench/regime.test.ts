// Rounds of a part's runs, sorted by how the timed CPUs stood to each other.

import { expect, test } from '@jest/globals'
import { lines, sharesOf } from '../../bench/parts/end-to-end.js'
import { moved } from '../../bench/parts/virtual-reality.js'
import { regimeWords, sortRounds } from '../../bench/regime.js'
import { changedText, conditions, nsBand, ratioBand } from '../../bench/text.js'
import {
  changedRounds,
  nsOf,
  overOffOf,
  ratioOf,
  runsByRegime,
  standsAs,
} from '../../bench/tries.js'
import type { LineProbe, LineRound, VariantTiming } from '../../lib/index.js'

const far: LineProbe = { nearestNs: 79, furthestNs: 79, slowdown: 1 }
const near: LineProbe = { nearestNs: 16, furthestNs: 16, slowdown: 1.9 }

const steady = (probe: LineProbe): LineRound => ({ before: probe, after: probe })
const changed: LineRound = { before: far, after: near }
const unseen: LineRound = { before: far, after: null }

/** Of a run only what is looked at. */
const runOf = (rounds: readonly LineRound[] | null, count = rounds?.length ?? 4): VariantTiming =>
  ({
    timing: { threads: rounds ? 2 : 1, rounds: count, line: rounds && { rounds } },
  }) as unknown as VariantTiming

test('the same regime is the same in every run, and a round that changed is in none', () => {
  const one = runOf([steady(far), steady(far), changed, steady(near)])
  const two = runOf([steady(near), steady(far), steady(far), steady(far)])
  const sorting = sortRounds([one, two])
  expect(sorting.regimes).toEqual([
    { sharedCore: false, lineNs: 79, slowdown: 1 },
    { sharedCore: true, lineNs: 16, slowdown: 1.9 },
    'not measured',
    null,
  ])
  expect(sorting.placesOf(one, 4)).toEqual([0, 0, null, 1])
  expect(sorting.placesOf(two, 4)).toEqual([1, 0, 0, 0])
  expect(changedRounds([one, two], sorting)).toBe(1)
  const [cores, shared, ...more] = runsByRegime([one, two], sorting)
  expect(more).toEqual([])
  expect(cores?.pick(one, [1, 2, 3, 4])).toEqual([1, 2])
  expect(cores?.pick(two, [1, 2, Number.NaN, 4])).toEqual([2, 4])
  expect(shared?.pick(one, [1, 2, 3, 4])).toEqual([4])
})

test('rounds of which nothing is known stand apart, and are not left out', () => {
  const single = runOf(null)
  const seen = runOf([steady(far), unseen])
  const sorting = sortRounds([single, seen])
  expect(sorting.regimes.slice(1)).toEqual(['not measured', null])
  expect(sorting.placesOf(single, 4)).toEqual([2, 2, 2, 2])
  expect(sorting.placesOf(seen, 2)).toEqual([0, 1])
  expect(regimeWords(null)).toBe('-')
  expect(regimeWords('not measured')).toBe('how they stood was not measured')
})

test('a prediction is held against rounds in which the CPUs stood as in its calibration', () => {
  const run = runOf([steady(far), changed, steady(near), unseen, steady(far)])
  const single = runOf(null)
  const calibrated = { ...far, sharedCore: false, rounds: 20 }
  expect(standsAs(calibrated, run)).toEqual([true, false, false, false, true])
  // Two cores, but a line moves in twice the time.
  const further = { ...calibrated, nearestNs: 160, furthestNs: 160 }
  expect(standsAs(further, run)).toEqual([false, false, false, false, false])
  expect(standsAs(null, run)).toEqual([false, false, false, false, false])
  // One thread: no line moves.
  expect(standsAs(null, single)).toEqual([true, true, true, true])
})

test('a round that changed is told once', () => {
  const run = runOf([steady(far), changed, steady(near), unseen])
  const sorting = sortRounds([run])
  const calibrated = { ...far, sharedCore: false, rounds: 20 }
  expect(moved([{ calibrated, run }], sorting)[0]).toMatch(/^ {2}left out: 2 rounds /)
  expect(changedText([run], sorting)[0]).toMatch(/^ {2}left out: 1 rounds /)
  const still = runOf([steady(far)])
  expect(moved([{ calibrated, run: still }], sortRounds([still]))).toEqual([])
})

test('a regime of one round, and that dropped, is shown as nothing', () => {
  const times = (tracker: string, last: number | null, ratio: number | null) => ({
    tracker,
    roundsNs: [100, 102, last],
    throughput: { roundsVsOff: [1.5, 1.6, ratio] },
  })
  const run = {
    timing: {
      ...{ threads: 2, rounds: 3, sliceMs: 3, stolen: null, dropped: 0.1, cpuIds: [0, 1] },
      ...{ copy: false, oversubscribed: false, pinned: true, realtime: true },
      line: { rounds: [steady(far), steady(far), steady(near)] },
    },
    variants: [
      times('off', null, 1),
      times('global-atomic', 50, null),
      times('per-area', 50, null),
    ],
    controlNs: [100, 102, 50],
  } as unknown as VariantTiming
  const [whole, nothing] = runsByRegime([run], sortRounds([run]))
  const [off, counter] = [0, 1].map((i) => (of: VariantTiming) => of.variants[i]!)
  expect(nsBand(nsOf(whole!, off!))).toBe('101 [100 - 102]')
  expect(nsBand(nsOf(nothing!, off!))).toBe('-')
  expect(nsBand(nsOf(nothing!, counter!))).toBe('50.0 [50.0 - 50.0]')
  expect(ratioBand(ratioOf(nothing!, counter!, off!))).toBe('-')
  expect(ratioBand(overOffOf(nothing!, counter!))).toBe('-')
  expect(conditions(nothing!)).toContain('off against off -;')
  const shares = sharesOf(4096, [{ bare: run, full: null }], nothing!)
  expect(lines([shares]).split('\n')[1]).toMatch(/^4 KiB(?: +-){6}$/)
})
