/** What memory one would have booked because of what was reported. */
import { countOf, everyWords, formatBytes, formatSlots, SLOT_BYTES } from '../../data/units.js'
import type { Sampling } from '../../results/replay.js'
import { joinWords, percent } from '../words.js'

interface BookedRow {
  readonly tracker: string
  readonly bookedSlots: number | null
}

const pool = (slots: number): string => formatBytes(slots * SLOT_BYTES)

/** The trackers by the pool that one would have booked: `8 MiB by a and b, 16 MiB by c`. */
export function bookedWords(rows: readonly BookedRow[]): string {
  const by = new Map<number, string[]>()
  for (const { tracker, bookedSlots } of rows) {
    if (bookedSlots === null) continue
    by.set(bookedSlots, [...(by.get(bookedSlots) ?? []), tracker])
  }
  const parts = [...by]
    .sort(([a], [b]) => a - b)
    .map(([slots, names]) => `${pool(slots)} by ${joinWords(names)}`)
  return joinWords(parts)
}

/** More trackers than these are called the others, where some book more or less. */
const NAMED = 3

/** The same with the most common pool last, and its many trackers called the others. */
export function bookedInShort(rows: readonly BookedRow[]): string {
  const told = rows.filter(({ bookedSlots }) => bookedSlots !== null)
  const counts = new Map<number, number>()
  for (const { bookedSlots } of told) {
    if (bookedSlots !== null) counts.set(bookedSlots, (counts.get(bookedSlots) ?? 0) + 1)
  }
  const [slots = 0, many = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? []
  if (many <= NAMED) return bookedWords(rows)
  const rest = told.filter(({ bookedSlots }) => bookedSlots !== slots)
  const who = rest.length > 0 ? 'the others' : `all ${many}`
  return joinWords([...(rest.length > 0 ? [bookedWords(rest)] : []), `${pool(slots)} by ${who}`])
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
