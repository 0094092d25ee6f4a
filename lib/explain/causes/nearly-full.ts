/** Counters that come near to the end of the pool, and do not reach it. */
import { countOf, formatBytes, NEARLY_FULL, SEGMENT_SLOTS } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { LARGEST_BYTES } from '../arithmetic.js'
import { askFor } from '../ask.js'
import { type Context, lastSamples, numberOf } from '../context.js'
import { backWords, fallOfSample } from '../fallen.js'
import {
  finding,
  firstSteps,
  fullness,
  moreSlots,
  percentWords,
  SIZE,
  WHO_HOLDS,
  whetherBack,
} from '../finding.js'
import { ownPoolOfSample } from '../own-pool.js'
import { failed } from './exhausted.js'

const share = (what: string, slots: number, total: number): string =>
  `${what} ${slots} of ${countOf(total, 'slot')} (${percentWords(slots, total)})`

/** What was left at the fullest moment, in words. */
const leftWords = (left: number): string =>
  left < SEGMENT_SLOTS
    ? `full but for ${countOf(left, 'slot')}`
    : `nearly full, with ${countOf(left, 'slot')} left`

export function nearlyFullFindings(context: Context): Reasoned[] {
  return lastSamples(context).flatMap((sample) => {
    const total = numberOf(sample, 'nslabs')
    const used = numberOf(sample, 'used')
    const mark = numberOf(sample, 'used_hiwater')
    const most = Math.max(used ?? 0, mark ?? 0)
    // All of it is the matter of `exhausted`, and more than that of `counter-bug`.
    if (total === null || total === 0 || most < NEARLY_FULL * total || most >= total) return []
    const left = total - most
    const now = used !== null && used >= NEARLY_FULL * total
    const fall = fallOfSample(context, sample)
    const meant = { boot: sample.boot, total, device: null }
    const ask = askFor(context, meant, moreSlots(fall), ownPoolOfSample(sample))
    return [
      finding({
        cause: 'nearly-full',
        certain: true,
        ...fullness(total, used),
        askSlots: ask.askSlots,
        lines: sample.lines,
        reasons: [
          ...(now && used !== null
            ? [`${share('In use are', used, total)}: the pool is nearly full.`]
            : []),
          ...(mark !== null && mark >= NEARLY_FULL * total
            ? [
                `${share('In use at one time were', mark, total)}: the pool was ${leftWords(total - mark)}.`,
              ]
            : []),
          ...backWords(fall),
          ...(left < SEGMENT_SLOTS
            ? [`A mapping of ${formatBytes(LARGEST_BYTES)} would have failed at that moment.`]
            : []),
        ],
        advice: [...firstSteps(context, fall, sample.boot, sample), ...ask.advice, SIZE],
        unknown: [...failed(context), WHO_HOLDS, ...whetherBack(context, fall, sample)],
      }),
    ]
  })
}
