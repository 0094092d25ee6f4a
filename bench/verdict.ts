/** Pooling the tries of a figure, and holding it to a target. */
import { estimate, type VariantTiming } from 'swiotlb-lab'
import type { Band, Figure, Limits, Pooled, Stood, Target, Try, Verdict } from './figure.js'
import { type Sorting, UNSORTED } from './regime.js'

/** How far from 1 the noise control was, to either side: 1.03 for a band from 0.97 to 1.02. */
const reach = (noise: Band): number => Math.max(1, noise.high, 1 / noise.low)

/**
 * Met when the whole band lies within the limits, not met when the whole band lies outside. A limit
 * that is no further from 1 than the noise control decides nothing, unless the band is further from
 * the limit than that.
 */
function judge(band: Band, noise: Band | null, limits: Limits): Verdict {
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = limits
  for (const limit of noise ? [limits.atLeast, limits.atMost] : []) {
    if (!noise || limit === undefined || Math.max(limit, 1 / limit) > reach(noise)) continue
    const clear = band.high < limit / reach(noise) || band.low > limit * reach(noise)
    if (!clear) return 'within the noise: cannot be told'
  }
  if (band.low >= atLeast && band.high <= atMost) return 'met'
  if (band.high < atLeast || band.low > atMost) return 'not met'
  return 'within the noise: cannot be told'
}

interface PooledRounds {
  readonly band: Band
  readonly spread: { readonly low: number; readonly high: number }
  /** Too few for an interval. */
  readonly tooFew: boolean
}

/**
 * Tries differ more than rounds do, so rounds alone decide nothing: the median of the tries that
 * there could have been lies between the lowest and the highest of six with 97 %, of five with less
 * than 95 %.
 */
export const TRIES = 6

/** With --quick: to see that it works; nothing is decided. */
export const QUICK_TRIES = 2

/** A figure that is no sample is one round of one try, without a noise control. */
export const isSample = ({ rounds, noise }: Pick<Pooled, 'rounds' | 'noise'>): boolean =>
  rounds > 1 || noise !== null

/**
 * All rounds of all tries, and as noise whichever is wider: their interval, or the tries' spread. Of
 * too few rounds for an interval, all of them.
 */
export function poolRounds(tries: readonly (readonly number[])[]): PooledRounds {
  const all = tries.flat()
  const medians = tries
    .filter((rounds) => rounds.length > 0)
    .map((rounds) => estimate(rounds).median)
  const spread = { low: Math.min(...medians), high: Math.max(...medians) }
  const { median, ...interval } = estimate(all)
  const tooFew = !Number.isFinite(interval.low)
  const { low, high } = tooFew ? { low: Math.min(...all), high: Math.max(...all) } : interval
  return {
    band: { median, low: Math.min(low, spread.low), high: Math.max(high, spread.high) },
    spread,
    tooFew,
  }
}

/** Likewise of tries that may hold nothing; null where all do. */
export const bandOf = (tries: readonly (readonly number[])[]): Band | null =>
  tries.some((rounds) => rounds.length > 0) ? poolRounds(tries).band : null

/** One try, as it was measured; NaN for a round that was dropped. */
export interface Attempt {
  readonly rounds: readonly number[]
  /** The same code against itself in the same rounds; null where nothing was timed. */
  readonly noise: readonly number[] | null
  /** The timing that the rounds are of; null where there was none. */
  readonly run: VariantTiming | null
}

/** Four digits say more than was measured. */
const short = (value: number): number => Number(value.toPrecision(4))

/** What the tries gave in one regime; a try without a round in it is left out. */
function inRegime(
  attempts: readonly Attempt[],
  sorting: Sorting,
  place: number,
): Omit<Try, 'regime'>[] {
  return attempts.flatMap(({ rounds, noise, run }, i) => {
    const places = sorting.placesOf(run, rounds.length)
    // What was not timed is no sample, and stays as it is.
    const own = (values: readonly number[]): number[] =>
      values
        .filter((value, at) => places[at] === place && Number.isFinite(value))
        .map((value) => (noise ? short(value) : value))
    const kept = own(rounds)
    return kept.length === 0 ? [] : [{ number: i + 1, rounds: kept, noise: noise && own(noise) }]
  })
}

/** What these tries, all of one regime, come to, held to the target. */
export function poolOf(
  tries: readonly Omit<Try, 'regime'>[],
  regime: Stood,
  target: Target | null,
): Pooled {
  const { band, spread, tooFew } = poolRounds(tries.map(({ rounds }) => rounds))
  const controls = tries.flatMap(({ noise }) => (noise && noise.length > 0 ? [noise] : []))
  const noise = controls.length > 0 ? poolRounds(controls).band : null
  const rounds = tries.reduce((sum, one) => sum + one.rounds.length, 0)
  const sampled = isSample({ rounds, noise })
  const verdict = (limits: Limits): Verdict =>
    sampled && tries.length < TRIES ? 'too few tries: cannot be told' : judge(band, noise, limits)
  return {
    regime,
    tries: tries.length,
    rounds,
    tooFew: sampled && tooFew,
    band,
    spread,
    noise,
    verdict: target && verdict(target.limits),
  }
}

type Wanted = Pick<Figure, 'id' | 'what' | 'series'> & {
  readonly unit?: Figure['unit']
  readonly target?: Target
}

/**
 * A figure of so many tries, each regime for itself.
 *
 * @throws Error when every round of every try was dropped
 */
export function figure(
  { id, what, series, unit = 'ratio', target }: Wanted,
  attempts: readonly Attempt[],
  sorting: Sorting = UNSORTED,
): Figure {
  const tries: Try[] = []
  const pooled: Pooled[] = []
  for (const [place, regime] of sorting.regimes.entries()) {
    const own = inRegime(attempts, sorting, place)
    if (own.length === 0) continue
    tries.push(...own.map((one) => ({ ...one, regime: pooled.length })))
    pooled.push(poolOf(own, regime, target ?? null))
  }
  if (pooled.length === 0) throw new Error(`${what}: every round was dropped`)
  return {
    id,
    what,
    ...(series !== undefined && { series }),
    unit,
    target: target ?? null,
    tries,
    changed: attempts
      .flatMap(({ run, rounds }) => sorting.placesOf(run, rounds.length))
      .filter((place) => place === null).length,
    pooled,
  }
}

/** A figure that is no sample: the same whenever it is made again. */
export const exactFigure = (wanted: Wanted, value: number): Figure =>
  figure(wanted, [{ rounds: [value], noise: null, run: null }])

export const goal = (limits: Limits): Target => ({ kind: 'goal', limits })

export const regressionValue = (because: string, limits: Limits): Target => ({
  kind: 'regression value',
  limits,
  because,
})

/** `at least 1.30`, `0.90 to 1.10` */
export function limitWords({ atLeast, atMost }: Limits): string {
  const short = (value: number): string => (value === 0 ? '0' : value.toFixed(2))
  if (atLeast !== undefined && atMost !== undefined) return `${short(atLeast)} to ${short(atMost)}`
  return atLeast !== undefined
    ? `at least ${short(atLeast)}`
    : `at most ${short(atMost ?? Number.NaN)}`
}
