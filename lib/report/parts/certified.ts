/** What is certain of the peak: two columns, and what they mean. */
import type { Certified } from '../../results/comparison.js'
import { slotsAsBytes } from '../words.js'

export interface CertifiedRow {
  readonly certified?: Certified | undefined
}

/** The headings of the two columns. */
export const AT_LEAST = 'at least'
export const AT_MOST = 'at most'

export const certifiesAny = (rows: readonly CertifiedRow[]): boolean =>
  rows.some(({ certified }) => (certified?.lowSlots ?? null) !== null)

/**
 * What the tracker knows of the peak, from below and from above. Of one that certifies what cannot have
 * been no upper end is told: its row is marked, and why is told elsewhere.
 */
export function certifiedCells(certified: Certified | undefined): [low: string, high: string] {
  const low = certified?.lowSlots ?? null
  const high = certified?.kept ? certified.highSlots : null
  return [low === null ? '-' : slotsAsBytes(low), high === null ? '-' : slotsAsBytes(high)]
}

/** What the columns mean. */
export const certifiedWords = (rows: readonly CertifiedRow[]): string[] =>
  certifiesAny(rows)
    ? [
        `${AT_LEAST}, ${AT_MOST}: the peak lies between these, by what the tracker knows; -: not known`,
      ]
    : []
