/** What follows from four numbers, whatever the workload was. */
import { NEARLY_FULL, SEGMENT_SLOTS, SLOT_BYTES } from '../data/units.js'

/** From this many bytes on a kernel places a mapping at a page's start: at every second slot. */
const PAGE_BYTES = 4096

export const slotsNeeded = (bytes: number): number => Math.ceil(bytes / SLOT_BYTES)

/** The largest mapping that any pool can serve. */
export const LARGEST_BYTES = SEGMENT_SLOTS * SLOT_BYTES

/**
 * How many disjoint places a pool of `total` slots has for a request. A mapping lies within one
 * segment, so each segment has as many as fit side by side; requests of a page and more begin at
 * every second slot only (with pages of 4 KiB).
 */
export function placesFor(total: number, bytes: number): number {
  const needed = slotsNeeded(bytes)
  const step = bytes >= PAGE_BYTES ? needed + (needed % 2) : needed
  const inSegment = (slots: number): number => Math.floor(slots / step)
  const whole = Math.floor(total / SEGMENT_SLOTS) * inSegment(SEGMENT_SLOTS)
  return whole + inSegment(total % SEGMENT_SLOTS)
}

/** The most of these places that one mapping can take, and give back at once. */
const placesInSegment = (bytes: number): number => placesFor(SEGMENT_SLOTS, bytes)

/**
 * How many places would be left free by so many used slots, were each of them alone and anywhere: what
 * small mappings all over a pool come to.
 */
export const freeBySpread = (total: number, bytes: number, used: number): number =>
  placesFor(total, bytes) * (1 - used / total) ** slotsNeeded(bytes)

/** Below this share of its slots in use a pool has room by any measure. */
const HALF_FULL = 1 / 2

/** Whether small mappings all over a pool that is not even half full would have left room. */
const leavesRoom = (total: number, bytes: number, used: number): boolean =>
  used < total * HALF_FULL && freeBySpread(total, bytes, used) >= 1

/**
 * How many mappings must have been given back between the search and the count for such a count, had no
 * place been free: the kernel counts after it has searched. Each can free a segment at most.
 */
export const givenBackSince = (total: number, bytes: number, used: number): number =>
  Math.ceil(Math.max(placesFor(total, bytes) - used, 0) / placesInSegment(bytes))

export type Verdict =
  | 'no-pool'
  | 'counter-bug'
  | 'too-large'
  | 'exhausted'
  | 'misaligned'
  | 'fragmented'
  | 'unknown'

/**
 * Why a request failed, as far as its numbers decide it.
 *
 * - `exhausted`: fewer slots are free than it needs; of a single slot also where next to none is, as one
 *   that came free behind the search is counted as free.
 * - `misaligned`: each used slot can spoil at most one of the disjoint places where the request would
 *   fit (placesFor()). With fewer used slots than such places at least one place was free from end to
 *   end, and the kernel had looked at all of them: so the place was not refused for want of slots but
 *   for the offset, the alignment or the boundary that the device asks for.
 *   The same is said of more used slots, where these would have to be spread far better than at random.
 * - `fragmented`: enough slots are free, but the used ones are enough to spoil every place.
 */
export function verdictOf(
  bytes: number | null,
  total: number | null,
  used: number | null,
): Verdict {
  if (total === 0) return 'no-pool'
  if (bytes !== null && bytes > LARGEST_BYTES) return 'too-large'
  if (bytes === null || total === null || used === null) return 'unknown'
  if (used > total) return 'counter-bug'
  const needed = slotsNeeded(bytes)
  if (total - used < needed) return 'exhausted'
  if (needed === 1 && used >= NEARLY_FULL * total) return 'exhausted'
  const room = used < placesFor(total, bytes) || leavesRoom(total, bytes, used)
  return room ? 'misaligned' : 'fragmented'
}
