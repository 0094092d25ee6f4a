/** Fewer slots are free than are needed. */
import { countOf, formatBytes, NEARLY_FULL, SEGMENT_SLOTS, verbOf } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { LARGEST_BYTES } from '../arithmetic.js'
import { type Context, numberOf } from '../context.js'
import { backWords, fallAfter, fallOfSample, useOfFailure } from '../fallen.js'
import {
  askedWords,
  countersOf,
  fillsToTheLast,
  finding,
  fullness,
  type Group,
  leakFirst,
  linesOf,
  numbersOf,
  percentWords,
  SIZE,
  twice,
  WATCH,
  WHO_HOLDS,
  whetherBack,
  who,
} from '../finding.js'
import { groupBy } from '../group.js'
import { bouncedFinding, groupsWith } from '../group-words.js'
import { grownTo, largestPool } from '../growth.js'

/** A mapping that is too large, in a pool that has little left for the smaller ones instead. */
function nearlyFull(context: Context, group: Group): Reasoned[] {
  const { total, failures, device } = group
  const near = failures.filter(({ used }) => total !== null && (used ?? 0) >= NEARLY_FULL * total)
  const [chosen] = [...near].sort((a, b) => (b.used ?? 0) - (a.used ?? 0))
  if (!chosen || total === null || chosen.used === null || chosen.used > total) return []
  const free = total - chosen.used
  const certain = free < SEGMENT_SLOTS
  return [
    finding({
      cause: 'exhausted',
      certain,
      ...numbersOf({ ...group, failures: near, chosen, suppressed: 0, suppressedLines: [] }),
      reasons: [
        `Apart from that the pool is nearly full: ${percentWords(chosen.used, total)} in use, ${countOf(free, 'slot')} ` +
          'free.',
        certain
          ? `Not even one mapping of ${formatBytes(LARGEST_BYTES)} would have fitted.`
          : `When ${who(device)} asks in pieces of ${formatBytes(LARGEST_BYTES)}, these may not find a free ` +
            'segment.',
      ],
      advice: [
        `First the size of the mapping; then more slots: ${twice(largestPool(context, failures) ?? total)}, if that much is free in one ` +
          'piece (below 4 GiB on most machines).',
      ],
      unknown: whetherBack(
        context,
        fallAfter(context, near.map(useOfFailure)),
        countersOf(context, group),
      ),
    }),
  ]
}

function exhausted(context: Context, group: Group): Reasoned {
  const { device, chosen, total } = group
  const free = (total ?? 0) - (chosen.used ?? 0)
  const leaks = group.failures.some(fillsToTheLast)
  const fall = fallAfter(context, group.failures.map(useOfFailure))
  const larger = twice(largestPool(context, group.failures) ?? 0)
  return bouncedFinding(context, group, {
    certain: true,
    reasons: [
      `${who(device)} asks for ${askedWords(group)}, which needs ${countOf(chosen.needed ?? 0, 'slot')}; ${free} of ${total} ` +
        `${verbOf(free, 'was', 'were')} free.`,
      ...backWords(fall),
    ],
    advice: [
      ...(leaks && !fall?.back
        ? ['First see whether it is a leak (below): then a larger pool only delays it.']
        : leakFirst(fall)),
      `${fall?.back ? 'More' : 'If it is none, more'} slots: ${larger}. The number is one of slots, without a unit; it must ` +
        'be free in one piece, below 4 GiB on most machines.',
      SIZE,
    ],
    unknown: [WHO_HOLDS, ...whetherBack(context, fall, countersOf(context, group))],
  })
}

/** Counters that say that every slot is in use, or was at one time. */
function byCounters(context: Context): Reasoned[] {
  const full = context.samples.filter((sample) => {
    const total = numberOf(sample, 'nslabs')
    const used = numberOf(sample, 'used')
    const mark = numberOf(sample, 'used_hiwater')
    // A counter that is wrong tells nothing else.
    if (total === null || total === 0 || (mark ?? 0) > total || (used ?? 0) > total) return false
    return used === total || mark === total
  })
  return [...groupBy(full, ({ boot, pool }) => `${boot} ${pool}`).values()].flatMap((samples) => {
    const sample = samples.at(-1)
    const total = sample ? numberOf(sample, 'nslabs') : null
    if (!sample || total === null) return []
    const used = numberOf(sample, 'used')
    const now = used === total
    const fall = fallOfSample(context, sample)
    const larger = twice(grownTo(context, sample.boot, total))
    return [
      finding({
        cause: 'exhausted',
        certain: now,
        ...fullness(total, used),
        lines: linesOf(samples),
        reasons: [
          now
            ? fall
              ? `All ${total} slots were in use: whatever had to bounce then, failed.`
              : `All ${total} slots are in use: whatever has to bounce now, fails.`
            : `All ${total} slots were in use at one time: what had to bounce then, failed or was near it.`,
          ...backWords(fall),
        ],
        advice: [
          fall?.back
            ? `More slots: ${larger}.`
            : `More slots, if it is no leak: ${larger}. If io_tlb_used does not fall at rest, it is one, and a larger pool ` +
              `only delays it. ${WATCH}`,
          SIZE,
        ],
        unknown: [...failed(context), WHO_HOLDS, ...whetherBack(context, fall, sample)],
      }),
    ]
  })
}

/** Only where no line tells of a failure. */
export const failed = ({ failures }: Context): string[] =>
  failures.length > 0 ? [] : ['Whether a mapping failed: `dmesg | grep "swiotlb buffer is full"`.']

export const exhaustedFindings = (context: Context): Reasoned[] => [
  ...groupsWith(context, 'too-large', 'empty').flatMap((group) => nearlyFull(context, group)),
  ...groupsWith(context, 'exhausted', 'full').map((group) => exhausted(context, group)),
  ...byCounters(context),
]
