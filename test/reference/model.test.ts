// Self tests of the reference: figures known from the real code, and cases worked out by hand.

import { describe, expect, test } from '@jest/globals'
import { ReferenceSwiotlb } from './model.js'
import type { Full, MapRequest, Placed } from './rules.js'

const START = 0x4000_0000n

function placed(result: Placed | Full): Placed {
  if (!result.ok) throw new Error(`no room: ${JSON.stringify(result)}`)
  return result
}

function swiotlb(nslabs: number, nareas: number, start = START): ReferenceSwiotlb {
  return new ReferenceSwiotlb({ nslabs, nareas, start })
}

/** Maps `count` single slots on one CPU; their addresses in order. */
function fill(model: ReferenceSwiotlb, count: number, cpu = 0): bigint[] {
  return Array.from(
    { length: count },
    () => placed(model.map({ cpu, orig: 0x1000n, size: 2048 })).address,
  )
}

function slotsOf(model: ReferenceSwiotlb, requests: Omit<MapRequest, 'cpu'>[]): number[] {
  return requests.map((request) => placed(model.map({ ...request, cpu: 0 })).slot)
}

test('impossible pools are refused', () => {
  expect(() => swiotlb(1000, 1)).toThrow(RangeError)
  expect(() => swiotlb(1024, 3)).toThrow(RangeError)
  expect(() => swiotlb(1024, 16)).toThrow(RangeError)
  expect(() => swiotlb(1024, 1, 0x800n)).toThrow(RangeError)
  expect(
    () => new ReferenceSwiotlb({ nslabs: 1024, nareas: 2, start: START, restricted: true }),
  ).toThrow(RangeError)
})

describe('areas', () => {
  test('CPU 6 of 4 areas starts at area 2 and spills to 3, 0 and 1', () => {
    const model = swiotlb(512, 4)
    const areas = fill(model, 512, 6).map((address) => Number((address - START) / (2048n * 128n)))
    expect([areas[0], areas[128], areas[256], areas[384]]).toEqual([2, 3, 0, 1])
    expect(model.map({ cpu: 6, orig: 0n, size: 1 }).ok).toBe(false)
  })

  test('an area that has too few free slots is left alone', () => {
    const model = swiotlb(256, 2)
    fill(model, 1)
    expect(placed(model.map({ cpu: 0, orig: 0n, size: 262144 })).slot).toBe(128)
    expect(model.areaIndex(0)).toBe(1)
    expect([model.areaUsed(0), model.areaUsed(1)]).toEqual([1, 128])
  })

  test('next fit: the index moves with each find, wraps to 0 and stays at unmap', () => {
    const model = swiotlb(128, 1)
    const first = placed(model.map({ cpu: 0, orig: 0n, size: 2048 }))
    model.unmap(first.address)
    expect(model.areaIndex(0)).toBe(1)
    expect(placed(model.map({ cpu: 0, orig: 0n, size: 2048 })).slot).toBe(1)
    model.setAreaIndex(0, 126)
    expect(placed(model.map({ cpu: 0, orig: 0n, size: 3000 })).slot).toBe(126)
    expect(model.areaIndex(0)).toBe(0)
  })
})

describe('the search', () => {
  test('plain mappings of a page or more are page aligned, shorter ones are not', () => {
    const sizes = [2048, 4096, 2048, 4095, 2048, 2049]
    const requests = sizes.map((size) => ({ orig: 0x5000n, size }))
    expect(slotsOf(swiotlb(128, 1), requests)).toEqual([0, 2, 4, 5, 7, 8])
  })

  test('any min_align_mask switches the page rule off', () => {
    const requests = [{ orig: 0n, size: 2048 }]
    expect(slotsOf(swiotlb(128, 1), [...requests, { orig: 0n, size: 4096 }])).toEqual([0, 2])
    expect(slotsOf(swiotlb(128, 1), [...requests, { orig: 0n, size: 4096, mam: 0x7ff }])).toEqual([
      0, 1,
    ])
  })

  test('placement depends on the start address, not only on the slot number', () => {
    const request = { cpu: 0, orig: 0n, size: 4096, am: 0xffff }
    const starts = [START, START + 0x1000n, START + 0xf000n]
    expect(starts.map((start) => placed(swiotlb(128, 1, start).map(request)).slot)).toEqual([
      0, 30, 2,
    ])
  })

  test('the original address decides the slot in the page, except for address 0', () => {
    const model = swiotlb(128, 1)
    const requests = [0x1800n, 0x1000n, 0x1800n, 0n].map((orig) => ({
      orig,
      size: 512,
      mam: 0xfff,
    }))
    expect(slotsOf(model, requests)).toEqual([1, 2, 3, 4])
    expect(slotsOf(model, [{ orig: 0n, size: 512, mam: 0xfff }])).toEqual([5])
  })

  test('a free and valid slot just behind which the search starts is missed', () => {
    const model = swiotlb(128, 1)
    const [, odd] = fill(model, 128)
    if (odd === undefined) throw new Error('nothing was mapped')
    model.unmap(odd)
    const request = { cpu: 0, orig: 0x1800n, size: 2048, mam: 0xfff }
    const found = placed(model.map(request))
    expect(found.slot).toBe(1)
    model.unmap(found.address, 0xfff)
    // The very same request again, with the very same slot free.
    expect(model.map(request)).toEqual({ ok: false, size: 2048, total: 128, used: 127 })
    expect(model.freeRunCounts()[1]).toBe(1)
    model.setAreaIndex(0, 0)
    expect(placed(model.map(request)).slot).toBe(1)
  })

  test('a missed slot makes the map spill', () => {
    const model = swiotlb(256, 2)
    const [, odd] = fill(model, 128)
    if (odd === undefined) throw new Error('nothing was mapped')
    model.unmap(odd)
    model.setAreaIndex(0, 2)
    const request = { cpu: 0, orig: 0x1800n, size: 2048, mam: 0xfff }
    expect(placed(model.map(request)).slot).toBe(129)
  })

  test('the stride need not be a power of two', () => {
    // am 0xfff and mam 0x1fff: stride 3, while page-aligned slots with the bit match are 4 apart.
    const model = swiotlb(128, 1)
    const request = { cpu: 0, orig: 0x2000n, size: 4096, am: 0xfff, mam: 0x1fff }
    expect([1, 2, 3].map(() => placed(model.map(request)).slot)).toEqual([0, 4, 8])
    model.setAreaIndex(0, 0)
    // 0, 3 (no), 4, 7 (no), 8, 11 (no), 12
    expect(placed(model.map(request)).slot).toBe(12)
  })

  test('no mapping crosses a segment', () => {
    const model = swiotlb(256, 1)
    fill(model, 1)
    expect(placed(model.map({ cpu: 0, orig: 0n, size: 262144 })).slot).toBe(128)
    expect(placed(swiotlb(256, 1).map({ cpu: 0, orig: 0n, size: 2048 * 127 })).slot).toBe(0)
  })

  test('no mapping crosses the segment boundary of the device', () => {
    const model = swiotlb(128, 1, START + 0x7000n)
    // Boundaries of 64 KiB lie at slot 18 and then every 32 slots.
    const request = { orig: 0n, size: 2048 * 20, bm: 0xffffn, mam: 0x7ff }
    expect(slotsOf(model, [request, request, request])).toEqual([18, 50, 82])
    expect(model.map({ ...request, cpu: 0, size: 2048 * 33 }).ok).toBe(false)
  })
})

describe('padding', () => {
  test('an offset of more than a slot becomes pad slots in front', () => {
    const model = swiotlb(128, 1)
    const result = placed(
      model.map({ cpu: 0, orig: 0x1_2c10n, size: 100, am: 0xffff, mam: 0xffff }),
    )
    expect(result).toEqual({
      ok: true,
      slot: 0,
      nslots: 32,
      offset: 0x410,
      pad: 5,
      pool: 0,
      address: START + 0x2c10n,
    })
    expect(model.used).toBe(32)
    expect(model.unmap(result.address, 0xffff)).toBe(32)
    expect(model.used).toBe(0)
  })

  test('offset and size that fit in 256 KiB together are served beyond max_mapping_size', () => {
    const request = { cpu: 0, orig: 0x1000n, size: 262144, mam: 0xfff }
    expect(placed(swiotlb(128, 1).map(request)).nslots).toBe(128)
    expect(swiotlb(128, 1).map({ ...request, orig: 0x1001n })).toEqual({
      ok: false,
      size: 262145,
      total: 128,
      used: 0,
    })
  })
})

describe('counters', () => {
  test('a failed map counts in neither, and tells the size with its padding', () => {
    const model = swiotlb(128, 1)
    fill(model, 120)
    expect(model.map({ cpu: 0, orig: 0x1_0710n, size: 20000, am: 0xfff, mam: 0xfff })).toEqual({
      ok: false,
      size: 24576,
      total: 128,
      used: 120,
    })
    expect([model.used, model.hiwater]).toEqual([120, 120])
  })

  test('a reset drops the mark to 0 with mappings live, the next map lifts it to the use', () => {
    const model = swiotlb(128, 1)
    const [first] = fill(model, 10)
    model.resetHiwater()
    expect([model.used, model.hiwater]).toEqual([10, 0])
    model.unmap(first ?? 0n)
    expect([model.used, model.hiwater]).toEqual([9, 0])
    fill(model, 1)
    expect([model.used, model.hiwater]).toEqual([10, 10])
  })

  test('an unmap of what is not mapped is refused', () => {
    const model = swiotlb(128, 1)
    const [address] = fill(model, 1)
    expect(() => model.unmap(START + 2048n)).toThrow(/slot 1 is free/)
    expect(model.unmap(address ?? 0n)).toBe(1)
    expect(() => model.unmap(address ?? 0n)).toThrow(/slot 0 is free/)
  })

  test('unmap from any CPU gives back to the owning area', () => {
    const model = swiotlb(256, 2)
    const [address] = fill(model, 1, 1)
    expect(model.areaUsed(1)).toBe(1)
    expect(model.unmap(address ?? 0n)).toBe(1)
    expect([model.areaUsed(0), model.areaUsed(1)]).toEqual([0, 0])
  })
})

describe('free-run counts', () => {
  test('count to the next used slot or to the end of the segment', () => {
    const model = swiotlb(256, 1)
    model.setAreaIndex(0, 3)
    model.map({ cpu: 0, orig: 0n, size: 2049 })
    model.setAreaIndex(0, 130)
    model.map({ cpu: 0, orig: 0n, size: 1 })
    const counts = model.freeRunCounts()
    expect([...counts.subarray(0, 7)]).toEqual([3, 2, 1, 0, 0, 123, 122])
    expect([...counts.subarray(126, 132)]).toEqual([2, 1, 2, 1, 0, 125])
  })

  test('a restricted pool of 1000 slots ends in a short segment', () => {
    const model = new ReferenceSwiotlb({ nslabs: 1000, nareas: 1, start: START, restricted: true })
    const counts = model.freeRunCounts()
    expect([counts[0], counts[895], counts[896], counts[999]]).toEqual([128, 1, 104, 1])
  })
})

describe('a restricted pool', () => {
  const restricted = (start = START) =>
    new ReferenceSwiotlb({ nslabs: 1000, nareas: 1, start, restricted: true })

  test('100 B take one slot at an even slot', () => {
    const model = restricted()
    model.setAreaIndex(0, 1)
    expect(placed(model.alloc(3, 100))).toMatchObject({ slot: 2, nslots: 1 })
  })

  test('12288 B take 6 slots, aligned to 16 KiB', () => {
    const model = restricted(START + 0x1000n)
    const result = placed(model.alloc(0, 12288))
    expect(result).toMatchObject({ slot: 6, nslots: 6 })
    expect(result.address % 16384n).toBe(0n)
    expect(model.sync(result.address, 0, 100)).toBeNull()
    expect(model.unmap(result.address)).toBe(6)
    expect(model.used).toBe(0)
  })

  test('alloc needs one', () => {
    expect(() => swiotlb(128, 1).alloc(0, 100)).toThrow(/restricted/)
  })
})

describe('sync', () => {
  const orig = 0x1_27f0n
  const model = swiotlb(128, 1)
  const { address } = placed(model.map({ cpu: 0, orig, size: 256, mam: 0x7ff }))

  test.each([
    ['copies from where the address points in the original', 0n, 256, 256, 256n, false],
    ['goes on behind the offset into a slot of a negative size', 32n, 224, 224, 224n, false],
    ['is clipped to the end of the allocation', 32n, 225, 224, 224n, true],
    ['in front of the mapping has more room than the mapping', -16n, 4096, 272, 272n, true],
    ['behind the end the room wraps, and nothing is clipped', 257n, 64, 64, 2n ** 64n - 1n, false],
  ])('%s', (_, offset, asked, size, room, clipped) => {
    const source = orig + offset
    expect(model.sync(address + offset, 0x7ff, asked)).toEqual({ source, size, room, clipped })
  })

  test('of a pad slot copies nothing', () => {
    const padded = swiotlb(128, 1)
    const result = placed(padded.map({ cpu: 0, orig: 0x1800n, size: 16, am: 0xfff, mam: 0xfff }))
    expect(result).toMatchObject({ slot: 0, nslots: 2, pad: 1 })
    expect(padded.sync(START, 0xfff, 16)).toBeNull()
    expect(padded.sync(result.address, 0xfff, 16)).toMatchObject({ source: 0x1800n, size: 16 })
  })

  test('room reaches over the padding behind the mapping', () => {
    const padded = swiotlb(128, 1)
    const result = placed(padded.map({ cpu: 0, orig: 0x1000n, size: 16, am: 0xfff }))
    expect(padded.sync(result.address, 0, 5000)).toMatchObject({ size: 4096, clipped: true })
  })
})
