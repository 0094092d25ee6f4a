/** Findings that are put together from failures. */

import { isBefore } from '../boot/family.js'
import { countOf, formatBytes, formatSlots } from '../data/units.js'
import type { Cause, Reasoned } from '../results/explain.js'
import { type Context, type Failure, numberOf, type Sample, sameDevice } from './context.js'
import type { Heard } from './events.js'
import type { Fall } from './fallen.js'
import { groupBy } from './group.js'
import { once } from './once.js'

/** A finding about something else than failed mappings; what is not said is null. */
export const finding = (
  given: Pick<Reasoned, 'cause' | 'certain' | 'lines'> & Partial<Reasoned>,
): Reasoned => ({
  ...{
    host: null,
    device: null,
    requestBytes: null,
    neededSlots: null,
    totalSlots: null,
    usedSlots: null,
  },
  ...{ freeSlots: null, suppressed: null, failuresAtLeast: null },
  ...{ advice: [], unknown: [], reasons: [], askSlots: null, possible: false },
  ...given,
})

/** Failures of one device for one cause; where no line names a device, those in one pool. */
export interface Group {
  readonly cause: Cause
  readonly device: string | null
  /** Of the pool in which the chosen one failed. */
  readonly total: number | null
  readonly failures: readonly Failure[]
  /** The failure that tells most. */
  readonly chosen: Failure
  /** Lines that were left out; null where they may be of another device. */
  readonly suppressed: number | null
  /** The lines that say so. */
  readonly suppressedLines: readonly number[]
}

/** Whose lines are missing where the kernel says that it left out some. */
const COUNTED = /^(?:x\w+_)?(?:swiotlb_\w+|map_single|__swiotlb\w*|dma_direct_map_\w+)(?:\.\w+)*$/

/** The message that old kernels print beside `buffer is full`, of the same failures. */
const BESIDE = 'swiotlb_full'

export const countsFailures = (name: string): boolean => COUNTED.test(name)

export interface LeftOut {
  readonly count: number
  readonly lines: readonly number[]
}

const NOTHING: LeftOut = { count: 0, lines: [] }

const severalDevices = (failures: readonly Failure[]): boolean => {
  const first = failures.find(({ device }) => device !== null)?.device ?? null
  return failures.some(({ device }) => !sameDevice(first, device))
}

/** Failures of one boot, and what the kernel left out there. */
interface OfBoot {
  readonly failures: readonly Failure[]
  readonly leftOut: readonly Heard<'suppressed'>[]
  /** Whether what was left out may be of any of several devices: then it is of no finding. */
  readonly anybodys: boolean
}

const leftOutByBoot = once(({ failures, of }): readonly OfBoot[] => {
  const own = groupBy(failures, ({ boot }) => boot)
  const leftOut = groupBy(
    of('suppressed').filter(({ said }) => countsFailures(said.name)),
    ({ boot }) => boot,
  )
  return [...new Set([...own.keys(), ...leftOut.keys()])].map((boot) => {
    const [failed, left] = [own.get(boot) ?? [], leftOut.get(boot) ?? []]
    return { failures: failed, leftOut: left, anybodys: left.length > 0 && severalDevices(failed) }
  })
})

/** What was left out and is counted by no finding. */
export function uncounted(
  context: Context,
): Readonly<Record<'anybodys' | 'alone', readonly Heard<'suppressed'>[]>> {
  const boots = leftOutByBoot(context)
  return {
    anybodys: boots.filter(({ anybodys }) => anybodys).flatMap(({ leftOut }) => leftOut),
    alone: boots.filter(({ failures }) => failures.length === 0).flatMap(({ leftOut }) => leftOut),
  }
}

/** Lines that were left out, by the failure that they follow; of a failure that is not in it they may be anybody's. */
export const suppressedBy = once((context): ReadonlyMap<Failure, LeftOut> => {
  const clear = leftOutByBoot(context).filter(({ anybodys }) => !anybodys)
  return new Map(clear.flatMap((boot) => [...suppressedIn(boot)]))
})

function suppressedIn({ failures, leftOut }: OfBoot): Map<Failure, LeftOut> {
  const counts = new Map(failures.map((failure) => [failure, NOTHING]))
  const beside = new Map<Failure, LeftOut>()
  let next = 0
  for (const { said, lines } of leftOut) {
    // Both are in the order of their lines.
    while ((failures[next]?.lines[0] ?? Number.POSITIVE_INFINITY) < (lines[0] ?? 0)) next++
    const whose = failures[Math.max(next - 1, 0)]
    if (!whose) continue
    const into = said.name === BESIDE ? beside : counts
    const before = into.get(whose) ?? NOTHING
    into.set(whose, { count: before.count + said.count, lines: [...before.lines, ...lines] })
  }
  // The same failures were told twice, so the larger figure holds them all.
  for (const [failure, left] of beside) {
    const other = counts.get(failure) ?? NOTHING
    const count = Math.max(other.count, left.count)
    counts.set(failure, { count, lines: [...other.lines, ...left.lines] })
  }
  return counts
}

/** Requests of this many slots and less can fill a pool to its last slot. */
const SMALL_SLOTS = 4
export const isSmall = ({ needed }: Failure): boolean => needed !== null && needed <= SMALL_SLOTS

/** Small requests, and every slot in use. */
export const fillsToTheLast = (failure: Failure): boolean =>
  isSmall(failure) && failure.total !== null && failure.total > 0 && failure.used === failure.total

const larger = (a: Failure, b: Failure): number => (b.bytes ?? -1) - (a.bytes ?? -1)
const largerPool = (a: Failure, b: Failure): number => (b.total ?? -1) - (a.total ?? -1)
const fewerUsed = (a: Failure, b: Failure): number =>
  (a.used ?? Number.POSITIVE_INFINITY) - (b.used ?? Number.POSITIVE_INFINITY)
const moreUsed = (a: Failure, b: Failure): number => (b.used ?? -1) - (a.used ?? -1)

/**
 * Failures that are one matter. `most`: whether the largest and fullest pool tells most, or the emptiest.
 *
 * @param failures one at least
 */
export function groupOf(
  cause: Cause,
  failures: readonly Failure[],
  suppressed: ReadonlyMap<Failure, LeftOut>,
  most: 'full' | 'empty',
): Group {
  const order = (a: Failure, b: Failure): number =>
    most === 'full'
      ? largerPool(a, b) || larger(a, b) || moreUsed(a, b)
      : larger(a, b) || fewerUsed(a, b) || largerPool(a, b)
  const [chosen] = [...failures].sort(order) as [Failure]
  const left = failures.flatMap((failure) => suppressed.get(failure) ?? [])
  return {
    ...{ cause, device: chosen.device, total: chosen.total, failures, chosen },
    suppressed: left.length === 0 ? null : left.reduce((sum, { count }) => sum + count, 0),
    suppressedLines: left.flatMap(({ lines }) => lines),
  }
}

/** Groups failures by device; a pool that grew, or was made larger, is no other matter. */
export function groupsOf(
  cause: Cause,
  failures: readonly Failure[],
  suppressed: ReadonlyMap<Failure, LeftOut>,
  most: 'full' | 'empty',
): Group[] {
  const groups = groupBy(failures, ({ device, total }) => device ?? total)
  return [...groups.values()].map((own) => groupOf(cause, own, suppressed, most))
}

/** How full a pool is, as a finding has it; more used than there is leaves nothing to be said of the rest. */
export const fullness = (total: number | null, used: number | null) => ({
  totalSlots: total,
  usedSlots: used,
  freeSlots: total !== null && used !== null && used <= total ? total - used : null,
})

/** The numbers of a group, as the finding has them. */
export function numbersOf(group: Group) {
  const { device, total, failures, chosen, suppressed, suppressedLines } = group
  const { used } = chosen
  const told = failures.reduce((sum, { times }) => sum + times, 0)
  return {
    device,
    requestBytes: chosen.bytes,
    neededSlots: chosen.needed,
    ...fullness(total, used),
    lines: [...new Set([...failures.flatMap(({ lines }) => lines), ...suppressedLines])].sort(
      (a, b) => a - b,
    ),
    suppressed,
    failuresAtLeast: told + (suppressed ?? 0),
  }
}

/** Who asks, in a sentence. */
export const who = (device: string | null): string => device ?? 'the device (which no line names)'
/** Whose driver is meant. */
export const whose = (device: string | null): string =>
  device === null ? 'the driver (of a device that no line names)' : `the driver of ${device}`

/** `512 KiB`; where that is rounded, the bytes too: `511.98 KiB (524276 bytes)`. */
export function sizeWords(bytes: number): string {
  const words = formatBytes(bytes)
  const [number = ''] = words.split(' ')
  return number.includes('.') ? `${words} (${bytes} bytes)` : words
}

export const percentWords = (part: number, whole: number): string => {
  const value = (part / whole) * 100
  // Nearly all is not all, and nearly nothing is not nothing.
  if (part > 0 && part < whole) {
    if (value > 99.9) return `${Math.min(Number(value.toFixed(2)), 99.99)} %`
    if (value < 0.1) return `${Math.max(Number(value.toFixed(2)), 0.01)} %`
  }
  return `${Number(value.toFixed(1))} %`
}

/** How full the pool of a group was, over all failures in it; those in pools of other sizes are left out. */
export function useWords({ failures, total }: Group): string | undefined {
  const used = failures.flatMap((one) => (one.total === total ? (one.used ?? []) : []))
  if (total === null || total === 0 || used.length === 0) return undefined
  const low = used.reduce((least, one) => Math.min(least, one))
  const high = used.reduce((most, one) => Math.max(most, one))
  const pool = `the pool of ${formatSlots(total)}`
  if (low !== high) return `Between ${low} and ${countOf(high, 'slot')} of ${pool} were in use`
  if (low === 0) return `Nothing of ${pool} was in use`
  return `${percentWords(low, total)} of ${pool} was in use (${countOf(low, 'slot')})`
}

/** The sizes that a group asked for. */
export function askedWords({ failures }: Group): string | undefined {
  const sizes = [...new Set(failures.flatMap(({ bytes }) => bytes ?? []))].sort((a, b) => a - b)
  const [least] = sizes
  const most = sizes.at(-1)
  if (least === undefined || most === undefined) return undefined
  return sizes.length === 1
    ? sizeWords(most)
    : `${sizes.length} sizes from ${sizeWords(least)} to ${sizeWords(most)}`
}

export const lookAtCounters =
  'as root, `grep . /sys/kernel/debug/swiotlb/*` (Linux 5.1 and later, with debugfs mounted)'

/** What looks at a pool as long as it takes. */
export const WATCH = '`watch` tells it on the machine, where it runs for an hour.'
/** What needs neither a reboot nor another program. */
const LESS_NOW =
  'Less at one time helps at once, without a reboot: of disks by `echo 128 > /sys/block/DISK/queue/max_sectors_kb` and a ' +
  'smaller `nr_requests` beside it; of network cards by `ethtool -G DEV rx 256 tx 256` and fewer queues (`ethtool -L`), ' +
  'where the driver takes that. Whoever maps most first, which need not be who asked in vain.'
/** What tells the size that a load needs. */
export const SIZE =
  'How many it takes: `capture` prints a script that records the load, and `size` reads it.'
export const WHO_HOLDS =
  'Who holds the slots: `devices` tells it of a trace, for which `capture` prints a script.'

/** `31000 of 32768 slots`, of counters; the use alone where the size of the pool is not told. */
const sampleWords = (sample: Sample): string => {
  const [used, total] = [numberOf(sample, 'used'), numberOf(sample, 'nslabs')]
  return total === null ? countOf(used ?? 0, 'slot') : `${used} of ${countOf(total, 'slot')}`
}

const tellsUse = (sample: Sample): boolean => numberOf(sample, 'used') !== null

/**
 * Counters of a group's pool in one of its boots: those of a pool of that size, else of the pool of all
 * devices. Undefined where there are none.
 */
export function countersOf({ samples }: Context, { failures, total }: Group): Sample | undefined {
  const own = samples.filter(
    (sample) => tellsUse(sample) && failures.some(({ boot }) => boot === sample.boot),
  )
  const alike = own.findLast((sample) => total !== null && numberOf(sample, 'nslabs') === total)
  return alike ?? own.findLast(({ pool }) => pool === '')
}

/**
 * Whether use falls, as far as the counters of the text say it; nothing where the text shows that it fell,
 * and without counters, for which the advice of firstSteps() asks.
 *
 * @param whose a read-out of the pool and the boot that are meant; undefined where there is none
 */
export const whetherBack = (
  context: Context,
  fall: Fall | undefined,
  whose: Sample | undefined,
): string[] =>
  fall?.back || !whose ? [] : [`Whether the slots are given back: ${givenBack(context, whose)}`]

/** How a leak is told from a load. */
function lookForLeak({ versionOf }: Context, boot: number, whose: Sample | undefined): string {
  const version = versionOf(boot)
  if (version !== undefined && isBefore(version, 5, 1))
    return 'kernels before 5.1 have no counter, so see whether mappings go again when the load stops'
  if (whose) return 'read the counters once more at rest, a minute later'
  return `${lookAtCounters}, twice, a minute apart`
}

/**
 * What comes before a larger pool: to look for a leak, unless the text shows that it is none, and less load.
 *
 * @param whose counters that the text has of the pool
 */
export const firstSteps = (
  context: Context,
  fall: Fall | undefined,
  boot: number,
  whose: Sample | undefined,
): string[] => [
  ...(fall?.back
    ? []
    : [
        `First see whether it is a leak: ${lookForLeak(context, boot, whose)}. Use that does not fall with the load is ` +
          'never given back before a reboot: a larger pool only delays it, and the driver of whoever holds the slots is the ' +
          `place to look. ${WATCH}`,
      ]),
  LESS_NOW,
]

/** The begin of the advice of a larger pool. */
export const moreSlots = (fall: Fall | undefined): string =>
  fall?.back ? 'More slots' : 'If it is no leak, more slots'

/** What counters say of it, whatever else the text shows. */
export function givenBack({ samples }: Context, whose: Sample | undefined): string {
  const read = samples.filter(
    (sample) => sample.pool === whose?.pool && sample.boot === whose.boot && tellsUse(sample),
  )
  const [first] = read
  const last = read.at(-1)
  if (!first || !last) return `${lookAtCounters}, at rest and twice, a minute apart.`
  if (first === last) {
    return `the counters tell of one moment (line ${first.lines[0]}: ${sampleWords(first)} in use). Read them again at rest, a minute later.`
  }
  return `the counters went from ${sampleWords(first)} (line ${first.lines[0]}) to ${sampleWords(last)} (line ${last.lines[0]}); at rest they have to fall.`
}

/** The lines of several messages, each once. */
export const linesOf = (heard: readonly { readonly lines: readonly number[] }[]): number[] =>
  [...new Set(heard.flatMap(({ lines }) => lines))].sort((a, b) => a - b)
