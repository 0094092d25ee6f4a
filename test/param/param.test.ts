// Sizes, slots and swiotlb=: what each kernel reads, drops, and makes of it.

import { describe, expect, test } from '@jest/globals'
import { type Family, families, familyOf, parseVersion } from '../../lib/boot/family.js'
import { readParameter } from '../../lib/boot/parameter.js'
import { readInFlight, slotsInFlight } from '../../lib/param/in-flight.js'
import { param } from '../../lib/param/param.js'
import { fitTo } from '../../lib/report/fit.js'
import { inFlightText, paramText } from '../../lib/report/text/param.js'

const MIB = 2 ** 20
const GIB = 2 ** 30

describe('reading a value', () => {
  type Row = [
    value: string,
    slots: number | null,
    areas: number | null,
    bounce: string | null,
    track: boolean,
    dropped: string,
  ]
  const rows: Readonly<Record<Family, readonly Row[]>> = {
    '5.15': [
      ['65536', 65536, null, null, false, ''],
      ['65536,force', 65536, null, 'force', false, ''],
      ['force', null, null, 'force', false, ''],
      ['noforce', null, null, 'noforce', false, ''],
      [',force', null, null, 'force', false, ''],
      ['65536,8', 65536, null, null, false, '8'],
      ['65536,8,force', 65536, null, null, false, '8,force'],
      ['65536,,force', 65536, null, null, false, ',force'],
      ['512m', 512, null, null, false, 'm'],
      ['0x8000', 32768, null, null, false, ''],
      ['010', 8, null, null, false, ''],
      ['08', 0, null, null, false, '8'],
    ],
    '6.0': [
      ['65536,8,force', 65536, 8, 'force', false, ''],
      ['65536,,force', 65536, null, 'force', false, ''],
      ['65536,force,8', 65536, null, null, false, 'force,8'],
      ['force,swiotlb=512M', null, null, null, false, 'force,swiotlb=512M'],
      ['65536,8,forced', 65536, 8, null, false, 'forced'],
    ],
    '6.12': [
      ['1,1', 1, 1, null, false, ''],
      ['any', null, null, null, false, 'any'],
      ['x,force', null, null, null, false, 'x,force'],
      ['512m,force', 512, null, null, false, 'm,force'],
      ['65536,8,force,track_hiwater', 65536, 8, null, false, 'force,track_hiwater'],
      ['', null, null, null, false, ''],
      // A number after one blank part is the second, of areas.
      [',8,force', null, 8, 'force', false, ''],
    ],
    '7.3': [
      ['65536,8,force,track_hiwater', 65536, 8, 'force', true, ''],
      ['track_hiwater', null, null, null, true, ''],
      ['65536,track_hiwater', 65536, null, null, true, ''],
      ['65536,8,track_hiwater', 65536, 8, null, true, ''],
      ['noforce,track_hiwater', null, null, 'noforce', true, ''],
      ['track_hiwater,force', null, null, null, true, ',force'],
      ['force,swiotlb=512M', null, null, 'force', false, ',swiotlb=512M'],
      // Since 7.3 a beginning is enough.
      ['forceful', null, null, 'force', false, 'ful'],
    ],
  }

  test.each(families.flatMap((family) => rows[family].map((row) => [family, ...row] as const)))(
    '%s reads %s',
    (family, value, slots, areas, bounce, trackHiwater, dropped) => {
      expect(readParameter(value, family)).toEqual({ slots, areas, bounce, trackHiwater, dropped })
    },
  )

  test('numbers as wide as 64 bits, and wider', () => {
    expect(readParameter('18446744073709551616', '6.12').slots).toBe(0)
    expect(readParameter('99999999999999', '6.12').slots).toBe(2 ** 42)
  })
})

describe('the pool', () => {
  test.each([
    // value, CPUs, slots, areas
    ['128', 8, 1024, 8],
    ['128', 1, 128, 1],
    ['64', 1, 128, 1],
    ['64', 8, 1024, 8],
    ['300,8', 4, 1024, 8],
    ['5000,2', 8, 8192, 2],
    ['130,1', 8, 256, 1],
    ['65535', 8, 65536, 8],
    ['1,1', 64, 128, 1],
    ['4096,1', 64, 4096, 1],
    ['65536,6', 4, 65536, 8],
    ['65536,0', 4, 65536, 1],
    ['8192', 6, 8192, 8],
    ['0', 8, 1024, 8],
    ['512m', 1, 512, 1],
  ])('6.12, swiotlb=%s on %i CPUs', (value, cpus, slots, areas) => {
    expect(param(value, { cpus }).pool).toMatchObject({ slots, areas, bytes: slots * 2048 })
  })

  test('before 6.0 there are no areas, and no power of two', () => {
    expect(param('300', { kernel: '5.15', cpus: 8 }).pool).toMatchObject({ slots: 384, areas: 1 })
    expect(param('128', { kernel: '5.15', cpus: 8 }).pool).toMatchObject({ slots: 128, areas: 1 })
  })

  test('Linux 6.0 itself stops with less than 1 MiB', () => {
    expect(param('128', { kernel: '6.0', cpus: 1 }).warnings.join()).toMatch(/stops at boot/)
    expect(param('128', { kernel: '6.12', cpus: 1 }).warnings.join()).not.toMatch(/stops at boot/)
  })

  test('without the number of CPUs: what does not hang on it, and a table of what does', () => {
    const large = param('65536')
    expect(large.pool).toMatchObject({ slots: 65536, areas: null })
    const small = param('128')
    expect(small.pool).toMatchObject({ slots: null, bytes: null })
    expect(small.byCpus.map(({ cpus, slots }) => [cpus, slots])).toEqual([
      [1, 128],
      [8, 1024],
      [64, 8192],
    ])
    expect(small.warnings.join()).toMatch(/on more than 1 CPU/)
  })

  test('a later number overrides, a word stays', () => {
    const told = param('ro swiotlb=force swiotlb=4096 quiet swiotlb=65536', { cpus: 4 })
    expect(told).toMatchObject({ bounce: 'force', askedSlots: 65536, pool: { slots: 65536 } })
    expect(param('swiotlb=65536,force swiotlb=noforce').pool).toMatchObject({ slots: 0 })
  })

  test('what stands behind -- is for init', () => {
    const told = param('ro swiotlb=4096 -- swiotlb=65536')
    expect(told.askedSlots).toBe(4096)
    expect(told.warnings.join()).toMatch(/is for init/)
  })

  test('quotes, and hyphens for underscores', () => {
    expect(param('ro dyndbg="file a b +p" swiotlb="65536,force"')).toMatchObject({
      askedSlots: 65536,
      bounce: 'force',
    })
  })
})

describe('memory', () => {
  test.each([
    // memory, MiB of the share, slots after areas
    [16 * GIB, 983.25, 524288],
    [64 * GIB, 1024, 524288],
    [512 * MIB, 64, 32768],
    [2 * GIB, 123, 65536],
  ])('a confidential VM of %i bytes', (memoryBytes, mib, slots) => {
    const { confidential } = param('', { memoryBytes, cpus: 8 })
    expect(confidential).toMatchObject({ slots, areas: 8 })
    expect(confidential?.steps[0]).toContain(`(${mib === 1024 ? '1 GiB' : `${mib} MiB`})`)
  })

  test('before areas the share stays as it is', () => {
    expect(param('', { memoryBytes: 16 * GIB, kernel: '5.15' }).confidential).toMatchObject({
      slots: 503424,
    })
  })

  test('32768 counts as not given, any other number does not', () => {
    const given = param('32768', { memoryBytes: 16 * GIB, cpus: 8 })
    expect(given.confidential).toMatchObject({ slots: 524288 })
    expect(given.warnings.join()).toMatch(/count as not given/)
    expect(param('65536', { memoryBytes: 16 * GIB, cpus: 8 }).confidential).toBeNull()
  })

  test('halving, where so much is not there', () => {
    expect(param('8388608', { memoryBytes: 64 * GIB, cpus: 4 }).pool).toMatchObject({
      slots: 1048576,
      areas: 4,
    })
    expect(param('8388608', { memoryBytes: 64 * GIB, kernel: '5.15' }).pool).toMatchObject({
      slots: 0,
    })
    expect(param('524288', { memoryBytes: 512 * MIB, cpus: 1 }).pool).toMatchObject({
      slots: 131072,
    })
    // Not sure to fail: that is said, and no number made up.
    const maybe = param('1048576', { memoryBytes: 64 * GIB, cpus: 4 })
    expect(maybe.pool).toMatchObject({ slots: 1048576 })
    expect(maybe.warnings.join()).toMatch(/may not be had/)
  })

  test('areas shrink with a pool that was halved', () => {
    const { pool } = param('65536,4096', { memoryBytes: 256 * MIB })
    expect(pool.slots).toBe(65536)
    expect(pool.areas).toBe(512)
  })
})

describe('what is asked for', () => {
  test.each([
    ['512MiB', 262144],
    ['1GiB', 524288],
    ['1.5 MiB', 768],
    ['100KiB', 50],
  ])('%s', (text, slots) => {
    expect(param(text)).toMatchObject({
      text: `swiotlb=${slots}`,
      values: [{ slots, dropped: null }],
    })
  })

  test('a size that a kernel would misread is read as a kernel does, and what was meant is said', () => {
    expect(param('512m')).toMatchObject({
      values: [{ slots: 512, dropped: { text: 'm', meant: 'swiotlb=262144' } }],
    })
    expect(param('swiotlb=512MiB').values[0]).toMatchObject({
      slots: 512,
      dropped: { meant: 'swiotlb=262144' },
    })
    expect(param('force,swiotlb=512M')).toMatchObject({
      bounce: null,
      values: [{ ignored: true, dropped: { meant: 'swiotlb=262144,force' } }],
    })
  })

  test('a kernel that reads otherwise is named', () => {
    expect(param('65536,8,force').warnings).toContain(
      'Linux 5.15 (and all before 6.0) would read it otherwise: 65536 slots, and "8,force" is dropped',
    )
    expect(param('65536,8,force,track_hiwater').warnings).toContain(
      'Linux 7.3 and later would read it otherwise: 65536 slots, 8 areas, force, track_hiwater',
    )
    expect(param('65536,force').warnings).toEqual([])
  })

  test('how to ask for it', () => {
    expect(param('128', { cpus: 8 }).parameter).toBe('swiotlb=1024,8')
    expect(param('65536,8,force,track_hiwater', { kernel: '7.3' }).parameter).toBe(
      'swiotlb=65536,8,force,track_hiwater',
    )
    expect(param('').parameter).toBeNull()
    // What is asked for is what one gets.
    for (const value of ['300,8', '65535', '1,1', '5000,2']) {
      const told = param(value, { cpus: 4 })
      expect(param(told.parameter ?? '', { cpus: 4 }).pool).toMatchObject({
        slots: told.pool.slots,
        areas: told.pool.areas,
        steps: [],
      })
    }
  })

  test.each([
    [{ cpus: 0 }, /cpus.*1 to 8192/],
    [{ cpus: 1.5 }, /cpus/],
    [{ memoryBytes: 5 }, /memoryBytes.*1 MiB/],
    [{ kernel: '6.1' }, /kernel.*5\.15/],
    [{ memroy: 5 }, /memroy/],
  ])('%j is refused', (options, words) => {
    expect(() => param('128', options as never)).toThrow(words)
  })

  test('0 bytes and beyond all memory are refused', () => {
    expect(() => param('0MiB')).toThrow(/2KiB to 4PiB/)
    expect(() => param('99999TiB')).toThrow(/2KiB to 4PiB/)
  })
})

test.each([
  ['4.9.0-7-amd64', '5.15'],
  ['5.15.0-91-generic', '5.15'],
  ['5.19.17', '5.15'],
  ['6.0.0', '6.0'],
  ['6.5.13', '6.0'],
  ['6.6.1', '6.12'],
  ['6.12.117+deb12-cloud-amd64', '6.12'],
  ['7.2.9', '6.12'],
  ['7.3.0-rc1', '7.3'],
])('%s is of the family %s', (text, family) => {
  const version = parseVersion(text)
  expect(version && familyOf(version)).toBe(family)
})

describe('a line for each kind of machine', () => {
  const machine = { cpus: 16, memoryBytes: 64 * 2 ** 30 }

  test('64 MiB are asked for otherwise in a confidential VM', () => {
    for (const text of ['64MiB', '32640', '32768,16']) {
      const told = param(text, machine)
      expect(told).toMatchObject({
        parameter: 'swiotlb=32768,16',
        confidentialParameter: 'swiotlb=32640',
      })
      expect(paramText(told).replace(/\s+/g, ' ')).toContain(
        'counts as not given: only as swiotlb=32640, with an area for each possible CPU; or take swiotlb=65536,16',
      )
      // And that line gives this pool there.
      expect(param(told.confidentialParameter ?? '', machine)).toMatchObject({
        pool: { slots: 32768, areas: 16 },
        confidential: null,
      })
    }
    expect(param('32768,8', machine).confidentialParameter).toBe(null)
    expect(paramText(param('32768,8', machine))).toMatch(/no number gives it/)
  })

  const words = (...args: Parameters<typeof param>): string =>
    paramText(param(...args)).replace(/\s+/g, ' ')

  test('before 6.0 the next larger pool is a segment larger, and has no areas', () => {
    const text = words('32768', { kernel: '5.15', cpus: 8 })
    expect(text).toContain('no number gives it; the next larger pool is swiotlb=32896')
    expect(text).not.toContain('swiotlb=32896,')
    expect(param('swiotlb=32896', { kernel: '5.15', cpus: 8 }).pool.slots).toBe(32896)
  })

  test('words stay in the larger line', () => {
    expect(words('32768,16,force', machine)).toContain('or take swiotlb=65536,16,force')
    expect(words('32768,16,force,track_hiwater', { ...machine, kernel: '7.3' })).toContain(
      'or take swiotlb=65536,16,force,track_hiwater',
    )
  })

  test('the CPUs on which a number gives the areas, where their number is not known', () => {
    expect(words('32768,8')).toContain(
      'counts as not given: on 8 CPUs swiotlb=32640, with an area for each; or take swiotlb=65536,8',
    )
    expect(param('32640', { cpus: 8 }).pool).toMatchObject({ slots: 32768, areas: 8 })
    expect(param('32768,8', { cpus: 16 }).confidentialByCpus).toBe(null)
    expect(param('32768,8', { kernel: '5.15' }).confidentialByCpus).toBe(null)
  })

  test('any other is the same in both', () => {
    const told = param('128MiB', machine)
    expect(told.confidentialParameter).toBe(told.parameter)
    expect(paramText(told)).toContain('(SEV, TDX) as well: swiotlb=65536,16')
  })
})

describe('what the text adds', () => {
  const text = (typed: string, options = {}): string =>
    paramText(param(typed, options)).replace(/\s+/g, ' ')

  test("areas beyond the CPUs are no CPU's own", () => {
    expect(text('524288,8', { cpus: 6 })).toContain(
      'areas 6 and 7 are those of no CPU: they are reached only where another is full (256 MiB)',
    )
    expect(text('524288,8', { cpus: 7 })).toContain('area 7 is the one of no CPU: it is reached')
    expect(text('524288,16', { cpus: 6 })).toContain('areas 6 to 15 are those of no CPU')
    expect(text('524288,8', { cpus: 8 })).not.toContain('of no CPU')
    expect(text('524288,8')).not.toContain('of no CPU')
  })

  test('noforce in a confidential VM', () => {
    expect(text('noforce')).toContain('In a confidential VM (SEV, TDX) every device has to.')
  })

  test('no sentence is wider than a narrow terminal', () => {
    fitTo(() => 60)
    try {
      for (const typed of ['65536,8', '32768,4', 'noforce', '']) {
        for (const line of paramText(param(typed, { cpus: 4 })).split('\n')) {
          expect(line.length).toBeLessThanOrEqual(60)
        }
      }
    } finally {
      fitTo(() => undefined)
    }
  })
})

describe('what may be in flight', () => {
  test('is queues x depth x slots of a request, over all devices', () => {
    const devices = readInFlight('nvme=4x100x64KiB,nic=2x256x1500B')
    expect(devices).toEqual([
      { name: 'nvme', queues: 4, depth: 100, bytes: 65536, slotsEach: 32, slots: 12800 },
      { name: 'nic', queues: 2, depth: 256, bytes: 1500, slotsEach: 1, slots: 512 },
    ])
    expect(slotsInFlight(devices)).toBe(13312)
    expect(inFlightText(devices).replace(/\s+/g, ' ')).toMatch(
      /nvme 4 100 64 KiB 32 12800 25 MiB .* full: 13312 slots \(26 MiB\)\. That is where to begin, and no answer/,
    )
  })

  test.each([
    ['nvme', 'expected NAME=QUEUESxDEPTHxSIZE'],
    ['nvme=4x100', 'expected NAME=QUEUESxDEPTHxSIZE'],
    ['nvme=4x100x64', 'not "nvme=4x100x64"'],
    ['nvme=0x100x64KiB', 'expected NAME=QUEUESxDEPTHxSIZE'],
    ['a=1x1x4KiB,', 'not ""'],
    ['a=1x1x257KiB', 'a: 257KiB is more than one mapping can be, which is 256 KiB'],
  ])('%s is refused', (text, why) => {
    expect(() => readInFlight(text)).toThrow(why)
  })
})

test('a number beyond any memory is not told as another one', () => {
  const text = paramText(param('99999999999999,99999999999999')).replace(/\s+/g, ' ')
  expect(text).toContain('says 4398046511104 slots (8192 TiB) or more, 4398046511104 areas or more')
  expect(text).toContain('beyond any memory: from 4398046511104 on numbers are not told apart here')
  expect(paramText(param('4096,4'))).not.toContain('or more')
})
