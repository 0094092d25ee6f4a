// Self tests of the stateless rules: pool rounding, padding, the largest mapping.

import { describe, expect, test } from '@jest/globals'
import { bootPool, halveBootPool, maxMappingSize, wantedOf } from './rules.js'

describe('the pool of a boot parameter', () => {
  test.each([
    [300, 8, { nslabs: 1024, nareas: 8 }],
    [5000, 2, { nslabs: 8192, nareas: 2 }],
    [130, 1, { nslabs: 256, nareas: 1 }],
    [1000, 3, { nslabs: 1024, nareas: 4 }],
    [32768, 0, { nslabs: 32768, nareas: 1 }],
    [1, 64, { nslabs: 8192, nareas: 64 }],
  ])('swiotlb=%i,%i', (slots, areas, pool) => {
    expect(bootPool(slots, areas, 5)).toEqual(pool)
  })

  test('without areas there is one per possible CPU, without slots there are 32768', () => {
    expect(bootPool(8192, undefined, 6)).toEqual({ nslabs: 8192, nareas: 8 })
    expect(bootPool(undefined, undefined, 2)).toEqual({ nslabs: 32768, nareas: 2 })
  })

  test('a failing boot allocation is halved down to 512 slots, areas follow', () => {
    const tried = [{ nslabs: 4096, nareas: 16 }]
    for (let next = halveBootPool({ nslabs: 4096, nareas: 16 }); next !== null; ) {
      tried.push(next)
      next = halveBootPool(next)
    }
    expect(tried).toEqual([
      { nslabs: 4096, nareas: 16 },
      { nslabs: 2048, nareas: 16 },
      { nslabs: 1024, nareas: 8 },
      { nslabs: 512, nareas: 4 },
    ])
  })
})

describe('a request', () => {
  test('offset, padded size and slots follow the masks', () => {
    const request = { cpu: 0, orig: 0x12f10n, size: 4096 }
    expect(wantedOf(request)).toMatchObject({ offset: 0, size: 4096, nslots: 2 })
    expect(wantedOf({ ...request, mam: 0xfff })).toMatchObject({
      offset: 0x710,
      size: 4096 + 0x710,
      nslots: 3,
    })
    expect(wantedOf({ ...request, mam: 0xfff, am: 0xfff })).toMatchObject({
      offset: 0xf10,
      size: 8192,
      nslots: 4,
    })
  })

  test('bad requests are refused', () => {
    const request = { cpu: 0, orig: 0n, size: 4096 }
    expect(() => wantedOf({ ...request, size: 0 })).toThrow(/size 0/)
    expect(() => wantedOf({ ...request, size: Number.NaN })).toThrow(RangeError)
    expect(() => wantedOf({ ...request, am: 0x1000 })).toThrow(/am 0x1000/)
    expect(() => wantedOf({ ...request, mam: 2 ** 32 })).toThrow(RangeError)
    expect(() => wantedOf({ ...request, bm: 0x3ffn })).toThrow(/bm 0x3ff/)
    expect(() => wantedOf({ ...request, bm: 0x10000n })).toThrow(RangeError)
  })

  test.each([
    [0, 262144],
    [0x7ff, 260096],
    [0xfff, 258048],
  ])('max_mapping_size under mask %i is %i', (mam, size) => {
    expect(maxMappingSize(mam)).toBe(size)
  })
})
