/** What is certain of the peak: a column, what it means, and how wide what is certified is. */
import type { Certified } from '../../results/comparison.js'
import { joinWords, percent, slotsAsBytes } from '../words.js'

export interface CertifiedRow {
  readonly tracker: string
  readonly certified?: Certified | undefined
}

/** The heading of the column. */
export const AT_LEAST = 'at least'

export const certifiesAny = (rows: readonly CertifiedRow[]): boolean =>
  rows.some(({ certified }) => (certified?.lowSlots ?? null) !== null)

export function atLeastCell(certified: Certified | undefined): string {
  const low = certified?.lowSlots ?? null
  return low === null ? '-' : slotsAsBytes(low)
}

/** What lies between, and the trackers with it: `496 KiB (0.76 % of the pool) with batched`. */
function widthWords(width: number | null, names: readonly string[], poolSlots: number): string {
  const who = `with ${joinWords(names)}`
  if (width === null) return `no limit ${who}`
  if (width === 0) return `nothing ${who}`
  return `${slotsAsBytes(width)} (${percent(width / poolSlots)} of the pool) ${who}`
}

/**
 * What the column means, and how wide what is certified is, the narrowest first. Of one that certifies
 * what cannot have been nothing is said: its row is marked, and why is told elsewhere.
 */
export function certifiedWords(rows: readonly CertifiedRow[], poolSlots: number): string[] {
  if (!certifiesAny(rows)) return []
  const byWidth = new Map<number | null, string[]>()
  for (const { tracker, certified } of rows) {
    if (!certified?.kept || certified.lowSlots === null) continue
    const { widthSlots } = certified
    byWidth.set(widthSlots, [...(byWidth.get(widthSlots) ?? []), tracker])
  }
  const last = Number.POSITIVE_INFINITY
  const widths = [...byWidth.keys()].sort((a, b) => (a ?? last) - (b ?? last))
  const words = widths.map((width) => widthWords(width, byWidth.get(width) ?? [], poolSlots))
  const between =
    words.length > 0 ? `. From that to the most that it can have been: ${words.join('; ')}` : ''
  return [`${AT_LEAST}: in use for certain at some instant, by what the tracker knows${between}`]
}
