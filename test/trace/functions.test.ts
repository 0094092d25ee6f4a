// Function probes alone, as a kernel before 6.12 has them: captures with probes, without all the rest.

import { describe, expect, test } from '@jest/globals'
import { parseTrace } from '../../lib/trace/index.js'
import { captureHints, captureMeta, captureText, useOf } from './helpers.js'

const kept = /: (?:swiotlb_bounced|swiotlb_map|swiotlb_map_ret|swiotlb_unmap): /

/** What a kernel before 6.12 would have recorded. */
const functionsOf = (name: string): string =>
  captureText(name)
    .split('\n')
    .filter((line) => line.startsWith('#') || kept.test(line))
    // The counts of the header are those of all events.
    .filter((line) => !line.includes('entries-in-buffer'))
    .map((line) => `${line}\n`)
    .join('')

describe.each([
  ['a-seq-1cpu', 2615],
  ['c-mixed-4cpu', 1890],
  ['e2-full-2areas', 1078],
] as const)('%s', (name, maps) => {
  const text = functionsOf(name)
  const peakOf = (trace: string) => {
    const read = parseTrace(Buffer.from(trace), captureHints(name))
    expect(read).toMatchObject({ layout: 'functions', lost: { events: 0 } })
    expect(read.maps).toBe(maps)
    return read
  }

  test('has the maps of the whole capture, and its peak within 0.5 %', () => {
    const { peak } = useOf(peakOf(text))
    const mark = captureMeta(name).hiwater_after
    expect(Math.abs(peak - mark) / mark).toBeLessThanOrEqual(0.005)
  })

  test('also where the return does not say what was asked', () => {
    const bare = text.replaceAll(/(swiotlb_map_ret: .* tlb_addr=\S+).*/g, '$1')
    expect(bare).not.toBe(text)
    expect(peakOf(bare).maps).toBe(peakOf(text).maps)
  })

  test('and a mask that could not be read is none', () => {
    peakOf(text.replaceAll(/min_align_mask=\S+/g, 'min_align_mask=(fault)'))
  })
})

test('dma events beside the probes say all', () => {
  const text = captureText('c-mixed-4cpu').replaceAll(/^.*: (?:tlb_inc|tlb_dec): .*\n/gm, '')
  expect(parseTrace(Buffer.from(text), captureHints('c-mixed-4cpu')).layout).toBe('standard')
})

test('a long trace, in which whoever waits for the counter has given up', () => {
  const maps = 5000
  const lines: string[] = []
  const put = (event: string) => {
    const time = (10 + lines.length * 1e-5).toFixed(6)
    lines.push(`  dd-229     [000] ...1.    ${time}: ${event}\n`)
  }
  for (let k = 0; k < maps; k++) {
    const bus = (0x40000000 + (k % 100) * 4096).toString(16)
    const orig = (0x100000000 + k * 4096).toString(16)
    put(
      `swiotlb_map: (swiotlb_tbl_map_single+0x4/0x770) dev="a" orig_addr=0x${orig} size=4096 align_mask=0x0 dir=2`,
    )
    put(
      `swiotlb_map_ret: (swiotlb_map+0x6c/0x280 <- swiotlb_tbl_map_single) tlb_addr=0x${bus} orig_addr=0x${orig} size=4096`,
    )
    put(`swiotlb_unmap: (__swiotlb_tbl_unmap_single+0x4/0x60) dev="a" tlb_addr=0x${bus} size=4096`)
  }
  const pool = { file: 'long.txt', nslabs: 1024, nareas: 1, start: 0x40000000n }
  const read = parseTrace(lines.join(''), pool)
  expect(read).toMatchObject({ layout: 'functions', maps, unmaps: maps, lost: { events: 0 } })
  expect(useOf(read)).toEqual({ peak: 2, end: 0, overlaps: 0 })
})

describe("a boot's probe where the copy begins", () => {
  const POOL = 0x40000000
  const place = (bus: number) => `0x${(POOL + bus).toString(16)}`
  /** Lines of a task on CPU 0 or 1, one after another. */
  const traceOf = (...events: readonly (readonly [cpu: number, event: string])[]): string =>
    events
      .map(
        ([cpu, event], i) => `  dd-22${cpu}     [00${cpu}] d....    10.${100000 + i}: ${event}\n`,
      )
      .join('')
  const bounced = (orig: string, size: number) =>
    `swiotlb_bounced: dev_name: a dma_mask=ffffffffffffffff dev_addr=${orig} size=${size} FORCE`
  const begun = (orig: string, size: number) =>
    `swiotlb_map: (swiotlb_tbl_map_single+0x0/0x730) dev="a" orig_addr=0x${orig} size=${size} align_mask=0x0 dir=2`
  const copied = (bus: number, size: number) =>
    `swiotlb_map_ret: (swiotlb_bounce+0x0/0x110) tlb_addr=${place(bus)} bytes=${size} dir=1`
  const unmapped = (bus: number, size: number) =>
    `swiotlb_unmap: (__swiotlb_tbl_unmap_single+0x0/0x50) dev="a" tlb_addr=${place(bus)} size=${size}`
  const read = (...events: readonly (readonly [cpu: number, event: string])[]) =>
    parseTrace(traceOf(...events), {
      file: 'boot.txt',
      nslabs: 1024,
      nareas: 1,
      start: BigInt(POOL),
    })

  test('says when a map has its slots: what is only asked for is not in use', () => {
    const trace = read(
      [0, bounced('100000', 4096)],
      [0, begun('100000', 4096)],
      [0, copied(0, 4096)],
      [1, bounced('200000', 8192)],
      [1, begun('200000', 8192)],
      [0, unmapped(0, 4096)],
      [1, copied(8192, 8192)],
      [1, unmapped(8192, 8192)],
    )
    expect(trace).toMatchObject({ layout: 'functions', maps: 2, unmaps: 2, lost: { events: 0 } })
    expect(useOf(trace)).toEqual({ peak: 4, end: 0, overlaps: 0 })
  })

  test('is of the map of its size: others found no room, and a copy may be for no map at all', () => {
    const trace = read(
      [0, bounced('100000', 4096)],
      [0, begun('100000', 4096)],
      [0, bounced('300000', 16384)],
      [0, begun('300000', 16384)],
      [0, copied(0, 4096)],
      [0, copied(0, 2048)],
      [0, bounced('500000', 2048)],
      [0, begun('500000', 2048)],
      [0, copied(8192, 2048)],
      [0, unmapped(8192, 2048)],
      [0, unmapped(0, 4096)],
    )
    expect(trace).toMatchObject({ maps: 2, failedMaps: 1, unmaps: 2 })
    expect(useOf(trace)).toEqual({ peak: 3, end: 0, overlaps: 0 })
  })
})
