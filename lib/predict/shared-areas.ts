/** The one warning of a prediction that stands above its table: it is about every figure in it. */
import { countOf } from '../data/units.js'
import type { Scenario } from '../scenario/schema.js'

const HIDES =
  'which hides what a tracker costs; a kernel makes an area for each CPU unless it is told otherwise'

/** A kernel has an area for each CPU unless it is told otherwise; with fewer, other things queue. */
export function sharedAreas({ cpus, pool }: Pick<Scenario, 'cpus' | 'pool'>): string[] {
  if (cpus <= pool.areas) return []
  return [`${cpus} CPUs share ${countOf(pool.areas, 'area')} and queue for their locks, ${HIDES}`]
}

export const isOfSharedAreas = (warning: string): boolean => warning.endsWith(HIDES)
