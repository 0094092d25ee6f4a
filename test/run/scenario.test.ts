// What can be asked for: every wrong field is named, sizes are read and printed as people write
// them, and the pool is rounded as the kernel rounds it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import {
  adjustSize,
  compare,
  formatBytes,
  formatSlots,
  InputError,
  loadScenario,
  parseBytes,
  parseSlots,
  presets,
  resolveScenario,
  review,
  runScenario,
  type ScenarioInput,
} from '../../lib/index.js'
import { addon } from '../../lib/native/addon.js'
import { small } from './helpers.js'

/** What is said of a value in place of the scenario's own at a path such as `pool.slots`. */
function complaint(path: string, value: unknown): string {
  const input = structuredClone(small) as unknown as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop() as string
  let at = input
  for (const key of keys) {
    at[key] ??= {}
    at = at[key] as Record<string, unknown>
  }
  if (value === undefined) delete at[last]
  else at[last] = value
  try {
    resolveScenario(input as unknown as ScenarioInput)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    const { message } = error as Error
    expect(message).not.toContain('\n')
    return message
  }
  return 'accepted'
}

const wrong: readonly (readonly [path: string, value: unknown, message: RegExp])[] = [
  ['name', '', /^name: expected a name/],
  ['name', undefined, /^name: /],
  ['pool', undefined, /^pool: /],
  ['pool.slots', 0, /^pool\.slots: expected 1 to \d+ slots/],
  ['pool.slots', -1, /^pool\.slots: expected 1 to/],
  ['pool.slots', 1.5, /^pool\.slots: expected 1 to/],
  ['pool.slots', Number.NaN, /^pool\.slots: expected/],
  ['pool.slots', Number.POSITIVE_INFINITY, /^pool\.slots: expected/],
  ['pool.slots', '64 miles', /^pool\.slots: expected 1 to/],
  ['pool.slots', '', /^pool\.slots: expected 1 to/],
  ['pool.slots', null, /^pool\.slots: expected slots/],
  ['pool.slots', 2 ** 31, /^pool\.slots: expected 1 to/],
  ['pool.slots', '3TiB', /^pool\.slots: expected 1 to/],
  ['pool.slots', undefined, /^pool\.slots: /],
  ['pool.areas', 0, /^pool\.areas: expected at least 1/],
  ['pool.areas', -4, /^pool\.areas: expected at least 1/],
  ['pool.areas', 2.5, /^pool\.areas: expected a whole number/],
  ['pool.areas', Number.NaN, /^pool\.areas: expected a whole number/],
  ['pool.areas', '8', /^pool\.areas: expected a whole number/],
  ['pool.areas', 33, /^pool\.areas: 33 areas need 4224 slots.* the pool has 4096/],
  ['pool.areas', 65537, /^pool\.areas: expected at most 65536/],
  ['pool.start', '40000000', /^pool\.start: expected a hexadecimal number/],
  ['pool.start', '0x40000800', /^pool\.start: expected a page aligned address/],
  ['pool.start', '0xgg', /^pool\.start: expected a hexadecimal number/],
  ['pool.start', 0x40000000, /^pool\.start: /],
  ['cpus', 0, /^cpus: expected at least 1/],
  ['cpus', 1025, /^cpus: expected at most 1024/],
  ['cpus', Number.NaN, /^cpus: expected a whole number/],
  ['device.minAlignMask', 'fff', /^device\.minAlignMask: expected a hexadecimal number/],
  ['device.minAlignMask', '0x100000000', /^device\.minAlignMask: expected at most 32 bits/],
  ['device.allocAlignMask', '0x', /^device\.allocAlignMask: expected a hexadecimal number/],
  ['device.segBoundaryMask', '0x7fe', /^device\.segBoundaryMask: expected a power of two/],
  ['device.segBoundaryMask', '0x3ff', /^device\.segBoundaryMask: expected a power of two/],
  ['device.direction', 'sideways', /^device\.direction: .*to-device/],
  ['workload.sizes', [], /^workload\.sizes: expected at least one size/],
  ['workload.sizes', 'many', /^workload\.sizes: /],
  ['workload.sizes', [{ bytes: 0 }], /^workload\.sizes\.0\.bytes: expected 1 to 262144 bytes/],
  ['workload.sizes', [{ bytes: -5 }], /^workload\.sizes\.0\.bytes: expected 1 to/],
  ['workload.sizes', [{ bytes: 262145 }], /^workload\.sizes\.0\.bytes: expected 1 to 262144/],
  ['workload.sizes', [{ bytes: '1MiB' }], /^workload\.sizes\.0\.bytes: expected 1 to 262144/],
  [
    'workload.sizes',
    [{ bytes: 4096 }, { from: 8192, to: 4096, step: 4096 }],
    /^workload\.sizes\.1\.to: expected from <= to/,
  ],
  [
    'workload.sizes',
    [{ bytes: 4096, weight: 0 }],
    /^workload\.sizes\.0\.weight: expected at least 1/,
  ],
  ['workload.inFlight', 0, /^workload\.inFlight: expected at least 1/],
  ['workload.inFlight', 65537, /^workload\.inFlight: expected at most 65536/],
  ['workload.order', 'lifo', /^workload\.order: .*fifo/],
  ['workload.load', 'heavy', /^workload\.load: .*steady/],
  ['workload.origAlign', 0, /^workload\.origAlign: expected 1 to/],
  [
    'workload.burst',
    { mappings: 0, bytes: 4096, every: 1, hold: 1 },
    /^workload\.burst\.mappings: expected at least 1/,
  ],
  ['workload.burst', { mappings: 1 }, /^workload\.burst\.bytes: /],
  ['copy', 'yes', /^copy: /],
  ['seed', -1, /^seed: expected at least 0/],
  ['seed', 0.5, /^seed: expected a whole number/],
  ['steps', 0, /^steps: expected at least 1/],
  ['steps', 1e10, /^steps: expected at most 1000000000/],
  ['steps', Number.NaN, /^steps: expected a whole number/],
  ['samplePeriod.us', 1, /^samplePeriod\.us: expected at least 10/],
  ['samplePeriod.steps', 0, /^samplePeriod\.steps: expected at least 1/],
  ['timing.threads', 0, /^timing\.threads: expected at least 1/],
  ['timing.rounds', 2, /^timing\.rounds: expected at least 3/],
  ['timing.sliceMs', 0.1, /^timing\.sliceMs: expected at least 0\.5/],
  ['timing.sliceMs', Number.NaN, /^timing\.sliceMs: /],
  ['timing.placement', 'random', /^timing\.placement: .*spread/],
]

describe('a scenario', () => {
  test('that is right is filled in', () => {
    const scenario = resolveScenario({
      name: 'x',
      pool: { slots: '1MiB', areas: 3 },
      cpus: 2,
      workload: { sizes: [{ bytes: '4KiB' }], inFlight: 1 },
    })
    expect(scenario.pool).toMatchObject({ slots: 512, areas: 4, start: '0x40000000' })
    expect(scenario.workload.sizes).toEqual([{ bytes: 4096, weight: 1 }])
    expect(scenario).toMatchObject({ copy: true, seed: 1, steps: 200_000 })
    expect(scenario.timing).toMatchObject({ placement: 'spread', rounds: 25, sliceMs: 3 })
  })

  test.each(wrong)('%s: %p is refused by name', (path, value, message) => {
    expect(complaint(path, value)).toMatch(message)
  })

  test.each([
    ['cpu', /^cpu: unknown key\. Did you mean cpus\? Known: name, .*cpus/],
    ['pool.slot', /^pool\.slot: unknown key\. Did you mean slots\? Known: slots, areas, start/],
    ['device.minAlinMask', /^device\.minAlinMask: unknown key\. Did you mean minAlignMask\?/],
    ['workload.inflight', /^workload\.inflight: unknown key\. Did you mean inFlight\?/],
    ['timing.round', /^timing\.round: unknown key\. Did you mean rounds\?/],
    ['zzz', /^zzz: unknown key\. Known: /],
  ])('the unknown key %s is named, with the nearest that is known', (path, message) => {
    expect(complaint(path, 1)).toMatch(message)
  })

  test('all that is wrong is said at once', () => {
    const input = { ...small, cpus: 0, steps: 0 }
    expect(() => resolveScenario(input)).toThrow(/cpus: .*; steps: /)
  })

  test.each([undefined, null, 7, 'uniform', []])('%p is none', (input) => {
    expect(() => resolveScenario(input as unknown as ScenarioInput)).toThrow(InputError)
  })

  test('a pool beyond memory is refused, and what would help is said', () => {
    const slots = 2 ** 30
    const pool = { slots, areas: 8 }
    expect(totalmem()).toBeLessThan(slots * 2048)
    expect(() => resolveScenario({ ...small, pool, copy: true })).toThrow(
      /^pool\.slots: needs [\d.]+ [GT]iB of memory, this machine has .*copy: false/,
    )
  })
})

describe('presets', () => {
  test('are those that are promised', () => {
    expect(Object.keys(presets)).toEqual(
      expect.arrayContaining(['review-64mib', 'iperf-4', 'fio-4k', 'uniform']),
    )
  })

  test.each(Object.entries(presets))('%s is valid, and is not rounded', (name, input) => {
    const scenario = resolveScenario(input)
    expect(scenario.name).toBe(name)
    expect(scenario.description.length).toBeGreaterThan(0)
    expect(scenario.pool.areas).toBe(input.pool.areas)
  })

  test('review-64mib is the example of the discussion', () => {
    const { pool, cpus, workload } = resolveScenario(review(8))
    expect([pool.slots, pool.areas, cpus]).toEqual([32768, 8, 8])
    expect(workload.burst).toMatchObject({ mappings: 8, bytes: 256 * 1024 })
    expect(workload.inFlight).toBe(16)
    let weights = 0
    let bytes = 0
    for (const size of workload.sizes) {
      const [from, to, step] =
        'bytes' in size ? [size.bytes, size.bytes, 1] : [size.from, size.to, size.step]
      expect(from).toBeGreaterThanOrEqual(4096)
      expect(to).toBeLessThanOrEqual(32768)
      const each = Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step)
      bytes += (size.weight * each.reduce((a, b) => a + b)) / each.length
      weights += size.weight
    }
    // 16 KiB on the average, so 16 in flight are 256 KiB per area.
    expect(bytes / weights).toBe(16384)
  })

  test.each([16, 128])('review(%i) gives each area its 8 MiB', (areas) => {
    const { pool, cpus } = resolveScenario(review(areas))
    expect(pool).toMatchObject({ slots: areas * 4096, areas })
    expect(cpus).toBe(areas)
  })
})

describe('sizes', () => {
  const bytes: readonly (readonly [string, number])[] = [
    ['4096', 4096],
    ['4KiB', 4096],
    ['1.5 MiB', 1572864],
    [' 2GiB ', 2147483648],
    ['100 B', 100],
    ['16G', 17179869184],
    ['64 M', 67108864],
    ['0', 0],
  ]
  test.each(bytes)('%p is %p bytes', (text, value) => expect(parseBytes(text)).toBe(value))

  const noBytes = ['0.3KiB', '4kb', '16GB', '-1', '', '1e3', '99999999TiB']
  test.each(noBytes)('%p is no number of bytes', (text) => expect(parseBytes(text)).toBe(undefined))

  test.each([
    ['32768', 32768],
    ['64MiB', 32768],
    ['1KiB', 1],
    ['2049B', 2],
    ['64 MB', undefined],
    ['1.5', undefined],
    ['', undefined],
  ])('%p is %p slots', (text, slots) => {
    expect(parseSlots(text)).toBe(slots)
  })

  test.each([
    [0, '0 B'],
    [100, '100 B'],
    [2048, '2 KiB'],
    [1536, '1.5 KiB'],
    [4579328, '4.37 MiB'],
    [-2048, '-2 KiB'],
    [64 * 2 ** 20, '64 MiB'],
    [2 ** 40, '1 TiB'],
  ])('%p bytes print as %p', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })

  test('slots print with their bytes', () => {
    expect(formatSlots(1)).toBe('1 slot (2 KiB)')
    expect(formatSlots(2236)).toBe('2236 slots (4.37 MiB)')
    expect(formatSlots(-3)).toBe('the count fell below 0 (by 3 slots)')
  })
})

describe('adjustSize', () => {
  test.each([
    [300, 8, 1024, 8],
    [5000, 2, 8192, 2],
    [130, 1, 256, 1],
    [1, 0, 128, 1],
    [32768, 1, 32768, 1],
  ])('swiotlb=%i,%i becomes %i,%i', (slots, areas, wantSlots, wantAreas) => {
    expect(adjustSize(slots, areas)).toEqual({ slots: wantSlots, areas: wantAreas })
  })

  test('rounds as the engine does', () => {
    for (let i = 0; i < 20_000; i++) {
      // Every power of two with its neighbours, and what lies between.
      const slots = i < 120 ? 2 ** Math.floor(i / 4) + (i % 4) - 1 : 1 + ((i * 7919) % (1 << 22))
      const areas = i < 120 ? (i * 37) % 65537 : (i * 31) % 600
      const [wantSlots, wantAreas] = addon().adjustSize(Math.max(slots, 1), areas)
      expect([slots, areas, adjustSize(Math.max(slots, 1), areas)]).toEqual([
        slots,
        areas,
        { slots: wantSlots, areas: wantAreas },
      ])
    }
  })
})

describe('options', () => {
  // Checked before anything runs: each of these is refused at once.
  test.each([
    [
      { trackers: ['global-atomik'] },
      /^trackers: unknown "global-atomik"\. Did you mean global-atomic\?/,
    ],
    [{ trackers: [] }, /^trackers: expected at least one/],
    [{ trackers: ['off', 'off'] }, /^trackers: off is named twice/],
    [{ engine: 'serail' }, /^engine: unknown "serail"\. Did you mean serial\?/],
    [{ layout: { areaLayout: 'loose' } }, /^areaLayout: unknown "loose".* Known: packed, padded/],
    [
      { layout: { slotindex: 'bitmap' } },
      /^layout: unknown "slotindex"\. Did you mean slotIndex\?/,
    ],
    [{ batch: 0 }, /^batch: expected a whole number of slots from 1/],
    [{ batch: Number.NaN }, /^batch: expected a whole number/],
    [{ stretch: 0 }, /^stretch: expected a whole number of nanoseconds from 1 to/],
    [{ tolerance: -1 }, /^tolerance: expected a whole number of slots from 0 to 4096/],
    [{ tolerance: Number.NaN }, /^tolerance: expected a whole number of slots from 0 .* not NaN/],
    [{ tolerance: 4097 }, /^tolerance: expected a whole number of slots from 0 to 4096/],
  ])('%j is refused by name', async (options, message) => {
    await expect(compare(small, options as never)).rejects.toThrow(message)
    await expect(compare(small, options as never)).rejects.toBeInstanceOf(InputError)
  })

  test('more steps of threads than their log has memory for', async () => {
    const steps = 1e9
    await expect(
      runScenario({ ...small, steps }, { engine: 'threads', timing: false }),
    ).rejects.toThrow(/^steps: 1000000000 steps of real threads need [\d.]+ GiB of memory/)
  })

  test('an unknown tracker of runScenario', async () => {
    await expect(runScenario(small, { tracker: 'per-aera' as never })).rejects.toThrow(
      /unknown "per-aera"\. Did you mean per-area\?/,
    )
  })
})

describe('loadScenario', () => {
  test('a preset by its name', () => {
    expect(loadScenario('uniform')).toBe(presets.uniform)
  })

  test('a name that is neither preset nor file', () => {
    expect(() => loadScenario('unifrom')).toThrow(
      /^"unifrom" is no preset \(review-64mib, .*\) and no file \(ENOENT\)\. Did you mean uniform\?/,
    )
  })

  test('a file, and one that is not JSON', () => {
    const folder = mkdtempSync(join(tmpdir(), 'swiotlb-lab-'))
    try {
      const good = join(folder, 'good.json')
      writeFileSync(good, JSON.stringify(small))
      expect(resolveScenario(loadScenario(good))).toEqual(resolveScenario(small))
      const bad = join(folder, 'bad.json')
      writeFileSync(bad, '{"name": ')
      expect(() => loadScenario(bad)).toThrow(/bad\.json: not JSON: /)
      expect(() => loadScenario(folder)).toThrow(InputError)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
