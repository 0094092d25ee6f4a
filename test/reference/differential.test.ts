// Self tests of the differential test: the operations reach what they are meant to reach, and a
// replay that is wrong in one place is found.

import { describe, expect, test } from '@jest/globals'
import { Random } from '../../lib/data/random.js'
import { generate, type Operation } from '../../lib/verify/generate.js'
import { PROFILES, type Profile } from '../../lib/verify/profiles.js'
import {
  firstDifference,
  type ReferenceReplay,
  type Replay,
  replayReference,
} from './differential.js'
import { ReferenceSwiotlb } from './model.js'
import type { PoolShape } from './rules.js'

const COUNT = 2000
const POOLS = 5

interface Case {
  readonly pool: PoolShape
  readonly operations: readonly Operation[]
  readonly replay: ReferenceReplay
}

function makeCase(profile: Profile, seed: number): Case {
  const pool = profile.pool(new Random(seed))
  const operations = [...generate(profile, pool, seed, COUNT)]
  return { pool, operations, replay: replayReference(pool, operations) }
}

function profileNamed(name: string): Profile {
  const profile = PROFILES.find((candidate) => candidate.name === name)
  if (profile === undefined) throw new Error(`no profile ${name}`)
  return profile
}

describe.each(PROFILES.map((profile) => [profile.name, profile] as const))('%s', (_, profile) => {
  const cases = Array.from({ length: POOLS }, (_, seed) => makeCase(profile, seed))
  const sum = (field: keyof ReferenceReplay['coverage']) =>
    cases.reduce((total, { replay }) => total + replay.coverage[field], 0)

  test('the same seed gives the same operations, another seed others', () => {
    const pool = profile.pool(new Random(1))
    expect(profile.pool(new Random(1))).toEqual(pool)
    const [first, again, other] = [1, 1, 2].map((seed) => [...generate(profile, pool, seed, 50)])
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  test('an empty pool is left behind', () => {
    for (const { pool, replay } of cases) {
      expect(replay.model.used).toBe(0)
      const fresh = new ReferenceSwiotlb(pool)
      expect(Buffer.from(replay.model.freeRunCounts().buffer)).toEqual(
        Buffer.from(fresh.freeRunCounts().buffer),
      )
      for (let area = 0; area < pool.nareas; area++) expect(replay.model.areaUsed(area)).toBe(0)
    }
  })

  test('maps succeed, spill and are reset over', () => {
    expect(sum('maps')).toBeGreaterThan((COUNT * POOLS) / 3)
    expect(sum('failed')).toBeLessThan(sum('maps') / 2)
    expect(sum('spilled')).toBeGreaterThan(0)
    expect(sum('resets')).toBeGreaterThan(0)
  })
})

describe('corners', () => {
  const coverage = (name: string) => {
    const cases = Array.from({ length: POOLS }, (_, seed) => makeCase(profileNamed(name), seed))
    return (field: keyof ReferenceReplay['coverage']) =>
      cases.reduce((total, { replay }) => total + replay.coverage[field], 0)
  }

  test('a nearly full pool fails often and is asked to unmap what failed', () => {
    const of = coverage('nearly-full')
    expect(of('failed')).toBeGreaterThan(of('maps') / 50)
    expect(of('unmapsOfFailed')).toBe(of('failed'))
    expect(of('failedWithRoom')).toBeGreaterThan(0)
  })

  test('granules above a slot give pad slots and offsets', () => {
    for (const name of ['iommu-granules', 'odd-start']) {
      const of = coverage(name)
      expect(of('padded')).toBeGreaterThan(of('maps') / 10)
      expect(of('withOffset')).toBeGreaterThan(of('maps') / 10)
    }
  })

  test('a busy CPU spills often', () => {
    const of = coverage('busy-cpu')
    expect(of('spilled')).toBeGreaterThan(of('maps') / 10)
  })

  test('boundaries refuse maps that a pool with room would take', () => {
    const { pool, operations, replay } = makeCase(profileNamed('boundary'), 3)
    const without = operations.map((operation) => ({ ...operation, bm: 0n }))
    expect(replayReference(pool, without).coverage.failed).toBeLessThan(replay.coverage.failed)
  })
})

describe('the comparison', () => {
  const { operations, replay } = makeCase(profileNamed('nearly-full'), 1)
  const copy = (): Replay & {
    placements: Int32Array
    used: Float64Array
    hiwater: Float64Array
  } => ({
    placements: Int32Array.from(replay.placements),
    used: Float64Array.from(replay.used),
    hiwater: Float64Array.from(replay.hiwater),
    full: replay.full.map((failure) => ({ ...failure })),
  })
  const lastMap = operations.findLastIndex((operation) => operation.kind === 'map')
  const lastUnmap = operations.findLastIndex((operation) => operation.kind === 'unmap')

  test('finds nothing in the same results', () => {
    expect(firstDifference(operations, replay, copy())).toBeNull()
  })

  test.each([0, 1, 2, 3, 4])('finds field %i of a placement', (field) => {
    const wrong = copy()
    wrong.placements[lastMap * 5 + field]! += 1
    expect(firstDifference(operations, replay, wrong)).toContain(`operation ${lastMap} (map`)
  })

  test('finds freed slots, used and hiwater', () => {
    for (const [field, index] of [
      ['placements', lastUnmap * 5 + 1],
      ['used', lastUnmap],
      ['hiwater', lastUnmap],
    ] as const) {
      const wrong = copy()
      wrong[field][index]! += 1
      expect(firstDifference(operations, replay, wrong)).toContain(`operation ${lastUnmap} (unmap`)
    }
  })

  test('finds wrong, missing and surplus failures', () => {
    const { full } = replay
    const [first] = full
    if (first === undefined) throw new Error('no map failed')
    for (const wrong of [
      [{ ...first, size: first.size + 1 }, ...full.slice(1)],
      [{ ...first, total: first.total + 1 }, ...full.slice(1)],
      [{ ...first, used: first.used + 1 }, ...full.slice(1)],
      [{ ...first, operation: first.operation + 1 }, ...full.slice(1)],
      full.slice(1),
      [...full, first],
    ]) {
      expect(firstDifference(operations, replay, { ...copy(), full: wrong })).toMatch(/failed map/)
    }
  })

  test('finds results that are too short', () => {
    const wrong = { ...copy(), used: replay.used, placements: new Int32Array(5) }
    expect(firstDifference(operations, replay, wrong)).toMatch(/results for 1 operations/)
  })
})
