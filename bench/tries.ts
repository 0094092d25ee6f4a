/** Repeating measurements a fixed number of times. */
import {
  inRegime,
  type LineRegime,
  type TimedVariant,
  type TrackerName,
  type VariantTiming,
} from 'swiotlb-lab'
import type { Band, Stood } from './figure.js'
import type { Context } from './part.js'
import type { Sorting } from './regime.js'
import { type Attempt, bandOf } from './verdict.js'

/**
 * Measures each thing so often. All things come once before the first comes again, so that the
 * tries of one lie as far apart as the run is long: what a host does for a minute is in one of them.
 *
 * @returns the tries of each thing, in the order of the things
 */
export async function inTurns<T, R>(
  things: readonly T[],
  { tries, signal }: Pick<Context, 'tries' | 'signal'>,
  measure: (thing: T, number: number) => Promise<R>,
): Promise<readonly (readonly R[])[]> {
  const found = things.map((): R[] => [])
  for (let number = 1; number <= tries; number++) {
    for (const [i, thing] of things.entries()) {
      signal.throwIfAborted()
      found[i]?.push(await measure(thing, number))
    }
  }
  return found
}

/** The variant with this tracker; of several, the first. */
export function variantOf({ variants }: VariantTiming, tracker: TrackerName): TimedVariant {
  const found = variants.find((variant) => variant.tracker === tracker)
  if (!found) throw new Error(`${tracker} was not timed`)
  return found
}

/** Round by round; NaN for one that was dropped. */
export const roundsOf = ({ roundsNs }: TimedVariant): number[] =>
  roundsNs.map((ns) => ns ?? Number.NaN)

export const quotients = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value / (b[i] ?? Number.NaN))

/** `off` against `off`, round by round. */
export function noiseOf({ variants, controlNs }: VariantTiming): number[] {
  const control = controlNs.map((ns) => ns ?? Number.NaN)
  return quotients(control, variants[0] ? roundsOf(variants[0]) : [])
}

/** One try: what two variants did in the same rounds. */
export const tryOf = (run: VariantTiming, a: TimedVariant, b: TimedVariant): Attempt => ({
  rounds: quotients(roundsOf(a), roundsOf(b)),
  noise: noiseOf(run),
  run,
})

/** Round by round, over an `off` with areas of the same size; NaN for a round that was dropped. */
export const overOff = ({ throughput }: TimedVariant): number[] =>
  throughput.roundsVsOff.map((ratio) => ratio ?? Number.NaN)

/** The same by the mean of each round's chunks, where the other is by their median. */
export const overOffByMean = ({ throughput }: TimedVariant): number[] =>
  (throughput.mean?.roundsVsOff ?? []).map((ratio) => ratio ?? Number.NaN)

/** One try: what a tracker cost in the rounds of a run. */
export const tryOverOff = (run: VariantTiming, variant: TimedVariant): Attempt => ({
  rounds: overOff(variant),
  noise: noiseOf(run),
  run,
})

/** What some runs did in one regime. */
export interface Runs {
  readonly regime: Stood
  /** Those of which a round was in it, dropped or not. */
  readonly runs: readonly VariantTiming[]
  /** Of a value for each round of a run, those of rounds in the regime that were not dropped. */
  readonly pick: (run: VariantTiming, values: readonly number[]) => number[]
}

/** The regimes that a round of these runs was in. */
export function runsByRegime(runs: readonly VariantTiming[], sorting: Sorting): Runs[] {
  const placesOf = (run: VariantTiming) => sorting.placesOf(run, run.timing.rounds)
  return sorting.regimes.flatMap((regime, place) => {
    const those = runs.filter((run) => placesOf(run).includes(place))
    if (those.length === 0) return []
    const pick = (run: VariantTiming, values: readonly number[]): number[] =>
      values.filter((value, i) => Number.isFinite(value) && placesOf(run)[i] === place)
    return [{ regime, runs: those, pick }]
  })
}

type Find = (run: VariantTiming) => TimedVariant

/** ns of one variant over all rounds of a regime; null, as below, where all were dropped. */
export const nsOf = ({ runs, pick }: Runs, find: Find): Band | null =>
  bandOf(runs.map((run) => pick(run, roundsOf(find(run)))))

/** The ratio of two variants over all rounds of a regime. */
export const ratioOf = ({ runs, pick }: Runs, a: Find, b: Find): Band | null =>
  bandOf(runs.map((run) => pick(run, quotients(roundsOf(a(run)), roundsOf(b(run))))))

/** What one variant costs, over an `off` with areas of the same size. */
export const overOffOf = ({ runs, pick }: Runs, find: Find): Band | null =>
  bandOf(runs.map((run) => pick(run, overOff(find(run)))))

/**
 * For each round of a run, whether the CPUs stood as in a regime that was seen elsewhere; null where
 * none was seen. One thread stands as it did: no line moves.
 */
export function standsAs(seen: LineRegime | null, { timing }: VariantTiming): boolean[] {
  const { line, rounds, threads } = timing
  return Array.from({ length: rounds }, (_, i) => {
    if (threads === 1) return true
    const round = line?.rounds[i]
    return seen !== null && round !== undefined && inRegime(seen, round)
  })
}

/** Rounds of these runs that changed under way, and so are in no regime. */
export const changedRounds = (runs: readonly VariantTiming[], sorting: Sorting): number =>
  runs.reduce(
    (sum, run) =>
      sum + sorting.placesOf(run, run.timing.rounds).filter((place) => place === null).length,
    0,
  )

/** Seconds that rounds of so many variants take, with `off`'s second copy and the setting up. */
export function timingSeconds(
  { variants, rounds, sliceMs = 3 }: { variants: number; rounds: number; sliceMs?: number },
  { quick }: Pick<Context, 'quick'>,
): number {
  const SET_UP = 0.05
  const whole = ((variants + 1) * rounds * sliceMs) / 1000
  // A third of the rounds, and half of the time for each.
  return SET_UP + (quick ? whole / 6 : whole)
}
