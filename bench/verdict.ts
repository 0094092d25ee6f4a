/** Holding what was measured to a goal. */
import type { Ratio } from 'swiotlb-lab'
import type { Goal, Try, Verdict } from './part.js'

interface Limits {
  readonly atLeast?: number
  readonly atMost?: number
}

/** How far from 1 the noise control was, to either side: 1.03 for a band from 0.97 to 1.02. */
function reach(noise: Ratio): number {
  return Math.max(1, noise.high, 1 / noise.low)
}

/**
 * Met when the whole band lies within the limits, not met when the whole band lies outside. A limit
 * that is no further from 1 than the noise control decides nothing, unless the band is further from
 * the limit than that.
 */
function judge(measured: Ratio, noise: Ratio, limits: Limits): Verdict {
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = limits
  for (const limit of [limits.atLeast, limits.atMost]) {
    if (limit === undefined || Math.max(limit, 1 / limit) > reach(noise)) continue
    const clear = measured.high < limit / reach(noise) || measured.low > limit * reach(noise)
    if (!clear) return 'inside the noise'
  }
  if (measured.low >= atLeast && measured.high <= atMost) return 'met'
  if (measured.high < atLeast || measured.low > atMost) return 'not met'
  return 'inside the noise'
}

function words({ atLeast, atMost }: Limits): string {
  if (atLeast !== undefined && atMost !== undefined) {
    return `${atLeast.toFixed(2)} to ${atMost.toFixed(2)}`
  }
  return atLeast !== undefined ? `at least ${atLeast.toFixed(2)}` : `at most ${atMost?.toFixed(2)}`
}

/** A goal for a ratio with every try at it; best of those that met it, or of all, by noise. */
export function ratioGoal(
  what: string,
  limits: Limits,
  measurements: readonly { readonly measured: Ratio; readonly noise: Ratio }[],
): Goal {
  const tries = measurements.map(({ measured, noise }) => ({
    measured,
    noise,
    verdict: judge(measured, noise, limits),
  }))
  const quiet = [...tries].sort((a, b) => reach(a.noise) - reach(b.noise))
  const best = quiet.find(({ verdict }) => verdict === 'met') ?? quiet[0]
  if (!best) throw new Error(`${what}: nothing was measured`)
  return { what, goal: words(limits), best, tries, unit: 'ratio' }
}

const severity: Readonly<Record<Verdict, number>> = { met: 0, 'inside the noise': 1, 'not met': 2 }

/**
 * The goal that stands for all of them: of those with the worst verdict, the one with the worst
 * ratio.
 *
 * @param badness the higher, the worse
 */
export function worstGoal(
  what: string,
  goals: readonly Goal[],
  badness: (ratio: number) => number,
): Goal {
  const far = ({ best }: Goal): number => badness(best.measured.ratio)
  const [worst] = [...goals].sort(
    (a, b) => severity[b.best.verdict] - severity[a.best.verdict] || far(b) - far(a),
  )
  if (!worst) throw new Error(`${what}: nothing was measured`)
  return { ...worst, what: `${what}; worst of ${goals.length}: ${worst.what}` }
}

/** A goal for a figure that is no sample: it is met or it is not. */
export function exactGoal(
  what: string,
  goal: string,
  figure: number,
  met: boolean,
  unit: Goal['unit'] = 'MiB',
): Goal {
  const only: Try = {
    measured: { ratio: figure, low: figure, high: figure },
    noise: null,
    verdict: met ? 'met' : 'not met',
  }
  return { what, goal, best: only, tries: [only], unit }
}

/** Repeats a measurement until every goal is met, at most `limit` times. */
export async function tryUntilMet<T>(
  limit: number,
  once: (number: number) => Promise<T>,
  goals: (all: readonly T[]) => readonly Goal[],
): Promise<{ readonly all: readonly T[]; readonly goals: readonly Goal[] }> {
  const all: T[] = []
  do {
    all.push(await once(all.length + 1))
  } while (all.length < limit && goals(all).some((goal) => goal.best.verdict !== 'met'))
  return { all, goals: goals(all) }
}
