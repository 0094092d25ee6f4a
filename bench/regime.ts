/** How the timed CPUs stood to each other, round by round, over all runs of a part. */
import { type Line, lineRegimes, type Timing, type VariantTiming } from 'swiotlb-lab'
import type { Regime } from './figure.js'

const lineOf = (timing: Timing): Line | null =>
  (timing as Timing & { readonly line?: Line | null }).line ?? null

/** Place in `regimes`; null for a round that changed under way, and belongs to none. */
type Place = number | null

/** The regimes of runs that are looked at together, and where each of their rounds belongs. */
export interface Sorting {
  /** Null: no line was seen to move, because one thread ran or because it could not be measured. */
  readonly regimes: readonly (Regime | null)[]
  readonly placesOf: (run: VariantTiming | null, rounds: number) => readonly Place[]
}

/** Sorts the rounds of all these runs together, so that a regime is the same in each of them. */
export function sortRounds(runs: readonly VariantTiming[]): Sorting {
  const timed = [...new Set(runs)].flatMap((run) => {
    const line = lineOf(run.timing)
    return line ? [{ run, rounds: line.rounds }] : []
  })
  const found = lineRegimes(timed.flatMap(({ rounds }) => rounds))
  // The last stands for all rounds of which nothing is known.
  const unknown = found.regimes.length
  const places = new Map<VariantTiming, readonly Place[]>()
  let at = 0
  for (const { run, rounds } of timed) {
    places.set(
      run,
      rounds.map(({ before, after }, i) =>
        before && after ? (found.regimeOf[at + i] ?? null) : unknown,
      ),
    )
    at += rounds.length
  }
  return {
    regimes: [
      ...found.regimes.map(({ sharedCore, nearestNs, slowdown }) => ({
        sharedCore,
        lineNs: nearestNs,
        slowdown,
      })),
      null,
    ],
    placesOf: (run, rounds) =>
      (run && places.get(run)) ?? Array.from({ length: rounds }, () => unknown),
  }
}

/** What is not from timed runs: nothing to sort. */
export const UNSORTED = sortRounds([])

/** `two cores, a line moves in 79 ns` */
export function regimeWords(regime: Regime | null): string {
  if (!regime) return '-'
  const which = regime.sharedCore ? 'two threads of one core' : 'two cores'
  return `${which}, a line moves in ${regime.lineNs.toFixed(0)} ns`
}
