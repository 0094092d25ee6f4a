/** Fewer slots are free than are needed. */
import {
  countOf,
  formatBytes,
  formatSlots,
  NEARLY_FULL,
  SEGMENT_SLOTS,
  verbOf,
} from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import { LARGEST_BYTES } from '../arithmetic.js'
import { askFor } from '../ask.js'
import { type Context, type Failure, numberOf } from '../context.js'
import { backWords, fallAfter, fallOfSample, useOfFailure } from '../fallen.js'
import {
  askedWords,
  countersOf,
  finding,
  firstSteps,
  fullness,
  type Group,
  linesOf,
  moreSlots,
  numbersOf,
  percentWords,
  SIZE,
  WHO_HOLDS,
  whetherBack,
  who,
} from '../finding.js'
import { groupBy } from '../group.js'
import { bouncedFinding, groupsWith } from '../group-words.js'
import { largestPool } from '../growth.js'
import { ownPoolOfSample } from '../own-pool.js'

/** How full the pool was that a failure met; 0 where it is not told, and where the count is wrong. */
const shareOf = ({ used, total }: Failure): number =>
  used === null || !total || used > total ? 0 : used / total

/** A mapping that is too large, in a pool that has little left for the smaller ones instead. */
function nearlyFull(context: Context, group: Group): Reasoned[] {
  const near = group.failures
    .filter((one) => shareOf(one) >= NEARLY_FULL)
    .sort((a, b) => shareOf(b) - shareOf(a))
  const [chosen] = near
  if (!chosen) return []
  const { device } = group
  const used = chosen.used ?? 0
  const total = chosen.total ?? 0
  const free = total - used
  const certain = free < SEGMENT_SLOTS
  const fall = fallAfter(context, near.map(useOfFailure))
  // What was left out is counted with the size of the mapping, where it is of this device at all.
  const suppressed = group.suppressed === null ? null : 0
  const own: Group = { ...group, total, failures: near, chosen, suppressed, suppressedLines: [] }
  const ask = askFor(context, largestPool(context, near), 'Then more slots')
  return [
    finding({
      cause: 'exhausted',
      certain,
      ...numbersOf(own),
      askSlots: ask.askSlots,
      reasons: [
        `Apart from that the pool of ${formatSlots(total)} is nearly full: ${percentWords(used, total)} in use, ` +
          `${countOf(free, 'slot')} free.`,
        certain
          ? `Not even one mapping of ${formatBytes(LARGEST_BYTES)} would have fitted.`
          : `When ${who(device)} asks in pieces of ${formatBytes(LARGEST_BYTES)}, these may not find a free ` +
            'segment.',
        ...backWords(fall),
      ],
      advice: ['First the size of the mapping (see "too-large").', ...ask.advice],
      unknown: whetherBack(context, fall, countersOf(context, own)),
    }),
  ]
}

/** Fewer free slots than it needs, also by the count that came after the search. */
const hadTooFew = ({ total, used, needed }: Failure): boolean =>
  (total ?? 0) - (used ?? 0) < (needed ?? 0)

function exhausted(context: Context, group: Group): Reasoned {
  const { device, chosen, total } = group
  const free = (total ?? 0) - (chosen.used ?? 0)
  const needed = chosen.needed ?? 0
  const fall = fallAfter(context, group.failures.map(useOfFailure))
  const counters = countersOf(context, group)
  const ask = askFor(context, largestPool(context, group.failures), moreSlots(fall))
  return bouncedFinding(context, group, {
    certain: group.failures.some(hadTooFew),
    askSlots: ask.askSlots,
    reasons: [
      `${who(device)} asks for ${askedWords(group)}, which needs ${countOf(needed, 'slot')}; ${free} of ${total} ` +
        `${verbOf(free, 'was', 'were')} free.`,
      ...(free < needed
        ? []
        : [
            'The kernel counts after it has searched: most likely the pool was full then, and what came free in between was too late.',
          ]),
      ...backWords(fall),
    ],
    advice: [...firstSteps(context, fall, chosen.boot, counters), ...ask.advice, SIZE],
    unknown: [WHO_HOLDS, ...whetherBack(context, fall, counters)],
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
    const meant = { boot: sample.boot, total, device: null }
    const ask = askFor(context, meant, moreSlots(fall), ownPoolOfSample(sample))
    return [
      finding({
        cause: 'exhausted',
        certain: now,
        ...fullness(total, used),
        askSlots: ask.askSlots,
        lines: linesOf(samples),
        reasons: [
          now
            ? fall
              ? `All ${total} slots were in use: whatever had to bounce then, failed.`
              : `All ${total} slots are in use: whatever has to bounce now, fails.`
            : `All ${total} slots were in use at one time: what had to bounce then, failed or was near it.`,
          ...backWords(fall),
        ],
        advice: [...firstSteps(context, fall, sample.boot, sample), ...ask.advice, SIZE],
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
