// The port against the reference: a million random operations, placement by placement. When one
// differs, the message names profile, seed, pool and the first operation that differs.

import { describe, expect, test } from '@jest/globals'
import { Random } from '../../lib/data/random.js'
import type { Layout, Operations } from '../../lib/index.js'
import { replayOperations } from '../../lib/measure/trail.js'
import { generate, type Operation, packOperations } from '../../lib/verify/generate.js'
import { PROFILES, type Profile } from '../../lib/verify/profiles.js'
import { firstDifference, type Replay, replayReference } from '../reference/differential.js'
import type { PoolShape } from '../reference/rules.js'

const OPERATIONS = 1_000_000
const POOLS = 8
const PER_POOL = Math.ceil(OPERATIONS / (PROFILES.length * POOLS))
/** A limit for a hung replay, far above what a profile takes. */
const TIMEOUT_MS = 120_000

/** The kernel's layout, the other index of free slots, and everything apart with each of them. */
const LAYOUTS: readonly Partial<Layout>[] = [
  {},
  { slotIndex: 'bitmap' },
  { areaLayout: 'padded', counterLayout: 'own-line' },
  { areaLayout: 'padded', counterLayout: 'own-line', slotIndex: 'bitmap' },
]

async function replayNative(
  pool: PoolShape,
  operations: readonly Operation[],
  packed: Operations,
  layout: Partial<Layout>,
): Promise<Replay> {
  const { placements, used, hiwater, full } = await replayOperations(packed, pool, {
    tracker: 'global-atomic',
    layout,
  })
  const failed = operations.flatMap((_, operation) => {
    const [size, total, inUse] = full.subarray(3 * operation, 3 * operation + 3)
    return size && total !== undefined && inUse !== undefined
      ? [{ operation, size, total, used: inUse }]
      : []
  })
  return { placements, used, hiwater, full: failed }
}

async function differenceFor(profile: Profile, seed: number): Promise<string | null> {
  const pool = profile.pool(new Random(seed))
  const operations = [...generate(profile, pool, seed, PER_POOL)]
  const expected = replayReference(pool, operations)
  const packed = packOperations(operations)
  for (const layout of LAYOUTS) {
    const replayed = await replayNative(pool, operations, packed, layout)
    const difference = firstDifference(operations, expected, replayed)
    if (difference === null) continue
    const where = `pool of ${pool.nslabs} slots, ${pool.nareas} areas at 0x${pool.start.toString(16)}`
    return `${profile.name}, seed ${seed}, ${where}, ${JSON.stringify(layout)}: ${difference}`
  }
  return null
}

describe('the port places like the reference', () => {
  test.each(PROFILES.map((profile) => [profile.name, profile] as const))(
    '%s',
    async (_, profile) => {
      for (let seed = 0; seed < POOLS; seed++) {
        expect(await differenceFor(profile, seed)).toBeNull()
      }
    },
    TIMEOUT_MS,
  )
})
