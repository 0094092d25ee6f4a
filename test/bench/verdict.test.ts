// The benchmark's tries: a fixed number of them, all pooled, each regime by itself.

import { describe, expect, test } from '@jest/globals'
import type { Figure } from '../../bench/figure.js'
import { lostText, rate, ratesText } from '../../bench/parts/virtual-speed.js'
import type { Sorting } from '../../bench/regime.js'
import { figuresText, summaryLines } from '../../bench/text.js'
import { inTurns } from '../../bench/tries.js'
import {
  type Attempt,
  exactFigure,
  figure,
  goal,
  regressionValue,
  TRIES,
} from '../../bench/verdict.js'

/** Rounds around a middle, as a quiet host gives them. */
const around = (middle: number): number[] =>
  Array.from({ length: 11 }, (_, i) => middle * (1 + (i - 5) / 1000))

const quiet = (middle: number): Attempt => ({
  rounds: around(middle),
  noise: around(1),
  run: null,
})

const wanted = { id: 'some/figure', what: 'some figure' }

function only({ pooled }: Figure) {
  expect(pooled).toHaveLength(1)
  return pooled[0]!
}

describe('a figure', () => {
  test('one try of six that meets the goal does not meet it', () => {
    const tries = [1.5, 1.5, 1.02, 1.5, 1.5, 1.5].map(quiet)
    const {
      verdict,
      tries: count,
      spread,
    } = only(figure({ ...wanted, target: goal({ atMost: 1.1 }) }, tries))
    expect(verdict).toBe('within the noise: cannot be told')
    expect(count).toBe(6)
    expect(spread.low).toBeCloseTo(1.02)
    expect(spread.high).toBeCloseTo(1.5)
  })

  test('one try of six that misses it is not thrown away either', () => {
    const tries = [1.02, 1.02, 1.02, 1.02, 1.5, 1.02].map(quiet)
    const { verdict, band } = only(figure({ ...wanted, target: goal({ atMost: 1.1 }) }, tries))
    expect(verdict).toBe('within the noise: cannot be told')
    expect(band.median).toBeCloseTo(1.02, 2)
    expect(band.high).toBeCloseTo(1.5)
  })

  test.each([
    ['met', 1.05],
    ['not met', 1.3],
  ] as const)('is %s when all tries are at %d', (verdict, at) => {
    const tries = Array.from({ length: 6 }, () => quiet(at))
    expect(only(figure({ ...wanted, target: goal({ atMost: 1.1 }) }, tries)).verdict).toBe(verdict)
  })

  test('a limit inside the noise control decides nothing', () => {
    const tries = [0, 1, 2, 0, 1, 2].map((i) => ({ ...quiet(1), noise: around(1 + i * 0.05) }))
    const { verdict, noise } = only(figure({ ...wanted, target: goal({ atMost: 1.03 }) }, tries))
    expect(noise?.high).toBeCloseTo(1.1)
    expect(verdict).toBe('within the noise: cannot be told')
  })

  test('a regime that fewer tries than the design were in has no verdict, but its tries', () => {
    const sorting: Sorting = {
      regimes: [{ sharedCore: false, lineNs: 79, slowdown: 1 }, 'not measured', null],
      // Five tries in the one, the sixth in the other.
      placesOf: (run, rounds) => Array.from({ length: rounds }, () => (run === null ? 1 : 0)),
    }
    const timed = { timing: {} } as Attempt['run']
    const made = figure(
      { ...wanted, target: goal({ atMost: 1.1 }) },
      [1, 1, 1, 1, 1]
        .map((at) => ({ ...quiet(at), run: timed }))
        .concat({ ...quiet(1), run: null }),
      sorting,
    )
    expect(made.pooled.map(({ tries, verdict, tooFew }) => [tries, verdict, tooFew])).toEqual([
      [5, 'too few tries: cannot be told', false],
      [1, 'too few tries: cannot be told', false],
    ])
    const text = figuresText([made])
    expect(text).toContain(', 5 tries')
    expect(text).toContain('cannot be told, 5 tries')
    expect(text).toContain('cannot be told, 1 try')
    expect(summaryLines([made]).map(({ verdict }) => verdict)).toEqual([
      'cannot be told, 5 tries',
      'cannot be told, 1 try',
    ])
  })

  test('a figure that is no sample is met or not', () => {
    const target = regressionValue('a run gave it', { atLeast: 4, atMost: 5 })
    expect(only(exactFigure({ ...wanted, target }, 4.5)).verdict).toBe('met')
    expect(only(exactFigure({ ...wanted, target }, 5.5)).verdict).toBe('not met')
    expect(only(exactFigure(wanted, 296.7421875)).band.median).toBe(296.7421875)
  })

  test('of too few rounds decides nothing, and says so', () => {
    const tries = [1, 1.01].map((at) => ({ rounds: [at], noise: [1], run: null }))
    const made = figure({ ...wanted, target: goal({ atMost: 1.1 }) }, tries)
    expect(only(made)).toMatchObject({ tooFew: true, verdict: 'too few tries: cannot be told' })
    expect(figuresText([made])).toContain('2 tries, 2 rounds only')
    expect(figuresText([made])).toContain('cannot be told, 2 tries')
  })

  test('dropped rounds are left out, and a figure of nothing else is none', () => {
    const { rounds } = only(figure(wanted, [{ ...quiet(1), rounds: [Number.NaN, ...around(1)] }]))
    expect(rounds).toBe(11)
    expect(() => figure(wanted, [{ ...quiet(1), rounds: [Number.NaN] }])).toThrow(
      'some figure: every round was dropped',
    )
  })

  test('rounds of two regimes are two figures, and what changed under way is in none', () => {
    const sorting: Sorting = {
      regimes: [
        { sharedCore: false, lineNs: 79, slowdown: 1 },
        { sharedCore: true, lineNs: 16, slowdown: 1.9 },
        null,
      ],
      // The first half of each try, one round between, the rest.
      placesOf: (_, rounds) =>
        Array.from({ length: rounds }, (_, i) => (i === 5 ? null : i < 5 ? 0 : 1)),
    }
    const rounds = [2.5, 2.5, 2.5, 2.5, 2.5, 1.9, 1.3, 1.3, 1.3, 1.3, 1.3]
    const attempt: Attempt = { rounds, noise: around(1), run: null }
    const made = figure(
      { ...wanted, target: goal({ atLeast: 2 }) },
      Array.from({ length: 6 }, () => attempt),
      sorting,
    )
    expect(made.pooled.map(({ band, verdict }) => [band.median, verdict])).toEqual([
      [2.5, 'met'],
      [1.3, 'not met'],
    ])
    expect(made.changed).toBe(6)
    expect(made.tries).toHaveLength(12)
    const text = figuresText([made])
    expect(text).toContain('two cores, a line moves in 79 ns')
    expect(text).toContain('two threads of one core, a line moves in 16 ns')
    expect(summaryLines([made])).toHaveLength(2)
  })
})

describe('the text', () => {
  test('says of each target whether it is a goal or a regression value, and shows every try', () => {
    const tries = [1.01, 1.02, 1.03, 1.04, 1.05, 1.06].map(quiet)
    const text = figuresText([
      figure({ ...wanted, target: goal({ atMost: 1.1 }) }, tries),
      exactFigure({ ...wanted, target: regressionValue('a run gave it', { atLeast: 1 }) }, 2),
    ])
    expect(text).toContain('goal: at most 1.10')
    expect(text).toContain('1.01 1.02 1.03 1.04 1.05 1.06')
    expect(text).toContain('regression value: at least 1.00')
    expect(text).toContain('regression value: a run gave it')
  })

  test('one line stands for a series: how many cells met it, and the worst', () => {
    const cell = (at: number) =>
      figure(
        { id: `cell/${at}`, what: `cell ${at}`, series: 'cells', target: goal({ atMost: 1.1 }) },
        Array.from({ length: 6 }, () => quiet(at)),
      )
    const [line, ...more] = summaryLines([1, 1.3, 0.5, 1.2].map(cell))
    expect(more).toEqual([])
    expect(line?.what).toBe('cells; 4 cells, the worst: cell 1.3')
    expect(line?.verdict).toBe('2 met; 2 not met')
  })
})

describe('tries', () => {
  test('are as many whatever they give, and come in turns', async () => {
    const order: string[] = []
    const context = { tries: TRIES, signal: new AbortController().signal }
    const found = await inTurns(['a', 'b'], context, async (thing, number) => {
      order.push(`${thing}${number}`)
      return number
    })
    expect(found).toEqual([
      [1, 2, 3, 4, 5, 6],
      [1, 2, 3, 4, 5, 6],
    ])
    expect(order.slice(0, 4)).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  test('end when they are told to', async () => {
    const abort = new AbortController()
    const running = inTurns(['a'], { tries: TRIES, signal: abort.signal }, async (_, number) => {
      if (number === 2) abort.abort(new Error('enough'))
      return number
    })
    await expect(running).rejects.toThrow('enough')
  })
})

test('a speed of no time is none, and says so', () => {
  const rates = [rate(2.5e6, 2), rate(1e6, 0), rate(1e6, -0.01)]
  expect(rates).toEqual([1.25e6, null, null])
  expect(ratesText(rates)).toBe('1.25, -, -')
  expect(lostText(rates)).toEqual([
    '  -: in 2 of 3 the run took no longer than what is taken off it',
  ])
  expect(lostText([1])).toEqual([])
})
