/** How the timed CPUs stood to each other, round by round, over all runs of a part. */
import { type LineRegime, lineRegimes, type VariantTiming } from 'swiotlb-lab'
import type { Regime, Stood } from './figure.js'

/** Place in `regimes`; null for a round that changed under way, and belongs to none. */
type Place = number | null

/** The regimes of runs that are looked at together, and where each of their rounds belongs. */
export interface Sorting {
  readonly regimes: readonly Stood[]
  readonly placesOf: (run: VariantTiming | null, rounds: number) => readonly Place[]
}

/** A regime as it is kept. */
export const keptRegime = ({ sharedCore, nearestNs, slowdown }: LineRegime): Regime => ({
  sharedCore,
  lineNs: nearestNs,
  slowdown,
})

/** Sorts the rounds of all these runs together, so that a regime is the same in each of them. */
export function sortRounds(runs: readonly VariantTiming[]): Sorting {
  const timed = [...new Set(runs)].flatMap((run) => {
    const { line } = run.timing
    return line ? [{ run, rounds: line.rounds }] : []
  })
  const found = lineRegimes(timed.flatMap(({ rounds }) => rounds))
  // Behind them: rounds of which nothing is known, and those of one thread.
  const unknown = found.regimes.length
  const oneThread = unknown + 1
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
    regimes: [...found.regimes.map(keptRegime), 'not measured', null],
    placesOf: (run, rounds) =>
      (run && places.get(run)) ??
      Array.from({ length: rounds }, () => (run && run.timing.threads > 1 ? unknown : oneThread)),
  }
}

/** What is not from timed runs: nothing to sort. */
export const UNSORTED = sortRounds([])

/** `two cores, a line moves in 79 ns` */
export function regimeWords(stood: Stood): string {
  if (stood === null) return '-'
  if (stood === 'not measured') return 'how they stood was not measured'
  const which = stood.sharedCore ? 'two threads of one core' : 'two cores'
  return `${which}, a line moves in ${stood.lineNs.toFixed(0)} ns`
}
