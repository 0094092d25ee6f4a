import { SLOT_BYTES } from '../data/units.js'
import type { PoolFacts } from './trace.js'

/** What is said of a trace where nobody says so much of its pool. */
export const UNKNOWN_SLOTS = 'does not say how large the pool is'
export const UNKNOWN_AREAS = 'does not say how many areas the pool has'

const AREAS = /software IO TLB: area num (\d+)\./
const MAPPED = /software IO TLB: mapped \[mem 0x([0-9a-f]+)-0x([0-9a-f]+)\]/i

/**
 * The pool, as the kernel's boot messages tell it; what they leave out is absent.
 * The end that dmesg prints lies behind the last byte; one that lies on it is understood too.
 */
export function readPoolLines(dmesg: string): PoolFacts {
  const areas = AREAS.exec(dmesg)?.[1]
  const [, from, to] = MAPPED.exec(dmesg) ?? []
  const nareas = areas === undefined ? {} : { nareas: Number(areas) }
  if (from === undefined || to === undefined) return nareas
  const start = BigInt(`0x${from}`)
  const bytes = BigInt(`0x${to}`) - start
  return { ...nareas, start, nslabs: Number((bytes + 1n) / BigInt(SLOT_BYTES)) }
}
