/** What may be said of a ratio, given how much `off` differs from itself. */
import { checkObject } from '../../data/options.js'
import { verbOf } from '../../data/units.js'
import { noiseReach, offWasItself } from '../../measure/noise.js'
import { isFigure } from '../../measure/statistics.js'
import type { Estimate, Ratio } from '../../results/figures.js'
import { ns, predictedNs, shortRatio } from '../words.js'

/**
 * Where a ratio stands to the noise: told apart from `off` only if the two bands are apart. Nothing
 * is known where one of the two has no interval, or has not settled.
 */
export type Standing = 'slower' | 'faster' | 'same' | 'unknown'

/**
 * The noise band reaches as far to either side of 1 as `off` was away from itself: that it was
 * slower in this run says that it could have been faster.
 */
export function standing(ratio: Ratio, noise: Ratio | null): Standing {
  const reach = noiseReach(noise)
  if (!isFigure(ratio) || !Number.isFinite(reach)) return 'unknown'
  if (ratio.low > reach) return 'slower'
  if (ratio.high < 1 / reach) return 'faster'
  return 'same'
}

/** Whether two ratios to `off` of the same rounds are apart by more than the noise of both. */
export function differ(a: Ratio, b: Ratio, noise: Ratio | null): boolean {
  const factor = Math.max(a.ratio / b.ratio, b.ratio / a.ratio)
  return factor > noiseReach(noise) ** 2 && (a.low > b.high || b.low > a.high)
}

/** Marks a ratio that was not told apart from the noise. */
export const NOISE_MARK = '~'

/** Marks a ratio of a timing in which `off` was not itself. */
export const DOUBT_MARK = '?'

const LEGENDS = [
  [NOISE_MARK, 'inside the noise: no further from 1 than off is from off'],
  [
    DOUBT_MARK,
    'off was not itself: off against off is not 1 in this column, and no ratio in it a cost',
  ],
] as const

/** Whether nothing may be said of any ratio of a timing, though it has its control. */
export const isDoubtful = (noise: Ratio | null): boolean => offWasItself(noise) === false

/** What stands behind a ratio, a blank included; nothing behind one that stands out of the noise. */
export function noiseMark(ratio: Ratio, noise: Ratio | null): string {
  if (isDoubtful(noise)) return ` ${DOUBT_MARK}`
  return standing(ratio, noise) === 'same' ? ` ${NOISE_MARK}` : ''
}

/** A ratio to `off` in a table, marked; `off` itself is the measure. */
export function ratioCell(
  { vsOff }: { readonly vsOff: Ratio },
  noise: Ratio | null,
  measure: boolean,
  other = '',
): string {
  return measure ? '1.00' : formatRatio(vsOff) + other + noiseMark(vsOff, noise)
}

/** The legends of the marks that some of the cells have, a line each. */
export const noiseLegends = (cells: readonly string[]): string[] =>
  LEGENDS.filter(([mark]) => cells.some((cell) => cell.includes(` ${mark}`))).map((words) =>
    words.join(' '),
  )

/** `off against off 0.95 [0.94 - 0.96]` */
export const controlWords = (noise: Ratio | null): string => `off against off ${formatRatio(noise)}`

/** Behind "off was not itself", in place of costs. */
export const doubtWords = (noise: Ratio | null): string =>
  `${controlWords(noise)}, and not 1. ` +
  'So what trackers cost cannot be told from this timing; run it again on an idle machine.'

/** What stands in place of an interval where there are too few samples for one. */
const TOO_FEW = '[too few]'

/** What stands in place of a figure that is none: of nothing that was done, or done in no time. */
const NO_FIGURE = 'none'

/** `161 [160 - 162]`, or `161` for what has no spread because it is no sample; `none` of nothing. */
export function formatEstimate({ median, low, high }: Estimate): string {
  if (!Number.isFinite(median)) return NO_FIGURE
  if (!Number.isFinite(high)) return `${ns(median)} ${TOO_FEW}`
  return low === high ? predictedNs(median) : `${ns(median)} [${ns(low)} - ${ns(high)}]`
}

/** Behind a prediction that would be another with more steps. */
const NOT_SETTLED = '[not settled]'

/**
 * `2.10` of what was measured; of a prediction, which is no nearer than its cost model, no more than
 * three digits of a large one: `535`, `13.5`.
 */
export const ratioDigits = ({ ratio, low, high }: Ratio): string =>
  low === high ? shortRatio(ratio) : ratio.toFixed(2)

/** What stands behind a prediction that is no figure; nothing behind one that is, or was measured. */
export function steadyMark({ high, settled }: Ratio): string {
  if (!Number.isFinite(high)) return ` ${TOO_FEW}`
  return settled === false ? ` ${NOT_SETTLED}` : ''
}

/** Whether a prediction is there whose figure more steps would change. */
export const isMoving = (ratio: Ratio | null): boolean =>
  ratio?.settled === false && Number.isFinite(ratio.high)

/** Why nothing is known of these ratios, to stand behind their names; a group for each reason. */
export function unknownWords<R extends { readonly ratio: Ratio }>(
  some: readonly R[],
  noise: Ratio | null,
): { readonly of: readonly R[]; readonly why: string }[] {
  const moving = some.filter(({ ratio }) => isMoving(ratio))
  const others = some.filter(({ ratio }) => !isMoving(ratio))
  return [
    {
      of: others,
      why: isMoving(noise) ? 'as off against itself has not settled' : 'for want of an interval',
    },
    { of: moving, why: `whose ${verbOf(moving.length, 'figure has', 'figures have')} not settled` },
  ].filter(({ of }) => of.length > 0)
}

/**
 * A ratio with its interval, as `2.10 [2.05 - 2.16]`, and one of a prediction with what is to be said of
 * it, as `535 [not settled]`; `none` without one.
 *
 * @throws InputError for what is no ratio
 */
export function formatRatio(ratio: Ratio | null): string {
  if (ratio !== null) checkObject('ratio', ratio, 'a ratio with its interval, or null')
  if (!ratio || !Number.isFinite(ratio.ratio)) return NO_FIGURE
  if (!Number.isFinite(ratio.high) || ratio.low === ratio.high) {
    return ratioDigits(ratio) + steadyMark(ratio)
  }
  return `${ratio.ratio.toFixed(2)} [${ratio.low.toFixed(2)} - ${ratio.high.toFixed(2)}]`
}
