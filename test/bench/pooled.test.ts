// Several kept runs together: every try of every run counts, each regime for itself.

import { describe, expect, test } from '@jest/globals'
import type { Stood } from '../../bench/figure.js'
import type { KeptBench } from '../../bench/kept.js'
import { countWords, poolRuns } from '../../bench/pooled.js'
import { type Attempt, figure, goal } from '../../bench/verdict.js'

const around = (middle: number): number[] =>
  Array.from({ length: 11 }, (_, i) => middle * (1 + (i - 5) / 1000))

const cores = (lineNs: number): Stood => ({ sharedCore: false, lineNs, slowdown: 1 })

interface Run {
  readonly file: string
  readonly kept: KeptBench
}

let days = 0

/** A run of one figure: so many tries in each of the regimes, all of which say the same. */
function runOf(file: string, tries: readonly { at: number; lineNs: number }[]): Run {
  const all = [...new Set(tries.map(({ lineNs }) => lineNs))]
  const attempts = tries.map(
    ({ at }): Attempt => ({ rounds: around(at), noise: around(1), run: null }),
  )
  let next = 0
  const sorting = {
    regimes: all.map(cores),
    placesOf: (_: unknown, rounds: number) => {
      const { lineNs } = tries[next++ % tries.length]!
      return Array.from({ length: rounds }, () => all.indexOf(lineNs))
    },
  }
  const made = figure(
    { id: 'a/b', what: 'a cell', series: 'cells', target: goal({ atLeast: 0.8, atMost: 1.2 }) },
    attempts,
    sorting,
  )
  return {
    file,
    kept: {
      kind: 'bench',
      source: { commit: 'a'.repeat(40), dirty: false },
      host: {} as KeptBench['host'],
      date: `2026-01-01T00:00:0${days++}Z`,
      command: 'npm run bench -- --only part --save',
      tries: tries.length,
      kernel: null,
      parts: [{ name: 'part', question: 'is it', seconds: 1, failure: null, figures: [made] }],
    },
  }
}

const near = { at: 1, lineNs: 40 }
const far = { at: 0.5, lineNs: 190 }

describe('kept runs, pooled', () => {
  test('hold all tries, and regimes that are alike are one', () => {
    const first = runOf('one', [near, near, near, near, near, far])
    const second = runOf(
      'two',
      [1, 1.02, 1.04, 1, 1, 1].map((at) => ({ at, lineNs: 44 })),
    )
    const [part] = poolRuns([first, second])
    const [made] = part!.figures
    expect(made!.pooled.map(({ tries }) => tries)).toEqual([11, 1])
    expect(made!.pooled[0]!.verdict).toBe('met')
    expect(made!.pooled[0]!.band.high).toBeGreaterThanOrEqual(1.04)
    expect(new Set(made!.tries.map(({ number }) => number)).size).toBe(12)
    expect(countWords(part!.figures)).toEqual([
      '0.80 to 1.20: the median in 1 of 1, the whole band in 1',
    ])
  })

  test('a run that says otherwise is not lost', () => {
    const good = runOf(
      'one',
      Array.from({ length: 6 }, () => near),
    )
    const bad = runOf(
      'two',
      Array.from({ length: 6 }, () => ({ at: 1.5, lineNs: 40 })),
    )
    const [part] = poolRuns([good, bad])
    expect(part!.figures[0]!.pooled[0]!.verdict).toBe('within the noise: cannot be told')
    const worse = runOf(
      'three',
      Array.from({ length: 6 }, () => ({ at: 1.5, lineNs: 40 })),
    )
    expect(countWords(poolRuns([bad, worse])[0]!.figures)).toEqual([
      '0.80 to 1.20: the median in 0 of 1, the whole band in 0; outside: a cell',
    ])
  })

  test('runs of another commit, another host, or with a part that failed are refused', () => {
    const one = runOf('one', [near])
    const two = runOf('two', [near])
    const withKept = (kept: Partial<KeptBench>): Run => ({ ...two, kept: { ...two.kept, ...kept } })
    const commit = withKept({ source: { commit: 'b'.repeat(40), dirty: false } })
    expect(() => poolRuns([one, commit])).toThrow('two and one are of another commit')
    const host = withKept({ host: { cpus: 4 } as KeptBench['host'] })
    expect(() => poolRuns([one, host])).toThrow('two and one are of another host')
    const kernel = withKept({ kernel: 'another' })
    expect(() => poolRuns([one, kernel])).toThrow("two and one are of another kernel's code")
    expect(() => poolRuns([one, one])).toThrow('one and one are the same run: each counts once')
    expect(() => poolRuns([one])).toThrow('at least two runs')
    const parts = two.kept.parts.map((part) => ({ ...part, failure: 'no compiler' }))
    expect(() => poolRuns([one, withKept({ parts })])).toThrow('two: part: no compiler')
    const dirty = withKept({ source: { commit: 'a'.repeat(40), dirty: true } })
    expect(() => poolRuns([one, dirty])).toThrow('two: of a tree with changes')
  })
})
