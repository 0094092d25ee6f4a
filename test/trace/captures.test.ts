// Captures of a real kernel: the figures that the kernel's own counters showed.

import { describe, expect, test } from '@jest/globals'
import { OperationKind, parseTrace, readPoolLines } from '../../lib/trace/index.js'
import { ReferenceSwiotlb } from '../reference/model.js'
import {
  captureFile,
  captureHints,
  captureMeta,
  captureText,
  listOperations,
  useOf,
} from './helpers.js'

const PROBED = [
  ['a-seq-1cpu', 2615, 0],
  ['c-mixed-4cpu', 1890, 0],
  ['e2-full-2areas', 1078, 45],
  ['x-kprobe-missed-2cpu', 2063, 0],
] as const
const STANDARD = [
  ['f-ftrace-std', 'ftrace'],
  ['f-tracecmd-std', 'trace-cmd'],
  ['f-perf-std', 'perf-script'],
  ['f2-layouts-2cpu', 'ftrace'],
  ['g2-net-std-2cpu', 'ftrace'],
] as const
const LAYOUTS = ['latency-format', 'no-context-info', 'no-irq-info', 'no-tgid', 'pipe'] as const
const ALL = [...PROBED.map(([name]) => name), ...STANDARD.map(([name]) => name)]

const read = (name: string, file?: string) =>
  parseTrace(captureFile(name, file), captureHints(name))

describe.each(PROBED)('%s, recorded with probes', (name, maps, failed) => {
  const trace = read(name)
  const meta = captureMeta(name)

  test('finds every map, and the peak of the kernel', () => {
    expect(trace).toMatchObject({ format: 'ftrace', layout: 'probes', maps, failedMaps: failed })
    expect(trace.kernelPeak).toBe(meta.hiwater_after)
    expect(trace.events).toBe(meta.lost?.entries)
    expect(trace.warnings).toEqual([])
  })

  test('operations add up to the kernel’s counters, in slots that are free', () => {
    const expected = { peak: meta.hiwater_after, end: meta.used_after, overlaps: 0 }
    expect(useOf(trace)).toEqual(expected)
    expect(trace.usedBefore).toBe(meta.used_before)
  })

  test('every map takes as many slots as the kernel took', () => {
    const recorded = [...captureText(name).matchAll(/tlb_inc: .* nslots=(\d+) .* slot=(\d+)/g)]
    const ours: string[] = []
    const { operations } = trace
    for (let i = 0; i < operations.length; i++) {
      if (operations.kind(i) !== OperationKind.map) continue
      ours.push(`${operations.slots(i)} at ${operations.expect(i) - 1}`)
    }
    const theirs = recorded.map(([, nslots, slot]) => `${nslots} at ${slot}`)
    expect(ours.sort()).toEqual(theirs.sort())
  })

  test('standard events alone give the same peak, or 1 slot more', () => {
    const standard = captureText(name)
      .split('\n')
      .filter((line) => !/ (?:tlb_|swiotlb_map|swiotlb_unmap)\w*: /.test(line))
      .filter((line) => !line.startsWith('#'))
      .join('\n')
    const reading = parseTrace(standard, captureHints(name))
    expect(reading.layout).toBe('standard')
    const { peak } = useOf(reading)
    expect([meta.hiwater_after, meta.hiwater_after + 1]).toContain(peak)
    expect(reading.failedMaps).toBe(failed)
  })

  test('the start of the pool is in the trace', () => {
    const { pool } = parseTrace(captureFile(name), { file: name })
    expect(pool.start).toBe(BigInt(meta.pool_start))
  })
})

describe.each(STANDARD)('%s, recorded with standard events', (name, format) => {
  const trace = read(name)
  const meta = captureMeta(name)

  test('operations add up to the kernel’s counters', () => {
    expect(trace).toMatchObject({ format, layout: 'standard', failedMaps: 0, warnings: [] })
    const { peak, end, overlaps } = useOf(trace)
    expect([meta.hiwater_after, meta.hiwater_after + 1]).toContain(peak)
    expect({ end, overlaps }).toEqual({ end: meta.used_after, overlaps: 0 })
    expect(trace.usedBefore).toBe(meta.used_before)
    expect(trace.lost).toEqual({ events: 0, reasons: [] })
  })
})

describe('the slots of the kernel', () => {
  test.each(ALL)('%s: a slow model of the allocator takes the same', (name) => {
    const { nslabs, nareas, start = 0n } = captureHints(name)
    const { operations } = read(name)
    const model = new ReferenceSwiotlb({ nslabs: nslabs ?? 0, nareas: nareas ?? 0, start })
    const perArea = (nslabs ?? 0) / (nareas ?? 1)
    const mapped = new Map<number, { address: bigint; mam: number }>()
    let maps = 0
    let others = 0
    for (let i = 0; i < operations.length; i++) {
      const kind = operations.kind(i)
      if (kind === OperationKind.setIndex) {
        model.setAreaIndex(operations.cpu(i), operations.size(i))
      } else if (kind === OperationKind.unmap) {
        const { address, mam } = mapped.get(operations.id(i)) ?? { address: 0n, mam: 0 }
        model.unmap(address, mam)
      } else if (kind !== OperationKind.failed) {
        const slot = operations.expect(i) - 1
        const area = Math.floor(slot / perArea)
        const placing = kind === OperationKind.place
        if (placing) model.setAreaIndex(area, slot - area * perArea)
        const mam = Number(operations.mam(i))
        const placed = model.map({
          cpu: placing ? area : operations.cpu(i),
          orig: operations.orig(i),
          size: operations.size(i),
          am: Number(operations.am(i)),
          mam,
        })
        if (!placed.ok) throw new Error(`operation ${i} found no room`)
        mapped.set(operations.id(i), { address: placed.address, mam })
        maps++
        if (placed.slot !== slot) others++
      }
    }
    expect(maps).toBeGreaterThan(1000)
    expect(others).toBe(0)
    expect(model.hiwater).toBe(captureMeta(name).hiwater_after)
  })
})

describe('layouts of one recording', () => {
  const name = 'f2-layouts-2cpu'
  const plain = read(name)

  test.each(LAYOUTS)('%s gives the same operations', (layout) => {
    const trace = read(name, `layouts/trace_${layout}.txt.gz`)
    // Without context the CPU of an unmap is unknown; that of a map is its area's.
    const without = layout === 'no-context-info' ? ['cpu'] : []
    const expected = listOperations(plain.operations, without)
    expect(listOperations(trace.operations, without)).toEqual(expected)
    expect(trace.lost.events).toBe(0)
  })

  test('one CPU’s file says that the others are missing', () => {
    const trace = read(name, 'layouts/trace_percpu0.txt.gz')
    expect(trace.lost.events).toBe(2912 - 693)
    expect(trace.lost.reasons.join()).toMatch(/2912 events, the text holds 693/)
    const { low, high } = trace.peakBounds ?? { low: Number.NaN }
    expect(low).toBeLessThanOrEqual(captureMeta(name).hiwater_after)
    expect(high).toBe(1024)
  })
})

describe('captures with lost events', () => {
  test('missed kprobes are counted, and the peak is still known', () => {
    const trace = read('x-kprobe-missed-2cpu')
    expect(trace.lost.events).toBe(6)
    expect(trace.lost.reasons).toHaveLength(1)
    expect(trace.lost.reasons[0]).toMatch(/^6 unmaps have no probe events/)
    expect(trace.unmaps).toBe(2057)
    expect(trace.peakBounds).toEqual({ low: 188, high: 188 })
  })

  test('a ring buffer that overran gives bounds', () => {
    const trace = read('x-overrun-std-2cpu')
    expect(trace.lost.events).toBe(5632)
    expect(trace.lost.reasons.join()).toMatch(/1729 of 7361 events were kept/)
    const { low, high = 0 } = trace.peakBounds ?? { low: Number.NaN }
    expect(low).toBeLessThanOrEqual(156)
    expect(low).toBeGreaterThan(0)
    expect(high).toBeGreaterThanOrEqual(156)
  })
})

test.each(ALL)('%s: dmesg tells the pool', (name) => {
  const { nslabs, nareas, start } = captureHints(name)
  expect(readPoolLines(captureText(name, 'dmesg.txt.gz'))).toEqual({ nslabs, nareas, start })
})
