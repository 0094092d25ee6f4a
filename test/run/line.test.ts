// How rounds are sorted by the move of a line between the timed CPUs.

import { describe, expect, test } from '@jest/globals'
import { type LineProbe, type LineRound, lineRegimes } from '../../lib/index.js'

/** One core's two threads, two near cores, two far cores: move in ns, slow-down. */
const oneCore = [16, 1.95] as const
const near = [39, 1] as const
const far = [190, 1] as const

/** Some percent of noise that is the same each time. */
const noisy = (value: number, i: number): number => value * (1 + 0.08 * Math.sin(7 * i))

const probe = ([ns, slowdown]: readonly [number, number], i = 0): LineProbe => ({
  nearestNs: noisy(ns, i),
  furthestNs: noisy(ns, i),
  slowdown: noisy(slowdown, i + 1),
})

const steady = (kind: readonly [number, number], count: number): LineRound[] =>
  Array.from({ length: count }, (_, i) => ({ before: probe(kind, i), after: probe(kind, i + 1) }))

const turn = (from: readonly [number, number], to: readonly [number, number]): LineRound => ({
  before: probe(from),
  after: probe(to),
})

describe('regimes of a line', () => {
  test('rounds that are alike are one regime', () => {
    const { regimes, regimeOf, changed, changes, unmeasured } = lineRegimes(steady(near, 25))
    expect(regimes).toHaveLength(1)
    expect(regimes[0]).toMatchObject({ rounds: 25, sharedCore: false })
    expect(regimes[0]?.furthestNs).toBeGreaterThan(35)
    expect(regimes[0]?.furthestNs).toBeLessThan(43)
    expect(new Set(regimeOf)).toEqual(new Set([0]))
    expect({ changed, changes, unmeasured }).toEqual({ changed: 0, changes: 0, unmeasured: 0 })
  })

  test('a change in mid-run: two regimes, and the round in which it came belongs to none', () => {
    const rounds = [...steady(near, 9), turn(near, far), ...steady(far, 15)]
    const { regimes, regimeOf, changed, changes } = lineRegimes(rounds)
    expect(regimes.map(({ rounds: n, sharedCore }) => [n, sharedCore])).toEqual([
      [15, false],
      [9, false],
    ])
    expect(regimes[0]?.furthestNs).toBeGreaterThan(170)
    expect(regimeOf).toEqual([...Array(9).fill(1), null, ...Array(15).fill(0)])
    expect({ changed, changes }).toEqual({ changed: 1, changes: 1 })
  })

  test('threads of one core, near cores and far cores are three', () => {
    const rounds = [
      ...steady(near, 8),
      ...steady(oneCore, 6),
      ...steady(far, 7),
      ...steady(near, 3),
    ]
    const { regimes, regimeOf, changes } = lineRegimes(rounds)
    expect(regimes.map(({ rounds: n, sharedCore }) => [n, sharedCore])).toEqual([
      [11, false],
      [7, false],
      [6, true],
    ])
    expect(regimeOf.at(-1)).toBe(0)
    expect(changes).toBe(3)
  })

  test('the same move on one core and on two is told apart by the slow-down alone', () => {
    const rounds = [...steady([20, 1.02], 6), ...steady([20, 1.8], 5)]
    expect(lineRegimes(rounds).regimes.map(({ sharedCore }) => sharedCore)).toEqual([false, true])
    // Seen in one round, it is a change.
    expect(lineRegimes([turn([20, 1.02], [20, 1.8])])).toMatchObject({ changed: 1, regimes: [] })
  })

  test('of more than two threads the nearest and the furthest pair must both be alike', () => {
    const of = (nearestNs: number, furthestNs: number): LineRound => {
      const one = { nearestNs, furthestNs, slowdown: 1 }
      return { before: one, after: one }
    }
    const { regimes } = lineRegimes([of(20, 80), of(21, 82), of(79, 80)])
    expect(regimes.map(({ rounds }) => rounds)).toEqual([2, 1])
  })

  test('a slow drift is no one regime: its ends are too far from any middle', () => {
    const drift = Array.from({ length: 20 }, (_, i) => {
      const one = { nearestNs: 30 * 1.1 ** i, furthestNs: 30 * 1.1 ** i, slowdown: 1 }
      return { before: one, after: one }
    })
    const { regimes, regimeOf } = lineRegimes(drift)
    for (const [place] of regimes.entries()) {
      const moves = drift.flatMap(({ before }, i) =>
        regimeOf[i] === place ? [before.furthestNs] : [],
      )
      expect(Math.max(...moves) / Math.min(...moves)).toBeLessThan(1.5 ** 2)
    }
    expect(regimeOf).not.toContain(null)
  })

  test('noise around a regime makes no regimes of its own', () => {
    const rounds = [...steady(near, 20), ...steady([29, 1], 1), ...steady([54, 1], 1)]
    expect(lineRegimes(rounds).regimes.map(({ rounds: n }) => n)).toEqual([22])
  })

  test('rounds without a measurement are counted, and belong to none', () => {
    const rounds = [...steady(near, 2), { before: probe(near), after: null }]
    expect(lineRegimes(rounds)).toMatchObject({ unmeasured: 1, changed: 0, regimeOf: [0, 0, null] })
    expect(lineRegimes([])).toMatchObject({ regimes: [], regimeOf: [] })
  })
})
