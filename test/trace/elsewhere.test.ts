// Which maps are the pool's: made-up traces, as ftrace, trace-cmd and perf print them.

import { describe, expect, test } from '@jest/globals'
import { Direction, OperationKind, parseTrace, type WholeTrace } from '../../lib/trace/index.js'
import { useOf } from './helpers.js'

const POOL = { nslabs: 1024, nareas: 1, start: 0x37fd9000n } as const
const HINTS = { file: 'made.txt', ...POOL }
const NVME = '0000:00:04.0'
const GPU = '0000:00:07.0'

interface Made {
  readonly event: string
  readonly body: string
  readonly pid?: number
  readonly cpu?: number
}

/** The columns of each tool, and the event. */
const FORMATS = {
  ftrace: (i: number, { event, body, pid = 238, cpu = 0 }: Made) =>
    `              dd-${pid}     [00${cpu}] .....    12.${500000 + i * 7}: ${event}: ${body}`,
  'trace-cmd': (i: number, { event, body, pid = 238, cpu = 0 }: Made) =>
    `              dd-${pid}   [00${cpu}]    12.${500000 + i * 7}: ${`${event}:`.padEnd(21)} ${body}`,
  'perf-script': (i: number, { event, body, pid = 238, cpu = 0 }: Made) =>
    `              dd   ${pid} [00${cpu}]    12.${500000 + i * 7}: ${`${event.startsWith('swiotlb_') ? 'swiotlb' : 'dma'}:${event}`.padStart(30)}: ${body}`,
} as const
type Format = keyof typeof FORMATS

function text(events: readonly Made[], format: Format = 'ftrace'): string {
  const head = { ftrace: '# tracer: nop\n#\n', 'trace-cmd': 'cpus=2\n', 'perf-script': '' }[format]
  return `${head}${events.map((made, i) => `${FORMATS[format](i, made)}\n`).join('')}`
}

const hex = (address: number): string => address.toString(16)
const poolAt = (slot: number): number => Number(POOL.start) + slot * 2048

const bounced = (device: string, orig: number, size: number, more: Partial<Made> = {}): Made => ({
  event: 'swiotlb_bounced',
  body: `dev_name: ${device} dma_mask=ffffffffffffffff dev_addr=${hex(orig)} size=${size} FORCE`,
  ...more,
})
interface More extends Partial<Made> {
  readonly dir?: string
  readonly attrs?: string
}

const mapped = (
  device: string,
  bus: number,
  size: number,
  orig: number,
  { dir = 'FROM_DEVICE', attrs = '', ...more }: More = {},
): Made => ({
  event: 'dma_map_page',
  body: `${device} dir=${dir} dma_addr=${hex(bus)} size=${size} phys_addr=${hex(orig)} attrs=${attrs}`,
  ...more,
})
const unmapped = (
  device: string,
  bus: number,
  size: number,
  { dir = 'FROM_DEVICE', attrs = '', ...more }: More = {},
): Made => ({
  event: 'dma_unmap_page',
  body: `${device} dir=${dir} dma_addr=${hex(bus)} size=${size} attrs=${attrs}`,
  ...more,
})
const mapOf = (slot: number, orig: number, device: string = NVME): Made[] => [
  bounced(device, orig, 4096),
  mapped(device, poolAt(slot), 4096, orig),
]

const kinds = (trace: WholeTrace): number[] =>
  Array.from({ length: trace.operations.length }, (_, i) => trace.operations.kind(i))
const ORIG = 0x107fec000

describe.each(['ftrace', 'trace-cmd', 'perf-script'] as const)('%s', (format) => {
  const read = (events: readonly Made[], hints = {}): WholeTrace =>
    parseTrace(text(events, format), { ...HINTS, ...hints })

  test('bounced maps outside the pool are counted, named and not replayed', () => {
    const grown = 0x12a400000
    const restricted = 0x88000000
    const trace = read([
      ...mapOf(0, ORIG),
      bounced(NVME, ORIG + 0x1000, 8192),
      mapped(NVME, grown, 8192, ORIG + 0x1000),
      bounced(NVME, ORIG + 0x3000, 4096),
      mapped(NVME, grown + 0x2000, 4096, ORIG + 0x3000),
      unmapped(NVME, grown, 8192),
      bounced(GPU, ORIG + 0x9000, 65536),
      mapped(GPU, restricted, 65536, ORIG + 0x9000),
      unmapped(GPU, restricted, 65536),
      unmapped(NVME, grown + 0x2000, 4096),
      unmapped(NVME, poolAt(0), 4096),
    ])
    expect(trace).toMatchObject({ format, maps: 1, unmaps: 1, failedMaps: 0, warnings: [] })
    expect(trace.lost).toEqual({ events: 0, reasons: [] })
    expect(useOf(trace)).toEqual({ peak: 2, end: 0, overlaps: 0 })
    expect(trace.elsewhere).toEqual([
      {
        device: NVME,
        maps: 2,
        slots: 6,
        mostSlots: 6,
        from: BigInt(grown),
        to: BigInt(grown + 0x2fff),
        mayBe: expect.stringMatching(/^a grown or transient pool .*IOMMU/),
      },
      {
        device: GPU,
        maps: 1,
        slots: 32,
        mostSlots: 32,
        from: BigInt(restricted),
        to: BigInt(restricted + 65535),
        mayBe: expect.stringMatching(/^a restricted pool of the device/),
      },
    ])
  })

  test('a map without a bounce is not ours, wherever it lies', () => {
    const between = poolAt(100)
    const trace = read([
      ...mapOf(0, ORIG),
      // An IOMMU's address that looks like one of the pool.
      mapped(GPU, between, 4096, ORIG + 0x5000),
      ...mapOf(2, ORIG + 0x1000),
      unmapped(GPU, between, 4096),
      unmapped(NVME, poolAt(0), 4096),
      unmapped(NVME, poolAt(2), 4096),
    ])
    expect(trace).toMatchObject({ maps: 2, unmaps: 2, direct: 1, elsewhere: [], usedBefore: 0 })
    expect(trace.lost.events).toBe(0)
    expect(useOf(trace)).toEqual({ peak: 4, end: 0, overlaps: 0 })
  })

  test('with the start unknown, a direct map between bounced ones is not counted', () => {
    const direct = poolAt(300)
    const events = [
      ...mapOf(0, ORIG),
      mapped(GPU, direct, 4096, direct),
      ...mapOf(600, ORIG + 0x1000),
      unmapped(NVME, poolAt(0), 4096),
      unmapped(GPU, direct, 4096),
      unmapped(NVME, poolAt(600), 4096),
    ]
    for (const hints of [{ nslabs: 1024, nareas: 1 }, {}]) {
      const trace = parseTrace(text(events, format), { file: 'made.txt', ...hints })
      expect(trace).toMatchObject({ maps: 2, unmaps: 2, direct: 1, elsewhere: [], usedBefore: 0 })
      expect(trace.warnings.join()).toMatch(/start or slots of the pool are unknown/)
      expect(/lie between them/.test(trace.warnings.join())).toBe(hints.nslabs === undefined)
      expect(useOf(trace).peak).toBe(4)
    }
  })

  test('an address that is its memory’s own was never bounced', () => {
    const trace = read([
      // A bounce of a map that failed, and a direct map of the same memory behind it.
      bounced(NVME, ORIG, 4096),
      mapped(NVME, ORIG, 4096, ORIG),
      ...mapOf(0, ORIG + 0x1000),
      unmapped(NVME, ORIG, 4096),
    ])
    expect(trace).toMatchObject({ maps: 1, direct: 1, failedMaps: 1, elsewhere: [] })
  })

  test('directions and SKIP_CPU_SYNC come with the operations', () => {
    const { toDevice, fromDevice, bidirectional } = Direction
    const trace = read([
      bounced(NVME, ORIG, 4096),
      mapped(NVME, poolAt(0), 4096, ORIG, { dir: 'TO_DEVICE' }),
      bounced(NVME, ORIG, 4096),
      mapped(NVME, poolAt(2), 4096, ORIG, { dir: 'FROM_DEVICE' }),
      bounced(NVME, ORIG, 4096),
      mapped(NVME, poolAt(4), 4096, ORIG, { dir: 'BIDIRECTIONAL' }),
      unmapped(NVME, poolAt(0), 4096, { dir: 'TO_DEVICE' }),
      unmapped(NVME, poolAt(2), 4096, { attrs: 'SKIP_CPU_SYNC|NO_WARN' }),
      unmapped(NVME, poolAt(4), 4096, { dir: 'BIDIRECTIONAL', attrs: 'NO_WARN' }),
    ])
    const { operations } = trace
    const maps = kinds(trace).flatMap((kind, i) => (kind === OperationKind.map ? [i] : []))
    const ends = kinds(trace).flatMap((kind, i) => (kind === OperationKind.unmap ? [i] : []))
    expect(maps.map((i) => operations.dir(i))).toEqual([toDevice, fromDevice, bidirectional])
    expect(ends.map((i) => operations.noCopy(i))).toEqual([false, true, false])
  })
})

test('all bounced maps outside what was said to be the pool: a word on its start', () => {
  const shared = 2 ** 47
  const trace = parseTrace(
    text([bounced(NVME, ORIG, 4096), mapped(NVME, shared + poolAt(0), 4096, ORIG)]),
    HINTS,
  )
  expect(trace).toMatchObject({ maps: 0, elsewhere: [{ maps: 1 }] })
  expect(trace.warnings.join()).toMatch(/none of the bounced maps lies in the pool.*--pool-start/)
})

test('the bit of encrypted memory in dev_addr is no other address', () => {
  const encrypted = 2 ** 51
  const trace = parseTrace(
    text([bounced(NVME, encrypted + ORIG, 4096), mapped(NVME, poolAt(0), 4096, ORIG)]),
    HINTS,
  )
  expect(trace).toMatchObject({ maps: 1, failedMaps: 0, direct: 0, warnings: [] })
})

test('bounces that fit no map are said', () => {
  const trace = parseTrace(
    text([bounced(NVME, 0x5000, 4096), mapped(NVME, poolAt(0), 4096, ORIG)]),
    HINTS,
  )
  expect(trace).toMatchObject({ maps: 0, failedMaps: 1, direct: 1 })
  expect(trace.warnings.join()).toMatch(/none of the 1 swiotlb_bounced fits a dma_map/)
})

test('the start unknown, the slots known: the pool lies where most maps were bounced to', () => {
  const far = 0x12a400000
  const events = [
    ...Array.from({ length: 5 }, (_, i) => mapOf(2 * i, ORIG + i * 0x1000)).flat(),
    bounced(NVME, ORIG + 0x9000, 4096),
    mapped(NVME, far, 4096, ORIG + 0x9000),
  ]
  const trace = parseTrace(text(events), { file: 'made.txt', nslabs: 1024, nareas: 1 })
  expect(trace).toMatchObject({ maps: 5, elsewhere: [{ device: NVME, maps: 1, slots: 2 }] })
  expect(useOf(trace).peak).toBe(10)
})

test('interrupts between a bounce and its map, on the same CPU and another', () => {
  const trace = parseTrace(
    text([
      bounced(NVME, ORIG, 4096, { pid: 10 }),
      bounced(GPU, ORIG, 4096, { pid: 11, cpu: 1 }),
      bounced(NVME, ORIG + 0x1000, 4096, { pid: 10 }),
      mapped(NVME, poolAt(2), 4096, ORIG + 0x1000, { pid: 10 }),
      mapped(NVME, poolAt(0), 4096, ORIG, { pid: 10 }),
      mapped(GPU, poolAt(4), 4096, ORIG, { pid: 11, cpu: 1 }),
    ]),
    HINTS,
  )
  expect(trace).toMatchObject({ maps: 3, failedMaps: 0 })
  const { operations } = trace
  const slots = kinds(trace).flatMap((kind, i) =>
    kind === OperationKind.map ? [operations.expect(i) - 1] : [],
  )
  // In the order of their bounces.
  expect(slots).toEqual([0, 4, 2])
})

test('of two devices at one address each unmap ends its own', () => {
  const trace = parseTrace(
    text([
      ...mapOf(0, ORIG),
      unmapped(GPU, poolAt(0), 4096),
      ...mapOf(2, ORIG + 0x1000),
      unmapped(NVME, poolAt(0), 4096),
    ]),
    HINTS,
  )
  // What the other device unmapped was mapped unseen, while these slots were taken.
  expect(trace.lost.reasons.join()).toMatch(/1 map is missing/)
  expect(useOf(trace).end).toBe(2)
})

test('an IOMMU that joins segments hides which address is whose', () => {
  const list = `phys_addrs={0x${hex(ORIG)},0x${hex(ORIG + 0x1000)}}`
  const events: Made[] = [
    bounced(NVME, ORIG, 4096),
    bounced(NVME, ORIG + 0x1000, 4096),
    {
      event: 'dma_map_sg',
      body: `${NVME} dir=TO_DEVICE nents=2/2 ents=1/1 dma_addrs={0xffff0000} sizes={0x2000} ${list} attrs=`,
    },
    { event: 'dma_unmap_sg', body: `${NVME} dir=TO_DEVICE ${list} attrs=` },
  ]
  const trace = parseTrace(text(events), HINTS)
  expect(trace).toMatchObject({ maps: 2, unmaps: 2, failedMaps: 0 })
  expect(useOf(trace)).toMatchObject({ peak: 4, end: 0 })
})

test('events and lines that are not used are counted by name', () => {
  const events: Made[] = [
    ...mapOf(0, ORIG),
    {
      event: 'dma_sync_single_for_cpu',
      body: `${NVME} dir=FROM_DEVICE dma_addr=${hex(poolAt(0))} size=4096 attrs=`,
    },
    {
      event: 'dma_alloc',
      body: `${NVME} dir=BIDIRECTIONAL dma_addr=109b2d000 size=4096 virt_addr=ffff8e1089b2d000 flags=GFP_ATOMIC attrs=`,
    },
    { event: 'sched_switch', body: 'prev_comm=dd prev_pid=238 ==> next_comm=swapper next_pid=0' },
  ]
  expect(parseTrace(text(events), HINTS).unused).toEqual({
    events: { dma_sync_single_for_cpu: 1, dma_alloc: 1 },
    otherLines: 1,
  })
})

describe('probes', () => {
  const probe = (device: string, orig: number, bus: number, slot: number, used: number): Made[] => [
    {
      event: 'swiotlb_map',
      body: `(swiotlb_tbl_map_single+0x4/0x770) dev="${device}" orig_addr=0x${hex(orig)} size=4096 align_mask=0x0 dir=2 attrs=0x0 min_align_mask=0xfff`,
    },
    {
      event: 'tlb_inc',
      body: `(swiotlb_tbl_map_single+0x5e7/0x770) nslots=2 used_old=${used} slot=${slot}`,
    },
    {
      event: 'swiotlb_map_ret',
      body: `(swiotlb_map+0x6c/0x280 <- swiotlb_tbl_map_single) tlb_addr=0x${hex(bus)} orig_addr=0x${hex(orig)} size=4096`,
    },
  ]
  const unprobe = (device: string, bus: number, used: number, attrs = ''): Made[] => [
    {
      event: 'swiotlb_unmap',
      body: `(__swiotlb_tbl_unmap_single+0x4/0x60) dev="${device}" tlb_addr=0x${hex(bus)} size=4096 dir=2 attrs=0x20`,
    },
    { event: 'tlb_dec', body: `(swiotlb_release_slots+0x17b/0x1b0) nslots=2 used_now=${used}` },
    {
      event: 'swiotlb_unmap_ret',
      body: `(dma_unmap_page_attrs+0x1c4/0x250 <- __swiotlb_tbl_unmap_single) tlb_addr=0x${hex(bus)} size=4096`,
    },
    unmapped(device, bus, 4096, { attrs }),
  ]

  test.each([[HINTS], [{ file: 'made.txt', nslabs: 1024, nareas: 1 }]])(
    'a grown pool is in the counter, and named, with %j',
    (hints) => {
      const far = 0x12a400000
      const trace = parseTrace(
        text([
          ...probe(NVME, ORIG, poolAt(0), 0, 0),
          ...probe(NVME, ORIG + 0x1000, poolAt(2), 2, 2),
          ...probe(NVME, ORIG + 0x2000, far, 0, 4),
          ...unprobe(NVME, poolAt(0), 6),
          ...unprobe(NVME, far, 4),
          ...unprobe(NVME, poolAt(2), 2),
        ]),
        hints,
      )
      expect(trace).toMatchObject({ layout: 'probes', maps: 2, unmaps: 2, kernelPeak: 6 })
      expect(trace.lost).toEqual({ events: 0, reasons: [] })
      expect(trace.elsewhere).toMatchObject([
        { device: NVME, maps: 1, slots: 2, from: BigInt(far) },
      ])
      expect(useOf(trace)).toEqual({ peak: 4, end: 0, overlaps: 0 })
    },
  )

  test('the dma event says whether an unmap copied, not the probe', () => {
    const trace = parseTrace(
      text([
        ...probe(NVME, ORIG, poolAt(0), 0, 0),
        ...probe(NVME, ORIG + 0x1000, poolAt(2), 2, 2),
        ...unprobe(NVME, poolAt(0), 4),
        ...unprobe(NVME, poolAt(2), 2, 'SKIP_CPU_SYNC'),
      ]),
      HINTS,
    )
    const { operations } = trace
    const ends = kinds(trace).flatMap((kind, i) => (kind === OperationKind.unmap ? [i] : []))
    expect(ends.map((i) => operations.noCopy(i))).toEqual([false, true])
    expect(operations.dir(1)).toBe(Direction.fromDevice)
  })
})
