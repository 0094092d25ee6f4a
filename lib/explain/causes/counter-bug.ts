/** Counts that cannot be true. */
import type { Reasoned } from '../../results/explain.js'
import { type Context, numberOf } from '../context.js'
import { finding, groupOf, linesOf, suppressedBy } from '../finding.js'
import { groupFinding } from '../group-words.js'

const NO_TRUE_VALUE =
  'The true value: it cannot be had any more. Boot a mended kernel (6.9 and later, or one that took the fix), ' +
  'and read it again.'

function fellBelow(context: Context): Reasoned[] {
  const samples = context.samples.filter(({ values }) =>
    [...values.values()].includes('below-zero'),
  )
  const failures = context.failures.filter(({ belowZero }) => belowZero)
  if (samples.length === 0 && failures.length === 0) return []
  const said = {
    certain: true,
    reasons: [
      'A count near 2^64 (or 2^32) is one that fell below 0: the kernel set its counters to 0 late in boot, while ' +
        'mappings lived, and took these away again afterwards. Linux 6.4 to 6.8 do so.',
    ],
    advice: [
      'Take no size and no alarm from these counters. The pool itself works: only the count is wrong.',
      'Boot a kernel in which the counters are no longer set to 0 late.',
    ],
    unknown: [NO_TRUE_VALUE],
  }
  const totalSlots = samples.map((one) => numberOf(one, 'nslabs')).at(-1) ?? null
  const found =
    failures.length === 0
      ? finding({ cause: 'counter-bug', ...said, totalSlots, lines: [] })
      : groupFinding(context, groupOf('counter-bug', failures, suppressedBy(context), 'full'), said)
  return [{ ...found, lines: linesOf([...samples, found]) }]
}

/** More in use than there is. Pools that a kernel adds for a while are counted in, too. */
function abovePool(context: Context): Reasoned[] {
  const above = context.samples.filter((sample) => {
    const total = numberOf(sample, 'nslabs')
    const most = Math.max(numberOf(sample, 'used') ?? 0, numberOf(sample, 'used_hiwater') ?? 0)
    return total !== null && most > total
  })
  const failures = context.failures.filter(
    ({ verdict, belowZero }) => verdict === 'counter-bug' && !belowZero,
  )
  return [
    ...above.flatMap((sample) => {
      if (sample.values.has('transient_nslabs')) return []
      const total = numberOf(sample, 'nslabs') ?? 0
      const most = Math.max(numberOf(sample, 'used') ?? 0, numberOf(sample, 'used_hiwater') ?? 0)
      // The counters of a kernel whose pool cannot grow, all of them.
      const all = sample.values.has('used') && sample.values.has('used_hiwater')
      const numbers = { totalSlots: total, usedSlots: numberOf(sample, 'used') }
      return [
        finding({
          cause: 'counter-bug',
          ...numbers,
          lines: sample.lines,
          ...aboveWords(most, total, all),
        }),
      ]
    }),
    ...failures.map((one) =>
      groupFinding(
        context,
        groupOf('counter-bug', [one], suppressedBy(context), 'full'),
        aboveWords(one.used ?? 0, one.total ?? 0, false),
      ),
    ),
  ]
}

/** @param certain else a pool that came and went may be the reason */
const aboveWords = (most: number, total: number, certain: boolean) => ({
  certain,
  reasons: [
    `${most} of ${total} slots: more than there are. The counter is changed after the lock ` +
      'is dropped, so a mapping that is going and one that is coming are both counted for a moment.',
  ],
  advice: ['Read it as: the pool was full. The pool itself works.'],
  unknown: [
    'Whether this kernel lets the pool grow (SWIOTLB_DYNAMIC), where such counts are right: ' +
      '`ls /sys/kernel/debug/swiotlb/` then shows io_tlb_transient_nslabs.',
  ],
})

export const counterBugFindings = (context: Context): Reasoned[] => [
  ...fellBelow(context),
  ...abovePool(context),
]
