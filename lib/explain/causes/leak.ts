/** Slots that are not given back: by several lines, by several read-outs, or by a pool that small requests filled. */

import { countOf, formatSlots } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import type { Context, Failure, Sample } from '../context.js'
import {
  fillsToTheLast,
  finding,
  fullness,
  groupsOf,
  isSmall,
  numbersOf,
  suppressedBy,
  WATCH,
  WHO_HOLDS,
  whose,
} from '../finding.js'
import { groupBy } from '../group.js'

/** The wording without totals: only such requests fail when, and only when, next to nothing is free. */
const TINY_SLOTS = 2
/** So many values in a row that never fall are a trend. */
const ENOUGH = 3
/** Use that grows within less than this, s, is a burst. */
const BURST_S = 10

const TWO_READINGS =
  'Whether it is one: stop the load and read io_tlb_used twice, a minute apart. What is still in use at rest, and ' +
  'grows, is not given back.'

const advice = (device: string | null): string[] => [
  `Look in ${whose(device)}: a mapping that is not unmapped on some path (an error, a reset, a timeout). A newer ` +
    'kernel or driver first.',
  `A larger pool only delays it. ${WATCH}`,
  'To see who maps and never unmaps: `trace-cmd record -e dma` (Linux 6.12 and later), or reload the module and see ' +
    'whether io_tlb_used falls.',
]

/** Whether values never fall and end higher than they began. */
const onlyGrows = (values: readonly number[]): boolean =>
  values.length >= ENOUGH &&
  values.every((value, i) => i === 0 || value >= (values[i - 1] ?? 0)) &&
  (values.at(-1) ?? 0) > (values[0] ?? 0)

function grows(failures: readonly Failure[]): boolean {
  const times = failures.flatMap(({ uptime }) => uptime ?? [])
  const span = times.length < 2 ? null : (times.at(-1) ?? 0) - (times[0] ?? 0)
  return (span === null || span >= BURST_S) && onlyGrows(failures.flatMap(({ used }) => used ?? []))
}

const isTiny = ({ needed, oldWording, verdict }: Failure): boolean =>
  oldWording && verdict === 'unknown' && needed !== null && needed <= TINY_SLOTS

/** Failures of one boot and one pool. */
const sameBoot = (failures: readonly Failure[]): Failure[][] => [
  ...groupBy(failures, ({ boot, total }) => `${boot} ${total}`).values(),
]

function byFailures(context: Context): Reasoned[] {
  const suppressed = suppressedBy(context)
  const small = context.failures.filter(isSmall)
  const growing = new Set(sameBoot(small).filter(grows).flat())
  const suspect = small.filter((one) => fillsToTheLast(one) || isTiny(one) || growing.has(one))
  return groupsOf('leak', suspect, suppressed, 'full').map((group) => {
    const { failures, chosen } = group
    const why = failures.some((one) => growing.has(one))
      ? 'The use only grows from line to line, and the requests are small.'
      : failures.some(fillsToTheLast)
        ? `All ${formatSlots(chosen.total ?? 0)} are in use, to the last one, and the request is small: loads that come and ` +
          'go leave holes.'
        : 'A request as small as this fails only when next to nothing is free.'
    return finding({
      cause: 'leak',
      certain: false,
      ...numbersOf(group),
      reasons: [`${why} That looks like slots that are never given back.`],
      advice: advice(group.device),
      unknown: [TWO_READINGS],
    })
  })
}

const used = ({ values }: Sample): number[] => {
  const value = values.get('used')
  return typeof value === 'number' ? [value] : []
}

/** Read-outs of one pool in one boot, in their order. */
function bySamples(context: Context): Reasoned[] {
  const series = groupBy(context.samples, ({ boot, pool }) => `${boot} ${pool}`)
  return [...series.values()].flatMap((samples) => {
    const values = samples.flatMap(used)
    if (!onlyGrows(values)) return []
    const total = samples.flatMap(({ values: all }) => all.get('nslabs') ?? []).at(-1)
    const last = values.at(-1) ?? 0
    const slots = typeof total === 'number' ? total : null
    return [
      finding({
        cause: 'leak',
        certain: false,
        ...fullness(slots, last),
        lines: samples.flatMap(({ lines }) => lines),
        reasons: [
          `Over ${values.length} read-outs the use only grew, from ${values[0]} to ${countOf(last ?? 0, 'slot')}.`,
        ],
        advice: advice(null),
        unknown: [
          'How much time lay between the read-outs, and whether the load grew as well: read at rest, a minute apart.',
          WHO_HOLDS,
        ],
      }),
    ]
  })
}

export const leakFindings = (context: Context): Reasoned[] => [
  ...byFailures(context),
  ...bySamples(context),
]
