/** The rounds of a timing, and which of them figures are made of. */
import type { NativeBench } from '../native/plans/bench.js'
import type { Line } from '../results/line.js'
import { inRegime, lineRegimes } from './line.js'

/** ns per pair of one variant, round by round; NaN for a slice that was dropped. */
export function roundsOf(all: Float64Array, variant: number, rounds: number): number[] {
  return Array.from(all.subarray(variant * rounds, (variant + 1) * rounds))
}

/** The same of some of the rounds. */
export const ofRounds = (
  all: Float64Array,
  variant: number,
  total: number,
  rounds: readonly number[],
): number[] => rounds.map((round) => all[variant * total + round] as number)

/** Null where no line was looked at. The looks of the rounds that timed latencies come last. */
export function lineOf({ line }: NativeBench, rounds: number): Line | null {
  if (!line) return null
  const all = line.slice(1).map((after, i) => ({ before: line[i] ?? null, after }))
  const timed = all.slice(0, rounds)
  const regimes = lineRegimes(timed)
  const [first] = regimes.regimes
  const stray = first ? all.slice(rounds).filter((round) => !inRegime(first, round)) : []
  return { ...regimes, rounds: timed, latencyStray: stray.length }
}

/** The rounds of each regime; all, where none are told apart. */
export function regimeRounds(line: Line | null, rounds: number): number[][] {
  if (!line || line.regimes.length === 0) return [Array.from({ length: rounds }, (_, i) => i)]
  return line.regimes.map((_, regime) =>
    line.regimeOf.flatMap((its, round) => (its === regime ? [round] : [])),
  )
}

/** Those that figures are made of. */
export const keptRounds = (line: Line | null, rounds: number): number[] =>
  regimeRounds(line, rounds)[0] ?? []
