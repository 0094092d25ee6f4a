// Self tests of the growing reference.

import { describe, expect, test } from '@jest/globals'
import { growthSizes, ReferenceGrowingSwiotlb } from './growth.js'
import type { Full, Placed } from './rules.js'

const INITIAL = { nslabs: 128, nareas: 1, start: 0x4000_0000n } as const
const PAGE = { cpu: 0, orig: 0x1000n, size: 4096 } as const
const LONGEST = { cpu: 0, orig: 0n, size: 262144 } as const

/** Memory without end, handed out from the bottom up in steps of 4 MiB. */
function memory(): (bytes: number) => bigint {
  let next = 0x8000_0000n
  return (bytes) => {
    const start = next
    next += BigInt(Math.ceil(bytes / 0x40_0000)) * 0x40_0000n
    return start
  }
}

function placed(result: Placed | Full): Placed {
  if (!result.ok) throw new Error(`no room: ${JSON.stringify(result)}`)
  return result
}

describe('growth', () => {
  test('4096 slots in 32 areas grow by 2048 in 16', () => {
    const model = new ReferenceGrowingSwiotlb(
      { nslabs: 4096, nareas: 32, start: 0x4000_0000n },
      { allocate: memory() },
    )
    for (let i = 0; i < 32; i++) model.map(LONGEST)
    expect(model.growthPending).toBe(false)
    expect(placed(model.map(LONGEST)).pool).toBe(-1)
    expect(model.runGrowthWork()).toMatchObject({ nslabs: 2048, nareas: 16 })
    expect(model.nslabs).toBe(6144)
    expect(placed(model.map(LONGEST))).toMatchObject({ pool: 1, slot: 0 })
  })

  test('sizes are halved down to 512 slots when memory is short', () => {
    expect(growthSizes({ nslabs: 32768, nareas: 8 })).toEqual([
      { nslabs: 2048, nareas: 8 },
      { nslabs: 1024, nareas: 8 },
      { nslabs: 512, nareas: 4 },
    ])
    const model = new ReferenceGrowingSwiotlb(
      { nslabs: 1024, nareas: 1, start: 0x4000_0000n },
      { allocate: (bytes) => (bytes > 0x10_0000 ? null : 0x8000_0000n) },
    )
    for (let i = 0; i < 9; i++) model.map({ ...LONGEST, bm: 0x3_ffffn })
    expect(model.runGrowthWork()).toMatchObject({ nslabs: 512, nareas: 1 })
  })

  test('the failing request itself gets a transient pool of exactly its slots', () => {
    const model = new ReferenceGrowingSwiotlb(INITIAL, { allocate: memory() })
    model.map(LONGEST)
    const own = placed(model.map(PAGE))
    expect(own).toMatchObject({ pool: -1, slot: 0, nslots: 2, offset: 0, pad: 0 })
    expect([model.used, model.hiwater]).toEqual([130, 130])
    expect([model.nslabs, model.transientNslabs]).toEqual([128, 2])
    expect(model.unmap(own.address)).toBe(2)
    expect([model.used, model.hiwater, model.transientNslabs]).toEqual([128, 130, 0])
  })

  test('a new pool is tried before the old one, for each area in turn', () => {
    const model = new ReferenceGrowingSwiotlb(INITIAL, { allocate: memory() })
    const first = placed(model.map(LONGEST))
    model.map(PAGE)
    model.runGrowthWork()
    model.unmap(first.address)
    expect(placed(model.map(PAGE)).pool).toBe(1)
    expect(placed(model.map({ ...LONGEST, cpu: 3 })).pool).toBe(0)
  })

  test('a pool with fewer areas is left out of the later rounds', () => {
    const model = new ReferenceGrowingSwiotlb(
      { nslabs: 4096, nareas: 32, start: 0x4000_0000n },
      { allocate: memory() },
    )
    for (let i = 0; i < 33; i++) model.map(LONGEST)
    model.runGrowthWork()
    const pools = Array.from({ length: 17 }, () => placed(model.map(LONGEST)).pool)
    expect(pools).toEqual([...new Array<number>(16).fill(1), -1])
    expect(model.pools.map((pool) => pool.nareas)).toEqual([32, 16])
  })

  test('the work runs once however often it was asked for', () => {
    const model = new ReferenceGrowingSwiotlb(INITIAL, { allocate: memory() })
    for (let i = 0; i < 5; i++) model.map(LONGEST)
    expect(model.runGrowthWork()).not.toBeNull()
    expect(model.runGrowthWork()).toBeNull()
    expect(model.pools).toHaveLength(2)
  })

  test('a request above 256 KiB fails at once and asks for no growth', () => {
    const model = new ReferenceGrowingSwiotlb(INITIAL, { allocate: memory() })
    expect(model.map({ ...LONGEST, size: 262145 })).toEqual({
      ok: false,
      size: 262145,
      total: 128,
      used: 0,
    })
    expect(model.growthPending).toBe(false)
  })

  test('a pool with a remap callback never grows', () => {
    const model = new ReferenceGrowingSwiotlb(INITIAL, { allocate: memory(), canGrow: false })
    model.map(LONGEST)
    expect(model.map(PAGE).ok).toBe(false)
    expect(model.growthPending).toBe(false)
  })

  test('without memory the request fails; used counts transient slots, total does not', () => {
    let given = 0
    const model = new ReferenceGrowingSwiotlb(INITIAL, {
      allocate: () => (given++ === 0 ? 0x8000_0000n : null),
    })
    model.map(LONGEST)
    model.map(PAGE)
    expect(model.map(PAGE)).toEqual({ ok: false, size: 4096, total: 128, used: 130 })
    expect(model.runGrowthWork()).toBeNull()
  })
})

describe('a transient pool', () => {
  const request = { cpu: 0, orig: 0x1800n, size: 2048, mam: 0xfff }
  const full = () => {
    const model = new ReferenceGrowingSwiotlb(INITIAL, { allocate: memory() })
    model.map(LONGEST)
    return model
  }

  test('never serves mam 0xfff with bit 11 of the original address set', () => {
    for (const size of [1, 512, 2048, 4096, 65536, 200_000]) {
      const model = full()
      expect(model.map({ ...request, size }).ok).toBe(false)
      expect([model.used, model.transientNslabs]).toEqual([128, 0])
    }
  })

  test('serves it with an alloc mask of a page, behind a pad slot', () => {
    const model = full()
    const result = placed(model.map({ ...request, am: 0xfff }))
    expect(result).toMatchObject({ slot: 0, nslots: 2, pad: 1, pool: -1 })
    expect(model.unmap(result.address, 0xfff)).toBe(2)
  })

  test('serves it with bit 11 clear', () => {
    expect(placed(full().map({ ...request, orig: 0x1400n }))).toMatchObject({
      nslots: 2,
      offset: 0x400,
      pool: -1,
    })
  })
})
