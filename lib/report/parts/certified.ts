/** What is certain of the peak: two columns, and what they mean. */
import type { Certified } from '../../results/comparison.js'
import { slotsAsBytes } from '../words.js'

export interface CertifiedRow {
  readonly certified?: Certified | undefined
}

/** The headings of the two columns. */
export const CERTIFIED = ['at least', 'at most'] as const

/** The two columns of a table; none of them where no row knows a lower end. */
export interface CertifiedColumns {
  readonly heads: readonly string[]
  readonly cells: (certified?: Certified) => readonly string[]
  /** What they mean. */
  readonly words: readonly string[]
}

/**
 * What the tracker knows of the peak, from below and from above. Of one that certifies what cannot have
 * been no upper end is told: its row is marked, and why is told elsewhere.
 */
function cells(certified?: Certified): readonly string[] {
  const low = certified?.lowSlots ?? null
  const high = certified?.kept ? certified.highSlots : null
  return [low === null ? '-' : slotsAsBytes(low), high === null ? '-' : slotsAsBytes(high)]
}

export function certifiedColumns(rows: readonly CertifiedRow[]): CertifiedColumns {
  const any = rows.some(({ certified }) => (certified?.lowSlots ?? null) !== null)
  if (!any) return { heads: [], cells: () => [], words: [] }
  const words = `${CERTIFIED.join(', ')}: the peak lies between these, by what the tracker knows; -: not known`
  return { heads: CERTIFIED, cells, words: [words] }
}
