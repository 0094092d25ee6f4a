/** A pool far above what was ever needed. */
import { formatBytes, formatSlots, SLOT_BYTES, verbOf } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { type Context, lastSamples, numberOf } from '../context.js'
import { finding, fullness, percentWords } from '../finding.js'
import { ownPoolAdvice, ownPoolOfSample } from '../own-pool.js'
import { poolsOf } from '../pools.js'

/** A pool of this many times its mark and more is larger than it was ever needed. */
const FAR_BELOW = 4
/** What is left free above the mark in a suggestion: as much again. */
const MARGIN = 2
const LEAST_SLOTS = 512

/** The next power of two that leaves room above the mark. */
function enoughFor(mark: number): number {
  let slots = LEAST_SLOTS
  while (slots < mark * MARGIN) slots *= 2
  return slots
}

export function oversizedFindings(context: Context): Reasoned[] {
  const short = context.failures.some(
    ({ verdict }) => verdict === 'exhausted' || verdict === 'fragmented' || verdict === 'unknown',
  )
  if (short) return []
  // Counters without the size of the pool, beside the one pool that the text tells of.
  const [pool, ...others] = poolsOf(context)
  const onlyPool = pool && others.length === 0 ? pool.slots : null
  return lastSamples(context).flatMap((sample) => {
    const total = numberOf(sample, 'nslabs') ?? onlyPool
    const mark = numberOf(sample, 'used_hiwater')
    const used = numberOf(sample, 'used')
    const own = ownPoolOfSample(sample)
    if (total === null || mark === null || mark === 0 || total < LEAST_SLOTS * 2) return []
    if (used !== null && used > mark) return []
    const enough = enoughFor(mark)
    if (mark * FAR_BELOW > total || enough >= total) return []
    return [
      finding({
        cause: 'oversized',
        certain: true,
        ...fullness(total, used),
        lines: sample.lines,
        reasons: [
          `At most ${formatSlots(mark)} of ${formatSlots(total)} ${verbOf(mark, 'was', 'were')} in use at one time since the counter began: ` +
            `${percentWords(mark, total)}.`,
        ],
        advice: own
          ? [ownPoolAdvice('smaller', own)]
          : [
              `If that was the heaviest load: swiotlb=${enough} (${formatBytes(enough * SLOT_BYTES)}) is still ` +
                `${Math.floor(enough / mark)} times that peak, and gives back ${formatBytes((total - enough) * SLOT_BYTES)}. With areas it ` +
                'may not be less than 128 slots for each.',
              'In a confidential VM a size must be asked for: without one the kernel takes 6 % of memory.',
            ],
        unknown: [
          'Whether the heaviest load was among it, and since when the mark counts: it begins at boot, or when somebody wrote ' +
            '0 to io_tlb_used_hiwater. Mappings that failed are not in it.',
          'How the peak is spread over the areas: the mark is of all together.',
        ],
      }),
    ]
  })
}
