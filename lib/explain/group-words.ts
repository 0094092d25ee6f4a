/** What several causes say alike of a group of failed mappings. */
import { isBefore } from '../boot/family.js'
import { formatBytes } from '../data/units.js'
import type { Reasoned } from '../results/explain.js'
import type { Verdict } from './arithmetic.js'
import { type Context, type Failure, sameDevice } from './context.js'
import {
  countersOf,
  finding,
  type Group,
  givenBack,
  groupsOf,
  lookAtCounters,
  numbersOf,
  suppressedBy,
} from './finding.js'
import { severalPools } from './growth.js'

/** Failures of one verdict, by device. `most`: whether the fullest pool tells most. */
export const groupsWith = (
  context: Context,
  verdict: Exclude<Verdict, 'no-pool' | 'counter-bug'>,
  most: 'full' | 'empty',
): Group[] => {
  const own = (failure: Failure): boolean => failure.verdict === verdict && !failure.belowZero
  return groupsOf(verdict, context.failures.filter(own), suppressedBy(context), most)
}

export const withoutTotals = (context: Context, group: Group): string[] => {
  if (group.total !== null) return []
  const version = context.versionOf(group.chosen.boot)
  const old = version !== undefined && isBefore(version, 5, 1)
  const read = countersOf(context, group)
  return [
    'How full the pool was: this wording tells no totals. ' +
      (old
        ? 'Kernels before 5.1 have no counter to look at either.'
        : read
          ? `Of another moment: ${givenBack(context, read)}`
          : `To see it: ${lookAtCounters}.`),
  ]
}

/** Before 5.12 lines that were left out may be of other messages. */
function suppressedUnknown(context: Context, group: Group): string[] {
  if (!group.suppressed) return []
  const version = context.versionOf(group.chosen.boot)
  return [
    ...(version === undefined || isBefore(version, 5, 12)
      ? [
          'Kernels before 5.12 count lines that they left out for all messages in one figure: there, some of ' +
            `the ${group.suppressed} may be of something else. \`uname -r\` tells the kernel.`,
        ]
      : []),
  ]
}

export const isNamed = (pattern: RegExp, device: string | null): boolean =>
  pattern.test(device ?? '')

function reachOf(context: Context, group: Group): string[] {
  const reach = context
    .of('reach', group.chosen.boot)
    .find(({ said }) => said.device !== null && sameDevice(group.device, said.device))
  if (!reach) return []
  const { mask } = reach.said
  const bytes = Number(mask) + 1
  return [
    `The device reaches ${formatBytes(bytes)} only (line ${reach.lines.join(', ')}), so what lies above is ` +
      'bounced.',
  ]
}

const reachLines = (context: Context, { device, chosen }: Group): number[] =>
  context
    .of('reach', chosen.boot)
    .filter(({ said }) => said.device !== null && sameDevice(device, said.device))
    .flatMap(({ lines }) => lines)

/** What a cause says of a group in words of its own. */
type Said = Pick<Reasoned, 'certain' | 'reasons' | 'advice' | 'unknown'> &
  Partial<Pick<Reasoned, 'askSlots'>>

/** With the numbers of the group, and with what is unknown of lines that were left out. */
export const groupFinding = (context: Context, group: Group, said: Said): Reasoned =>
  finding({
    ...said,
    cause: group.cause,
    ...numbersOf(group),
    reasons: [...said.reasons, ...severalPools(context, group.failures)],
    unknown: [...said.unknown, ...suppressedUnknown(context, group)],
  })

/** Of a group that fewer bounces would help: with how far its device reaches, where a line says so. */
export function bouncedFinding(context: Context, group: Group, said: Said): Reasoned {
  const reach = reachOf(context, group)
  const found = groupFinding(context, group, {
    ...said,
    reasons: [...said.reasons, ...reach],
    advice: [
      ...said.advice,
      ...(reach.length > 0
        ? ['Or fewer bounces: a driver or a device tree that lets the device reach all memory.']
        : []),
    ],
  })
  const lines = [...found.lines, ...reachLines(context, group)].sort((a, b) => a - b)
  return { ...found, lines }
}
