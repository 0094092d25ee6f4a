// Sizings: the answer serves the trace, one step less does not, and what is said beside it.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { countOf } from '../../lib/data/units.js'
import {
  closeTrace,
  fileSource,
  InputError,
  openTrace,
  param,
  parseTrace,
  replay,
  type SizeOptions,
  type SpooledTrace,
  size,
} from '../../lib/index.js'
import { sizeText } from '../../lib/report/text/size.js'
import { cautionsOf } from '../../lib/size/cautions.js'
import type { Asked } from '../../lib/size/demand.js'
import type { Load } from '../../lib/size/recorded.js'
import { triesFor } from '../../lib/size/sizing.js'
import { meetingsOf } from '../../lib/size/together.js'
import type { Trace } from '../../lib/trace/trace.js'
import { captureHints, captureMeta, logOf } from '../trace/helpers.js'

const CAPTURES = join(__dirname, '../data/captures')
const NAMES = readdirSync(CAPTURES, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? [entry.name] : [],
)

/** Few orders and meetings: they are tests of their own. */
const QUICK = { orders: 2, meetings: 0 } as const

/** A trace as an operation log, with a pool of one area far too large. */
const log = (lines: readonly string[], pool = 'nslabs=65536 nareas=1 pool=40000000') =>
  logOf(pool, lines)

test('of a pool that nobody told, it is said what it was taken for', async () => {
  const whole = log(burst(4, 2048))
  const warned = async (pool: Trace['pool']) =>
    (await size([{ trace: { ...whole, pool } }], QUICK)).warnings.filter((one) =>
      /does not say/.test(one),
    )
  expect(await warned({})).toEqual([
    expect.stringMatching(
      /does not say how large the pool is \(--slots\): all that was bounced is/,
    ),
  ])
  expect(await warned({ nslabs: 512 })).toEqual([
    expect.stringMatching(/does not say how many areas the pool has \(--areas\): whether the pool/),
  ])
  expect(await warned({ nslabs: 512, nareas: 1 })).toEqual([])
})

const sizeLog = (lines: readonly string[], options: SizeOptions = {}) =>
  size([{ trace: log(lines) }], { ...QUICK, ...options })

/** So many maps at once, of so many bytes, on each of the CPUs in turn. */
function burst(maps: number, bytes: number, cpus = 1): string[] {
  const ids = Array.from({ length: maps }, (_, id) => id)
  return [
    ...ids.map(
      (id) => `m ${id % cpus} ${id} ${(0x100000000 + id * 0x40000).toString(16)} ${bytes} 0 0`,
    ),
    ...ids.map((id) => `u ${id % cpus} ${id}`),
  ]
}

describe.each(NAMES)('%s', (name) => {
  const open = () => openTrace(fileSource(join(CAPTURES, name, 'trace.txt.gz')), captureHints(name))
  const { nslabs, nareas, pool_start, hiwater_after } = captureMeta(name)
  const start = BigInt(pool_start)
  let trace: SpooledTrace
  beforeAll(async () => {
    trace = await open()
  }, 60_000)
  afterAll(() => closeTrace(trace))

  test('the answer, given back to replay, serves it; one step less does not', async () => {
    const recorded = { slots: nslabs, areas: nareas, start, hiwater: hiwater_after }
    const sizing = await size([{ trace, recorded }], QUICK)
    const { answer, oneLess, current, atLeast } = sizing
    if (trace.lost.reasons.length > 0) {
      expect(answer).toBe(null)
      expect(current?.verdict).not.toBe('fits')
      expect(atLeast?.slots).toBeGreaterThanOrEqual(hiwater_after)
      expect(sizeText(sizing).replace(/\s+/g, ' ')).toContain(
        `No answer, since events were lost; at least ${atLeast?.slots} slots`,
      )
      const enough = { slots: 128, areas: 1 }
      const asked = await size([{ trace, recorded }], { ...QUICK, enough })
      // What is left has failed maps in it, or the mark is above it.
      expect(asked.enough).toMatchObject({ asked: '128,1', served: false })
      const largest = { slots: 2 ** 20, areas: 1 }
      const large = await size([{ trace, recorded }], { ...QUICK, enough: largest })
      expect(large.enough?.served).toBe(null)
      return
    }
    expect(atLeast).toBe(null)
    if (!answer || !oneLess || !current) throw new Error('no answer')
    const failedIn = async (slots: number): Promise<number> => {
      const pool = { slots, areas: answer.areas, poolStart: start }
      const { failedMaps } = await replay(trace, { ...pool, trackers: ['off'] })
      return failedMaps
    }
    expect(await failedIn(answer.slots)).toBe(0)
    expect(answer.parameter).toBe(`swiotlb=${answer.slots},${answer.areas}`)
    expect(oneLess.slots).toBe(answer.slots / 2)
    if (oneLess.slots < 128 * answer.areas) {
      expect(oneLess.reason).toMatch(/no smaller pool/)
    } else {
      expect(await failedIn(oneLess.slots)).toBe(oneLess.failedMaps)
      expect(oneLess.failedMaps).toBeGreaterThan(0)
    }
    expect(current.wasteBytes).toBe((nslabs - answer.slots) * 2048)
    expect(current.failedMaps > 0).toBe(current.verdict === 'too-small')
  }, 60_000)

  test('is never smaller than what was in use, whatever was lost', async () => {
    const { answer, atLeast, demandPeakSlots } = await size([{ trace }], QUICK)
    const named = answer ?? atLeast
    expect(named?.slots).toBeGreaterThanOrEqual(demandPeakSlots)
    expect(named?.slots).toBeGreaterThanOrEqual(trace.peakBounds?.low ?? 0)
  }, 60_000)
})

describe('the answer', () => {
  test('has an area for each CPU, and the least of all numbers of areas is told behind it', async () => {
    const { answer, least, rows } = await sizeLog(burst(256, 2048, 4))
    expect(rows.map(({ areas, serves }) => [areas, serves?.slots])).toEqual([
      [1, 256],
      [2, 256],
      [4, 512],
    ])
    expect(answer).toMatchObject({ slots: 512, areas: 4, bytes: 1024 * 1024, margin: 0 })
    expect(least).toMatchObject({ slots: 256, areas: 2 })
  })

  test('takes fragmentation into account: half of the slots are free, and none of the runs is long enough', async () => {
    // 256 slots are taken one by one, every second is given back, then runs of two are asked for.
    const single = Array.from(
      { length: 256 },
      (_, i) => `m 0 ${i} ${(i * 0x1000).toString(16)} 2048 0 0`,
    )
    const half = Array.from({ length: 128 }, (_, i) => `u 0 ${2 * i}`)
    const { answer, oneLess, demandPeakSlots } = await sizeLog([
      ...single,
      ...half,
      'm 0 900 100000 4000 0 0',
    ])
    expect(demandPeakSlots).toBe(256)
    expect(answer).toMatchObject({ slots: 512, areas: 1 })
    expect(oneLess).toMatchObject({ slots: 256, failedMaps: 1 })
    expect(oneLess?.failedMap).toMatchObject({
      map: 257,
      neededSlots: 2,
      cause: 'fragmented',
      cpu: 0,
    })
    expect(oneLess?.failedMap?.areas).toEqual([
      { area: 0, usedSlots: 128, freeSlots: 128, longestRun: 1 },
    ])
    expect(oneLess?.failedMap?.picture.join('')).toBe('.#'.repeat(128))
  })

  test('takes alignment into account: a run is long enough, and begins where none may begin', async () => {
    const { oneLess, answer } = await sizeLog([
      ...Array.from({ length: 128 }, (_, i) => `m 0 ${i} ${(i * 0x1000).toString(16)} 2048 0 0`),
      // Of sixteen slots the eight in the middle become free: runs of eight, from slot 4 on.
      ...Array.from({ length: 128 }, (_, i) => i).flatMap((i) =>
        i % 16 >= 4 && i % 16 < 12 ? [`u 0 ${i}`] : [],
      ),
      'm 0 900 0 14336 3fff 0',
    ])
    expect(answer?.slots).toBe(256)
    expect(oneLess?.failedMap).toMatchObject({ map: 129, neededSlots: 8, cause: 'misaligned' })
    expect(oneLess?.failedMap?.areas[0]).toMatchObject({ freeSlots: 64, longestRun: 8 })
  })

  test("the kernel's own mark is told as the reason, and no order goes below it", async () => {
    const recorded = { slots: 4096, areas: 1, hiwater: 5000 }
    const sizing = await size([{ trace: log(burst(100, 2048)), recorded }], QUICK)
    const { answer, oneLess, sensitivity, current } = sizing
    expect(answer?.slots).toBe(8192)
    expect(oneLess).toMatchObject({ slots: 4096, failedMaps: 0, failedMap: null })
    expect(sensitivity).toMatchObject({ low: 8192, high: 8192 })
    expect(current).toMatchObject({ failedMaps: 0, verdict: 'too-small' })
    const text = sizeText(sizing).replace(/\s+/g, ' ')
    expect(text).toContain(
      "One step less: 5000 slots (9.77 MiB) were in use at one time, by the kernel's own mark.",
    )
    expect(text).toContain(
      'in 1 area, is too small: 5000 slots (9.77 MiB) were in use for certain.',
    )
  })

  test('a pool that fails maps of a trace with lost events is beside no answer', async () => {
    const whole = log(burst(1000, 2048), 'nslabs=512 nareas=1 pool=40000000')
    const lost = { ...whole, lost: { events: 1, reasons: ['1 event was lost'] } }
    const sizing = await size([{ trace: lost }], QUICK)
    expect(sizing).toMatchObject({ answer: null, current: { verdict: 'too-small' } })
    expect(sizeText(sizing).replace(/\s+/g, ' ')).toMatch(
      /The pool as it is, 512 slots \(1 MiB\) in 1 area, fails 488 maps\./,
    )
  })

  test('a margin is more load through the allocator', async () => {
    const lines = burst(110, 2048)
    expect((await sizeLog(lines)).answer?.slots).toBe(128)
    expect((await sizeLog(lines)).bears).toEqual({
      ...{ percent: 10, tried: [10, 25, 50, 100], failsAt: 25 },
      reason: '1 slot (2 KiB) is needed in one run, and 0 are free',
    })
    const more = await sizeLog(lines, { marginPercent: 25 })
    expect(more.answer).toMatchObject({ slots: 256, margin: 25 })
    expect(more.oneLess?.failedMaps).toBeGreaterThan(0)
    expect(more.bears).toEqual({
      ...{ percent: 125, tried: [35, 50, 75, 125], failsAt: null },
      reason: null,
    })
  })

  test.each([100, 101, 150, 300, 1000])(
    'a margin of %i asks for as much',
    async (marginPercent) => {
      // 100 slots, so that per cents are slots.
      const sizing = await sizeLog(burst(100, 2048), { marginPercent, orders: 0 })
      const { loadPeakSlots, answer, demandPeakSlots } = sizing
      expect(demandPeakSlots).toBe(100)
      expect(loadPeakSlots).toBe(100 + marginPercent)
      expect(answer?.slots).toBe(2 ** Math.ceil(Math.log2(100 + marginPercent)))
      const free = (answer?.slots ?? 0) - loadPeakSlots
      expect(sizeText(sizing).replace(/\s+/g, ' ')).toContain(
        `At the busiest moment of that load ${free} slots`,
      )
    },
  )

  test('a margin of mappings of all sizes is neither many times one of them nor none', async () => {
    const mixed = [
      ...burst(60, 65536),
      ...burst(90, 2048).map((line) => line.replace(/^(m|u) (\d) (\d)/, '$1 $2 9$3')),
    ]
    const { demandPeakSlots } = await sizeLog(mixed, { orders: 0 })
    const { loadPeakSlots } = await sizeLog(mixed, { marginPercent: 150, orders: 0 })
    expect(loadPeakSlots).toBeGreaterThan(2.45 * demandPeakSlots)
    expect(loadPeakSlots).toBeLessThanOrEqual(2.5 * demandPeakSlots)
  })

  test('a load without a spill takes more than one without a failed map', async () => {
    const uneven = [
      ...burst(200, 2048),
      ...burst(8, 2048, 2).map((line) => line.replace(/^(m|u) (\d) (\d)/, '$1 $2 9$3')),
    ]
    const { rows, noSpill } = await sizeLog(uneven)
    const two = rows.find(({ areas }) => areas === 2)
    expect(two?.serves?.slots).toBe(256)
    expect(two?.spills).toBeGreaterThan(0)
    expect(two?.noSpill?.slots).toBe(512)
    expect(noSpill).toEqual(two?.noSpill)
  })

  test('one area in steps of a segment, as restricted pools and old kernels have it', async () => {
    const { answer, oneArea } = await sizeLog(burst(300, 2048))
    expect(answer?.slots).toBe(512)
    expect(oneArea).toEqual({ slots: 384, bytes: 384 * 2048 })
  })
})

test('an answer in more areas, where fewer fail in as large a pool, is said to rest on luck', async () => {
  const file = join(__dirname, '../../captures/c-mixed-4cpu/trace.txt.gz')
  const trace = await openTrace(fileSource(file), { file })
  try {
    const lucky = await size([{ trace }], { marginPercent: 50, orders: 0 })
    expect(lucky.answer?.parameter).toBe('swiotlb=4096,4')
    expect(lucky.warnings.join()).toMatch(
      /in 4 areas, with 213 spills, rests on .*: 1 area needs swiotlb=8192,1, 2 areas need swiotlb=8192,2; 8192 slots \(16 MiB\) rest on it less/,
    )
    const plain = await size([{ trace }], { orders: 0 })
    expect(plain.warnings.join()).not.toMatch(/rests on/)
  } finally {
    closeTrace(trace)
  }
})

describe('what no pool serves', () => {
  test('a map of more than a segment is left out, and said', async () => {
    const { answer, neverServed, warnings } = await sizeLog([
      'm 0 1 1000 2097152 0 0',
      ...burst(4, 4096).map((line) => line.replace(/^(m|u) 0 (\d)/, '$1 0 5$2')),
      'u 0 1',
    ])
    expect(answer?.slots).toBe(128)
    expect(neverServed).toBe(1)
    expect(warnings.join()).toMatch(/1 maps? needs? more than 128 slots.*no pool size serves/s)
  })

  test('a map that has no place even in an empty pool is left out, and said', async () => {
    // The pool begins on an odd page, and this wants a megabyte.
    const trace = log(
      ['m 0 1 100000 4096 fffff 0', 'u 0 1', 'm 0 2 100000 4096 0 0', 'u 0 2'],
      'nslabs=128 nareas=1 pool=40001000',
    )
    const { answer, neverServed, warnings } = await size([{ trace }], QUICK)
    expect(neverServed).toBe(1)
    expect(answer?.slots).toBe(128)
    expect(warnings.join()).toMatch(/no pool size serves/)
  })
})

describe('is it enough?', () => {
  const lines = burst(1000, 2048, 4)

  test('it is said first, and nothing is told of what was not asked', async () => {
    const sizing = await sizeLog(lines, { enough: { slots: 1024, areas: 1 } })
    expect(sizeText(sizing)).toMatch(/^Enough: 1024 slots/)
    expect(sizeText(sizing)).not.toMatch(/Booked by/)
  })

  // One map of each of 4 CPUs, and then three of a segment each on one: 4 areas have no room for them.
  const crowded = [
    ...[0, 1, 2, 3].map((cpu) => `m ${cpu} ${cpu} ${(0x1000 * cpu).toString(16)} 2048 0 0`),
    ...[4, 5, 6].map((id) => `m 0 ${id} ${(0x100000 * id).toString(16)} 262144 0 0`),
  ]

  test('a pool without areas has what the kernel makes: one for each CPU', async () => {
    const asked = await sizeLog(crowded, { enough: { slots: 512 } })
    expect(asked.enough).toEqual({
      asked: '512',
      parameter: 'swiotlb=512,4',
      kernel: '6.12',
      cpus: 4,
      cpusFrom: 'trace',
      served: false,
      slots: 512,
      areas: 4,
      failedMaps: 3,
      spills: 0,
    })
    expect(sizeText(asked).replace(/\s+/g, ' ')).toMatch(
      /^Not enough: in 512 slots \(1 MiB\) in 4 areas, as the kernel makes it on 4 CPUs, 3 maps fail\. The trace shows 4 CPUs, and nothing says how many the machine has: --cpus does\./,
    )
    const one = await sizeLog(crowded, { enough: { slots: 512, areas: 1 } })
    expect(one.enough).toMatchObject({ asked: '512,1', parameter: 'swiotlb=512,1', served: true })
  })

  test('its CPUs are those of the option, then of the notes; many make the pool larger', async () => {
    const enough = { slots: 512 }
    const noted = await size([{ trace: log(crowded), recorded: { cpus: 5 } }], { ...QUICK, enough })
    expect(noted.enough).toMatchObject({ parameter: 'swiotlb=1024,8', cpus: 5, cpusFrom: 'notes' })
    const asked = await sizeLog(crowded, { enough, cpus: 16 })
    const made = param('512', { cpus: 16 }).pool
    expect(asked.enough).toMatchObject({ slots: made.slots, areas: made.areas, cpusFrom: 'option' })
    expect(asked.enough?.parameter).toBe('swiotlb=2048,16')
    expect(sizeText(asked).replace(/\s+/g, ' ')).toMatch(
      /^Enough: 2048 slots \(4 MiB\) in 16 areas \(asked for 512; the kernel makes swiotlb=2048,16 of it on 16 CPUs\) serve every map\. [^T]/,
    )
    const one = await sizeLog(crowded, { enough, cpus: 1 })
    expect(one.enough).toMatchObject({ parameter: 'swiotlb=512,1', served: true })
  })

  test('a kernel before 6.0 has one area, in steps of a segment, whatever is asked for', async () => {
    const asked = await sizeLog(crowded, { enough: { slots: 500, areas: 4 }, kernel: '5.15' })
    expect(asked.enough).toMatchObject({ parameter: 'swiotlb=512', areas: 1, served: true })
    const less = await sizeLog(crowded, { enough: { slots: 384 }, kernel: '5.15' })
    expect(less.enough).toMatchObject({ slots: 384, areas: 1, served: false })
    expect(sizeText(less).replace(/\s+/g, ' ')).toMatch(
      /^Not enough: in 384 slots \(768 KiB\) in 1 area, as a kernel before 6\.0 makes it, .* A kernel before 6\.0 needs swiotlb=512, 512 slots \(1 MiB\)\.$/,
    )
    await expect(sizeLog(crowded, { kernel: '5.15' })).rejects.toThrow(/kernel: expected with/)
  })

  test("no pool below the kernel's own mark is named, nor enough", async () => {
    const recorded = { hiwater: 5000 }
    const enough = { slots: 4096, areas: 1 }
    const sizing = await size([{ trace: log(lines), recorded }], { ...QUICK, enough })
    expect(sizing).toMatchObject({ answer: { slots: 8192 }, enough: { served: false } })
    expect(sizeText(sizing).replace(/\s+/g, ' ')).toMatch(
      /^Not enough: 5000 slots .* were in use for certain/,
    )
  })

  test.each([
    [{ slots: Infinity }, /^enough\.slots: expected a whole number from 0 to \d+, not Infinity$/],
    [{ slots: -5 }, /^enough\.slots: .*, not -5$/],
    [{ slots: NaN }, /^enough\.slots: .*, not NaN$/],
    [{ slots: 1.5 }, /^enough\.slots: .*, not 1\.5$/],
    [{ slots: 512, areas: 0 }, /^enough\.areas: expected a whole number from 1 to 65536, not 0$/],
    [{ slots: 512, areas: Infinity }, /^enough\.areas: .*, not Infinity$/],
  ])('what is no pool is refused: %j', async (enough, words) => {
    await expect(sizeLog(crowded, { enough })).rejects.toThrow(words)
    await expect(sizeLog(crowded, { enough })).rejects.toThrow(InputError)
  })

  test.each([
    [2 ** 21, /^enough: .* a kernel makes; 4 GiB in one piece is more than .*: there is no pool$/],
    [0, /^enough: .* a kernel makes; 0 slots: what this kernel makes of that is not known here$/],
  ])(
    'a kernel that makes no pool of %i slots is named before the search, with why',
    async (slots, words) => {
      const phases: string[] = []
      const asked = sizeLog(crowded, {
        enough: { slots },
        kernel: '5.15',
        onProgress: ({ phase }) => phases.push(phase),
      })
      await expect(asked).rejects.toThrow(words)
      expect(phases).toEqual([])
    },
  )

  test('of several traces each is said, and all at once', async () => {
    const inputs = [burst(100, 2048), burst(200, 2048)].map((load) => ({ trace: log(load) }))
    const text = async (slots: number): Promise<string[]> => {
      const result = await size(inputs, { ...QUICK, enough: { slots, areas: 1 } })
      return (
        sizeText(result)
          .split('\n\n')[0]
          ?.replace(/\n {2}/g, ' ')
          .split('\n') ?? []
      )
    }
    expect(await text(256)).toEqual([
      expect.stringMatching(/: Enough: 256 slots/),
      expect.stringMatching(/: Enough: 256 slots/),
      expect.stringMatching(
        /^all 2 at once: Not enough: in 256 slots .* 44 maps fail\. It is the worst of 2 meetings tried\.$/,
      ),
    ])
    expect((await text(128))[1]).toMatch(/: Not enough: in 128 slots/)
  })

  test('a pool is rounded as the kernel rounds it', async () => {
    const { enough } = await sizeLog(lines, { enough: { slots: 1024, areas: 3 } })
    expect(enough).toMatchObject({ asked: '1024,3', parameter: 'swiotlb=1024,4', served: true })
  })

  test('2 MiB, and half of it', async () => {
    expect((await sizeLog(lines, { enough: { slots: 1024, areas: 1 } })).enough?.served).toBe(true)
    const { enough } = await sizeLog(lines, { enough: { slots: 512, areas: 1 } })
    expect(enough).toMatchObject({ served: false, failedMaps: 488 })
  })
})

describe('several traces', () => {
  test('the worst, each, and all at once', async () => {
    const inputs = [burst(100, 2048), burst(200, 2048)].map((lines) => ({ trace: log(lines) }))
    const { answer, traces, together } = await size(inputs, QUICK)
    expect(traces?.map((one) => one.answer?.slots)).toEqual([128, 256])
    expect(answer?.slots).toBe(256)
    expect(together).toMatchObject({ maps: 300, demandPeakSlots: 300, answer: { slots: 512 } })
  })

  const linesOf = (text: string): string[] => text.replace(/\n {2}/g, ' ').split('\n')

  test('which line to take when stands first, and again at the end', async () => {
    const inputs = [burst(100, 2048), burst(200, 2048)].map((lines) => ({ trace: log(lines) }))
    const lines = linesOf(sizeText(await size(inputs, QUICK)))
    const take = [
      'Loads of one machine that may run together: swiotlb=512,1 (1 MiB), all 2 at once in each of 2 meetings that were tried; another may need more.',
      'Loads of several machines, or that never run together: swiotlb=256,1 (512 KiB), the largest of each, for test.log.',
    ]
    expect(lines.slice(0, 2)).toEqual(take)
    expect(lines.slice(-2)).toEqual(take)
    expect(lines.slice(2).join(' ')).toMatch(
      /^How they would meet nobody knows\..* How sure: test\.log, which needs most, is little to go by: it shows no times\. .* 2 of the 2 traces show no times\./,
    )
  })

  test('asked whether a pool is enough, how sure the line is stands at the end all the same', async () => {
    const inputs = [burst(100, 2048), burst(200, 2048)].map((lines) => ({ trace: log(lines) }))
    const text = sizeText(await size(inputs, { ...QUICK, enough: { slots: 256, areas: 1 } }))
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /How they would meet nobody knows\..* How sure: test\.log, which needs most, is little to go by: .* Loads of one machine that may run together: swiotlb=512,1 [^:]+ Loads of several machines, [^:]+: swiotlb=256,1 [^:]+$/,
    )
    expect(text.match(/How sure:/g)).toHaveLength(1)
  })

  test('where events were lost of one, the least is not that of this one alone', async () => {
    const [small, large] = [burst(100, 2048), burst(200, 2048)].map((lines) => log(lines))
    if (!small || !large) throw new Error('no traces')
    const lost = { ...small, lost: { ...small.lost, reasons: ['a test'] } }
    const text = sizeText(await size([{ trace: lost }, { trace: large }], QUICK))
    expect(linesOf(text).slice(0, 2)).toEqual([
      'Loads of one machine that may run together: no answer, since events were lost; at least swiotlb=512,1 (1 MiB), all 2 at once in each of 2 meetings that were tried; another may need more.',
      'Loads of several machines, or that never run together: no answer, since events were lost of test.log; at least swiotlb=256,1 (512 KiB).',
    ])
  })
})

describe('how several loads may meet', () => {
  /** So many maps of which each is gone at once. */
  const calm = (maps: number): string[] =>
    Array.from({ length: maps }, (_, k) => [
      `m 0 ${10_000 + k} ${(0x200000000 + k * 0x40000).toString(16)} 2048 0 0`,
      `u 0 ${10_000 + k}`,
    ]).flat()
  const early = [...burst(200, 2048), ...calm(200)]
  const late = [...calm(200), ...burst(200, 2048)]
  const inputs = () => [early, late].map((lines) => ({ trace: log(lines) }))

  test('that they begin at once is not the only one: peaks fall on one moment, and the line serves that', async () => {
    const { traces, together } = await size(inputs(), { ...QUICK, meetings: 3 })
    expect(traces?.map(({ answer }) => answer?.slots)).toEqual([256, 256])
    expect(together?.meetings).toMatchObject({
      runs: 5,
      drawn: 3,
      worst: 'peaks',
      begins: 256,
      peaks: 512,
      low: 256,
      high: 512,
      pool: { parameter: 'swiotlb=512,1' },
      sumPeakSlots: 400,
      sumPool: { parameter: 'swiotlb=512,1' },
    })
    expect(together).toMatchObject({ demandPeakSlots: 400, answer: { slots: 512 } })
  }, 60_000)

  test('the first line tells how many were tried, and the third what each wants', async () => {
    const result = await size(inputs(), { ...QUICK, meetings: 3 })
    const lines = sizeText(result)
      .replace(/\n {2}/g, ' ')
      .split('\n\n')[0]
      ?.replace(/\n/g, ' ')
    expect(lines).toMatch(
      /swiotlb=512,1 \(1 MiB\), all 2 at once in each of 5 meetings that were tried; another may need more\./,
    )
    expect(lines).toMatch(
      /nobody knows\. Slots of the smallest pool: 256 where all begin at once, 512 where their peaks fall on one moment; over all, with 3 more that were drawn, 256 to 512\. No meeting asks .*: 400 slots \(800 KiB\), which swiotlb=512,1 holds if nothing is fragmented\./,
    )
    expect(result.together?.warnings.join(' ')).toMatch(
      /most of 5 meetings that were tried, in which their peaks fall on one moment/,
    )
  }, 60_000)

  test('a pool that was asked about is judged in the one in which it fails most', async () => {
    const ask = async (slots: number) =>
      (await size(inputs(), { ...QUICK, enough: { slots, areas: 1 } })).together?.enough
    expect(await ask(256)).toMatchObject({ served: false, failedMaps: 144 })
    expect(await ask(512)).toMatchObject({ served: true, failedMaps: 0 })
  }, 60_000)

  test.each([0, 150])(
    'none asks for more than the sum of the peaks, margin %i',
    async (marginPercent) => {
      const { together } = await size(inputs(), { ...QUICK, meetings: 4, marginPercent })
      expect(together?.loadPeakSlots).toBeLessThanOrEqual(together?.meetings.sumPeakSlots ?? 0)
      expect(together?.meetings.pool?.slots).toBeGreaterThanOrEqual(together?.loadPeakSlots ?? 0)
    },
    60_000,
  )

  test('the seed draws them, and the same seed the same', async () => {
    const drawn = async (seed: number) => {
      const { together } = await size(inputs(), { ...QUICK, meetings: 2, seed })
      return [together?.meetings, together?.booked, together?.rows]
    }
    expect(await drawn(7)).toEqual(await drawn(7))
    // Which moments it draws, since pools are too coarse to tell.
    const loads = [10, 3].map((seconds) => ({ seconds, demand: { times: [] } }) as unknown as Load)
    const asked = [0, 0].map(() => ({ peakAt: { ns: 5, share: 0.5 } }) as Asked)
    const moments = (seed: number) =>
      meetingsOf(loads, asked, { seed, drawn: 3 }).flatMap((one) =>
        one.kind === 'drawn' ? one.moments : [],
      )
    expect(moments(7)).toEqual(moments(7))
    expect(moments(7)).toHaveLength(6)
    for (const [i, at] of moments(7).entries()) {
      expect(moments(8)).not.toContain(at)
      expect(at).toBeLessThan(i % 2 === 0 ? 10e9 : 3e9)
    }
  }, 60_000)

  test('with a margin the sum of the peaks is no bound, and is not told as one', async () => {
    const options = { ...QUICK, marginPercent: 50 }
    const text = sizeText(await size(inputs(), options)).replace(/\s+/g, ' ')
    expect(text).toContain('The sum of the peaks, and the margin on it: ')
    expect(text).not.toContain('No meeting asks for more')
  }, 60_000)

  test('recorded times count: peaks of captures add up to the slot', async () => {
    const opened: SpooledTrace[] = []
    try {
      for (const name of ['c-mixed-4cpu', 'e2-full-2areas']) {
        const file = join(CAPTURES, name, 'trace.txt.gz')
        opened.push(await openTrace(fileSource(file), captureHints(name)))
      }
      const { traces, together } = await size(
        opened.map((trace) => ({ trace })),
        QUICK,
      )
      const peaks = (traces ?? []).map(({ demandPeakSlots }) => demandPeakSlots)
      expect(together?.meetings.worst).toBe('peaks')
      expect(together?.demandPeakSlots).toBe((peaks[0] ?? 0) + (peaks[1] ?? 0))
      expect(together?.meetings.sumPeakSlots).toBe(together?.demandPeakSlots)
      const lengths = (traces ?? []).map(({ recorded }) => recorded.seconds ?? 0)
      expect(together?.recorded.seconds).toBe(Math.min(...lengths))
    } finally {
      for (const trace of opened) closeTrace(trace)
    }
  }, 120_000)

  test('of long traces few are tried, some always', () => {
    expect([1, 1e6, 2e6, 1e12].map(triesFor)).toEqual([20, 6, 3, 3])
  })

  test('of several the one that needs most is named by its peak where the pools are alike', async () => {
    const loads = [burst(10, 2048), burst(100, 2048)].map((lines) => log(lines))
    const named = loads.map((trace, k) => ({ trace: { ...trace, file: `${k}.log` } }))
    const result = await size(named, QUICK)
    expect(result.name).toBe('1.log')
    expect(sizeText(result).replace(/\s+/g, ' ')).toMatch(
      /the largest of each, for 1\.log\..*How sure: 1\.log, which needs most, is little/,
    )
  }, 60_000)
})

describe('the machine that is asked about', () => {
  const last = async (maps: number, cpus: number): Promise<string> =>
    sizeText(await sizeLog(burst(maps, 2048, 2), { cpus })).replace(/\s+/g, ' ')

  test('spills of few CPUs in many areas are said to be of the trace', async () => {
    expect(await last(1000, 16)).toMatch(
      /On 16 CPUs, for this load: swiotlb=\d+,16 .*it is of 2 of the 16 CPUs.*The 2 CPUs of the trace begin in 2 areas only/,
    )
    expect(await last(1000, 2)).not.toMatch(/areas only|of the 2 CPUs/)
  })

  test('its line is the answer, and the least that serves comes second', async () => {
    const sizing = await sizeLog(burst(200, 2048, 2), { cpus: 16 })
    expect(sizing.answer).toMatchObject({ parameter: 'swiotlb=2048,16', margin: 0 })
    expect(sizing.answer).toMatchObject(sizing.ownAreas ?? {})
    expect(sizing.least?.parameter).toBe('swiotlb=256,2')
    expect(sizeText(sizing).replace(/\s+/g, ' ')).toContain(
      'The smallest pool with no failed map on 16 CPUs: swiotlb=2048,16, 2048 slots (4 MiB) in 16 areas, ' +
        'for the trace as it is. The least that serves is swiotlb=256,2, 256 slots (512 KiB) in 2 areas: ' +
        'there 16 CPUs share 2 locks, in the answer 16.',
    )
    const unasked = await sizeLog(burst(200, 2048, 2))
    expect(unasked.answer).toMatchObject(unasked.least ?? {})
    expect(sizeText(unasked)).not.toMatch(/least that serves is/)
  })

  test.each([
    [1024, 2, 'serves; the answer is larger, since it has 16 areas.'],
    [2048, 2, 'serves, and is as large as the answer, which has 16 areas.'],
    [2048, 16, 'is what is needed.'],
    [128, 1, 'fails 72 maps, and is 3.75 MiB smaller than the answer.'],
  ])('a recorded pool of %i slots in %i areas is told beside it', async (slots, areas, words) => {
    const inputs = [{ trace: log(burst(200, 2048, 2)), recorded: { slots, areas } }]
    const { answer, current } = await size(inputs, { ...QUICK, cpus: 16 })
    expect(answer?.parameter).toBe('swiotlb=2048,16')
    expect(current?.wasteBytes).toBe((slots - 2048) * 2048)
    expect(current?.verdict).toBe(slots === 128 ? 'too-small' : 'fits')
    expect(current?.sentence.endsWith(`${countOf(areas, 'area')}, ${words}`)).toBe(true)
  })

  test('a recorded pool that is no power of two may be smaller, and serve', async () => {
    const inputs = [{ trace: log(burst(300, 2048)), recorded: { slots: 384, areas: 1 } }]
    const { answer, current } = await size(inputs, QUICK)
    expect(answer?.parameter).toBe('swiotlb=512,1')
    expect(current).toMatchObject({ verdict: 'fits', wasteBytes: -128 * 2048 })
    expect(current?.sentence).toMatch(
      /in 1 area, serves; the answer is larger, since it is a power of two\.$/,
    )
  })

  test('a pool as large in more areas than it has CPUs is not told as less', async () => {
    const sizing = await sizeLog(burst(256, 2048), { cpus: 1, areas: [1, 2] })
    expect(sizing.answer?.parameter).toBe('swiotlb=256,1')
    expect(sizing.least?.parameter).toBe('swiotlb=256,2')
    expect(sizeText(sizing)).not.toMatch(/least that serves/)
  })

  test('a trace that is shorter than can be said is not of no length', async () => {
    const sizing = await sizeLog(burst(10, 2048))
    const text = (seconds: number): string =>
      cautionsOf({ ...sizing, recorded: { cpus: 1, seconds } }).join(' ')
    expect(text(0.004)).toContain('it is less than 0.1 s long.')
    expect(text(2.31)).toContain('it is 2.3 s long.')
  })

  test('areas beyond its CPUs are tried, and not given to it', async () => {
    const sizing = await sizeLog(burst(100, 2048, 4), { areas: [1, 256] })
    expect(sizing.ownAreas?.parameter).toBe('swiotlb=128,1')
    const text = sizeText(sizing).replace(/\s+/g, ' ')
    expect(text).toContain('On 4 CPUs, for this load: swiotlb=128,1 (256 KiB).')
    expect(text).toContain(
      'The smallest pool with no failed map: swiotlb=128,1, 128 slots (256 KiB) in 1 area, for the trace as it is. ' +
        '256 areas are not for it: 4 CPUs begin in no more than 4; --cpus names a larger machine.',
    )
  })

  test.each([[{}], [{ areas: [1, 8] }], [{ areas: [8] }], [{ cpus: 2 }], [{ cpus: 16 }]])(
    'there is one line, first and below: %j',
    async (options) => {
      const sizing = await sizeLog(burst(300, 2048, 4), options)
      const text = sizeText(sizing).replace(/\s+/g, ' ')
      const first = /^On \d+ CPUs, for this load: (swiotlb=\S+)/.exec(text)?.[1]
      expect(first).toBe(sizing.answer?.parameter)
      expect(/The smallest pool with no failed map[^:]*: (\S+),/.exec(text)?.[1]).toBe(first)
    },
  )

  test('the number that a confidential VM takes for none is not given to it', async () => {
    expect(await last(20_000, 2)).toMatch(
      /swiotlb=32768,2 counts as not given.*To ask for that pool there: only as swiotlb=32640, with an area for each possible CPU; or take swiotlb=65536,2\./,
    )
    expect(await last(1000, 2)).toMatch(
      /A confidential VM \(SEV, TDX\) takes swiotlb=1024,2 as it is/,
    )
  })
})

test('where a trace lost events and its peak is known all the same, it is said why that is no answer', async () => {
  const whole = log(burst(100, 2048))
  const lost = { ...whole.lost, reasons: ['a test'] }
  const told = async (low: number, high: number) =>
    (await size([{ trace: { ...whole, lost, peakBounds: { low, high } } }], QUICK)).warnings.join()
  expect(await told(100, 100)).toMatch(
    /the true peak was 100 slots .* all the same; that is no answer/,
  )
  expect(await told(90, 100)).toMatch(/at least 90 slots .*, at most 100 slots/)
})

test('a table tells no less than was in use for certain', async () => {
  const whole = log(burst(100, 2048))
  const lost = { ...whole.lost, reasons: ['a test'] }
  const trace = { ...whole, lost, peakBounds: { low: 120, high: 150 } }
  const text = sizeText(await size([{ trace }, { trace: log(burst(10, 2048)) }], QUICK))
  expect(text).toMatch(/test\.log +at least 120, 240 KiB +none; at least swiotlb=128,1/)
})

test('what fails first under more load is said', async () => {
  const sizing = await sizeLog(burst(250, 2048))
  expect(sizing.bears).toMatchObject({ percent: 0, failsAt: 10, reason: expect.any(String) })
  expect(sizeText(sizing).replace(/\s+/g, ' ')).toContain(
    `Of the first that fails with 10 % more: ${sizing.bears?.reason}.`,
  )
  const most = await sizeLog(burst(10, 2048))
  expect(most.bears).toMatchObject({ percent: 100, failsAt: null, reason: null })
})

describe('the first lines', () => {
  test('are the line to deploy, and how sure it is', async () => {
    const [line, sure] = sizeText(await sizeLog(burst(200, 2048, 2))).split('\n')
    expect(line).toBe('On 2 CPUs, for this load: swiotlb=256,2 (512 KiB).')
    expect(sure).toMatch(/^How sure: the trace is little to go by: it shows no times\. Record the/)
  })

  test('tell the margin, and how much more load the line bears', async () => {
    const sizing = await sizeLog(burst(200, 2048), { marginPercent: 20 })
    const text = sizeText(sizing).replace(/\s+/g, ' ')
    expect(text).toMatch(
      /^On 1 CPU, for this load and 20 % more of it: swiotlb=256,1 \(512 KiB\)\./,
    )
    expect(text).toMatch(/deployed\. With 30 % more load maps fail\. A confidential VM/)
    const bears = sizeText(await sizeLog(burst(150, 2048))).replace(/\s+/g, ' ')
    expect(bears).toMatch(/deployed\. It bears 50 % more load\. A confidential VM/)
  })

  test('of a long trace of all CPUs name no lack', async () => {
    const sizing = await sizeLog(burst(100, 2048))
    const text = sizeText({ ...sizing, recorded: { cpus: 1, seconds: 75 } })
    expect(text).toMatch(/^How sure: the trace is 75\.0 s long, of all CPUs; a heavier load/m)
    expect(text).not.toMatch(/little to go by/)
  })

  test('say why there is no line', async () => {
    const whole = log(burst(100, 2048))
    const lost = { ...whole, lost: { ...whole.lost, reasons: ['a test'] } }
    expect(sizeText(await size([{ trace: lost }], QUICK))).toMatch(/^No answer, since events were/)
  })

  test('what trackers would book comes last, in two lines', async () => {
    const text = sizeText(await sizeLog(burst(1000, 2048, 4)))
    const last = text.slice(text.indexOf('Booked by what trackers report instead: '))
    expect(last.split('\n').length).toBeLessThanOrEqual(2)
    expect(last).toMatch(/ by the others|by all \d+/)
  })
})

test('growth would have served it, or not', async () => {
  const { growth } = await sizeLog(burst(300, 2048))
  expect(growth).toMatchObject({ slots: 256, served: true, failedMaps: 0 })
  expect(growth?.slotsAtEnd).toBeGreaterThan(300)
})

test('other orders of operations that overlap can want another pool', async () => {
  // Each CPU unmaps before the next maps: one order needs a segment, others nearly two.
  const lines = Array.from({ length: 40 }, (_, k) => k).flatMap((k) => [
    `m ${k % 2} ${k} ${(0x100000 * k).toString(16)} 200000 0 0`,
    `u ${k % 2} ${k}`,
  ])
  const sizing = await sizeLog(lines, { orders: 20, areas: [1] })
  const { sensitivity, answer } = sizing
  expect(answer?.slots).toBe(128)
  // Beside the answer, which alone would pass for one that always serves.
  expect(sizeText(sizing).replace(/\s+/g, ' ')).toContain(
    'swiotlb=128,1, 128 slots (256 KiB) in 1 area, for the trace as it is. In another order of the ' +
      'overlapping operations it takes up to 256 slots (512 KiB).',
  )
  expect(sensitivity).toEqual({ low: 128, high: 256, runs: 20, overlapUs: null })
  const again = await sizeLog(lines, { orders: 20, areas: [1] })
  expect(again.sensitivity).toEqual(sensitivity)
})

test('what trackers and looking now and then would have booked', async () => {
  const trace = parseTrace(
    Buffer.from(
      Array.from({ length: 60 }, (_, k) => {
        const at = (10 + k * 0.5).toFixed(6)
        const bus = (0x40000000 + (k % 2) * 0x100000).toString(16)
        const orig = (0x100000000 + k * 0x10000).toString(16)
        const line = (ms: number, what: string) =>
          `  t-1  [000] ..... ${(Number(at) + ms / 1000).toFixed(6)}: ${what}\n`
        return (
          line(
            0,
            `swiotlb_bounced: dev_name: d dma_mask=ffffffff dev_addr=${orig} size=65536 FORCE`,
          ) +
          line(
            0.1,
            `dma_map_page: d dir=TO_DEVICE dma_addr=${bus} size=65536 phys_addr=${orig} attrs=`,
          ) +
          line(1, `dma_unmap_page: d dir=TO_DEVICE dma_addr=${bus} size=65536 attrs=`)
        )
      }).join(''),
    ),
    { file: 'made.txt', nslabs: 65536, nareas: 1, start: 0x40000000n },
  )
  const { sampling, booked } = await size([{ trace }], QUICK)
  expect(booked.find(({ tracker }) => tracker === 'global-atomic')).toMatchObject({
    reportedSlots: 32,
    bookedSlots: 128,
    served: true,
  })
  // A mapping of 1 ms every half second: hardly a look sees it.
  expect(sampling).toMatchObject([
    { periodS: 1, lowSlots: 0, medianSlots: 0, highSlots: 32, unseenShare: 0 },
    { periodS: 15, lowSlots: 0, medianSlots: 0, highSlots: 32, unseenShare: 0 },
  ])
})

test('a trace without a mapping of the pool is refused, with why', async () => {
  const trace = log(['z'])
  await expect(size([{ trace }])).rejects.toThrow(InputError)
  await expect(size([{ trace }])).rejects.toThrow(/no bounced mapping/)
  await expect(size([])).rejects.toThrow(/at least one/)
  await expect(sizeLog(burst(1, 2048), { marginPercent: -1 })).rejects.toThrow(/margin/)
  await expect(sizeLog(burst(1, 2048), { cpus: Infinity })).rejects.toThrow(/^cpus: expected/)
  await expect(sizeLog(burst(1, 2048), { areas: [1, 0] })).rejects.toThrow(/^areas: expected/)
  await expect(sizeLog(burst(1, 2048), { seed: -1 })).rejects.toThrow(/^seed: expected/)
})
