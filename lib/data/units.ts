/** Sizes as people write them: `64MiB`, `32768` slots, and back. */

import { InputError } from './errors.js'

/** Bytes of one slot. */
export const SLOT_BYTES = 2048
/** From this share of its slots in use on a pool is called nearly full. */
export const NEARLY_FULL = 0.9
/** And from this share on: what is left serves next to nothing. */
export const PRACTICALLY_FULL = 0.99
/** Slots that no mapping may cross the end of. */
export const SEGMENT_SLOTS = 128

const units = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const

/** @throws InputError for what is no number */
function checkNumber(what: string, value: unknown): void {
  if (typeof value !== 'number') throw new InputError(`${what}: expected a number, not ${value}`)
}

/** @throws InputError for what is no text */
function checkText(text: unknown): void {
  if (typeof text !== 'string') throw new InputError(`text: expected a size as 64MiB, not ${text}`)
}

/**
 * Bytes of a text such as `4096`, `4KiB`, `1.5 MiB`, `16G`; undefined when it is none, or no whole
 * number of bytes. K, M, G and T by themselves are the same powers of 1024.
 */
export function parseBytes(text: string): number | undefined {
  checkText(text)
  const found = /^(\d+(?:\.\d+)?)\s*(?:B|([KMGT])(?:iB)?)?$/.exec(text.trim())
  if (!found) return undefined
  const unit = found[2] === undefined ? 'B' : `${found[2]}iB`
  const bytes = Number(found[1]) * units[unit as keyof typeof units]
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** Bytes of a text such as `64MiB`; undefined without a unit, and when it is none. */
export const bytesWithUnit = (text: string): number | undefined =>
  /[A-Za-z]$/.test(text.trim()) ? parseBytes(text) : undefined

/** Slots of a text such as `32768` (slots) or `64MiB`; undefined when it is none. */
export function parseSlots(text: string): number | undefined {
  checkText(text)
  if (/^\d+$/.test(text.trim())) return Number(text)
  const bytes = bytesWithUnit(text)
  return bytes === undefined ? undefined : Math.ceil(bytes / SLOT_BYTES)
}

const times = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a text such as `60`, `60s`, `0.5 s`, `10min`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)?$/.exec(text.trim())
  if (!found) return undefined
  const ms = Number(found[1]) * times[(found[2] ?? 's') as keyof typeof times]
  return Number.isSafeInteger(ms) ? ms : undefined
}

/** `90 s`, `1.5 h`: at most two decimals, in the largest unit that it fills. */
export function formatDuration(ms: number): string {
  const unit = (['d', 'h', 'min', 's'] as const).find((name) => ms >= times[name]) ?? 'ms'
  return `${Number((ms / times[unit]).toFixed(2))} ${unit}`
}

/** `4.37 MiB`, `256 KiB`, `100 B`: at most two decimals, and always the unit. */
export function formatBytes(bytes: number): string {
  checkNumber('bytes', bytes)
  const sign = bytes < 0 ? '-' : ''
  const size = Math.abs(bytes)
  const unit = (['TiB', 'GiB', 'MiB', 'KiB'] as const).find((name) => size >= units[name]) ?? 'B'
  const value = size / units[unit]
  return `${sign}${Number(value.toFixed(2))} ${unit}`
}

/** `1 map`, `2 maps` */
export function countOf(n: number, one: string): string {
  return `${n} ${n === 1 ? one : `${one}s`}`
}

/** `every second`, `every 15 seconds` */
export const everyWords = (n: number, one: string): string =>
  n === 1 ? `every ${one}` : `every ${n} ${one}s`

/** What agrees with a count: `was` or `were`. */
export const verbOf = (n: number, one: string, many: string): string => (n === 1 ? one : many)

/** `1 slot`, `2236 slots` */
const plainSlots = (slots: number): string => `${slots} ${slots === 1 ? 'slot' : 'slots'}`

/** Of a count that has no sign where it is kept, and went below 0 there. */
const fellWords = (below: number): string => `the count fell below 0 (by ${plainSlots(below)})`

/** `2236 slots`, or that the count fell below 0. */
export const slotWords = (slots: number): string =>
  slots < 0 ? fellWords(-slots) : plainSlots(slots)

/** `it reported 3 slots`, or that the count fell below 0. */
export const reportedWords = (slots: number | null): string =>
  slots === null
    ? 'it reported no mark'
    : slots < 0
      ? fellWords(-slots)
      : `it reported ${plainSlots(slots)}`

/** `it certified that 5 slots were in use, where at most 4 were`: of what cannot have been. */
export const falselyCertified = (lower: number, most: number): string =>
  `it certified that ${plainSlots(lower)} ${lower === 1 ? 'was' : 'were'} in use at some instant, ` +
  `where at most ${most} ${most === 1 ? 'was' : 'were'}`

/** `2236 slots (4.37 MiB) were`, in use or what else they were. */
export const usedWords = (slots: number): string =>
  `${formatSlots(slots)} ${verbOf(slots, 'was', 'were')}`

/** `2236 slots (4.37 MiB)`, or that the count fell below 0. */
export function formatSlots(slots: number): string {
  checkNumber('slots', slots)
  return slots < 0 ? fellWords(-slots) : `${plainSlots(slots)} (${formatBytes(slots * SLOT_BYTES)})`
}
