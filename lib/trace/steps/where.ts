/** Which addresses are the pool's. */
import { SLOT_BYTES } from '../../data/units.js'
import type { PoolFacts } from '../trace.js'

/** Bus addresses of a pool: from <= address < to. */
export interface PoolRange {
  readonly from: number
  readonly to: number
}

/** What was said of the pool, if it was all said. */
export function knownRange({ start, nslabs }: PoolFacts): PoolRange | undefined {
  if (start === undefined || nslabs === undefined) return undefined
  return { from: Number(start), to: Number(start) + nslabs * SLOT_BYTES }
}

export function inRange({ from, to }: PoolRange, address: number): boolean {
  return address >= from && address < to
}
