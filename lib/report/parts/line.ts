/** How a line moved between the timed CPUs, in words. */

import { countOf } from '../../data/units.js'
import { LINE_FACTOR } from '../../measure/line.js'
import { hasInterval } from '../../measure/statistics.js'
import type { RegimeTimes } from '../../results/comparison.js'
import type { Ratio } from '../../results/figures.js'
import type { Line, LineProbe, LineRegimes } from '../../results/line.js'
import { joinWords, ns } from '../words.js'
import { controlWords, formatRatio, isDoubtful } from './noise.js'

const varies = ({ nearestNs, furthestNs }: LineProbe): boolean =>
  furthestNs >= LINE_FACTOR * nearestNs

/** `39.0 ns`, or `20.0 to 80.0 ns` where some threads are nearer to the next than others. */
export function moveWords(probe: LineProbe): string {
  const { nearestNs, furthestNs } = probe
  return varies(probe) ? `${ns(nearestNs)} to ${ns(furthestNs)} ns` : `${ns(furthestNs)} ns`
}

/** For the small print; nothing where no line was looked at. */
export function lineWords(line: LineRegimes | null): string[] {
  const [first] = line?.regimes ?? []
  if (!line || !first) return []
  const whose = first.sharedCore ? 'two threads of one core' : 'cores of their own'
  // Others than these were not looked at.
  const next = varies(first) ? 'each thread and the next, ' : ''
  return [`a line moves in ${moveWords(first)} between ${next}${whose}`]
}

/** What was timed, by regime. */
export interface TimedByRegime {
  readonly tracker: string
  readonly byRegime: readonly (RegimeTimes | null)[]
}

/** How a line moved, and what `off` was against itself in each regime of that. */
export interface ByRegime {
  readonly line: Line | null
  readonly noiseByRegime: readonly (Ratio | null)[] | undefined
}

/** @param noise undefined where it was not kept */
function ratioWords(ratios: readonly string[], noise: Ratio | null | undefined): string {
  const told = `: ${joinWords(ratios)} times off`
  if (noise === undefined) return `${told} (off against off was not kept)`
  if (isDoubtful(noise)) return `, in which off was not itself (${controlWords(noise)})`
  return `${told} (${controlWords(noise)})`
}

/** How often the move of a line `changed in mid-run`. */
export const changedWords = ({ changes }: LineRegimes): string =>
  `changed ${changes === 1 ? 'once' : `${changes} times`} in mid-run`

/**
 * One line of words where the CPUs stood otherwise to each other in some of the rounds; nothing where
 * they did not.
 */
export function changeWords(
  { line, noiseByRegime }: ByRegime,
  timed: readonly TimedByRegime[],
): string[] {
  const [first, ...others] = line?.regimes ?? []
  if (!line || !first || others.length === 0) return []
  const parts = others.map((regime, i) => {
    const ratios = timed.flatMap(({ tracker, byRegime }) => {
      const ratio = byRegime[i + 1]?.vsOff
      // Of so few rounds a ratio is anything: that they were there is said without one.
      return ratio && hasInterval(ratio) ? [`${tracker} ${formatRatio(ratio)}`] : []
    })
    const said = ratios.length > 0 ? ratioWords(ratios, noiseByRegime?.[i + 1]) : ''
    const core = regime.sharedCore ? ', on one core' : ''
    return `in ${moveWords(regime)}${core} in ${countOf(regime.rounds, 'round')}${said}`
  })
  return [
    `The move of a line ${changedWords(line)}. ` +
      `The figures are of the ${countOf(first.rounds, 'round')} in which it took ${moveWords(first)}; ` +
      `it moved ${parts.join('; ')}.`,
  ]
}
