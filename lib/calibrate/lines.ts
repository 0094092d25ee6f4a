/**
 * What becomes of lines that another CPU wants: whether their neighbours leave with them, and for how
 * long one that has to leave is still there.
 *
 * Both are measured beside a CPU that does nothing but add to one line. Where that one lost its own
 * CPU meanwhile, a round has no sample. What cannot be told is not made up: the model then has what
 * was assumed before, and its source says so.
 */
import { countOf } from '../data/units.js'
import { type Figure, type Measure, measureOf, words } from './measure.js'

/** Fewer rounds than this, of those that have a sample, decide nothing. */
export const LEAST_ROUNDS = 4

const tooFew = (rounds: number): string =>
  `not measured: in ${countOf(rounds, 'round')} the other core was seen to add all the time, ` +
  `expected at least ${LEAST_ROUNDS}`

/** What a read of a line takes above that of one far away. */
interface Extra {
  readonly where: 'above' | 'below' | 'next' | 'same'
  readonly ns: Measure
}

/** Whether lines come in pairs, and how that is known. */
export interface Beside {
  /** Null: it could not be told. */
  readonly value: boolean | null
  readonly extra: readonly Extra[]
  readonly how: string
}

const PLACES = [
  ['above', 'readAbove', 'in the line above'],
  ['below', 'readBelow', 'in the line below'],
  ['next', 'readNext', 'in the next pair'],
  ['same', 'readSame', 'in that line itself'],
] as const

/** Whether a line was lost is a matter of a whole move; between these shares of one it is noise. */
const LOST = 0.5
const NOT_LOST = 0.25

type Verdict = 'lost' | 'kept' | 'unknown'

function verdictOf({ median, samples }: Measure, core: number): Verdict {
  if (samples < LEAST_ROUNDS) return 'unknown'
  if (median >= LOST * core) return 'lost'
  return median <= NOT_LOST * core ? 'kept' : 'unknown'
}

/**
 * @param rowOf samples of a figure, round by round
 * @param core what a line takes from another core, ns
 */
export function pairsOf(rowOf: (figure: Figure) => readonly number[], core: number): Beside {
  const far = rowOf('readFar')
  const extra = PLACES.map(([where, figure]) => ({
    where,
    ns: measureOf(
      where,
      rowOf(figure).map((ns, round) => ns - (far[round] ?? Number.NaN)),
    ),
  }))
  const [above, below, next, same] = extra.map(({ ns }) => verdictOf(ns, core)) as [
    Verdict,
    Verdict,
    Verdict,
    Verdict,
  ]
  const least = Math.min(...extra.map(({ ns }) => ns.samples))
  if (least < LEAST_ROUNDS) {
    return {
      value: null,
      extra,
      how: tooFew(least),
    }
  }
  const seen =
    'beside a line that another core adds to, a read takes ' +
    PLACES.map(([, , place], i) => `${words(extra[i]?.ns.median ?? Number.NaN)} ${place}`).join(
      ', ',
    ) +
    ' more than far away'
  const doubt = (why: string): Beside => ({
    value: null,
    extra,
    how: `could not be told: ${seen}; ${why}`,
  })
  if (same !== 'lost') return doubt('even of the line itself it was not seen that it was lost')
  if (next === 'lost') return doubt('a line of another pair is lost as well')
  if (above === 'lost' && below === 'lost') return { value: true, extra, how: seen }
  if (above === 'kept' && below === 'kept') return { value: false, extra, how: seen }
  return doubt(
    `a move is ${words(core)}, and both have to be at least half of one or none at most a quarter`,
  )
}

/** How long a line that others want stays where it is. */
export interface Held {
  /** Nanoseconds; null where it could not be measured, 0 where not even what comes right behind finds it. */
  readonly ns: number | null
  readonly how: string
}

/** How often a line was still there. */
export interface Kept {
  /** Nanoseconds since the addition that fetched it. */
  readonly afterNs: number
  /** From 0 to 1. */
  readonly share: Measure
}

/** Then a line counts as still there. */
const HALF = 0.5

/**
 * The time after which every second line is gone: between the last delay after which most were still
 * there and the next one a straight line.
 *
 * @param kept by rising delay, the first of which is none
 */
export function heldOf(kept: readonly Kept[]): Held {
  const least = Math.min(...kept.map(({ share }) => share.samples))
  if (least < LEAST_ROUNDS) {
    return {
      ns: null,
      how: tooFew(least),
    }
  }
  const shares = kept.map(({ share }) => share.median)
  const percent = (share: number | undefined): string => `${Math.round((share ?? 0) * 100)} %`
  const gone = shares.findIndex((share) => share < HALF)
  const time = (i: number): number => kept[i]?.afterNs ?? 0
  if (gone === 0) {
    return {
      ns: 0,
      how: `of lines that another core wants, ${percent(shares[0])} are still there right behind an addition`,
    }
  }
  if (gone < 0) {
    const last = shares.length - 1
    return {
      ns: time(last),
      how: `of lines that another core wants, ${percent(shares[last])} are still there ${words(time(last))} after an addition, the longest that was tried`,
    }
  }
  const [before, after] = [shares[gone - 1] ?? 1, shares[gone] ?? 0]
  const part = (before - HALF) / (before - after)
  return {
    ns: time(gone - 1) + part * (time(gone) - time(gone - 1)),
    how:
      `of lines that another core wants, ${percent(before)} are still there ` +
      `${words(time(gone - 1))} after an addition, ${percent(after)} after ${words(time(gone))}: ` +
      'half of them in between',
  }
}
