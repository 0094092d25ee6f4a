/** Numbers as a kernel prints them. */
import type { Count } from './events.js'

/** Above this an unsigned 64-bit count has fallen below 0. */
const HALF_64 = 2n ** 63n
/** The same of a 32-bit kernel, whose counts near 2^32 no pool can reach. */
const NEAR_2_32 = 2n ** 32n - 2n ** 20n

/** A decimal count; undefined when it is none that a kernel prints. */
export function parseCount(text: string): Count | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined
  const value = BigInt(text)
  if (value >= 2n ** 64n) return undefined
  if (value >= HALF_64 || (value >= NEAR_2_32 && value < 2n ** 32n)) return 'below-zero'
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}

/** A decimal number that is a size or a total; undefined where it makes no sense. */
export function parseWhole(text: string): number | undefined {
  const count = parseCount(text)
  return count === 'below-zero' ? undefined : count
}

export const parseHex = (text: string): bigint => BigInt(`0x${text.replace(/^0x/i, '')}`)

/** `line 3`, `lines 3, 5 and 9 more` */
export function lineWords(lines: readonly number[], shown = 4): string {
  const some = lines.slice(0, shown)
  const rest = lines.length - some.length
  const list = some.join(', ') + (rest > 0 ? ` and ${rest} more` : '')
  return `${lines.length === 1 ? 'line' : 'lines'} ${list}`
}
