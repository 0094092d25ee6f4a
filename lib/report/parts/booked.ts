/** What memory one would have booked because of what was reported. */
import { countOf, everyWords, formatBytes, formatSlots, SLOT_BYTES } from '../../data/units.js'
import type { Sampling } from '../../results/replay.js'
import { joinWords, percent } from '../words.js'

interface BookedRow {
  readonly tracker: string
  readonly bookedSlots: number | null
}

const pool = (slots: number): string => formatBytes(slots * SLOT_BYTES)

/** Who would have had a pool of so many slots booked. */
type Booked = readonly [slots: number, trackers: readonly string[]]

/** In the order in which the pools come first. */
function byPool(rows: readonly BookedRow[]): Booked[] {
  const by = new Map<number, string[]>()
  for (const { tracker, bookedSlots } of rows) {
    if (bookedSlots === null) continue
    by.set(bookedSlots, [...(by.get(bookedSlots) ?? []), tracker])
  }
  return [...by]
}

/** `8 MiB by a and b, 16 MiB by c` */
const poolsWords = (pools: readonly Booked[]): string =>
  joinWords(
    [...pools]
      .sort(([a], [b]) => a - b)
      .map(([slots, names]) => `${pool(slots)} by ${joinWords(names)}`),
  )

/** The trackers by the pool that one would have booked: `8 MiB by a and b, 16 MiB by c`. */
export const bookedWords = (rows: readonly BookedRow[]): string => poolsWords(byPool(rows))

/** More trackers than these are called the others, where some book more or less. */
const NAMED = 3

/** The same with the most common pool last, and its many trackers called the others. */
export function bookedInShort(rows: readonly BookedRow[]): string {
  const [most, ...rest] = byPool(rows).sort(([, a], [, b]) => b.length - a.length)
  if (!most || most[1].length <= NAMED) return bookedWords(rows)
  const [slots, names] = most
  if (rest.length === 0) return `${pool(slots)} by all ${names.length}`
  return joinWords([poolsWords(rest), `${pool(slots)} by the others`])
}

/** `a look every second`: what stands in a row of its own. */
export const lookWords = (periodS: number): string => `a look ${everyWords(periodS, 'second')}`

/** A sentence on looking at the use every so often. */
export function samplingWords({
  periodS,
  lowSlots,
  medianSlots,
  highSlots,
  unseenShare,
  bookedSlots,
}: Sampling): string {
  const every = `Looking at the slots in use ${everyWords(periodS, 'second')}`
  if (lowSlots === null || medianSlots === null || highSlots === null || bookedSlots === null) {
    return `${every} would have seen nothing: the trace is too short for a single look.`
  }
  const range =
    lowSlots === highSlots
      ? formatSlots(medianSlots)
      : `${formatSlots(medianSlots)}, or from ${lowSlots} to ${countOf(highSlots, 'slot')} depending on the moment of the first look`
  const unseen =
    unseenShare > 0
      ? ` (with ${percent(unseenShare)} of these moments nothing was seen at all)`
      : ''
  return `${every} would have reported ${range}${unseen}: a pool of ${pool(bookedSlots)}.`
}
