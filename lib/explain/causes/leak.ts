/** Slots that are not given back: by several lines, by several read-outs, or by a pool that small requests filled. */

import { countOf, formatSlots } from '../../data/units.js'
import type { Reasoned } from '../../results/explain.js'
import type { Context, Failure, Sample } from '../context.js'
import { fallAfter, fallsAfter, useOfFailure, useOfSample } from '../fallen.js'
import {
  fillsToTheLast,
  finding,
  fullness,
  groupOf,
  isSmall,
  numbersOf,
  suppressedBy,
  WATCH,
  WHO_HOLDS,
  who,
} from '../finding.js'
import { groupBy } from '../group.js'
import { grownTo } from '../growth.js'

/** The wording without totals: only such requests fail when, and only when, next to nothing is free. */
const TINY_SLOTS = 2
/** So many values in a row that never fall are a trend. */
const ENOUGH = 3
/** Use that grows within less than this, s, is a burst. */
const BURST_S = 10

const TWO_READINGS =
  'Whether it is one: stop the load and read io_tlb_used twice, a minute apart. What is still in use at rest, and ' +
  'grows, is not given back.'

const ADVICE = [
  'Look in the driver of whoever holds the slots: a mapping that is not unmapped on some path (an error, a reset, a ' +
    'timeout). A newer kernel or driver first.',
  `A larger pool only delays it. ${WATCH}`,
  'To see who maps and never unmaps: `trace-cmd record -e dma` (Linux 6.12 and later), or reload the module and see ' +
    'whether io_tlb_used falls.',
]

/** More devices than these are counted. */
const NAMED = 3

/** Who met the full pool, and that it need not be whoever filled it. */
function failedWords(failures: readonly Failure[]): string {
  const all = [...new Set(failures.map(({ device }) => who(device)))]
  const more = all.length - NAMED
  const names = all.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${countOf(more, 'other')}` : '')
  return `No line tells who holds the slots. Who asked in vain need not be it: ${names}.`
}

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
  const counted = small.filter(({ used }) => used !== null)
  const growing = new Set(sameBoot(counted).filter(grows).flat())
  const suspect = small.filter((one) => fillsToTheLast(one) || isTiny(one) || growing.has(one))
  // Whoever asks, it is one pool that leaks.
  const pools = groupBy(suspect, ({ boot, total }) =>
    total === null ? null : grownTo(context, boot, total),
  )
  return [...pools.values()].flatMap((all) => {
    const falls = fallsAfter(context, all.map(useOfFailure))
    const failures = all.filter(({ boot }) => !falls.get(boot)?.back)
    if (failures.length === 0) return []
    const fall = fallAfter(context, failures.map(useOfFailure))
    const group = groupOf('leak', failures, suppressed, 'full')
    const trend = failures.some((one) => growing.has(one))
    const why = trend
      ? 'The use only grows from line to line, and the requests are small.'
      : failures.some(fillsToTheLast)
        ? `All ${formatSlots(group.total ?? 0)} are in use, to the last one, and the request is small.`
        : 'A request as small as this fails only when next to nothing is free.'
    return [
      finding({
        cause: 'leak',
        certain: false,
        possible: !trend,
        ...numbersOf(group),
        device: null,
        reasons: [
          trend
            ? `${why} That looks like slots that are never given back.`
            : `${why} Slots that are never given back look like that, and so does a load of small mappings alone, as that of ` +
              'a network card.',
          ...(fall
            ? [
                `At most ${countOf(fall.to.used, 'slot')} can be it: so many were in use later, at line ${fall.to.line}.`,
              ]
            : []),
          failedWords(failures),
        ],
        advice: ADVICE,
        unknown: [TWO_READINGS],
      }),
    ]
  })
}

const used = ({ values }: Sample): number[] => {
  const value = values.get('used')
  return typeof value === 'number' ? [value] : []
}

/** Read-outs of one pool in one boot, in their order. */
function bySamples(context: Context): Reasoned[] {
  const series = groupBy(context.samples, ({ boot, pool }) => `${boot} ${pool}`)
  return [...series.values()].flatMap((all) => {
    const samples = all.filter((one) => used(one).length > 0)
    const values = samples.flatMap(used)
    if (!onlyGrows(values) || fallAfter(context, samples.map(useOfSample))?.back) return []
    const total = all.flatMap((one) => one.values.get('nslabs') ?? []).at(-1)
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
        advice: ADVICE,
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
